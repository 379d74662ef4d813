"""A fit: what was learned, as plain data. It is the definition from then on.

A fit holds no customer id and no single customer's values. Numbers that were
computed from data are rounded to nine digits, so that the same project gives
the same bytes for any order of the rows and any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from segkit.core.case import Case, Outcome
from segkit.core.columns import Spell
from segkit.core.descent import Descent
from segkit.core.facts import Fact
from segkit.core.naming import Naming
from segkit.core.tree import Leaf, Tree, behind_guards, with_columns
from segkit.core.usefulness import Usefulness

FORMAT = 2  # of fits that are written; those of format 1 are read, too
UNASSIGNED = Outcome(0, "unassigned", "Unassigned")


def on_scale(value: float, scale: str) -> float:
    """The value before centring: ln(1 + x) on a log scale (below 0 as 0), else itself."""
    return math.log1p(max(value, 0.0)) if scale == "log" else value


@dataclass(frozen=True)
class FittedFeature:
    """How one column was prepared.

    A number is z = sqrt(weight) (f(x) - center) / spread, where ``f`` is
    ln(1 + x) for scale ``log``, else the value itself; ``robust`` has the median
    and the interquartile range for center and spread. ``median`` is in the
    column's own unit and stands in for a missing value.

    A category (scale ``category``) is one coordinate for each of its ``levels``:
    sqrt(weight) at its own, 0 at the others. So two levels lie as far apart
    (squared: 2 weight) as two customers do on average in a standardised number
    of the same weight. ``mode``, the most frequent level, stands in for a
    missing value and for a level that the fit has not seen.
    """

    column: str
    label: str
    unit: str
    scale: str  # standard | log | robust | none | category
    type: str  # SQL type at the time of the fit
    center: float
    spread: float
    median: float
    weight: float = 1.0
    levels: tuple[str, ...] = ()  # sorted
    mode: str = ""

    @property
    def is_category(self) -> bool:
        return self.scale == "category"

    @property
    def width(self) -> int:
        """Number of coordinates."""
        return len(self.levels) if self.is_category else 1

    def coordinates(self, value: float | str | None) -> tuple[float, ...]:
        """Where a value lies in the space of the fit; None is a missing one."""
        pull = math.sqrt(self.weight)
        if self.is_category:
            here = value if value in self.levels else self.mode
            return tuple(pull if level == here else 0.0 for level in self.levels)
        number = self.median if value is None else float(value)
        return (pull * (on_scale(number, self.scale) - self.center) / (self.spread or 1.0),)

    def value_at(self, coordinates: Sequence[float]) -> float | str:
        """The value that lies there, in the column's own unit; of a category the nearest level."""
        if self.is_category:
            return self.levels[max(range(self.width), key=coordinates.__getitem__)]
        value = coordinates[0] / math.sqrt(self.weight) * self.spread + self.center
        return math.expm1(value) if self.scale == "log" else value


@dataclass(frozen=True)
class SweepPoint:
    """K-Means at one k, and what speaks for it. None: not defined, or not measured.

    ``smallest_share`` is the smallest cluster's share of the rows, ``stability``
    the mean adjusted Rand index against refits on resamples (``stability_error``: its
    standard error), and ``tree_loss`` the loss of a tree with exactly k leaves.
    ``variance_left``, of k = 2 alone, is the share of the variance on the line through both
    centres that stays within the clusters. ``centers`` are kept of alternatives, in the scaled
    space, so that it can be told what these clusters explain of a metric.
    """

    k: int
    inertia: float
    silhouette: float | None = None
    smallest_share: float | None = None
    calinski_harabasz: float | None = None
    davies_bouldin: float | None = None
    stability: float | None = None
    tree_loss: float | None = None
    variance_left: float | None = None
    stability_error: float | None = None
    centers: tuple[tuple[float, ...], ...] = ()


# whether the clusters lie apart, or what they are cut by; None: not judged
Verdict = Literal["apart", "shape", "overlap", "columns", "degrees"]


