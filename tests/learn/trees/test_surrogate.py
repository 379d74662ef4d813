from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from segkit.core.evaluate import evaluate
from segkit.core.tree import leaves, splits
from segkit.errors import DataError
from segkit.learn.clusters.sweep import fit_clusters
from segkit.learn.numbers import Floats
from segkit.learn.quality import number_leaves
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.fit_surrogate import fit_surrogate
from segkit.learn.trees.ranks import snap_cut
from segkit.learn.trees.surrogate import cost_of
from tests.core.trees import COLUMNS, ROWS, TREES
from tests.learn.conftest import blobs

ONES = np.ones


def test_three_groups_need_three_leaves() -> None:
    X = blobs()
    clustering = fit_clusters(X, k=3)
    surrogate = fit_surrogate(X, clustering.centers, max_leaves=3, columns=["x", "y"])
    assert surrogate.leaves == 3
    assert sorted(leaf.code for leaf in leaves(surrogate.tree)) == [1, 2, 3]
    assert (surrogate.predict(X) == clustering.labels).mean() > 0.99
    assert surrogate.cost / clustering.inertia - 1 < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("max_leaves", [6, 7, 9, 12])
def test_never_worse_than_cart_on_the_labels(mall: Floats, max_leaves: int) -> None:
    clustering = fit_clusters(mall, k=6, seed=111)
    surrogate = fit_surrogate(mall, clustering.centers, max_leaves=max_leaves)
    cart = DecisionTreeClassifier(max_leaf_nodes=max_leaves, random_state=0)
    predicted = cart.fit(mall, clustering.labels).predict(mall)
    assert surrogate.leaves <= max_leaves
    assert surrogate.cost <= cost_of(mall, predicted, ONES(len(mall))) * (1 + 1e-9)
    assert surrogate.cost == pytest.approx(cost_of(mall, surrogate.predict(mall), ONES(len(mall))))


def test_snapping_moves_nobody_and_cuts_are_short(mall: Floats) -> None:
    clustering = fit_clusters(mall, k=6, seed=111)
    surrogate = fit_surrogate(mall, clustering.centers, max_leaves=12)
    assert surrogate.moved == 0
    for split in splits(surrogate.tree):
        assert split.test.cut == int(split.test.cut)  # type: ignore[union-attr]


def test_groups_that_cost_nothing_have_no_loss() -> None:
    """What rounding leaves of zero is no cost: the ratio of two such numbers is anything."""
    X = np.repeat([[0.1, 1 / 3], [0.7, 1 / 7], [0.1, 1 / 7]], 50, axis=0)
    clustering = fit_clusters(X, k=3)
    surrogate = fit_surrogate(X, clustering.centers, max_leaves=7)
    assert (clustering.inertia, surrogate.cost, surrogate.leaves) == (0, 0, 3)


def test_more_rows_than_the_search_looks_at() -> None:
    X = np.round(blobs(12_000), 1) + np.arange(12_000)[:, None] / 1e6
    clustering = fit_clusters(X, k=3)
    surrogate = fit_surrogate(X, clustering.centers, max_leaves=6, min_leaf=120)
    assert surrogate.moved == 0
    assert surrogate.cost <= clustering.inertia * 1.01
    assert surrogate.cost == pytest.approx(cost_of(X, surrogate.predict(X), ONES(len(X))))


def test_a_group_between_two_others_needs_no_second_cut() -> None:
    # The best first cut by mistakes parts the third group; three leaves still lose nothing.
    X = blobs(400)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    clustering = fit_clusters(scaled, k=3)
    surrogate = fit_surrogate(scaled, clustering.centers, max_leaves=3, min_leaf=4)
    assert surrogate.cost == pytest.approx(clustering.inertia)


@pytest.mark.parametrize("max_leaves", [6, 12])
def test_leaves_hold_min_leaf(mall: Floats, max_leaves: int) -> None:
    clustering = fit_clusters(mall, k=6, seed=111)
    surrogate = fit_surrogate(mall, clustering.centers, max_leaves=max_leaves, min_leaf=12)
    leaf = codes_of(number_leaves(surrogate.tree), surrogate.columns, mall)
    assert len(np.unique(leaf)) == surrogate.leaves
    assert np.bincount(leaf).min() >= 12


def test_of_many_rows_too_leaves_hold_min_leaf_and_the_smallest_cluster_has_one() -> None:
    rng = np.random.default_rng(2)
    X = np.concatenate([rng.normal(size=(7_000, 2)), rng.normal(size=(9, 2)) + 40])
    X[:3_000] += [6, 0]
    clustering = fit_clusters(X, k=3)
    assert np.bincount(clustering.labels).min() == 9
    for max_leaves in (3, 6):
        surrogate = fit_surrogate(X, clustering.centers, max_leaves=max_leaves, min_leaf=9)
        leaf = codes_of(number_leaves(surrogate.tree), surrogate.columns, X)
        assert np.bincount(leaf).min() == 9
        assert surrogate.cost <= 1.01 * clustering.inertia


def test_missing_values_go_with_the_median() -> None:
    X = blobs()
    surrogate = fit_surrogate(X, fit_clusters(X, k=3).centers, max_leaves=3)
    medians = np.median(X, axis=0)
    for split in splits(surrogate.tree):
        below = medians[int(split.column[1:])] < float(split.test.cut)  # type: ignore[union-attr]
        assert split.missing == ("yes" if below else "no")
    assert surrogate.predict(np.array([[np.nan, np.nan]])) == surrogate.predict(medians[None, :])


def test_too_few_leaves() -> None:
    X = blobs()
    with pytest.raises(DataError, match=r"SK314.*no tree of 2 leaves"):
        fit_surrogate(X, fit_clusters(X, k=3).centers, max_leaves=2)


def test_one_segment_is_one_leaf() -> None:
    X = blobs()
    assert fit_surrogate(X, fit_clusters(X, k=1).centers, max_leaves=1).leaves == 1


@given(st.floats(-1e12, 1e12), st.integers(1, 40))
def test_a_cut_parts_floats_however_near(lower: float, steps: int) -> None:
    upper = lower
    for _ in range(steps):
        upper = float(np.nextafter(upper, np.inf))
    cut = snap_cut(lower, upper)
    assert not lower >= float(cut)
    assert not upper < float(cut)
    assert cut <= Decimal(repr(upper))


@settings(deadline=None, max_examples=60)
@given(TREES)
def test_many_rows_at_once_are_as_one_by_one(tree: object) -> None:
    X = np.array(
        [
            [np.nan if v is None else float(v) for v in row.values()]  # type: ignore[arg-type]
            for row in ROWS
        ]
    )
    one_by_one = [evaluate(tree, dict(zip(COLUMNS, row, strict=True))) for row in X]  # type: ignore[arg-type]
    assert codes_of(tree, COLUMNS, X).tolist() == one_by_one  # type: ignore[arg-type]
