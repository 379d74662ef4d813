"""What speaks for each number of clusters, taken together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from segkit.core.fit import SweepPoint, Verdict
from segkit.core.k_criteria import DIGITS, knee, knee_depths, log_inertias
from segkit.learn.clusters.aside import Telling, telling
from segkit.learn.clusters.borders import Layout, layout_of
from segkit.learn.clusters.by_columns import idle_spikes, is_by_columns, is_filled_in
from segkit.learn.clusters.gaps import Found, find_gaps, plateau
from segkit.learn.clusters.panel import calinski_harabasz
from segkit.learn.clusters.sweep import Clustering
from segkit.learn.clusters.ties import Spread, spread_ties
from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.surrogate import spread_of

LOOKED_AT = 20_000  # rows, of which the first are a sample
STABLE = 0.9  # at least: clusters that come back on resamples
ONE_GROUP = 0.25  # of the variance on a line is left at least, where one group is cut in two
PARTED = 2 / 3 - 1e-9  # of the clusters of such a k have gaps beside them at least
FLAT = 0.02  # so much less deep is as good a knee
# Where customers differ by degrees, people can act on so many segments of at least this share, and
# clusters of that stability are much the same on other customers.
USEFUL, TO_ACT_ON, SAME = range(4, 8), 0.05, 0.8


@dataclass(frozen=True)
class Judgement:
    """The panel, how many groups there are, and for which k there is a gap at every border."""

    panel: tuple[SweepPoint, ...]
    found: Found
    opened: frozenset[int] = frozenset()
    telling: tuple[str, ...] = ()  # columns by which groups stand out, where others are cut instead

    @cached_property
    def known(self) -> tuple[SweepPoint, ...]:
        """Those that can be compared."""
        return tuple(point for point in self.panel if point.silhouette is not None)

    @property
    def elbow(self) -> int | None:
        return knee(log_inertias(self.panel))

    @property
    def order(self) -> tuple[int, ...]:
        """All k in the order in which they are considered: near what was found, or by the knee.

        Of knees that are about as deep those that people can act on come first.
        """
        ks, found = [point.k for point in self.known], self.found.k
        if found is not None:
            return tuple(sorted(ks, key=lambda k: (abs(k - found), k)))
        depths = knee_depths(log_inertias(self.panel))
        deep = max(depths.values(), default=0.0) - FLAT

        def rank(k: int) -> tuple[bool, float, int]:
            depth = depths.get(k, 0.0)
            return (k not in USEFUL or depth < deep, -depth, k)

        return tuple(sorted(ks, key=rank))

    def verdict(self, k: int) -> Verdict:
        """What these clusters are: a k that was not found is cut where it is useful."""
        return self.found.verdict if k == self.found.k else "degrees"

    def useful(self) -> Iterator[int]:
        """Yield the k that people can act on, the most segments first."""
        for point in reversed(self.known):
            stability, share = point.stability or 0.0, point.smallest_share or 0.0
            if point.k in USEFUL and stability >= SAME and share >= TO_ACT_ON:
                yield point.k

    def alternatives(self, k: int) -> tuple[int, ...]:
        """Return at most three other k that are about as good, or come next."""
        if self.found.k is None:
            others = [other for other in self.useful() if other != k]
            others = others or [other for other in self.order if other != k][:2]
        else:
            found = [self.found.k] if self.found.k != k else []
            opened = sorted(self.opened, key=lambda other: (abs(other - k), other))
            others = list(dict.fromkeys([*found, *opened, *self.order]))
            others = [other for other in others if other != k][:2]
        return tuple(sorted(others[:3]))


def judge(rows: Rows, clusterings: Sequence[Clustering], panel: Sequence[SweepPoint]) -> Judgement:
    """Return how many groups of customers there are, and of what kind.

    ``rows``: in the order of a hash: the first of them are a sample.
    """
    alike = [point.k for point in panel if point.k > 1 and not point.inertia]
    if alike:  # each cluster is one combination of values
        return Judgement(tuple(panel), Found(min(alike), "columns"))
    compared = tuple(point for point in panel if point.silhouette is not None)
    if not compared:
        return Judgement(tuple(panel), Found(None, "degrees"))
    head = rows.take(np.arange(min(LOOKED_AT, len(rows.values))))
    places = _numbers(head)
    spread = spread_ties(head.scaled, head.weight, places)
    centers = {clustering.k: clustering.centers for clustering in clusterings}
    layouts = {point.k: layout_of(spread, centers[point.k]) for point in compared}
    opened = frozenset(layout.count for layout in layouts.values() if layout.is_open)
    labels = {c.k: c.labels[: len(head.values)] for c in clusterings}
    scored = _scored(panel, spread, labels)
    told = telling(spread, max(layouts))
    found = _found(layouts, scored, told.least)
    k = _may_be_apart(found, layouts, best_stable(scored), told)
    if k is not None and told.are_groups(head.scaled, head.weight, labels[k]):
        found = Found(k, "apart")
    found = _doubted(found, panel, head, centers)
    return Judgement(tuple(panel), found, opened, _names_of(told, rows, found))


def _may_be_apart(
    found: Found, layouts: Mapping[int, Layout], best: int | None, told: Telling
) -> int | None:
    """The number of groups that stand out if the columns that tell of any say so, too.

    What more clusters cut says nothing, unless these come back and score better. Fewer may,
    where K-Means has idle columns to cut.
    """
    if found.k is None or found.verdict == "apart" or found.k not in layouts:
        return None
    layout, is_best = layouts[found.k], best == found.k
    is_open = layout.is_open and layout.count == found.k
    is_best = is_best or (not told.are_all and (best or 0) < found.k)
    return found.k if is_open and is_best else None


def _names_of(told: Telling, rows: Rows, found: Found) -> tuple[str, ...]:
    """Columns by which the groups stand out, where K-Means cuts others instead."""
    if told.least is None or found != Found(told.least, "shape"):
        return ()
    starts = rows.starts.tolist()
    return tuple(rows.columns[starts.index(place)] for place in told.places)


def _scored(
    panel: Sequence[SweepPoint], rows: Spread, labels: Mapping[int, Ints]
) -> list[SweepPoint]:
    """The panel, with Calinski-Harabasz of the rows whose ties are spread.

    Of whole numbers it rises until each cluster is a value: who ordered once, twice, three times.
    """

    if rows.copies == 1:
        return list(panel)
    spread = spread_of(rows.X, rows.weight)

    def scored(point: SweepPoint) -> SweepPoint:
        own = np.tile(labels[point.k], rows.copies)
        variance = calinski_harabasz(rows.X, rows.weight, own, spread)
        return replace(point, calinski_harabasz=variance)

    return [point if point.silhouette is None else scored(point) for point in panel]


def _numbers(rows: Rows) -> list[int]:
    """Places of the numbers, along which gaps are looked for; of all where there are none.

    Between two levels of a category there is always a gap, and beside a value that many share:
    where it has nothing to do with other columns it makes no groups.
    """
    starts = rows.starts.tolist()
    ends, idle = [*starts[1:], rows.scaled.shape[1]], idle_spikes(rows)
    are_all = len(rows.levels) == len(rows.columns)
    return [
        place
        for column, name in enumerate(rows.columns)
        if are_all or (name not in rows.levels and column not in idle)
        for place in range(starts[column], ends[column])
    ]


def _doubted(
    found: Found, panel: Sequence[SweepPoint], rows: Rows, centers: Mapping[int, Floats]
) -> Found:
    """What was found, unless single columns make it; it stands out only if it comes back."""
    if found.k is None:
        return found
    if is_by_columns(rows, centers[found.k]):
        return Found(found.k, "columns")
    if found.verdict != "apart":
        return found
    stability = next(point.stability for point in panel if point.k == found.k) or 0.0
    is_sure = stability >= STABLE and not is_filled_in(rows, centers[found.k])
    return found if is_sure else Found(found.k, "overlap")


def _found(layouts: Mapping[int, Layout], panel: Sequence[SweepPoint], least: int | None) -> Found:
    """What the gaps say; of groups that are not apart, those that come back and score best.

    Fewer only where some k joins to another number: K-Means halves a large group before it
    finds a small one. And where some columns alone say how many there are at least, one more only.
    """
    best = best_stable(panel)
    found = find_gaps(layouts, best, least)
    if least is not None and best not in (found.k, (found.k or 0) + 1):
        return found
    if found.verdict not in ("shape", "overlap") or best is None or found.k in (None, best):
        return found
    here, other = (next(p for p in panel if p.k == k) for k in (found.k, best))
    return Found(best, "overlap") if _is_taken(other, here, layouts) else found


def _is_taken(best: SweepPoint, here: SweepPoint, layouts: Mapping[int, Layout]) -> bool:
    """Whether the best score wins over the number that the gaps say."""
    if best.k < here.k and {layouts[k].groups for k in layouts if k > here.k} == {here.k}:
        return False
    if layouts[best.k].groups >= PARTED * best.k:
        return True
    # without a plateau the gaps are a guess: another one in every other half of the customers
    is_guess = best.k == here.k + 1 and plateau(layouts) is None
    comes_back = is_tie(here, best) if is_guess else not is_tie(best, here)
    return abs(best.k - here.k) == 1 and comes_back


def best_stable(panel: Sequence[SweepPoint]) -> int | None:
    """Return the k that scores best of those whose clusters come back on resamples.

    For k = 2 they have to be two groups and not one that is cut in two: less than 1/4 of the
    variance between them is left, or the knee of the log-inertia says 2 as well.
    """
    known = [point for point in panel if point.silhouette is not None]
    elbow, scores = knee(log_inertias(panel)), _scores(known)
    stable = [point.k for point in known if _comes_back(point, elbow)]
    return min(stable, key=lambda k: (-scores[k], k), default=None)


def is_tie(one: SweepPoint, other: SweepPoint) -> bool:
    """Whether the other's clusters come back as often, within two standard errors."""
    if one.stability is None or other.stability is None:
        return False
    error = ((one.stability_error or 0.0) ** 2 + (other.stability_error or 0.0) ** 2) ** 0.5
    return bool(other.stability >= one.stability - 2 * error)


def _comes_back(point: SweepPoint, elbow: int | None) -> bool:
    if point.stability is None or point.stability < STABLE:
        return False
    left = 1.0 if point.variance_left is None else point.variance_left
    return point.k != 2 or left < ONE_GROUP or elbow == 2


def _scores(panel: Sequence[SweepPoint]) -> dict[int, float]:
    """Two parts Calinski-Harabasz and one part silhouette, each from 0 (lowest) to 1 (highest)."""
    variance = _on_unit({p.k: p.calinski_harabasz or 0.0 for p in panel})
    silhouette = _on_unit({p.k: p.silhouette or 0.0 for p in panel})
    return {p.k: round((2 * variance[p.k] + silhouette[p.k]) / 3, DIGITS) for p in panel}


def _on_unit(values: dict[int, float]) -> dict[int, float]:
    low, high = min(values.values(), default=0.0), max(values.values(), default=0.0)
    return {k: (value - low) / (high - low) if high > low else 1.0 for k, value in values.items()}
