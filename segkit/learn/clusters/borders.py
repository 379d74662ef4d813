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

from segkit.learn import weighted
from segkit.learn.clusters.ties import Spread
from segkit.learn.numbers import Floats, Ints, squared_distances

# Bins of these widths around these places, in distances between the centres; 0 is the middle.
WIDTHS, PLACES = (0.2, 0.3, 0.4, 0.5), (-0.2, -0.1, 0.0, 0.1, 0.2)
EDGES = np.array(
    [[at - 1.5 * w, at - w / 2, at + w / 2, at + 1.5 * w] for w in WIDTHS for at in PLACES]
)
CHANCE = 0.05  # a gap: at most this probable by chance, over all places that were tried ...
DEPTH = 0.6  # ... and the middle bin holds at most this share of the lower side
LEAST = 4.0  # observations in the lower bin, and on the smaller side of a border
DUST, SPECK = 8.0, 0.005  # observations, or of all: smaller clusters are outliers, no groups ...
FEW, WIDER = (
    0.02,
    2.0,
)  # ... and so are those of a smaller share, so much wider than all larger ones
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
        sets = [frozenset({cluster}) for cluster in self.sizes]
        for border in borders:
            sets = _merged(sets, border)
        while (rest := self._main_border(sets)) is not None:
            sets = _merged(sets, rest)
        return len(sets)

    def _main_border(self, sets: Sequence[frozenset[int]]) -> Border | None:
        """Of joined clusters with neighbours, and without a gap to them, even perhaps: they were
        cut from one of those.
        """
        for own in sorted(sets, key=min):
            outer = [
                border for border in self.borders if (border.one in own) != (border.other in own)
            ]
            near, size = sum(border.smaller for border in outer), sum(self.sizes[c] for c in own)
            may_be_apart = any(border.may_be_gap for border in outer)
            if len(own) > 1 and near >= LONELY * size and not may_be_apart:
                return max(outer, key=lambda border: border.smaller)
        return None

    def _joins(self) -> Iterator[Border]:
        for border in self.borders:
            if not border.is_gap and border.smaller >= LEAST and self.share(border) >= SHARED:
                yield border
        for cluster in self.bare:  # its main neighbour is what it was cut from
            yield max(self._of(cluster), key=lambda border: border.smaller)

    def _of(self, cluster: int) -> list[Border]:
        return [border for border in self.borders if cluster in (border.one, border.other)]


def _merged(sets: Sequence[frozenset[int]], border: Border) -> list[frozenset[int]]:
    """The sets, with those on both sides of a border as one."""
    beside = [own for own in sets if border.one in own or border.other in own]
    return [*(own for own in sets if own not in beside), frozenset[int]().union(*beside)]


def layout_of(rows: Spread, centers: Floats) -> Layout:
    """Return what lies between the clusters of these centres (k, d).

    How much a border shows depends on rows, not on customers: one row that stands for ten
    customers is one observation.
    """
    distances = squared_distances(rows.X, centers)
    two, nearest = _two_nearest(distances)
    sizes = _groups_of(rows, two[:, 0], nearest, len(centers))
    borders = []
    for one, other in combinations(sizes, 2):
        sides = _sides(two, one, other)
        smaller = min(map(rows.observations, sides))
        if rows.observations(sides[0] | sides[1]) >= DUST:
            chance, depth = _valley_between(rows, sides, centers[one], centers[other])
            borders.append(Border(one, other, smaller, chance, depth))
    return Layout(len(centers), sizes, tuple(borders))


def _two_nearest(distances: Floats) -> tuple[Ints, Floats]:
    """The two nearest centres of each row (n, 2), and how far off the first is."""
    everyone = np.arange(len(distances))
    first = distances.argmin(axis=1)
    off = distances[everyone, first]
    others = distances.copy()
    others[everyone, first] = np.inf
    return np.stack([first, others.argmin(axis=1)], axis=1), off


