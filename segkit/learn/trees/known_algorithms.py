"""Explainable clusterings as they were published: trees with one leaf a centre.

Our search starts from them, and is measured against them. Each goes from the
top down, and every cut parts centres that are still together; a centre goes
with the rows that lie on its side. What a cut costs is known for every gap of a
column at once, from cumulative sums.

Centres are given by their ranks (k, d), see ``center_ranks``, and name the leaves.
There is no tree (None) where no cut parts two centres, or a leaf would be too small.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows, middle_of_lowest

# From the ranks of a node's rows and of its centres in one column, to what each cut costs.
CostByRank = Callable[[Ints, Ints, int], Floats]
OfNode = Callable[[Ints, Ints], CostByRank]


def imm(ranks: Ranks, labels: Ints, weight: Floats, centers: Ints) -> RankTree | None:
    """Return the tree of the fewest mistakes (IMM), with a row in each leaf.

    A mistake is a row that a cut parts from its own centre; it is counted once,
    at that cut. After Dasgupta, Frost, Moshkovitz and Rashtchian 2020,
    Explainable k-means and k-medians clustering. ``labels`` (n,) are the centre of each row.
    """

    def of_node(rows: Ints, allowed: Ints) -> CostByRank:
        # A row whose centre is not here was a mistake further up.
        here = np.isin(labels[rows], allowed)
        places = np.searchsorted(allowed, labels[rows[here]])
        counted = weight[rows[here]]

        def cost(rank: Ints, center: Ints, size: int) -> Floats:
            # The cuts that part a row from its centre are those between the two.
            own, rank = np.maximum(center[places], 0), rank[here]
            begins = np.bincount(np.minimum(rank, own), counted, minlength=size)
            ends = np.bincount(np.maximum(rank, own), counted, minlength=size)
            return np.asarray(np.cumsum(begins - ends))

        return cost

    return _parted(ranks, centers, np.ones(len(labels)), 1, of_node)


def greedy(
    ranks: Ranks,
    distance: Floats,
    weight: Floats,
    centers: Ints,
    min_leaf: float = 1,
    penalty: float = 0.0,
    depth: float = 0.0,
) -> RankTree | None:
    """Return the tree whose cuts leave rows nearest to a centre on their side (Ex-Greedy).

    After Laber and Murtinho 2021, On the price of explainability for some
    clustering problems. ``depth`` is after Laber, Murtinho and Oliveira 2021,
    Shallow decision trees for explainable k-means clustering; here what lies
    below a cut is taken to be as deep as a balanced tree.

    ``distance`` (n, k): weighted squared distance of each row to each centre.
    ``min_leaf``: customers that each leaf holds at least.
    ``penalty``: a cut that parts one centre from very many costs ``1 + penalty`` times as much.
    ``depth``: what one cut more on the way to every row costs, as a share of the cost before the
    cut.
    """

    def of_node(rows: Ints, allowed: Ints) -> CostByRank:
        to_centers = np.ascontiguousarray(distance[rows][:, allowed].T)
        counts = weight[rows]
        before = float(to_centers.min(axis=0).sum())
        many = len(allowed)

        def cost(rank: Ints, center: Ints, size: int) -> Floats:
            order = np.argsort(center, kind="stable")
            on_left = np.minimum.accumulate(to_centers[order])
            on_right = np.minimum.accumulate(to_centers[order[::-1]])[::-1]
            out = np.full(size, np.inf)
            ends = np.maximum(center[order], 0).tolist()
            for left in range(1, many):  # so many centres go left
                begin, end = ends[left - 1], ends[left]
                if begin == end:
                    continue
                change = np.bincount(rank, on_left[left - 1] - on_right[left], minlength=size)
                found = np.cumsum(change)[begin:end] + on_right[left].sum()
                out[begin:end] = found * (1 + penalty * abs(2 * left - many) / many)
                if depth:
                    upto = np.cumsum(np.bincount(rank, counts, minlength=size))
                    share = upto[begin:end] / upto[-1]
                    below = share * np.log2(left) + (1 - share) * np.log2(many - left)
                    out[begin:end] += depth * before * below
            return out

        return cost

    return _parted(ranks, centers, weight, min_leaf, of_node)


def center_ranks(rows: Rows, ranks: Ranks) -> Ints:
    """Return the last rank that is not above each centre, by (centre, feature); 0 in a category.

    Of ranks that some of the rows have: drawn rows keep the ranks of all. -1 below all of them.
    """
    out = np.zeros((rows.k, len(rows.columns)), dtype=np.int64)
    for feature, place in enumerate(rows.starts.tolist()):
        if feature in ranks.categories:  # a centre has no place among levels
            continue
        some = np.full(len(ranks.distinct[feature]), -1)
        some[ranks.of_row[:, feature]] = np.arange(len(ranks.of_row))  # those of a rank are alike
        known = np.flatnonzero(some >= 0)
        scaled = rows.scaled[some[known], place]
        at = np.searchsorted(scaled, rows.centers[:, place], "right") - 1
        out[:, feature] = np.where(at < 0, -1, known[at])
    return out


def _parted(
    ranks: Ranks, centers: Ints, weight: Floats, min_leaf: float, of_node: OfNode
) -> RankTree | None:
    def part(rows: Ints, allowed: Ints) -> RankTree | None:
        if len(allowed) == 1:
            return int(allowed[0])
        cost_by_rank = of_node(rows, allowed)
        lowest, feature, cut = np.inf, -1, -1
        for column, distinct in enumerate(ranks.distinct):
            if column in ranks.categories:
                continue
            rank, center = ranks.of_row[rows, column], centers[allowed, column]
            may = _may_cut(rank, center, weight[rows], len(distinct), min_leaf)
            if not may.any():
                continue
            cost = np.where(may, cost_by_rank(rank, center, len(distinct)), np.inf)
            if cost.min() < lowest:
                lowest, feature, cut = float(cost.min()), column, middle_of_lowest(cost)
        if feature < 0:
            return None
        goes_left = ranks.of_row[rows, feature] <= cut
        center_left = centers[allowed, feature] <= cut
        left = part(rows[goes_left], allowed[center_left])
        right = part(rows[~goes_left], allowed[~center_left])
        return None if left is None or right is None else Cut(feature, cut, left, right)

    return part(np.arange(len(weight)), np.arange(len(centers)))


def _may_cut(
    rank: Ints, center: Ints, weight: Floats, size: int, min_leaf: float
) -> NDArray[np.bool_]:
    """Whether a cut after each rank parts centres, with customers enough on both sides."""
    rows = np.cumsum(np.bincount(rank, weight, minlength=size))
    centers = np.cumsum(np.bincount(np.maximum(center, 0), minlength=size))
    parts = (centers > 0) & (centers < len(center))
    enough = (rows >= min_leaf * centers) & (rows[-1] - rows >= min_leaf * (len(center) - centers))
    return np.asarray(parts & enough)
