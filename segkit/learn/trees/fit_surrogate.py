"""A small tree for a clustering: the lowest cost, not the fewest mistakes.

CART on the labels counts mistakes and ignores how far they throw a customer.
Here every published tree is a start, and the search goes on from there.

What the segments of a tree cost depends on the customers, not on the clusters that
it explains. So the search starts from clusters that it finds itself, always the same
for the same customers. Trees of the clusters that are given have a say only where they cost
clearly less, so one tree comes out for any of the K-Means solutions about as good.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from segkit.errors import DataError, Problem
from segkit.learn.clusters.sweep import solutions
from segkit.learn.numbers import Floats, Ints, one_thread, squared_distances
from segkit.learn.trees.bins import Space, draw, draw_about_mean, rows_drawn
from segkit.learn.trees.grown_trees import cart, random_carts
from segkit.learn.trees.known_algorithms import center_ranks, greedy, imm
from segkit.learn.trees.ranks import Ranks, RankTree, Rows, leaf_paths, number_leaves
from segkit.learn.trees.search import THOROUGH, Effort, search
from segkit.learn.trees.segment_costs import Costs
from segkit.learn.trees.steps import Moves
from segkit.learn.trees.surrogate import Surrogate
from segkit.learn.trees.to_rules import Finish

FINISH = 2  # passes with every value as a cut; a third hardly moves one
FEW_ROWS = 20_000  # of more rows, only trees of the sizes that count are worth these passes
EQUAL = 5e-4  # trees that cost so little more than the cheapest are as good
SOLUTIONS = 3  # of K-Means, whose greedy trees are starts
PENALTIES = ((0.0, 0.0), (0.05, 0.0), (0.0, 0.03), (0.0, 0.1))  # others are hardly ever better


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

    The same tree for any order of the rows and any number of threads.

    Parameters
    ----------
    X : array (n, d)
        Finite numbers, in the space of the centres.
    centers : array (k, d)
        Each of them gets at least one leaf.
    max_leaves, min_leaf : int
        Leaves at most, and customers in a leaf at least: the sum of its rows' weights.
    seed : int
        Of CART, whose ties it breaks: the search makes the same moves with every seed.
    sample_weight : array (n,), optional
        Customers that each row stands for. Not negative; a row of weight 0 is not there.
    columns : sequence of str, optional
        Names of the columns in the tree; ``x0``, ``x1``, ... by default.

    Raises
    ------
    ValueError
        If arrays do not fit each other, or numbers are not finite.
    DataError
        SK314, if no tree of that size has a leaf for each centre.
    """
    X, centers, weight = _checked(X, centers, sample_weight, columns)
    X, weight = X[weight > 0], weight[weight > 0]
    labels = _nearest(X, centers)
    rows = Rows.of_array(X, columns=columns or (), labels=labels, centers=centers, weight=weight)
    # with 1, a row is enough, whatever the weights add up to
    least = min_leaf if min_leaf > 1 else min(1.0, float(weight.min()))
    path = fit_path(rows, max_leaves, least, seed)
    if not path:
        raise DataError(no_tree(len(centers), max_leaves, min_leaf))
    return path[max(path)]


def _checked(
    X: Floats, centers: Floats, sample_weight: Floats | None, columns: Sequence[str] | None
) -> tuple[Floats, Floats, Floats]:
    X, centers = np.asarray(X, dtype=np.float64), np.asarray(centers, dtype=np.float64)
    if X.ndim != 2 or centers.ndim != 2 or X.shape[1] != centers.shape[1]:
        raise ValueError(
            f"X is {X.shape} and centers {centers.shape}: they must be (n, d) and (k, d)"
        )
    weight = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, float)
    if weight.shape != (len(X),):
        raise ValueError(f"sample_weight is {weight.shape}, but X has {len(X)} rows")
    for name, values in (("X", X), ("centers", centers), ("sample_weight", weight)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} has values that are NaN or infinite")
    if columns is not None and (len(columns) != X.shape[1] or len(set(columns)) < len(columns)):
        raise ValueError(f"columns has to have {X.shape[1]} names, and no name twice")
    if (weight < 0).any() or not (weight > 0).any():
        raise ValueError("sample_weight has to be positive for some rows, and negative for none")
    return X, centers, weight


def fit_path(
    rows: Rows,
    max_leaves: int,
    min_leaf: float,
    seed: int,
    effort: Effort = THOROUGH,
    *,
    enough: float = -math.inf,
) -> Mapping[int, Surrogate]:
    """Return the best tree found for each number of leaves up to ``max_leaves``.

    A number is left out where fewer leaves cost as little, or where no tree
    gives each centre a leaf; so costs fall strictly from one to the next.
    Trees that cost the same within ``EQUAL`` are told apart by how many of
    their segments have a short rule. Beside k leaves, most is tried at the
    fewest that cost at most ``enough``, or at ``max_leaves``.
    """
    if max_leaves < rows.k:
        return {}
    # sums of floats depend on the order, and so does what is drawn
    rows = rows.take(np.lexsort((rows.labels, rows.weight, *rows.values.T)))
    with one_thread():
        published, found = _candidates(rows, max_leaves, min_leaf, seed, effort, enough)
    path: dict[int, Surrogate] = {}
    for count in sorted({surrogate.leaves for surrogate in (*published, *found)}):
        bound = min((s.cost for s in published if s.leaves <= count), default=math.inf)
        best = _shortest([s for s in (*published, *found) if s.leaves == count], bound)
        if not path or best.cost < path[max(path)].cost * (1 - 1e-12):
            path[count] = best
    return path


