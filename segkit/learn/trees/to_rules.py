"""From trees over ranks to ours: on all rows, and with every value as a cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.simplify import simplify
from segkit.learn import weighted
from segkit.learn.matching import match_groups
from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.ranks import (
    Ranks,
    RankTree,
    Rows,
    at,
    leaf_of_rows,
    leaf_paths,
    middle_of_lowest,
    name_leaves,
    number_leaves,
    relabel,
    to_tree,
)
from segkit.learn.trees.surrogate import Surrogate, segments_cost


@dataclass(frozen=True, eq=False)
class _Measured:
    """A tree with its leaves named by centre; ``leaf`` is what it called the leaf of each row."""

    tree: RankTree
    leaf: Ints
    segment: Ints
    cost: float


@dataclass(frozen=True, eq=False)
class Finish:
    """Trees over ranks as ours, on all rows and with every value as a cut."""

    rows: Rows
    ranks: Ranks
    min_leaf: float

    def surrogates(self, tree: RankTree, rounds: int) -> Iterator[Surrogate]:
        """Yield the tree with each cut put anew in up to so many rounds, if it is allowed then."""
        leaf = leaf_of_rows(tree, self.ranks.of_row)
        if not self._has_all(leaf):
            return
        found = self._measured(tree)
        for _ in range(rounds):
            refined = self._refined(tree, leaf)
            if refined == tree:
                break
            better = self._measured(refined)
            if better is None or (found is not None and better.cost >= found.cost * (1 - 1e-9)):
                break
            tree, found, leaf = refined, better, better.leaf
        if found is not None:
            yield from self._surrogate(found)

    def _refined(self, tree: RankTree, leaf: Ints) -> RankTree:
        costs = self.rows.costs(self.rows.means_of(leaf))
        return refine(tree, self.ranks, costs, self.rows.weight, self.min_leaf)

    def _measured(self, tree: RankTree) -> _Measured | None:
        """What the tree costs; None if a segment has no row, or a leaf too few."""
        rows = self.rows
        place = leaf_of_rows(number_leaves(tree)[0], self.ranks.of_row)
        leaf = np.array([at(tree, path) for path in leaf_paths(tree)])[place]
        smallest = float(np.bincount(place, rows.weight).min())
        if not self._has_all(leaf) or smallest < self.min_leaf:
            return None
        if rows.counts_mistakes:
            return _Measured(tree, leaf, leaf, segments_cost(rows, leaf))
        # a segment is called by the centre it shares most with
        names = match_groups(leaf, rows.labels, rows.weight, rows.k)
        segment = names[leaf]
        cost = segments_cost(rows, segment)
        return _Measured(name_leaves(tree, names), leaf, segment, cost)

    def _surrogate(self, found: _Measured) -> Iterator[Surrogate]:
        """The tree as ours, if rounding has left a row in each segment."""
        rows = self.rows
        ours = to_tree(found.tree, rows, self.ranks)
        ours = simplify(relabel(ours, {c: c + 1 for c in range(rows.k)}))
        reached = rows.codes(ours) - 1
        moved = weighted.count(reached != found.segment, rows.weight)
        if self._has_all(reached):
            cost = segments_cost(rows, reached) if moved else found.cost
            yield Surrogate(ours, rows.columns, cost, moved, rows.levels)

    def _has_all(self, segment: Ints) -> bool:
        return bool(np.count_nonzero(np.bincount(segment)) >= self.rows.k)


def refine(
    tree: RankTree,
    ranks: Ranks,
    distance: Floats,
    weight: Floats,
    min_leaf: float,
    here: Ints | None = None,
) -> RankTree:
    """Return the tree with every cut put where its rows lie nearest to their centres.

    From the bottom up: at a cut each row knows to which centre it would come on
    either side, so the best feature and rank follow from one cumulative sum.

    ``tree``: its leaves are named by centre.
    ``distance`` (n, k): weighted squared distance of each row to each centre.
    ``min_leaf``: customers on either side of a cut at least.
    ``here``: the rows that come to it, all by default.
    """
    if isinstance(tree, int):
        return tree
    here = np.arange(len(distance)) if here is None else here
    goes_left = tree.goes_left(ranks.of_row[here, tree.feature])
    left = refine(tree.left, ranks, distance, weight, min_leaf, here[goes_left])
    right = refine(tree.right, ranks, distance, weight, min_leaf, here[~goes_left])
    of_row, counts = ranks.take(here).of_row, weight[here]
    gain = distance[here, leaf_of_rows(left, of_row)] - distance[here, leaf_of_rows(right, of_row)]
    best = replace(tree, left=left, right=right)
    lowest = float(gain[goes_left].sum())
    for feature, distinct in enumerate(ranks.distinct):
        rank = of_row[:, feature]
        if feature in ranks.categories:
            levels, change = best_levels(rank, gain, counts, len(distinct), min_leaf)
            if levels and change < lowest - 1e-9 * max(1.0, abs(lowest)):
                lowest = change
                best = replace(best, feature=feature, rank=0, levels=levels)
            continue
        cost: Floats = np.cumsum(np.bincount(rank, gain, minlength=len(distinct)).astype(float))
        enough = lowest - 1e-9 * max(1.0, abs(lowest))
        if not cost.min(initial=np.inf) < enough:
            continue
        count = np.cumsum(np.bincount(rank, counts, minlength=len(distinct)))
        cost[(count < min_leaf) | (count[-1] - count < min_leaf)] = np.inf
        if cost.min(initial=np.inf) < enough:
            at = middle_of_lowest(cost)
            lowest = float(cost.min())
            best = replace(best, feature=feature, rank=at, levels=None)
    return best


def best_levels(
    codes: Ints, gain: Floats, weight: Floats, size: int, min_leaf: float
) -> tuple[frozenset[int], float]:
    """Return the levels that are better off on the left, and the sum of what they gain.

    Each level goes by itself where its rows cost less, so no order of levels
    is needed. Empty where a side would have too few customers.

    ``codes`` (n,): level of each row, below ``size``.
    ``gain`` (n,): cost of each row on the left less its cost on the right.
    """
    sums = np.bincount(codes, gain, minlength=size)
    counts = np.bincount(codes, weight, minlength=size)
    chosen = np.flatnonzero((sums < 0) & (counts > 0))
    left, total = float(counts[chosen].sum()), float(counts.sum())
    if not 0 < left < total or min(left, total - left) < min_leaf:
        return frozenset(), 0.0
    return frozenset(chosen.tolist()), float(sums[chosen].sum())
