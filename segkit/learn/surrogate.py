"""A small tree that says what K-Means means: the lowest cost, not the fewest mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segkit.core.simplify import simplify
from segkit.core.tree import Tree, count_leaves, leaves
from segkit.errors import DataError, Problem
from segkit.learn.apply import codes_of
from segkit.learn.numbers import Floats, Ints, one_thread, squared_distances, without_noise
from segkit.learn.proposals import Growth, cart_trees
from segkit.learn.published import center_ranks, greedy
from segkit.learn.ranks import (
    Ranks,
    RankTree,
    Rows,
    leaf_of_rows,
    lift,
    number_leaves,
    relabel,
    to_tree,
)
from segkit.learn.refine import refine

ROUNDS = 10  # means and assignment in turn; it settles after two or three
SEARCH_ROWS = 10_000  # more rows hardly move a cut; costs are counted on all rows


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


def fit_path(rows: Rows, max_leaves: int, min_leaf: int, seed: int) -> Mapping[int, Surrogate]:
    """Return the best tree found for each number of leaves up to ``max_leaves``.

    A number is left out where fewer leaves cost as little, or where no tree
    gives each centre a leaf; so costs fall strictly from one to the next.
    """
    best: dict[int, _Candidate] = {}
    with one_thread():
        search = _Search.of(rows, min_leaf)
        for tree in search.proposals(max_leaves, seed):
            _keep(best, search.candidates(tree))
        for count in range(1, max_leaves + 1):
            if count in best:
                _keep(best, search.refined(best[count]))
            if count in best and count < max_leaves:
                _keep(best, search.grown(best[count]))
    path: dict[int, Surrogate] = {}
    for count in sorted(best):
        if not path or best[count].cost < path[max(path)].cost * (1 - 1e-12):
            path[count] = best[count].surrogate
    return path


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
class _Candidate:
    surrogate: Surrogate
    tree: RankTree  # leaves named by centre

    @property
    def cost(self) -> float:
        return self.surrogate.cost


def _keep(best: dict[int, _Candidate], candidates: Iterator[_Candidate]) -> None:
    for candidate in candidates:
        count = candidate.surrogate.leaves
        if count not in best or candidate.cost < best[count].cost * (1 - 1e-12):
            best[count] = candidate


@dataclass(frozen=True, eq=False)
class _Search:
    """Cuts are looked for in the head of the rows; what they cost is counted on all rows."""

    rows: Rows
    ranks: Ranks
    min_leaf: int
    head: Rows
    head_ranks: Ranks
    head_min_leaf: int
    spread: float

    @classmethod
    def of(cls, rows: Rows, min_leaf: int) -> _Search:
        total = len(rows.values)
        head = rows.take(np.arange(min(SEARCH_ROWS, total)))
        smallest = max(1, min_leaf * len(head.values) // total)
        return cls(rows, Ranks.of(rows), min_leaf, head, Ranks.of(head), smallest, spread_of(rows))

    def proposals(self, max_leaves: int, seed: int) -> Iterator[RankTree]:
        leaves = range(self.rows.k, max_leaves + 1)
        yield from cart_trees(self.head, self.head_ranks, leaves, self.head_min_leaf, seed)
        if self.head.counts_mistakes:
            return
        distance = self._distance(self.head.centers)
        centers = center_ranks(self.head, self.head_ranks)
        parted = greedy(self.head_ranks, distance, centers, self.head_min_leaf)
        if parted is not None and leaves:
            yield parted

    def grown(self, candidate: _Candidate) -> Iterator[_Candidate]:
        """What comes of splitting one leaf more."""
        tree = self._growth(self._means(candidate)).grow(candidate.tree)
        if tree is not None:
            yield from self.candidates(tree)

    def candidates(self, tree: RankTree) -> Iterator[_Candidate]:
        """The tree's leaves given to centres, in each way that leaves no centre without one."""
        tree, _ = number_leaves(tree)
        lifted = lift(tree, self.head_ranks, self.ranks)
        numbers = leaf_of_rows(lifted, self.ranks.of_row)
        found, leaf = np.unique(numbers, return_inverse=True)
        # Of a sample, a leaf may hold a few more or less.
        if np.bincount(leaf).min() < self.min_leaf and len(self.head.values) == len(leaf):
            return
        ours = to_tree(lifted, self.rows, self.ranks)
        rows = self.rows
        reached = codes_of(ours, rows.columns, rows.values, rows.levels)
        moved = int((reached != numbers).sum())
        for assignment in _assignments(self.rows, leaf):
            centers = dict(zip(found.tolist(), assignment.tolist(), strict=True))
            named = simplify(relabel(ours, {n: center + 1 for n, center in centers.items()}))
            if {leaf.code for leaf in leaves(named)} == set(range(1, rows.k + 1)):
                cost = segments_cost(rows, assignment[leaf], self.spread)
                surrogate = Surrogate(named, rows.columns, cost, moved, rows.levels)
                yield _Candidate(surrogate, name_leaves(tree, centers))

    def refined(self, candidate: _Candidate) -> Iterator[_Candidate]:
        """What comes of putting each cut anew, while the cost falls."""
        for _ in range(ROUNDS):
            distance = self._distance(self._means(candidate))
            tree = refine(candidate.tree, self.head_ranks, distance, self.head_min_leaf)
            better = [c for c in self.candidates(tree) if c.cost < candidate.cost * (1 - 1e-9)]
            if not better:
                return
            candidate = min(better, key=lambda c: c.cost)
            yield candidate

    def _growth(self, centers: Floats) -> Growth:
        return Growth(self.head_ranks, self._distance(centers), self.head_min_leaf)

    def _distance(self, centers: Floats) -> Floats:
        if self.head.counts_mistakes:
            wrong = self.head.labels[:, None] != np.arange(self.head.k)
            return np.where(wrong, self.head.weight[:, None], 0.0)
        return squared_distances(self.head.scaled, centers) * self.head.weight[:, None]

    def _means(self, candidate: _Candidate) -> Floats:
        return _means(self.head, leaf_of_rows(candidate.tree, self.head_ranks.of_row))