def _candidates(
    rows: Rows, max_leaves: int, min_leaf: float, seed: int, effort: Effort, enough: float
) -> tuple[list[Surrogate], list[Surrogate]]:
    """The published trees, and what the search makes of those for clusters of its own."""
    ranks, k = Ranks.of(rows), rows.k
    given = _known(rows, ranks, max_leaves, min_leaf, seed)
    finish = Finish(rows, ranks, min_leaf)
    published = [s for tree in chain(*given.values()) for s in finish.surrogates(tree, rounds=0)]
    centers = _own_centers(rows) if effort.kicks else []
    if centers:
        rows = replace(rows, labels=_nearest(rows.scaled, centers[0]), centers=centers[0])
    drawn, known = draw(rows), given
    if centers:
        some, few_ranks = rows_drawn(rows, drawn), ranks.take(drawn.chosen)
        known = _known(some, few_ranks, max_leaves, min_leaf, 0)
        for others in centers[1:]:
            known[k] += _greedy(replace(some, centers=others), few_ranks, min_leaf)
    space = Space.of(rows, ranks, chain(*known.values()), drawn)
    carts = list(random_carts(rows, space, max_leaves, min_leaf, effort.carts))

    def starts(leaves: int) -> Iterator[RankTree]:
        yield from map(space.from_ranks, known.get(leaves, ()))
        yield from (tree.of(leaves) for tree in carts)

    def rivals(leaves: int) -> list[RankTree]:
        return [space.from_ranks(tree) for tree in given.get(leaves, ())] if centers else []

    moves = Moves(Costs(space, k, min_leaf), 0)
    found = search(moves, starts, rivals, max_leaves, enough, effort)
    if not found.of(k):
        return published, []
    sizes = {k, found.fewest(enough)}
    finished: list[Surrogate] = []
    for state in found.about_the_same(sizes):
        rounds = FINISH if state.leaves in sizes or len(rows.values) <= FEW_ROWS else 0
        finished += finish.surrogates(space.to_ranks(state.tree), rounds)
    return published, finished


def _known(
    rows: Rows, ranks: Ranks, max_leaves: int, min_leaf: float, seed: int
) -> dict[int, list[RankTree]]:
    """Published trees by the leaves they may have: one a cluster, and ``max_leaves``."""
    grown = list(cart(rows, ranks, max_leaves, min_leaf, seed)) if max_leaves > 1 else []
    few: list[RankTree] = [tree.of(rows.k) for tree in grown] if rows.k > 1 else [0]
    many = [tree.of(max_leaves) for tree in grown] if max_leaves > rows.k else []
    if not rows.counts_mistakes:
        by_mistakes = imm(ranks, rows.labels, rows.weight, center_ranks(rows, ranks))
        few += [] if by_mistakes is None else [by_mistakes]
        few += _greedy(rows, ranks, min_leaf)
        # a leaf for each segment never costs more than two for one
        few = [number_leaves(tree)[0] if len(leaf_paths(tree)) == rows.k else tree for tree in few]
    return {rows.k: few} | ({max_leaves: many} if many else {})


def _greedy(rows: Rows, ranks: Ranks, min_leaf: float) -> Iterator[RankTree]:
    """The greedy tree; of fewer rows also those that would rather be even, or shallow."""
    costs, centers = rows.costs(rows.centers), center_ranks(rows, ranks)
    for penalty, depth in PENALTIES[: 1 if len(rows.values) > FEW_ROWS else None]:
        tree = greedy(ranks, costs, rows.weight, centers, min_leaf, penalty, depth)
        if tree is not None:
            yield tree


def _own_centers(rows: Rows) -> list[Floats]:
    """Centres of the best K-Means solutions, the same whatever clusters are given."""
    if rows.counts_mistakes:
        return []
    some = rows_drawn(rows, draw_about_mean(rows))
    return solutions(some.scaled, rows.k, some.weight)[:SOLUTIONS]


def _nearest(X: Floats, centers: Floats) -> Ints:
    return np.asarray(squared_distances(X, centers).argmin(axis=1), dtype=np.int64)


def _shortest(surrogates: Sequence[Surrogate], bound: float) -> Surrogate:
    """Among those that cost next to the least and at most ``bound``, that with short rules."""
    lowest = min(surrogate.cost for surrogate in surrogates)
    most = max(lowest, min(lowest * (1 + EQUAL), bound))
    equal = [s for s in surrogates if s.cost <= most]
    return min(equal, key=lambda s: (-s.short_rules, s.cost))


def budget(k: int) -> int:
    """Leaves up to which ``max_leaves: auto`` looks: max(2k, k + 4)."""
    return max(2 * k, k + 4)


def no_tree(k: int, max_leaves: int | None, min_leaf: int = 1) -> Problem:
    """The problem for K-Means clusters that a small tree cannot tell apart."""
    max_leaves = max_leaves or budget(k)
    with_rows = f" with {min_leaf:,} rows in each" if min_leaf > 1 else ""
    return Problem(
        "SK314",
        f"no tree of {max_leaves} leaves{with_rows} gives each of {k} segments a rule",
        help=f"ask for fewer segments (clusters: {{k: {k - 1}}}), or allow more leaves "
        f"(rules: {{max_leaves: {max_leaves + k}}})",
    )