@dataclass(frozen=True)
class Clusters:
    """The K-Means solution behind the segments, or clusters that were given.

    ``centers`` are in the scaled space (k rows, one number a feature), in the
    order of the segments' codes; ``sizes`` likewise, in customers.
    """

    k: int
    seed: int
    inertia: float
    sizes: tuple[int, ...]
    centers: tuple[tuple[float, ...], ...]
    sweep: tuple[SweepPoint, ...]
    reason: tuple[Fact, ...]  # why this k
    labels: tuple[str, ...] = ()  # of given clusters: what each is called, in the same order
    verdict: Verdict | None = None
    alternatives: tuple[int, ...] = ()  # other numbers of clusters: about as good, or next


@dataclass(frozen=True)
class CurvePoint:
    """The best tree found with so many leaves: its loss, its fidelity, and its short rules."""

    leaves: int
    loss: float
    fidelity: float
    short_rules: int


@dataclass(frozen=True)
class Quality:
    """How well the tree explains the clusters, on the rows of the fit.

    ``loss`` = cost of the tree's segments (means recomputed) / inertia - 1; of
    given clusters the share of rows that the rules put into another one.
    ``fidelity`` = share of rows whose leaf names their K-Means cluster, and
    ``fidelity_held_out`` the same in cross-validation (None: too few rows).
    ``moved`` = rows that snapping the cuts moved to another segment.
    ``short_rules`` = segments that are one rule of at most three conditions.
    ``curve`` = what more or fewer leaves would have brought.
    """

    loss: float
    fidelity: float
    fidelity_held_out: float | None
    fidelity_by_segment: Mapping[str, float]
    leaves: int
    depth: int
    smallest_leaf: int
    moved: int = 0
    held_out_by_segment: Mapping[str, float] = field(default_factory=dict)
    short_rules: int | None = None  # None: not measured, in a fit of an older segkit
    curve: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True)
class FittedSegment:
    """``code`` is the segment's order (A = 1). ``n`` counts all rows under the tree.

    ``naming``: what the name says; None where it was given, or in a fit of an older segkit.
    """

    code: int
    id: str
    name: str
    n: int
    naming: Naming | None = None


@dataclass(frozen=True)
class FeatureBaseline:
    """One feature's distribution at the fit: ``quantiles`` are the interior deciles.

    ``edges`` and ``histogram`` are the same distribution for later comparisons: how
    many of all rows lie below the first edge, from there up to the next, ..., and
    from the last on. A category has ``levels`` instead, with the number of rows of each.
    """

    column: str
    count: int
    nulls: int
    non_finite: int
    mean: float
    sd: float
    quantiles: tuple[float, ...]
    levels: Mapping[str, int] = field(default_factory=dict)
    edges: tuple[float, ...] = ()  # rising; none in a baseline of format 1
    histogram: tuple[int, ...] = ()  # one count more than edges


@dataclass(frozen=True)
class Baseline:
    """What later data is compared with. Lies in a file beside the fit."""

    rows: int
    features: tuple[FeatureBaseline, ...]
    segments: Mapping[str, int]
    fidelity_held_out: float | None
    distance_quantile: float  # 99.5 % of the rows lie nearer to their centre (scaled space)


@dataclass(frozen=True)
class Stability:
    """Share of customers whom rules learned from other customers put into the same segment.

    ``low`` to ``high``: where it lies for 95 in 100 sets of so many other ``customers``.
    ``by_segment``: of the customers of each segment, by its id. ``resamples`` had rules for
    each segment; 0 in older fits, which did not count them.
    """

    mean: float
    low: float
    high: float
    customers: int
    by_segment: Mapping[str, float]
    resamples: int = 0


