"""What a page draws, in figures. Only the dots of a picture and the customers are a sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from segkit.core.experiment_result import Planned, Readout
from segkit.core.fit import FittedFeature
from segkit.core.number_format import ENGLISH, NumberFormat
from segkit.results import SegmentationResult, SegmentText

SPREAD_AT = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True)
class Spread:
    """One feature among some customers.

    Of a number the ``mean`` and the ``quantiles`` at ``SPREAD_AT``, in its own unit; of a
    category the number of customers with each of its ``levels``, the most frequent first.
    None and nothing where no value is known. ``place`` is the mean on the scale of the fit
    (standard deviations from everybody's mean), with the fit's value where none is known; None
    of a category, and of customers of whom nothing was learned.
    """

    known: int
    missing: int
    mean: float | None = None
    quantiles: tuple[float, ...] = ()
    levels: Mapping[str, int] = field(default_factory=dict)
    place: float | None = None

    @property
    def median(self) -> float | None:
        return self.quantiles[SPREAD_AT.index(0.5)] if self.quantiles else None

    @property
    def is_mostly_missing(self) -> bool:
        """Whether a median would be that of a minority."""
        return self.known < self.missing


@dataclass(frozen=True)
class FeatureSurvey:
    """A feature among all customers, and among those of each segment, by its id."""

    feature: FittedFeature
    everyone: Spread
    segments: Mapping[str, Spread]


@dataclass(frozen=True)
class LeafCount:
    """The customers of one leaf of the tree; ``clusters`` says how many have which nearest centre.

    Both by the code of a segment; there are no ``clusters`` where labels were given, and none of
    a leaf of which nothing was learned. In a sample these are fewer than ``n``. Not
    ``is_counted``: one of several leaves of a segment of which the size is known, ``n`` is an
    equal part of it.
    """

    code: int
    n: int
    clusters: Mapping[int, int] = field(default_factory=dict)
    is_counted: bool = True


@dataclass(frozen=True)
class Total:
    """A metric over the customers of a segment of whom it is known; ``none`` of these have 0.

    None: that is not counted.
    """

    known: int
    sum: float
    none: int | None = None

    def __add__(self, other: Total) -> Total:
        counted = self.none is not None and other.none is not None
        none = (self.none or 0) + (other.none or 0) if counted else None
        return Total(self.known + other.known, self.sum + other.sum, none)

    @property
    def share_of_none(self) -> float | None:
        return None if self.none is None or not self.known else self.none / self.known


@dataclass(frozen=True)
class Cell:
    """Customers whose segment hangs on a cut, with a value in one bin.

    ``bin`` is how many of the edges their value is not below. They have the segment ``below``
    while the cut is above them, and ``above`` otherwise. ``gains`` and ``losses`` are the sums of
    what is above and below 0 of each metric.
    """

    bin: int
    below: int
    above: int
    n: int
    gains: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()


@dataclass(frozen=True)
class State:
    """What the rules would be with a cut at one edge.

    ``loss`` against K-Means, ``agreed``: the customers who are where K-Means has them, and what
    is ``explained`` of each metric's variance; None where it cannot be told.
    """

    loss: float | None
    agreed: int | None
    explained: tuple[float | None, ...]


@dataclass(frozen=True)
class CutSurvey:
    """A cut, and what becomes of customers where it is moved to another edge.

    ``said`` is how ``adjust`` names it, ``edges`` are in rising order, and ``now`` is the place of
    today's cut among them. ``is_exact``: each value of a customer whose segment hangs on the cut
    has an edge, so that all is known of every cut, not only of those at an edge. Others are
    estimated where the survey is of a sample.
    ``states`` has one entry an edge.
    """

    column: str
    said: str
    edges: tuple[Decimal, ...]
    now: int
    is_exact: bool
    is_inclusive: bool
    cells: tuple[Cell, ...]
    states: tuple[State, ...]


@dataclass(frozen=True)
class Dot:
    """A customer in a picture: the segment's code, K-Means' one, and the features in order."""

    code: int
    cluster: int | None
    values: tuple[float | str | None, ...]


ExampleKind = Literal["typical", "borderline", "odd"]


@dataclass(frozen=True)
class Example:
    """A customer to look at. ``values`` are the features and then the metrics, in order.

    ``change`` of the value in ``column`` would give segment ``other``; of one who is odd, K-Means
    has them in ``other``, if that is not their own. One who is typical of those without a value
    has none in ``column``.
    """

    kind: ExampleKind
    id: str
    values: tuple[float | str | None, ...]
    column: str | None = None
    change: Decimal | None = None
    other: str | None = None


@dataclass(frozen=True)
class Examples:
    """Customers to look at, by segment id; ``columns`` are those of their values.

    ``words`` has label and unit of each column, ``names`` those of the segments.
    """

    segmentation: str
    columns: tuple[str, ...]
    words: Mapping[str, tuple[str, str]]
    names: Mapping[str, str]
    segments: Mapping[str, tuple[Example, ...]]


@dataclass(frozen=True)
class Survey:
    """One segmentation, as a page shows it.

    ``features`` in the order in which they are published, ``leaves`` in that of the tree,
    ``totals`` by metric and segment id, ``cuts`` in the order of the tree. ``dots`` are drawn
    from all segments, a larger share of the smaller ones; ``examples`` by segment id.
    ``sampled``: means, quantiles, clusters, states and cuts that are not exact are of so many
    customers; None: of all.
    """

    features: tuple[FeatureSurvey, ...]
    leaves: tuple[LeafCount, ...]
    metrics: tuple[str, ...]
    totals: Mapping[str, Mapping[str, Total]]
    cuts: tuple[CutSurvey, ...]
    dots: tuple[Dot, ...]
    examples: Mapping[str, tuple[Example, ...]]
    sampled: int | None = None


@dataclass(frozen=True)
class BucketCount:
    label: str
    order: int
    n: int


@dataclass(frozen=True)
class BucketColumnSurvey:
    """One column of a bucket set: customers in each bucket, in the order of the buckets."""

    name: str
    buckets: tuple[BucketCount, ...]


@dataclass(frozen=True)
class BucketSetReport:
    name: str
    rows: int
    columns: tuple[BucketColumnSurvey, ...]


@dataclass(frozen=True)
class MetricNote:
    """What a metric is: the description of its column, and whether it is of a later period."""

    description: str
    is_later: bool


@dataclass(frozen=True)
class ExperimentReport:
    """An experiment on a segmentation: before it what it needs, then what came of it.

    ``arms`` are in percent, the control first. ``trouble`` says why there is neither.
    """

    name: str
    arms: Mapping[str, float]
    start: date
    end: date | None
    planned: Planned | None = None
    readout: Readout | None = None
    trouble: str = ""


@dataclass(frozen=True)
class SegmentationReport:
    """All that a page says of one segmentation.

    ``texts`` are its segments with their rules in English, ``sql`` the published view by the
    title of a dialect, and ``above`` and ``below`` the nodes that it reads and that read it.
    ``integers`` are the features of whole numbers, ``metrics`` has what is said of each metric.
    """

    result: SegmentationResult
    texts: tuple[SegmentText, ...]
    survey: Survey
    sql: Mapping[str, str]
    above: tuple[str, ...]
    below: tuple[str, ...]
    integers: frozenset[str]
    metrics: Mapping[str, MetricNote] = field(default_factory=dict)
    experiments: tuple[ExperimentReport, ...] = ()


@dataclass(frozen=True)
class ProjectReport:
    """A page: segmentations and bucket sets of one target at one time.

    ``data_day``: what models look back from, where a variable says so.
    """

    project: str
    target: str
    as_of: datetime
    segmentations: tuple[SegmentationReport, ...]
    bucket_sets: tuple[BucketSetReport, ...]
    numbers: NumberFormat = ENGLISH
    data_day: date | None = None
