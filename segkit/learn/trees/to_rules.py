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
class Finish:
    """Trees over ranks as ours, on all rows and with every value as a cut."""

    rows: Rows
    ranks: Ranks
    min_leaf: float

    def surrogates(self, tree: RankTree, rounds: int) -> Iterator[Surrogate]:
        """Yield the tree with each cut put anew in up to so many rounds, if it is allowed then."""
        if not self._has_all(leaf_of_rows(tree, self.ranks.of_row)):
            return
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
        means = rows.means_of(leaf_of_rows(tree, self.ranks.of_row))
        return refine(tree, self.ranks, rows.costs(means), rows.weight, self.min_leaf)

    def _surrogate(self, tree: RankTree) -> Surrogate | None:
        rows, ranks = self.rows, self.ranks
        leaf = leaf_of_rows(number_leaves(tree)[0], ranks.of_row)
        segment = np.array([at(tree, path) for path in leaf_paths(tree)])[leaf]
        smallest = float(np.bincount(leaf, rows.weight).min())
        if not self._has_all(segment) or smallest < self.min_leaf:
            return None
        if not rows.counts_mistakes:  # a segment is called by the centre it shares most with
            names = match_groups(segment, rows.labels, rows.weight, rows.k)
            tree, segment = name_leaves(tree, names), names[segment]
        ours = simplify(relabel(to_tree(tree, rows, ranks), {c: c + 1 for c in range(rows.k)}))
        reached = rows.codes(ours) - 1
        moved = weighted.count(reached != segment, rows.weight)
        if not self._has_all(reached):
            return None
        return Surrogate(ours, rows.columns, segments_cost(rows, reached), moved, rows.levels)

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
    of_row, counts = ranks.of_row[here], weight[here]
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
        count = np.cumsum(np.bincount(rank, counts, minlength=len(distinct)))
        cost[(count < min_leaf) | (count[-1] - count < min_leaf)] = np.inf
        if cost.min(initial=np.inf) < lowest - 1e-9 * max(1.0, abs(lowest)):
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