def name_leaves(tree: RankTree, centers: Mapping[int, int]) -> RankTree:
    """Return the tree with its numbered leaves named by centre."""
    if isinstance(tree, int):
        return centers.get(tree, 0)
    return replace(
        tree, left=name_leaves(tree.left, centers), right=name_leaves(tree.right, centers)
    )


def _means(rows: Rows, groups: Ints) -> Floats:
    """The mean of each centre's rows; the centre itself where it has none."""
    weight = np.bincount(groups, rows.weight, minlength=rows.k)
    sums = np.stack(
        [np.bincount(groups, column * rows.weight, minlength=rows.k) for column in rows.scaled.T],
        axis=1,
    )
    known = weight > 0
    return np.where(known[:, None], sums / np.where(known, weight, 1.0)[:, None], rows.centers)


def _assignments(rows: Rows, leaf: Ints) -> list[Ints]:
    count = int(leaf.max()) + 1
    weight = np.bincount(leaf, rows.weight, minlength=count)
    sums = np.stack(
        [np.bincount(leaf, column * rows.weight, minlength=count) for column in rows.scaled.T],
        axis=1,
    )
    means = sums / weight[:, None]
    votes = np.zeros((count, rows.k))
    np.add.at(votes, (leaf, rows.labels), rows.weight)
    # The majority's label is what CART would say: to start there too means never to be worse.
    starts = [votes.argmax(axis=1)]
    if rows.counts_mistakes:
        return starts if len(set(starts[0].tolist())) == rows.k else []
    starts.append(squared_distances(means, rows.centers).argmin(axis=1))
    found: dict[tuple[int, ...], Ints] = {}
    for assignment in starts:
        for _ in range(ROUNDS):
            key = tuple(assignment.tolist())
            if key in found or len(set(key)) < rows.k:
                break
            found[key] = assignment
            total = np.bincount(assignment, weight, minlength=rows.k)
            centers = (
                np.stack(
                    [np.bincount(assignment, column, minlength=rows.k) for column in sums.T], axis=1
                )
                / total[:, None]
            )
            assignment = squared_distances(means, centers).argmin(axis=1)
    return list(found.values())


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
