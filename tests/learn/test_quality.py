"""What a fit says of itself, by hand: few rows, each figure counted."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from segkit.core.fit import FittedSegment
from segkit.core.tree import Below, Leaf, Split, Tree
from segkit.learn import quality
from segkit.learn.clusters.sweep import Clustering
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.summary import Counts, Sample
from segkit.learn.numbers import Floats, Ints
from segkit.learn.quality import far_distance, measure_baseline, number_leaves, predict_held_out
from segkit.learn.trees.choose_tree import Explained
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.surrogate import Surrogate
from tests.learn.conftest import MemoryEngine, load
from tests.learn.trees.test_known_algorithms import rows_of
from tests.learn.unweighted import measure_quality, summarise

# below 10 is segment 1; up to 30 and above 50 are segment 2, between them is 1 again
TREE = Split(
    "x",
    Below(Decimal(10)),
    Leaf(1),
    Split("x", Below(Decimal(30)), Leaf(2), Split("x", Below(Decimal(50)), Leaf(1), Leaf(2)), "no"),
    "yes",
)


def test_figures_are_those_of_the_rows() -> None:
    x = np.array([[1.0], [2.0], [3.0], [15.0], [20.0], [40.0], [60.0], [np.nan]])
    labels = np.array([1, 1, 2, 2, 2, 1, 2, 1])
    found = measure_quality(
        TREE,
        ["x"],
        x,
        labels,
        {1: "A", 2: "B"},
        loss=0.0123456789123,
        held_out=np.array([1, 1, 1, 1, 2, 1, 2, 2]),
        curve=(),
        moved=3,
    )
    assert found.fidelity == 7 / 8
    assert found.fidelity_by_segment == {"A": 0.8, "B": 1.0}  # the third row is in A and not of it
    assert (found.leaves, found.depth, found.smallest_leaf) == (4, 3, 1)
    assert found.loss == 0.0123456789
    assert found.fidelity_held_out == 5 / 8
    assert found.held_out_by_segment == {"A": 0.6, "B": 0.666666667}
    assert (found.short_rules, found.moved) == (0, 3)  # each segment is two rules


def test_a_segment_without_rows_has_no_fidelity() -> None:
    found = measure_quality(
        TREE,
        ["x"],
        np.array([[1.0], [40.0]]),
        np.array([1, 2]),
        {1: "A", 2: "B"},
        loss=0.0,
        held_out=None,
        curve=(),
        moved=0,
    )
    assert found.fidelity_by_segment == {"A": 0.5}
    assert (found.fidelity_held_out, found.smallest_leaf) == (None, 0)


def test_the_baseline_has_deciles_and_no_single_value() -> None:
    """99.5 % lie nearer: of 1,001 rows at 0 to 1,000 from the only centre, that is 995."""
    x = np.arange(1001.0)
    counts = Counts("x", 1003, 2, 0, 1001, 0.0, 1000.0, 0, 0)
    engine = MemoryEngine()
    load(engine, np.append(x, [np.nan, np.nan])[:, None], ["x"])
    ones = np.ones(1001)
    found = measure_baseline(
        AllRows(engine, "customers", engine.columns("customers")),
        Sample((), ("x",), x[:, None], ones, 1003),
        [summarise(counts, x), LevelSummary("region", 1003, 3, {"north": 600, "south": 400}, 3)],
        [FittedSegment(1, "A", "All", 1001)],
        2,
        held_out=0.25,
        far=far_distance(x[:, None], np.array([[0.0]]), ones),
    )
    assert found.distance_quantile == 995
    assert found.segments == {"A": 1001, "unassigned": 2}
    number, category = found.features
    assert number.quantiles == (100, 200, 300, 400, 500, 600, 700, 800, 900)
    assert number.edges == tuple(50.0 * place for place in range(1, 20))
    assert number.histogram == (*[50] * 19, 51)
    assert (category.edges, category.histogram) == ((), ())
    assert (number.count, number.nulls, number.mean) == (1001, 2, 500)
    assert (category.count, category.nulls, category.levels) == (
        1000,
        3,
        {"north": 600, "south": 400},
    )


def test_leaves_are_numbered_from_left_to_right() -> None:
    numbered = number_leaves(TREE)
    assert isinstance(numbered, Split) and isinstance(numbered.no, Split)
    assert (numbered.yes, numbered.no.yes) == (Leaf(0), Leaf(1))
    assert numbered.no.no == Split("x", Below(Decimal(50)), Leaf(2), Leaf(3))


@pytest.mark.parametrize(("rows", "k"), [(25, 2), (35, 7)])
def test_held_out_needs_five_rows_a_fold_and_cluster(rows: int, k: int) -> None:
    X = (np.arange(rows) % k * 100.0 + np.arange(rows) / 100)[:, None]
    centers = np.arange(k)[:, None] * 100.0
    tree: Tree = Leaf(k)
    for place in range(k - 1, 0, -1):
        tree = Split("x0", Below(Decimal(place * 100 - 50)), Leaf(place), tree)

    def predicted(X: Floats) -> Ints | None:
        of_rows = rows_of(X, centers)
        clustering = Clustering(centers, 1.0, of_rows.labels)
        surrogate = Surrogate(tree, ("x0",), 1.0)
        found = Explained(clustering, surrogate, of_rows.labels, 1, (), 0.0, 0.5)
        return predict_held_out(of_rows, found, 0)

    found = predicted(X)
    assert found is not None
    assert found.tolist() == [row % k for row in range(rows)]
    assert predicted(X[1:]) is None


def test_held_out_trees_have_not_seen_the_rows() -> None:
    """Clusters by chance: a tree says nothing of rows that it was not learned from."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    labels = rng.integers(0, 2, 200)
    rows = Rows.of_array(X, labels=labels, centers=np.zeros((2, 2)))
    clustering = Clustering(np.zeros((2, 2)), 1.0, labels)
    surrogate = Surrogate(Split("x0", Below(Decimal(0)), Leaf(1), Leaf(2)), ("x0", "x1"), 1.0)
    found = Explained(clustering, surrogate, labels, 1, (), 0.0, 0.5)
    held_out = predict_held_out(rows, found, 0)
    assert held_out is not None
    assert 0.35 < (held_out == labels).mean() < 0.65


def test_held_out_trees_of_many_rows_learn_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold of rows beyond them gets a tree as well, and a leaf is as large a share of fewer."""
    seen = []

    def fit_path(train: Rows, leaves: int, smallest: int, *rest: object) -> dict[int, Surrogate]:
        seen.append((train.values[:, 0].tolist(), smallest))
        return {2: surrogate}

    monkeypatch.setattr(quality, "HELD_OUT_ROWS", 50)
    monkeypatch.setattr(quality, "fit_path", fit_path)
    X = np.arange(100.0)[:, None]
    labels = (X[:, 0] >= 30).astype(np.int64)
    rows = Rows.of_array(X, labels=labels, centers=np.zeros((2, 1)))
    surrogate = Surrogate(Split("x0", Below(Decimal(30)), Leaf(1), Leaf(2)), ("x0",), 1.0)
    found = Explained(Clustering(rows.centers, 1.0, labels), surrogate, labels, 20, (), 0.0, 0.5)
    held_out = predict_held_out(rows, found, 0)
    assert held_out is not None and held_out.tolist() == labels.tolist()
    assert seen == [([n for n in range(50) if n % 5 != fold], 8) for fold in range(5)]
