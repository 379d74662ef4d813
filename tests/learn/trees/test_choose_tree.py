"""Which tree is published: as few leaves as hold the loss, and leaves as large as declared."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from segkit.core.fact_english import sentences
from segkit.core.tree import Below, Known, Leaf, Split, Tree
from segkit.learn.clusters.sweep import Clustering, fit_clusters
from segkit.learn.numbers import Floats
from segkit.learn.trees.choose_tree import (
    Explained,
    HeldOut,
    explain,
    loss,
    measure_held_out,
    only_where_known,
)
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.surrogate import Surrogate, cost_of
from segkit.project.nodes import RuleSpec
from tests.learn.trees.test_known_algorithms import rows_of

CLOUD = np.random.default_rng(7).normal(size=(60, 2))


def explained(X: Floats, k: int, spec: RuleSpec) -> tuple[Rows, Explained]:
    clustering = fit_clusters(X, k=k)
    rows = rows_of(X, clustering.centers)
    found = explain(rows, clustering, spec, 0)
    assert found is not None
    return rows, found


def test_as_few_leaves_as_hold_the_loss() -> None:
    _, few = explained(CLOUD, 2, RuleSpec(None, 9.0, 0.01))
    assert few.surrogate.leaves == 2 and few.loss > 0.02
    _, still = explained(CLOUD, 2, RuleSpec(None, few.loss, 0.01))
    assert (still.surrogate.leaves, still.warnings) == (2, ())  # a loss at its limit holds it
    _, more = explained(CLOUD, 2, RuleSpec(None, few.loss - 1e-6, 0.01))
    assert more.surrogate.leaves == 3 and more.loss < few.loss - 1e-6


def test_a_loss_that_nothing_holds_is_said() -> None:
    rows, found = explained(CLOUD, 2, RuleSpec(3, 0.0, 0.01))
    assert found.surrogate.leaves == 3
    assert sentences(found.warnings) == (
        f"3 leaves lose {found.loss:.1%} against K-Means, more than max_loss 0; "
        "up to 3 leaves were tried",
    )
    assert [point.leaves for point in found.curve] == [2, 3]
    cost = cost_of(CLOUD, found.segments, rows.weight)
    assert found.loss == pytest.approx(cost / found.clustering.inertia - 1)
    assert found.smallest_share == np.bincount(found.segments).min() / len(CLOUD)


def test_where_k_means_costs_nothing() -> None:
    clustering = Clustering(np.zeros((1, 1)), 0.0, np.zeros(2, dtype=np.int64))
    rows = Rows.of_array(np.array([[1.0], [2.0]]))
    for cost, lost in ((0.0, 0.0), (1e-30, math.inf)):
        assert loss(Surrogate(Leaf(1), ("x0",), cost), clustering, rows) == lost
    costs = Clustering(np.zeros((1, 1)), 2.0, np.zeros(2, dtype=np.int64))
    assert loss(Surrogate(Leaf(1), ("x0",), 2.0 * (1 + 1e-13)), costs, rows) == 0
    assert loss(Surrogate(Leaf(1), ("x0",), 3.0), costs, rows) == 0.5


@pytest.mark.parametrize(
    ("rows", "share", "wanted"),
    [
        (105, 0.1, 11),  # 10.5: at least a tenth is eleven
        (100, 0.1, None),
        (100, 0.11, 11),
        (100, 0.07, None),  # 100 x 0.07 is more than 7 in doubles
    ],
)
def test_a_leaf_holds_the_share_that_is_declared(
    rows: int, share: float, wanted: int | None
) -> None:
    """A cluster of ten, or of seven, has a leaf in any case; where it is smaller, that is said."""
    small = 7 if share == 0.07 else 10
    X = np.append(np.arange(float(rows - small)), 1000 + np.arange(float(small)))[:, None]
    _, found = explained(X, 2, RuleSpec(2, 0.05, share))
    said = () if wanted is None else (
        f"a rule may hold as few as {small} customers, not {wanted} (min_share): "
        "otherwise the rules would lose",
    )  # fmt: skip
    assert tuple(text[: len(said[0])] for text in sentences(found.warnings)) == said
    assert found.min_leaf == small
    assert np.bincount(found.segments).min() == small


@pytest.mark.parametrize(("rows", "k"), [(25, 2), (35, 7)])
def test_held_out_needs_five_rows_a_fold_and_cluster(rows: int, k: int) -> None:
    X = (np.arange(rows) % k * 100.0 + np.arange(rows) / 100)[:, None]
    centers = np.arange(k)[:, None] * 100.0
    tree: Tree = Leaf(k)
    for place in range(k - 1, 0, -1):
        tree = Split("x0", Below(Decimal(place * 100 - 50)), Leaf(place), tree)

    def measured(X: Floats) -> HeldOut | None:
        of_rows = rows_of(X, centers)
        clustering = Clustering(centers, 1.0, of_rows.labels)
        surrogate = Surrogate(tree, ("x0",), 1.0)
        found = Explained(clustering, surrogate, of_rows.labels, 1, (), 0.0, 0.5)
        return measure_held_out(of_rows, found, 0)

    assert vars(measured(X)) == {"fidelity": 1.0, "by_segment": dict.fromkeys(range(k), 1.0)}
    assert measured(X[1:]) is None


def test_held_out_trees_have_not_seen_the_rows() -> None:
    """Clusters by chance: a tree says nothing of rows that it was not learned from."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    labels = rng.integers(0, 2, 200)
    rows = Rows.of_array(X, labels=labels, centers=np.zeros((2, 2)))
    clustering = Clustering(np.zeros((2, 2)), 1.0, labels)
    surrogate = Surrogate(Split("x0", Below(Decimal(0)), Leaf(1), Leaf(2)), ("x0", "x1"), 1.0)
    found = Explained(clustering, surrogate, labels, 1, (), 0.0, 0.5)
    held_out = measure_held_out(rows, found, 0)
    assert held_out is not None
    assert 0.35 < held_out.fidelity < 0.65


def test_a_missing_value_is_unassigned_behind_guards() -> None:
    tree = Split("a", Below(Decimal(1)), Leaf(1), Leaf(2), "yes")
    assert only_where_known(tree, ("a", "b")) == Split(
        "a", Known(), Split("b", Known(), tree, Leaf(0), "no"), Leaf(0), "no"
    )
