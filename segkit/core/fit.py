"""A fit: what was learned, as plain data. It is the definition from then on.

A fit holds no customer id and no single customer's values. Numbers that were
computed from data are rounded to nine digits, so that the same project gives
the same bytes for any order of the rows and any number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segkit.core.case import Case, Outcome
from segkit.core.tree import Tree

FORMAT = 1
UNASSIGNED = Outcome(0, "unassigned", "Unassigned")


def on_scale(value: float, scale: str) -> float:
    """The value before centring: ln(1 + x) on a log scale (below 0 as 0), else itself."""
    return math.log1p(max(value, 0.0)) if scale == "log" else value


@dataclass(frozen=True)
class FittedFeature:
    """How one column was prepared: z = (f(x) - center) / spread.

    ``f`` is ln(1 + x) for scale ``log``, else the value itself. ``median`` is
    in the column's own unit and stands in for a missing value.
    """

    column: str
    label: str
    unit: str
    scale: str  # standard | log | none
    type: str  # SQL type at the time of the fit
    center: float
    spread: float
    median: float


@dataclass(frozen=True)
class SweepPoint:
    """K-Means at one k. ``silhouette`` and ``smallest_share`` are None where not measured."""

    k: int
    inertia: float
    silhouette: float | None = None
    smallest_share: float | None = None


@dataclass(frozen=True)
class Clusters:
    """The K-Means solution behind the segments.

    ``centers`` are in the scaled space (k rows, one number a feature), in the
    order of the segments' codes; ``sizes`` likewise, in rows of the fit.
    """

    k: int
    seed: int
    inertia: float
    sizes: tuple[int, ...]
    centers: tuple[tuple[float, ...], ...]
    sweep: tuple[SweepPoint, ...]
    reason: str  # one sentence: why this k


@dataclass(frozen=True)
class Quality:
    """How well the tree explains the clusters, on the rows of the fit.

    ``loss`` = cost of the tree's segments (means recomputed) / inertia - 1;
    ``fidelity`` = share of rows whose leaf names their K-Means cluster, and
    ``fidelity_held_out`` the same in cross-validation (None: too few rows).
    ``moved`` = rows that snapping the cuts moved to another segment.
    """

    loss: float
    fidelity: float
    fidelity_held_out: float | None
    fidelity_by_segment: Mapping[str, float]
    leaves: int
    depth: int
    smallest_leaf: int
    moved: int = 0


@dataclass(frozen=True)
class FittedSegment:
    """``code`` is the segment's order (A = 1). ``n`` counts rows of the fit under the tree."""

    code: int
    id: str
    name: str
    n: int


@dataclass(frozen=True)
class FeatureBaseline:
    """One feature's distribution at the fit: ``quantiles`` are the interior deciles."""

    column: str
    count: int
    nulls: int
    non_finite: int
    mean: float
    sd: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class Baseline:
    """What later data is compared with. Lies in a file beside the fit."""

    rows: int
    features: tuple[FeatureBaseline, ...]
    segments: Mapping[str, int]
    fidelity_held_out: float | None
    distance_quantile: float  # 99.5 % of the rows lie nearer to their centre (scaled space)


@dataclass(frozen=True)
class Fit:
    name: str
    version: int
    origin: str  # fitted | adjusted
    definition: Mapping[str, Any]
    target: str
    rows: int  # customers in the relation
    sample: int  # customers that were learned from
    fingerprint: str  # of keys and features, whatever the order of the rows
    features: tuple[FittedFeature, ...]
    clusters: Clusters
    tree: Tree
    quality: Quality
    segments: tuple[FittedSegment, ...]
    assumptions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    baseline: Baseline | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """``v0001``"""
        return version_label(self.version)

    def case(self, names: Mapping[str, str] | None = None) -> Case:
        """The tree with its outcomes; ``names`` (by id) win over the fit's own."""
        given = names or {}
        outcomes = tuple(Outcome(s.code, s.id, given.get(s.id, s.name)) for s in self.segments)
        return Case(self.tree, (UNASSIGNED, *outcomes))


def version_label(version: int) -> str:
    return f"v{version:04d}"
