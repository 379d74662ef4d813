"""What trees are searched in: some rows, with each column cut into bins.

All rows and all values are too many to try at every step. The search sees
about 4,000 rows, small and far groups whole, and at most some 200 cuts a
column, those of the published trees among them. A tree over bins says exactly
what one over ranks does, so nothing is lost on the way back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from segkit.learn import weighted
from segkit.learn.numbers import Floats, Ints, squared_distances
from segkit.learn.trees.ranks import Cut, Ranks, RankTree, Rows
from segkit.learn.weighted import Drawn

SAMPLE = 4_000  # rows, about; what they cannot tell, a last pass over all of them can
FEW = 8_000  # rows that are all searched: of fewer, what is drawn costs .15 % in the wrong tree
FEWER = 4  # times fewer rows are quicker summed one by one
MARGIN = 1.25  # of a sample, a leaf may seem larger than it is
QUANTILES, WIDTHS = 128, 64  # cuts of a column; those of equal width reach far groups
AXES = 24  # principal axes on which the spread of a part is measured

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Space:
    """Columns-first arrays of the sampled rows.

    ``codes`` (d, n) are bins; ``cuts[j]`` is, for each bin but the last, the
    rank that it ends with, and of a category the level of every bin.
    """

    chosen: Ints  # (n,) places among all rows
    codes: NDArray[np.int16]
    cuts: tuple[Ints, ...]
    categories: frozenset[int]
    points: Floats  # (n, D) scaled, about their mean
    weight: Floats  # (n,)
    counts: Floats  # (n,) customers that each stands for at least
    wrong: Floats | None  # (k, n) what counts instead of distances: mistakes
    bins: int
    can_cut: Mask  # (d, bins)
    blocked: Floats  # (d, bins) infinite where there is no cut, else 0
    places: Ints  # (d, n) of the bins, numbered through all columns
    by_bin: sparse.csr_array  # (d * bins, n) ones
    flat: NDArray[np.int32]  # (n, d) the same places, row by row
    moments: Floats  # (n, 2 + axes): weight, count, weighted principal axes

    @classmethod
    def of(
        cls, rows: Rows, ranks: Ranks, starts: Iterable[RankTree], drawn: Drawn | None = None
    ) -> Space:
        """Return the space of the rows drawn; every cut of the ``starts`` can be made in it."""
        drawn = drawn or draw(rows)
        chosen, times = drawn.chosen, drawn.times
        codes, cuts = _binned(rows, ranks, chosen, _ranks_of_cuts(starts, len(rows.columns)))
        d = len(codes)
        bins = max(len(found) for found in cuts) + 1
        places = codes + (np.arange(d) * bins)[:, None]
        flat = np.ascontiguousarray(places.T, dtype=np.int32)
        sizes = [len(c) - (j in ranks.categories) for j, c in enumerate(cuts)]
        weight = rows.weight[chosen] * times
        is_wrong = rows.labels[chosen] != np.arange(rows.k)[:, None]
        counts = rows.weight[chosen] * np.where(times > 1, times / MARGIN, 1.0)
        points = rows.scaled[chosen]
        points = points - np.average(points, axis=0, weights=weight)
        can_cut = np.arange(bins)[None, :] < np.array(sizes)[:, None]
        return cls(
            chosen=chosen,
            codes=codes.astype(np.int16),
            cuts=cuts,
            categories=ranks.categories,
            points=points,
            weight=weight,
            counts=counts,
            wrong=np.where(is_wrong, weight, 0.0) if rows.counts_mistakes else None,
            bins=bins,
            can_cut=can_cut,
            blocked=np.where(can_cut, 0.0, np.inf),
            places=places,
            by_bin=_ones(flat, d * bins).tocsr(),
            flat=flat,
            moments=_moments(points, weight, counts),
        )

    def goes_left(self, cut: Cut) -> Mask:
        return cut.goes_left(self.codes[cut.feature])

    def sums(self, some: Ints, values: Floats) -> Floats:
        """Return for each cut (d, bins) the sum of the values, of some rows, left of it."""
        d, n = self.codes.shape
        if FEWER * len(some) < n:
            places, repeated = self.places[:, some].ravel(), np.tile(values, d)
            by_bin = np.bincount(places, repeated, minlength=d * self.bins)
        else:
            everyone = np.zeros(n)
            everyone[some] = values
            by_bin = self.by_bin @ everyone
        return np.asarray(by_bin.reshape(d, self.bins).cumsum(axis=1))

    def sums_of(self, some: Ints, values: Floats) -> Floats:
        """The same for some rows and m values of each: (m, d, bins)."""
        d, m = len(self.codes), values.shape[1]
        by_bin = np.ascontiguousarray((_ones(self.flat[some], d * self.bins) @ values).T)
        return np.asarray(by_bin.reshape(m, d, self.bins).cumsum(axis=2))

    def cut(self, feature: int, place: int, left: RankTree, right: RankTree) -> Cut:
        if feature in self.categories:
            return Cut(feature, 0, left, right, frozenset(range(place + 1)))
        return Cut(feature, place, left, right)

    def to_ranks(self, tree: RankTree) -> RankTree:
        """Return the tree over bins as one over ranks."""
        if isinstance(tree, int):
            return tree
        left, right = self.to_ranks(tree.left), self.to_ranks(tree.right)
        cuts = self.cuts[tree.feature]
        if tree.levels is not None:
            levels = frozenset(int(cuts[place]) for place in tree.levels)
            return replace(tree, left=left, right=right, levels=levels)
        return Cut(tree.feature, int(cuts[tree.rank]), left, right)

    def from_ranks(self, tree: RankTree) -> RankTree:
        """Return a tree over ranks as one over bins, with the cuts that are next to its own."""
        if isinstance(tree, int):
            return tree
        left, right = self.from_ranks(tree.left), self.from_ranks(tree.right)
        cuts = self.cuts[tree.feature]
        if tree.levels is not None:
            places = frozenset(np.flatnonzero(np.isin(cuts, sorted(tree.levels))).tolist())
            return replace(tree, left=left, right=right, levels=places)
        place = min(int(np.searchsorted(cuts, tree.rank)), len(cuts) - 1)
        return Cut(tree.feature, place, left, right)


def _ones(flat: NDArray[np.int32], size: int) -> sparse.csc_array:
    """A column (size,) for each row of places, with a one at each of them."""
    n, d = flat.shape
    ends = np.arange(n + 1, dtype=np.int32) * np.int32(d)
    return sparse.csc_array((np.ones(n * d), flat.ravel(), ends), shape=(size, n))


def draw(rows: Rows) -> Drawn:
    """Return rows to search with: the same for any seed of a fit, if the rows are in one order.

    A third of the draws is uniform, a third by the distance to the nearest
    centre, and a third shared equally by the clusters: far and small groups
    stay whole (after Bachem, Lucic and Krause 2018, Scalable k-means clustering
    via lightweight coresets).
    """
    distance = squared_distances(rows.scaled, rows.centers).min(axis=1) * rows.weight
    sizes = np.bincount(rows.labels, rows.weight, minlength=rows.k)
    return _drawn(rows, [rows.weight, rows.weight / sizes[rows.labels], distance])


def draw_about_mean(rows: Rows) -> Drawn:
    """Return rows to cluster: half of the draws by the distance to the mean of all."""
    mean = np.average(rows.scaled, axis=0, weights=rows.weight)
    return _drawn(rows, [rows.weight, ((rows.scaled - mean) ** 2).sum(axis=1) * rows.weight])


def _drawn(rows: Rows, parts: Sequence[Floats]) -> Drawn:
    n = len(rows.values)
    if n <= FEW:
        return Drawn(np.arange(n), np.ones(n))
    return weighted.draw(parts, SAMPLE)


def rows_drawn(rows: Rows, drawn: Drawn) -> Rows:
    """The rows drawn, with what they stand for."""
    some = rows.take(drawn.chosen)
    return replace(some, weight=some.weight * drawn.times)


def _binned(
    rows: Rows, ranks: Ranks, chosen: Ints, wanted: Sequence[Sequence[int]]
) -> tuple[Ints, tuple[Ints, ...]]:
    codes, cuts = [], []
    for feature, distinct in enumerate(ranks.distinct):
        of_row = ranks.of_row[chosen, feature]
        if feature in ranks.categories:
            order = level_order(rows, ranks, feature)
            codes.append(order[of_row])
            cuts.append(np.argsort(order, kind="stable"))
            continue
        found = _cuts(ranks.of_row[:, feature], rows.weight, distinct, wanted[feature])
        codes.append(np.searchsorted(found, of_row))
        cuts.append(found)
    return np.stack(codes), tuple(cuts)


def _cuts(of_row: Ints, weight: Floats, distinct: Floats, wanted: Sequence[int]) -> Ints:
    """Last ranks of bins: every one, or by quantiles and in equal steps and where asked for."""
    last = len(distinct) - 1
    if last <= QUANTILES + WIDTHS:
        return np.arange(last)
    shares = np.linspace(0, 1, QUANTILES + 1)[1:-1].tolist()
    by_count = weighted.quantiles(of_row.astype(np.float64), weight, shares)
    steps = np.linspace(distinct[0], distinct[-1], WIDTHS + 2)[1:-1]
    by_width = np.searchsorted(distinct, steps) - 1
    asked = np.array(wanted, dtype=np.int64)
    found = np.concatenate([np.floor(by_count).astype(np.int64), by_width, asked])
    return np.unique(np.clip(found, 0, last - 1))


def _ranks_of_cuts(trees: Iterable[RankTree], d: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(d)]
    todo = list(trees)
    while todo:
        tree = todo.pop()
        if isinstance(tree, Cut):
            found[tree.feature].append(tree.rank)
            todo += [tree.left, tree.right]
    return found


def _moments(points: Floats, weight: Floats, counts: Floats) -> Floats:
    """Weight, count and weighted coordinates; of many columns the main axes are enough."""
    if points.shape[1] > AXES:
        _, axes = np.linalg.eigh((points * weight[:, None]).T @ points)
        points = points @ axes[:, ::-1][:, :AXES]
    return np.column_stack([weight, counts, weight[:, None] * points])


def level_order(rows: Rows, ranks: Ranks, feature: int) -> Ints:
    """Return a place in a row for each level of a category: like groups of customers lie together.

    Levels are compared by the mean of their rows' centres, along the axis on
    which these means differ most. So a split that scikit-learn makes between
    two places is one between two sets of levels.
    """
    codes, size = ranks.of_row[:, feature], len(ranks.distinct[feature])
    weight = np.bincount(codes, rows.weight, minlength=size)
    known = np.flatnonzero(weight > 0)
    means = weighted.group_means(rows.centers[rows.labels], codes, rows.weight, size)[known]
    centred = (means - np.average(means, axis=0, weights=weight[known])) * np.sqrt(
        weight[known, None]
    )
    axis = np.linalg.svd(centred, full_matrices=False)[2][0]
    axis = axis * (1 if axis[np.abs(axis).argmax()] > 0 else -1)  # its sign is arbitrary
    along = np.round(means @ axis, 9)
    order = np.full(size, size, dtype=np.int64)
    order[known[np.lexsort((known, along))]] = np.arange(len(known))
    return order
