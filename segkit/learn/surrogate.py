"""A small tree that says what K-Means means: the lowest cost, not the fewest mistakes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segkit.core.rules import rules_of
from segkit.core.simplify import simplify
from segkit.core.tree import Tree, count_leaves
from segkit.errors import DataError, Problem
from segkit.learn.apply import codes_of
from segkit.learn.costs import Costs
from segkit.learn.moves import Moves, leaf_paths
from segkit.learn.numbers import Floats, Ints, one_thread, squared_distances, without_noise
from segkit.learn.published import center_ranks, greedy, imm
from segkit.learn.ranks import (
    Ranks,
    RankTree,
    Rows,
    leaf_of_rows,
    number_leaves,
    relabel,
    to_tree,
)
from segkit.learn.refine import refine
from segkit.learn.search import THOROUGH, Effort, search
from segkit.learn.space import Space
from segkit.learn.starts import cart, random_carts

PENALTIES = (0.05, 0.15, 0.5)  # of greedy trees, on cuts that part few centres from many
FINISH = 2  # passes with every value as a cut; a third hardly moves one
EQUAL = 5e-4  # trees that cost so little more than the cheapest are as good
SHORT = 3  # conditions that a person can keep in mind


@dataclass(frozen=True, eq=False)
class Surrogate:
    """``tree`` has code ``row of centers + 1`` in its leaves.

    ``cost`` is the sum of squared distances to the means of the tree's own
    segments, or the number of mistakes where that is what counts; ``moved``
    counts rows that snapping the cuts sent elsewhere.
    """

    tree: Tree
    columns: tuple[str, ...]
    cost: float
    moved: int = 0
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def leaves(self) -> int:
        return count_leaves(self.tree)

    @property
    def short_rules(self) -> int:
        """Segments that are one rule of at most three conditions."""
        return count_short_rules(self.tree)

    def predict(self, X: Floats) -> Ints:
        """Return, for every row of raw values, the row index into the centres."""
        return codes_of(self.tree, self.columns, np.asarray(X, dtype=np.float64), self.levels) - 1


def fit_surrogate(
    X: Floats,
    centers: Floats,
    *,
    max_leaves: int,
    min_leaf: int = 1,
    seed: int = 0,
    sample_weight: Floats | None = None,
    columns: Sequence[str] | None = None,
) -> Surrogate:
    """Return the best tree found with at most ``max_leaves`` leaves.

    Parameters
    ----------
    X : array (n, d)
        Finite numbers, in the space of the centres.
    centers : array (k, d)
        Each of them gets at least one leaf.
    max_leaves, min_leaf : int
        Leaves at most, and rows in a leaf at least.
    columns : sequence of str, optional
        Names of the columns in the tree; ``x0``, ``x1``, ... by default.

    Raises
    ------
    DataError
        SK314, if no tree of that size has a leaf for each centre.
    """
    X = np.asarray(X, dtype=np.float64)
    centers = np.asarray(centers, dtype=np.float64)
    rows = Rows(
        columns=tuple(columns) if columns else tuple(f"x{place}" for place in range(X.shape[1])),
        values=X,
        scaled=X,
        labels=squared_distances(X, centers).argmin(axis=1).astype(np.int64),
        centers=centers,
        weight=np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float),
        medians=np.median(X, axis=0),
    )
    path = fit_path(rows, max_leaves, min_leaf, seed)
    if not path:
        raise DataError(no_tree(len(centers), max_leaves))
    return path[max(path)]


def fit_path(
    rows: Rows, max_leaves: int, min_leaf: int, seed: int, effort: Effort = THOROUGH
) -> Mapping[int, Surrogate]:
    """Return the best tree found for each number of leaves up to ``max_leaves``.

    A number is left out where fewer leaves cost as little, or where no tree
    gives each centre a leaf; so costs fall strictly from one to the next.
    Trees that cost the same within ``EQUAL`` are told apart by how many of
    their segments have a short rule.
    """
    if max_leaves < rows.k:
        return {}
    with one_thread():
        published, found = _candidates(rows, max_leaves, min_leaf, seed, effort)
    path: dict[int, Surrogate] = {}
    for count in sorted({surrogate.leaves for surrogate in (*published, *found)}):
        bound = min((s.cost for s in published if s.leaves <= count), default=math.inf)
        best = _shortest([s for s in (*published, *found) if s.leaves == count], bound)
        if not path or best.cost < path[max(path)].cost * (1 - 1e-12):
            path[count] = best
    return path


def _candidates(
    rows: Rows, max_leaves: int, min_leaf: int, seed: int, effort: Effort
) -> tuple[list[Surrogate], list[Surrogate]]:
    """The published trees, and what the search makes of them."""
    ranks, k = Ranks.of(rows), rows.k
    few = [*cart(rows, ranks, k, min_leaf, seed), *_published(rows, ranks, min_leaf)]
    many = list(cart(rows, ranks, max_leaves, min_leaf, seed)) if max_leaves > k else []
    finish = _Finish(rows, ranks, min_leaf)
    if not rows.counts_mistakes:  # a leaf for each segment never costs more than two for one
        few = [number_leaves(tree)[0] if len(leaf_paths(tree)) == k else tree for tree in few]
    published = [s for tree in (*few, *many) for s in finish.surrogates(tree, rounds=0)]
    space = Space.of(rows, ranks, [*few, *many], seed)
    # Of a sample a leaf may seem larger than it is.
    least = min_leaf if len(space.chosen) == len(rows.values) else math.ceil(1.25 * min_leaf)
    moves = Moves(Costs(space, k, least), seed)
    starts = [
        [space.from_ranks(tree) for tree in trees]
        + list(random_carts(rows, space, leaves, least, range(seed, seed + effort.carts)))
        for leaves, trees in ((k, few), (max_leaves, many))
    ]
    starts[0] += _penalised(rows, ranks, space, least)
    found = search(moves, starts[0], starts[1], max_leaves, effort)
    states = [finish.surrogates(space.to_ranks(state.tree), rounds=FINISH) for state in found]
    return published, [surrogate for surrogates in states for surrogate in surrogates]


def _published(rows: Rows, ranks: Ranks, min_leaf: int) -> Iterator[RankTree]:
    if rows.counts_mistakes:
        return
    distance = squared_distances(rows.scaled, rows.centers) * rows.weight[:, None]
    centers = center_ranks(rows, ranks)
    found = [imm(ranks, rows.labels, rows.weight, centers)]
    found.append(greedy(ranks, distance, centers, min_leaf))
    yield from (tree for tree in found if tree is not None)


def _penalised(rows: Rows, ranks: Ranks, space: Space, min_leaf: int) -> Iterator[RankTree]:
    """Greedy trees over bins that would rather part the centres evenly."""
    if rows.counts_mistakes:
        return
    some = rows.take(space.chosen)
    distance = squared_distances(some.scaled, rows.centers) * space.weight[:, None]
    centers = space.bins_of(center_ranks(rows, ranks))
    for penalty in PENALTIES:
        tree = greedy(space.as_ranks(), distance, centers, min_leaf, penalty)
        if tree is not None:
            yield tree


def _shortest(surrogates: Sequence[Surrogate], bound: float) -> Surrogate:
    """Among those that cost next to the least and at most ``bound``, that with short rules."""
    lowest = min(surrogate.cost for surrogate in surrogates)
    most = max(lowest, min(lowest * (1 + EQUAL), bound))
    equal = [s for s in surrogates if s.cost <= most]
    return min(equal, key=lambda s: (-s.short_rules, s.cost))


def count_short_rules(tree: Tree) -> int:
    """Return how many segments are one rule of at most three conditions."""
    conditions: dict[int, list[int]] = {}
    for rule in rules_of(tree):
        conditions.setdefault(rule.code, []).append(len(rule.conditions))
    return sum(len(found) == 1 and found[0] <= SHORT for found in conditions.values())


def budget(k: int) -> int:
    """Leaves up to which ``max_leaves: auto`` looks: max(2k, k + 4)."""
    return max(2 * k, k + 4)


def no_tree(k: int, max_leaves: int) -> Problem:
    """The problem for K-Means clusters that a small tree cannot tell apart."""
    return Problem(
        "SK314",
        f"no tree of {max_leaves} leaves gives each of {k} segments a rule",
        help=f"ask for fewer segments (clusters: {{k: {k - 1}}}), or allow more leaves "
        f"(rules: {{max_leaves: {max_leaves + k}}})",
    )


@dataclass(frozen=True, eq=False)
class _Finish:
    """Trees over ranks as ours, on all rows and with every value as a cut."""

    rows: Rows
    ranks: Ranks
    min_leaf: int

    def surrogates(self, tree: RankTree, rounds: int) -> Iterator[Surrogate]:
        """The tree with each cut put anew in up to so many rounds; none if it is not allowed."""
        found = self._surrogate(tree)
        for _ in range(rounds):
            refined = self._refined(tree)
            if refined == tree:
                break
            better = self._surrogate(refined)
            if better is None or (found is not None and better.cost >= found.cost * (1 - 1e-9)):
                break
            tree, found = refined, better
        if found is not None:
            yield found

    def _refined(self, tree: RankTree) -> RankTree:
        rows = self.rows
        if rows.counts_mistakes:
            wrong = rows.labels[:, None] != np.arange(rows.k)
            distance = np.where(wrong, rows.weight[:, None], 0.0)
        else:
            means = _means(rows, leaf_of_rows(tree, self.ranks.of_row))
            distance = squared_distances(rows.scaled, means) * rows.weight[:, None]
        return refine(tree, self.ranks, distance, self.min_leaf)

    def _surrogate(self, tree: RankTree) -> Surrogate | None:
        rows, ranks = self.rows, self.ranks
        segment = leaf_of_rows(tree, ranks.of_row)
        if len(np.unique(segment)) < rows.k or self._smallest_leaf(tree) < self.min_leaf:
            return None
        named = name_leaves(tree, self._centers_of(segment))
        ours = simplify(relabel(to_tree(named, rows, ranks), {c: c + 1 for c in range(rows.k)}))
        reached = codes_of(ours, rows.columns, rows.values, rows.levels) - 1
        moved = int((reached != leaf_of_rows(named, ranks.of_row)).sum())
        if len(np.unique(reached)) < rows.k:
            return None
        cost = segments_cost(rows, reached, spread_of(rows))
        return Surrogate(ours, rows.columns, cost, moved, rows.levels)

    def _smallest_leaf(self, tree: RankTree) -> int:
        numbered, _ = number_leaves(tree)
        return int(np.bincount(leaf_of_rows(numbered, self.ranks.of_row)).min())

    def _centers_of(self, segment: Ints) -> dict[int, int]:
        """Which centre each segment is called by: together they share the most rows."""
        from scipy.optimize import linear_sum_assignment

        k = self.rows.k
        if self.rows.counts_mistakes:
            return {place: place for place in range(k)}
        shared = np.zeros((k, k))
        np.add.at(shared, (segment, self.rows.labels), self.rows.weight)
        segments, centers = linear_sum_assignment(-shared)
        return dict(zip(segments.tolist(), centers.tolist(), strict=True))


def name_leaves(tree: RankTree, centers: Mapping[int, int]) -> RankTree:
    """Return the tree with its leaves named by centre."""
    if isinstance(tree, int):
        return centers[tree]
    return replace(
        tree, left=name_leaves(tree.left, centers), right=name_leaves(tree.right, centers)
    )


def _means(rows: Rows, segment: Ints) -> Floats:
    weight = np.bincount(segment, rows.weight, minlength=rows.k)
    sums = [
        np.bincount(segment, column * rows.weight, minlength=rows.k) for column in rows.scaled.T
    ]
    return np.asarray(np.stack(sums, axis=1) / weight[:, None])


def spread_of(rows: Rows) -> float:
    """Return what a single segment costs."""
    return cost_of(rows.scaled, np.zeros(len(rows.values), dtype=np.int64), rows.weight)


def segments_cost(rows: Rows, segments: Ints, spread: float) -> float:
    """Return what a tree costs that puts the rows into these segments: see ``Surrogate``."""
    if rows.counts_mistakes:
        return float(rows.weight[segments != rows.labels].sum())
    return without_noise(cost_of(rows.scaled, segments, rows.weight), spread)


def cost_of(X: Floats, groups: Ints, weight: Floats) -> float:
    """Return the weighted sum of squared distances to the means of the groups."""
    _, group = np.unique(groups, return_inverse=True)
    total = np.bincount(group, weight)
    parts = np.zeros(len(X))
    for column in X.T:
        parts += (column - (np.bincount(group, column * weight) / total)[group]) ** 2
    # One thread and rows in one order: the same sum each time, and no slow exact one per tree.
    return float(np.sum(parts * weight))
