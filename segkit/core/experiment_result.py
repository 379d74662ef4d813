"""What came of an experiment, and what one can see before it starts: figures, no sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Status = Literal["empty", "mismatch", "interim", "running", "final"]
Role = Literal["primary", "uncapped", "guardrail"]
Verdict = Literal["held", "broken", "open"]


@dataclass(frozen=True)
class Balance:
    """A check of the arms: of all, a segment, a period, or of missing values of a metric.

    It fails below ``level``, which is shared by the checks of a kind.
    """

    kind: Literal["all", "segment", "period", "missing"]
    subject: str
    p: float
    level: float
    counts: Mapping[str, int]

    @property
    def ok(self) -> bool:
        return self.p >= self.level


@dataclass(frozen=True)
class ArmFigures:
    """An arm, against the control. ``q``: p adjusted for arms, or for segments and arms.

    None where it is not known, or not to be shown yet.
    """

    arm: str
    n: int
    mean: float | None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None
    lift: float | None = None
    lift_low: float | None = None
    lift_high: float | None = None
    shrunk: float | None = None
    shrunk_low: float | None = None
    shrunk_high: float | None = None


@dataclass(frozen=True)
class Group:
    """``segment_id`` None: all of them, each by its share."""

    segment_id: str | None
    n: int
    arms: tuple[ArmFigures, ...]


@dataclass(frozen=True)
class Differs:
    """Whether an arm's effect differs by segment; ``tau`` is in the metric's unit."""

    arm: str
    q: float
    p: float
    i2: float
    tau: float


@dataclass(frozen=True)
class MetricReadout:
    """``left_out``: customers of strata in which an arm has fewer than two."""

    metric: str
    role: Role
    groups: tuple[Group, ...]
    differs: tuple[Differs, ...] = ()
    cap: float | None = None
    margin: float | None = None
    verdicts: Mapping[str, Verdict] | None = None
    left_out: int = 0

    @property
    def overall(self) -> Group:
        return self.groups[0]


@dataclass(frozen=True)
class Policy:
    """``arms`` by segment if it is ``by_segment``, else ``for_all``.

    ``gain`` a customer, over ``best`` for all: the arm with the best mean. That is for all
    where it is shown to be better than the control.
    """

    by_segment: bool
    best: str
    for_all: str
    arms: Mapping[str, str]
    gain: float
    low: float
    high: float


@dataclass(frozen=True)
class DataEnd:
    """A relation whose newest row is older than the end of a time that counts as over."""

    relation: str
    newest: date | None
    over: date


@dataclass(frozen=True)
class Readout:
    """``n`` customers have their time over; ``assigned`` counts all but the holdout."""

    name: str
    as_of: datetime
    status: Status
    analysis: str
    control: str
    n: int
    assigned: int
    planned_n: int | None
    ends: date | None
    balance: tuple[Balance, ...] = ()
    metrics: tuple[MetricReadout, ...] = ()
    policy: Policy | None = None
    fit_versions: tuple[int, ...] = ()
    data_ends: tuple[DataEnd, ...] = ()

    @property
    def is_final(self) -> bool:
        return self.status == "final"


# before it ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlannedSegment:
    """``n`` customers are there now; ``mde`` is what they show, as a share of the mean."""

    segment_id: str
    n: int
    share: float
    mean: float
    sd: float
    mde: float | None


@dataclass(frozen=True)
class Needed:
    """For a lift of the primary metric: customers of all arms, and days until they are there."""

    lift: float
    n: int
    days: int | None


@dataclass(frozen=True)
class Replays:
    """A/A tests of the metric's past: how often the interval held 0, and p fell below 5 %."""

    runs: int
    coverage: float
    false_rate: float


@dataclass(frozen=True)
class Overlap:
    """How many take part in another experiment too, and p that the arms are independent."""

    name: str
    share: float
    p: float


@dataclass(frozen=True)
class Caution:
    """``code``: small, difference, sensitive, proxy, skewed, replays, overlap, empty."""

    code: str
    subject: str = ""
    value: float | None = None


@dataclass(frozen=True)
class Planned:
    """``available`` customers would be assigned now, ``arrivals`` a day after; of all arms.

    ``mde`` is at ``at_n`` customers, ``mde_difference`` between two segments, the best pair
    and the worst. Both are shares of the mean. ``cuped``: the part of the variance that the
    metric's own past would take off.
    """

    name: str
    as_of: datetime
    metric: str
    mean: float
    sd: float
    available: int
    arrivals: float
    at_n: int
    mde: float | None
    mde_difference: tuple[float, float] | None
    needed: tuple[Needed, ...]
    segments: tuple[PlannedSegment, ...]
    replays: Replays | None
    cuped: float | None
    overlaps: tuple[Overlap, ...]
    cautions: tuple[Caution, ...]