@dataclass(frozen=True)
class Lineage:
    """What a fit came from; versions are those of the same segmentation.

    ``parent`` is the version whose cuts were changed by hand, ``adjustments`` are all such
    changes since the fit that was learned, and ``replaced`` the fit that it was learned
    to replace: ``agrees`` is the share of the customers whom both put into one segment, and
    ``segments`` what became of the segments. The facts of an adjusted fit are those of version
    ``measured``, where the data have changed since.
    """

    parent: int | None = None
    adjustments: tuple[str, ...] = ()
    # the same rules, learned beside another fit, are the same fit
    replaced: int | None = field(default=None, compare=False)
    measured: int | None = None
    agrees: float | None = field(default=None, compare=False)
    segments: tuple[Descent, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Fit:
    """``origin`` is ``adjusted`` where people changed cuts of a fit that had been learned."""

    name: str
    version: int
    origin: str  # fitted | adjusted
    definition: Mapping[str, Any]
    target: str
    rows: int  # customers in the relation
    sample: int  # customers that were learned from
    fingerprint: str  # of the features, whatever the order of the rows and the database
    features: tuple[FittedFeature, ...]
    clusters: Clusters
    tree: Tree
    quality: Quality
    segments: tuple[FittedSegment, ...]
    assumptions: tuple[Fact, ...] = ()
    warnings: tuple[Fact, ...] = ()
    lineage: Lineage = Lineage()
    stability: Stability | None = None  # None: not measured
    baseline: Baseline | None = field(default=None, compare=False)
    # metrics are words: the same rules with others are the same fit
    usefulness: tuple[Usefulness, ...] = field(default=(), compare=False)

    @property
    def parent(self) -> int | None:
        return self.lineage.parent

    @property
    def adjustments(self) -> tuple[str, ...]:
        return self.lineage.adjustments

    @cached_property
    def own(self) -> Mapping[str, FittedSegment]:
        """By column the segment of those without a value there; the first column takes a row."""
        by_code = {segment.code: segment for segment in self.segments}
        return {
            guard.column: by_code[guard.no.code]
            for guard in behind_guards(self.tree)[0]
            if isinstance(guard.no, Leaf) and guard.no.code and guard.missing == "no"
        }

    @property
    def learned(self) -> tuple[FittedSegment, ...]:
        """The segments of the clusters, in the same order: all but those of ``own``."""
        own = {segment.code for segment in self.own.values()}
        return tuple(segment for segment in self.segments if segment.code not in own)

    @property
    def label(self) -> str:
        """``v0001``"""
        return version_label(self.version)

    def spelled(self, spell: Spell) -> Fit:
        """The fit with its columns as the relation writes them today."""
        baseline = self.baseline
        if baseline is not None:
            known = tuple(replace(f, column=spell(f.column)) for f in baseline.features)
            baseline = replace(baseline, features=known)
        return replace(
            self,
            features=tuple(replace(f, column=spell(f.column)) for f in self.features),
            tree=with_columns(self.tree, spell),
            segments=tuple(
                replace(s, naming=s.naming and s.naming.spelled(spell)) for s in self.segments
            ),
            baseline=baseline,
        )

    def centers_of(self, segment: FittedSegment) -> Iterator[tuple[FittedFeature, Sequence[float]]]:
        """Each feature with the centre of the segment's cluster, in the scaled space.

        Nothing where there is no centre: clusters were given, or nothing was learned of it.
        """
        if self.clusters.labels or segment not in self.learned:
            return
        center, at = self.clusters.centers[self.learned.index(segment)], 0
        for feature in self.features:
            yield feature, center[at : at + feature.width]
            at += feature.width

    def case(self, names: Mapping[str, str] | None = None) -> Case:
        """The tree with its outcomes; ``names`` (by id) win over the fit's own."""
        given = names or {}
        outcomes = tuple(Outcome(s.code, s.id, given.get(s.id, s.name)) for s in self.segments)
        return Case(self.tree, (UNASSIGNED, *outcomes))


def letters(number: int) -> str:
    """Return the id of the segment of that order: A to Z, then AA, AB, ...

    >>> letters(1), letters(26), letters(27), letters(703)
    ('A', 'Z', 'AA', 'AAA')
    """
    out = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        out = chr(ord("A") + rest) + out
    return out


def version_label(version: int) -> str:
    return f"v{version:04d}"
