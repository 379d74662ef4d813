"""The published trees, against the same said slowly: one cut after the other, row by row."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris

from segkit.learn.numbers import Floats, Ints, squared_distances
from segkit.learn.trees.known_algorithms import center_ranks, imm
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows, leaf_of_rows
from tests.learn.unweighted import greedy

SEEDS = range(25)


def rows_of(X: Floats, centers: Floats, weight: Floats | None = None, **changes: Any) -> Rows:
    labels = squared_distances(X, centers).argmin(axis=1).astype(np.int64)
    rows = Rows.of_array(X, labels=labels, centers=centers, weight=weight)
    return replace(rows, **changes)


def random_rows(seed: int, weighted: bool = True) -> Rows:
    """Few values and few rows, so that there are ties, and clusters of their own means."""
    rng = np.random.default_rng(seed)
    n, d, k = int(rng.integers(12, 40)), int(rng.integers(1, 4)), int(rng.integers(2, 5))
    X = np.round(rng.normal(size=(n, d)) * 3 + rng.integers(0, 3, n)[:, None] * 4, seed % 3)
    model = KMeans(k, n_init=3, random_state=seed).fit(X)
    weight = rng.integers(1, 4, n).astype(float) if weighted else None
    return rows_of(X, model.cluster_centers_, weight)


def mistakes(rows: Rows) -> RankTree | None:
    ranks = Ranks.of(rows)
    return imm(ranks, rows.labels, rows.weight, center_ranks(rows, ranks))


def nearest(rows: Rows, **options: Any) -> RankTree | None:
    ranks = Ranks.of(rows)
    distance = squared_distances(rows.scaled, rows.centers) * rows.weight[:, None]
    return greedy(ranks, distance, center_ranks(rows, ranks), **options)


CostOfCut = Callable[[Ints, list[int], list[int], Any], float]


def check(rows: Rows, tree: RankTree | None, cost_of_cut: CostOfCut, min_leaf: int = 1) -> None:
    """Every cut of the tree costs as little as any; of equals it may be another one."""
    ranks = Ranks.of(rows)
    centers = center_ranks(rows, ranks)

    def part(tree: RankTree | None, here: list[int], allowed: list[int]) -> bool:
        if len(allowed) == 1:
            assert tree is None or tree == allowed[0]
            return True
        costs: dict[tuple[int, int], float] = {}
        for feature, distinct in enumerate(ranks.distinct):
            for cut in range(len(distinct)):
                left = [c for c in allowed if centers[c, feature] <= cut]
                right = [c for c in allowed if c not in left]
                goes_left = [ranks.of_row[row, feature] <= cut for row in here]
                enough = sum(goes_left) >= min_leaf * len(left)
                enough = enough and len(here) - sum(goes_left) >= min_leaf * len(right)
                if left and right and enough:
                    costs[feature, cut] = cost_of_cut(here, left, right, goes_left)
        if not costs:
            assert tree is None
            return False
        if tree is None:
            feature, cut = min(costs, key=costs.__getitem__)
        else:
            assert isinstance(tree, Cut)
            feature, cut = tree.feature, tree.rank
            assert costs[feature, cut] <= min(costs.values()) + 1e-9
        sides = (tree.left, tree.right) if isinstance(tree, Cut) else (None, None)
        found = []
        for side, is_left in zip(sides, (True, False), strict=True):
            some = [row for row in here if (ranks.of_row[row, feature] <= cut) == is_left]
            centers_of_side = [c for c in allowed if (centers[c, feature] <= cut) == is_left]
            found.append(part(side, some, centers_of_side))
        return all(found)

    found = part(tree, list(range(len(rows.values))), list(range(rows.k)))
    assert found == (tree is not None)


def mistakes_of_cut(rows: Rows) -> CostOfCut:
    def cost(here: Any, left: list[int], right: list[int], goes_left: Any) -> float:
        wrong = [
            rows.weight[row]
            for row, is_left in zip(here, goes_left, strict=True)
            if rows.labels[row] in (right if is_left else left)
        ]
        return float(sum(wrong))

    return cost


def distance_of_cut(rows: Rows, penalty: float = 0.0, depth: float = 0.0) -> CostOfCut:
    def to_nearest(row: int, allowed: list[int]) -> float:
        return float(
            rows.weight[row] * ((rows.scaled[row] - rows.centers[allowed]) ** 2).sum(1).min()
        )

    def cost(here: Any, left: list[int], right: list[int], goes_left: Any) -> float:
        pairs = list(zip(here, goes_left, strict=True))
        found = math.fsum(to_nearest(row, left if is_left else right) for row, is_left in pairs)
        uneven = abs(len(left) - len(right)) / (len(left) + len(right))
        cuts = math.fsum(math.log2(len(left if is_left else right)) for _, is_left in pairs)
        before = math.fsum(to_nearest(row, left + right) for row in here)
        return found * (1 + penalty * uneven) + depth * before * cuts / len(here)

    return cost


def names(tree: RankTree) -> list[int]:
    return [tree] if isinstance(tree, int) else names(tree.left) + names(tree.right)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fewest_mistakes_are_those_found_one_by_one(seed: int) -> None:
    rows = random_rows(seed)
    tree = mistakes(rows)
    check(rows, tree, mistakes_of_cut(rows))
    if tree is not None:
        assert sorted(names(tree)) == list(range(rows.k))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("min_leaf", [1, 4])
@pytest.mark.parametrize("options", [{}, {"penalty": 0.5}, {"depth": 0.3, "penalty": 0.1}])
def test_the_nearest_centres_are_those_found_one_by_one(
    seed: int, options: dict[str, float], min_leaf: int
) -> None:
    rows = random_rows(seed)
    tree = nearest(rows, min_leaf=min_leaf, **options)
    check(rows, tree, distance_of_cut(rows, **options), min_leaf)
    if tree is not None:
        assert sorted(names(tree)) == list(range(rows.k))
        reached = leaf_of_rows(tree, Ranks.of(rows).of_row)
        assert np.bincount(reached, minlength=rows.k).min() >= min_leaf


@pytest.mark.parametrize("grow", [mistakes, nearest])
@pytest.mark.parametrize("seed", SEEDS[:10])
def test_a_weight_is_a_row_that_many_times(
    grow: Callable[[Rows], RankTree | None], seed: int
) -> None:
    once = random_rows(seed)
    times = once.weight.astype(int)
    X = np.repeat(once.values, times, axis=0)
    assert grow(once) == grow(rows_of(X, once.centers))


@pytest.mark.parametrize("grow", [mistakes, nearest])
def test_a_row_is_a_mistake_but_once(grow: Callable[[Rows], RankTree | None]) -> None:
    # Three groups along x: two cuts, none of them a mistake; y says nothing.
    X = np.array([[0.0, 5], [1, 0], [10, 5], [11, 0], [20, 5], [21, 0]])
    rows = rows_of(X, np.array([[20.5, 2.5], [0.5, 2.5], [10.5, 2.5]]))
    assert grow(rows) == Cut(0, 1, 1, Cut(0, 3, 2, 0))


def test_iris_takes_the_petals() -> None:
    X = load_iris().data
    model = KMeans(3, n_init=10, random_state=0).fit(X)
    rows = rows_of(X, model.cluster_centers_)
    for tree in (mistakes(rows), nearest(rows)):
        assert tree is not None
        segment = leaf_of_rows(tree, Ranks.of(rows).of_row)
        means = np.stack([X[segment == s].mean(axis=0) for s in range(3)])
        cost = ((X - means[segment]) ** 2).sum() / model.inertia_
        assert cost < 1.05


@pytest.mark.parametrize("grow", [mistakes, nearest])
def test_equal_centres_have_no_tree(grow: Callable[[Rows], RankTree | None]) -> None:
    X = np.array([[0.0], [1], [2], [3]])
    assert grow(rows_of(X, np.array([[1.5], [1.5]]))) is None


@pytest.mark.parametrize("grow", [mistakes, nearest])
def test_a_category_is_never_cut(grow: Callable[[Rows], RankTree | None]) -> None:
    codes = np.array([0.0, 0, 1, 1])
    number = np.array([1.0, 2, 2, 3])
    scaled = np.column_stack([codes == 0, codes == 1, number]).astype(float)
    rows = Rows(
        columns=("plan", "orders"),
        values=np.column_stack([codes, number]),
        scaled=scaled,
        labels=np.array([0, 0, 1, 1]),
        centers=np.array([[1.0, 0, 1.5], [0, 1, 2.5]]),
        weight=np.ones(4),
        medians=np.array([0.0, 2]),
        levels={"plan": ("basic", "pro")},
    )
    tree = grow(rows)
    assert isinstance(tree, Cut)
    assert tree.feature == 1


def test_a_centre_below_every_value_stays_on_the_left() -> None:
    X = np.array([[0.0], [1], [10], [11]])
    rows = rows_of(X, np.array([[-3.0], [10.5]]))
    assert nearest(rows) == Cut(0, 1, 0, 1)
    assert mistakes(rows) == Cut(0, 1, 0, 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_centres_have_a_place_among_the_rows_that_are_drawn(seed: int) -> None:
    """Ranks stay those of all rows: of one that no drawn row has, nothing is known."""
    rows = random_rows(seed)
    ranks = Ranks.of(rows)
    drawn = np.flatnonzero(np.random.default_rng(seed).random(len(rows.values)) < 0.4)
    some, few = rows.take(drawn), ranks.take(drawn)
    for center, found in zip(some.centers, center_ranks(some, few), strict=True):
        for feature, rank in enumerate(found.tolist()):
            below = some.scaled[:, feature] <= center[feature]
            assert rank == max(few.of_row[below, feature].tolist(), default=-1)
