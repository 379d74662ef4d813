"""Whether there are gaps between clusters: what lies on the line from one centre to the next.

The rows whose two nearest centres are A and B fill a convex set. A cloud with one
peak of the usual kinds (normal of any correlation, uniform, exponential: a log-concave
density) is log-concave in any convex set and along any line through it (Prekopa
1973). So of three equal bins side by side the middle one holds at least as many rows as the
lower of the others, but for chance. Where it holds far fewer, A and B are two groups. Two
lines are looked along: from centre to centre, and the one that parts the two sides best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from segkit.learn.numbers import Floats, squared_distances

# Bins of these widths around these places, in distances between the centres; 0 is the middle.
WIDTHS, PLACES = (0.2, 0.3, 0.4, 0.5), (-0.2, -0.1, 0.0, 0.1, 0.2)
EDGES = np.array(
    [[at - 1.5 * w, at - w / 2, at + w / 2, at + 1.5 * w] for w in WIDTHS for at in PLACES]
)
CHANCE = 0.05  # a gap: at most this probable by chance, over all places that were tried ...
DEPTH = 0.6  # ... and the middle bin holds at most this share of the lower side
LEAST = 4.0  # observations in the lower bin, and on the smaller side of a border
DUST = 8.0  # observations: clusters of fewer are outliers, no groups
SHARED = 0.25  # of the smaller cluster: where so much lies at a border, the two are neighbours
LONELY = 0.2  # of a cluster: where less lies at all its borders together it has no neighbour
HALVES = 0.4  # of the smaller cluster at one border that shows no valley: one group cut in two
NO_SIGN = 0.3  # of a valley: as probable by chance
PERHAPS = 0.25  # of the lower side in the middle: a gap, perhaps, at which too few rows lie to tell


@dataclass(frozen=True)
class Border:
    """Rows whose two nearest centres are ``one`` and ``other``.

    ``smaller`` are the observations on the side that has fewer. ``chance`` is how probable a
    valley as deep is in one group, ``depth`` what it holds of the lower side.
    """

    one: int
    other: int
    smaller: float
    chance: float
    depth: float

    @property
    def is_gap(self) -> bool:
        return self.chance <= CHANCE and self.depth <= DEPTH and self.smaller >= LEAST

    @property
    def may_be_gap(self) -> bool:
        return self.is_gap or self.depth <= PERHAPS


@dataclass(frozen=True)
class Layout:
    """The clusters of one k that are more than dust, and what lies between them."""

    k: int
    sizes: dict[int, float]  # observations by cluster
    borders: tuple[Border, ...]

    @property
    def count(self) -> int:
        return len(self.sizes)

    def share(self, border: Border) -> float:
        """How much of the smaller cluster lies at the border."""
        return border.smaller / min(self.sizes[border.one], self.sizes[border.other])

    @cached_property
    def proven(self) -> frozenset[int]:
        """Clusters with a gap beside them."""
        return frozenset(c for b in self.borders if b.is_gap for c in (b.one, b.other))

    @cached_property
    def bare(self) -> tuple[int, ...]:
        """Clusters with neighbours, and without a gap to any of them."""
        found = []
        for cluster in self.sizes.keys() - self.proven:
            near = sum(border.smaller for border in self._of(cluster))
            if near >= LONELY * self.sizes[cluster]:
                found.append(cluster)
        return tuple(sorted(found))

    @cached_property
    def is_cut(self) -> bool:
        """Whether two clusters are plainly the halves of one group."""
        return any(
            self.share(border) >= HALVES
            and border.smaller >= LEAST
            and border.chance > NO_SIGN
            and border.depth > DEPTH
            for border in self.borders
        )

    @cached_property
    def groups(self) -> int:
        """How many are left when clusters without a gap between them are joined."""
        return self._joined(self._joins())

    @property
    def is_open(self) -> bool:
        """Whether there is a gap at every border."""
        return self.groups == self.count > 1

    @property
    def may_be_open(self) -> bool:
        """Whether there is a gap at every border, perhaps: where few rows lie, nobody can tell."""
        sure = (border for border in self._joins() if not border.may_be_gap)
        return self._joined(sure) == self.count > 1

    def _joined(self, borders: Iterable[Border]) -> int:
        root = {cluster: cluster for cluster in self.sizes}

        def find(cluster: int) -> int:
            while root[cluster] != cluster:
                cluster = root[cluster]
            return cluster

        for border in borders:
            root[find(border.one)] = find(border.other)
        return len({find(cluster) for cluster in root})

    def _joins(self) -> Iterator[Border]:
        for border in self.borders:
            if not border.is_gap and border.smaller >= LEAST and self.share(border) >= SHARED:
                yield border
        for cluster in self.bare:  # its main neighbour is what it was cut from
            yield max(self._of(cluster), key=lambda border: border.smaller)

    def _of(self, cluster: int) -> list[Border]:
        return [border for border in self.borders if cluster in (border.one, border.other)]


def layout_of(X: Floats, weight: Floats, centers: Floats) -> Layout:
    """Return what lies between these clusters.

    Parameters
    ----------
    X : array (n, d)
        Without ties: see ``spread_ties``.
    weight : array (n,)
        Customers that each row stands for. How much a border shows depends on rows, not on
        customers: ten customers by one row are one observation.
    centers : array (k, d)
    """
    distances = squared_distances(X, centers)
    two = np.argsort(distances, axis=1, kind="stable")[:, :2]
    sizes = {}
    for cluster in range(len(centers)):
        size = _observations(weight[two[:, 0] == cluster])
        if size >= DUST:
            sizes[cluster] = size
    borders = []
    for one, other in combinations(sizes, 2):
        left = (two[:, 0] == one) & (two[:, 1] == other)
        right = (two[:, 0] == other) & (two[:, 1] == one)
        here = left | right
        smaller = min(_observations(weight[left]), _observations(weight[right]))
        if _observations(weight[here]) < DUST:
            continue
        step = centers[other] - centers[one]
        middle = (centers[one] + centers[other]) / 2
        found = []
        for line in (step, across(X, weight, (left, right), step)):
            at = (X[here] - middle) @ line / (step @ line)
            found.append(valley(at, weight[here]))
        chance, depth = min(found)
        borders.append(Border(one, other, smaller, min(1.0, len(found) * chance), depth))
    return Layout(len(centers), sizes, tuple(borders))


def across(X: Floats, weight: Floats, sides: Sequence[NDArray[np.bool_]], step: Floats) -> Floats:
    """Return the direction that parts two sides best (Fisher 1936), for long or sheared groups.

    The fewer rows there are for a column, the more it is that of the step between
    the centres: a direction that was fitted to few rows parts any of them.
    """
    d, total, scatter = len(step), 0.0, np.zeros((len(step), len(step)))
    for side in sides:
        own = weight[side]
        if not len(own):
            continue
        off = X[side] - own @ X[side] / own.sum()
        scatter += (off * own[:, None]).T @ off
        total += own.sum()
    here = np.logical_or(*sides)
    alike = min(1.0, d / _observations(weight[here]))
    within = scatter / total
    round_ = (np.trace(within) / d + 1e-12) * np.eye(d)
    return np.asarray(np.linalg.solve((1 - alike) * within + (alike + 1e-12) * round_, step))


def valley(at: Floats, weight: Floats) -> tuple[float, float]:
    """Return how probable the deepest valley is in a cloud with one peak, and how deep it is.

    Probability: of so few rows in the middle bin, if they were as likely to fall into the lower
    side (binomial), times the number of places (Bonferroni). Depth: rows in the
    middle over those in the lower side.

    Parameters
    ----------
    at : array (n,)
        Places on the line: the centres are at -0.5 and 0.5.
    """
    from scipy.special import betainc

    order = np.argsort(at, kind="stable")
    upto = np.concatenate([[0.0], np.cumsum(weight[order])])
    unit = float((weight**2).sum() / weight.sum())  # customers that an observation stands for
    inside = np.diff(upto[np.searchsorted(at[order], EDGES)], axis=1) / unit
    low, middle = np.minimum(inside[:, 0], inside[:, 2]), inside[:, 1]
    if not (low >= LEAST - 1e-9).any():
        return 1.0, 1.0
    low, middle = low[low >= LEAST - 1e-9], middle[low >= LEAST - 1e-9]
    chance = betainc(low, middle + 1, 0.5)  # P(X <= middle), X binomial of middle + low at 1/2
    best = int(np.argmin(chance))
    return min(1.0, float(chance[best]) * len(EDGES)), float(middle[best] / low[best])


def spread_ties(X: Floats) -> Floats:
    """Return the rows with values that several share spread between the neighbouring values.

    Whole numbers and zeros leave gaps that say nothing about groups. Each value gets
    the room halfway to its neighbours; which row lies where is drawn anew for each column.
    """
    out = np.array(X)
    for place, column in enumerate(X.T):
        values, at, counts = np.unique(column, return_inverse=True, return_counts=True)
        if len(values) < 2 or counts.max() < 2:
            continue
        middle = (values[1:] + values[:-1]) / 2
        lower = np.concatenate([[2 * values[0] - middle[0]], middle])
        upper = np.concatenate([middle, [2 * values[-1] - middle[-1]]])
        room = np.random.default_rng([77, place]).random(len(X))
        spread = lower[at] + room * (upper - lower)[at]
        out[:, place] = np.where(counts[at] > 1, spread, column)
    return out


def _observations(weight: Floats) -> float:
    """How many rows of one weight say as much (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0
