"""A better tree of the same size: each cut in turn, given what lies below it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.ranks import Ranks, RankTree, leaf_of_rows, middle_of_lowest


def refine(
    tree: RankTree, ranks: Ranks, distance: Floats, weight: Floats, min_leaf: float
) -> RankTree:
    """Return the tree with every cut put where its rows lie nearest to their centres.

    From the bottom up: at a cut each row knows to which centre it would come on
    either side, so the best feature and rank follow from one cumulative sum.

    Parameters
    ----------
    tree : RankTree
        Its leaves are named by centre.
    distance : array (n, k)
        Weighted squared distance of each row to each centre.
    weight : array (n,)
        Customers that each row stands for.
    min_leaf : float
        Customers on either side of a cut at least.
    """
    return _refine(tree, np.arange(len(distance)), ranks, distance, weight, min_leaf)


def _refine(
    tree: RankTree, rows: Ints, ranks: Ranks, distance: Floats, weight: Floats, min_leaf: float
) -> RankTree:
    if isinstance(tree, int):
        return tree
    goes_left = tree.goes_left(ranks.of_row[rows, tree.feature])
    left = _refine(tree.left, rows[goes_left], ranks, distance, weight, min_leaf)
    right = _refine(tree.right, rows[~goes_left], ranks, distance, weight, min_leaf)
    of_row, counts = ranks.of_row[rows], weight[rows]
    gain = distance[rows, leaf_of_rows(left, of_row)] - distance[rows, leaf_of_rows(right, of_row)]
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

    Parameters
    ----------
    codes : array (n,)
        Level of each row, below ``size``.
    gain : array (n,)
        Cost of each row on the left less its cost on the right.
    weight : array (n,)
        Customers that each row stands for.
    """
    sums = np.bincount(codes, gain, minlength=size)
    counts = np.bincount(codes, weight, minlength=size)
    chosen = np.flatnonzero((sums < 0) & (counts > 0))
    left, total = float(counts[chosen].sum()), float(counts.sum())
    if not 0 < left < total or min(left, total - left) < min_leaf:
        return frozenset(), 0.0
    return frozenset(chosen.tolist()), float(sums[chosen].sum())