def _groups_of(rows: Spread, labels: Ints, off: Floats, k: int) -> dict[int, float]:
    """Observations of each cluster that is more than outliers: a few customers all over the place.

    ``off`` (n,): squared distance of each row to its centre.
    """
    total = rows.observations(np.ones(len(labels), dtype=bool))
    members = [labels == cluster for cluster in range(k)]
    sizes = [rows.observations(own) for own in members]
    wide = [np.average(off[own], weights=rows.weight[own]) if own.any() else 0.0 for own in members]
    widest = max((w for w, n in zip(wide, sizes, strict=True) if n >= FEW * total), default=0.0)
    return {
        cluster: size
        for cluster, size in enumerate(sizes)
        if size >= max(DUST, SPECK * total)
        and (size >= FEW * total or wide[cluster] <= WIDER * widest)
    }


Sides = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def _sides(two: Ints, one: int, other: int) -> Sides:
    """Rows nearest to one and next to the other, and the other way round."""
    return (
        (two[:, 0] == one) & (two[:, 1] == other),
        (two[:, 0] == other) & (two[:, 1] == one),
    )


def _valley_between(rows: Spread, sides: Sides, one: Floats, other: Floats) -> tuple[float, float]:
    one, other = one[rows.numbers], other[rows.numbers]
    here, step = sides[0] | sides[1], other - one
    if not step.any():
        return 1.0, 1.0
    unit = float(rows.weight[here].sum()) / rows.observations(here)
    found = []
    for line in (step, across(rows, sides, step)):
        at = (rows.along[here] - (one + other) / 2) @ line / (step @ line)
        found.append(valley(at, rows.weight[here] / unit))
    chance, depth = min(found)
    return min(1.0, len(found) * chance), depth


def across(rows: Spread, sides: Sides, step: Floats) -> Floats:
    """Return the direction that parts two sides best (Fisher 1936), for long or sheared groups.

    The fewer rows there are for a column, the more it is that of the step between
    the centres: a direction that was fitted to few rows parts any of them.
    """
    d, total, scatter = len(step), 0.0, np.zeros((len(step), len(step)))
    for side in sides:
        own = rows.weight[side]
        if not len(own):
            continue
        off = rows.along[side] - own @ rows.along[side] / own.sum()
        scatter += (off * own[:, None]).T @ off
        total += own.sum()
    alike = min(1.0, d / rows.observations(sides[0] | sides[1]))
    within = scatter / total
    round_ = (np.trace(within) / d + 1e-12) * np.eye(d)
    return np.asarray(np.linalg.solve((1 - alike) * within + (alike + 1e-12) * round_, step))


def valley(at: Floats, count: Floats) -> tuple[float, float]:
    """Return how probable the deepest valley is in a cloud with one peak, and how deep it is.

    Probability: of so few in the middle bin, if they were as likely to fall into the lower
    side (binomial), times the number of places (Bonferroni). Depth: what is in the
    middle over what is in the lower side.

    ``at`` (n,): places on the line: the centres are at -0.5 and 0.5.
    ``count`` (n,): observations that each stands for.
    """
    from scipy.special import betainc

    ordered, upto = weighted.in_order(at, count)
    upto = np.concatenate([[0.0], upto])
    inside = np.diff(upto[np.searchsorted(ordered, EDGES)], axis=1)
    low, middle = np.minimum(inside[:, 0], inside[:, 2]), inside[:, 1]
    if not (low >= LEAST - 1e-9).any():
        return 1.0, 1.0
    low, middle = low[low >= LEAST - 1e-9], np.maximum(middle[low >= LEAST - 1e-9], 0.0)
    chance = betainc(low, middle + 1, 0.5)  # P(X <= middle), X binomial of middle + low at 1/2
    best = int(np.argmin(chance))
    return min(1.0, float(chance[best]) * len(EDGES)), float(middle[best] / low[best])
