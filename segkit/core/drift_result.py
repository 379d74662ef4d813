"""What drift is told by: the rows that are kept of a build, and what a build comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

Against = Literal["fit", "previous"]
Level = Literal["ok", "watch", "act", "info"]
Verdict = Literal["ok", "watch", "act"]

# Each is one alarm, however many tests are in it, and has the same part of the budget.
FAMILIES = ("shares", "flow", "events", "joiners", "features", "metrics", "new group", "fidelity")
PERIOD_DAYS = {"month": 365.25 / 12, "quarter": 365.25 / 4, "year": 365.25}
_LEARNING = "learning "
_DAYS_A_BUILD = 30  # until there are two builds to tell it from


@dataclass(frozen=True)
class DriftSettings:
    """``false_alarms``: the probability of any false watch in a ``period``."""

    false_alarms: float = 0.05
    period: str = "quarter"


@dataclass(frozen=True)
class Value:
    """A feature or metric that is followed.

    ``edges`` cut a number into the bins of its histogram; ``levels`` are those of a
    category, which ``is_category`` says it is. ``histogram``: how many customers of the fit
    are in each bin, others and the missing last; without it they are counted. ``rules`` says
    whether the segments are made with it.
    """

    name: str
    is_category: bool = False
    levels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    histogram: tuple[int, ...] = ()
    rules: bool = True


@dataclass(frozen=True)
class Flow:
    """``n`` customers between two builds: where they were, the calendar put them, and are.

    ``from_id`` is None for who joined, ``to_id`` for who left; ``band`` of the days since
    they last did something, ``active`` if they have since. None: not known.
    """

    as_of: date
    from_id: str | None
    calendar_id: str | None
    band: int | None
    to_id: str | None
    active: bool | None
    n: int


@dataclass(frozen=True)
class Check:
    """A row of ``S_drift``. ``low`` to ``high`` is the 95 % interval of the estimate.

    Estimates: points of share as a fraction (shares, flow, new group, fidelity), standard
    deviations (features, metrics, joiners), a relative change (events). None: not known.
    """

    as_of: date
    against: Against
    check_name: str
    subject: str | None
    segment_id: str | None
    estimate: float | None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    level: Level = "info"


@dataclass(frozen=True)
class EarlierBuild:
    """What is kept of a build since the fit, or since a new level was accepted."""

    as_of: date
    flows: Sequence[Flow]
    checks: Sequence[Check]

    @property
    def alarms(self) -> frozenset[str]:
        """Families that alarmed."""
        return frozenset(c.check_name for c in self.checks if c.level in ("watch", "act"))

    def figure(self, check_name: str, subject: str | None, segment_id: str | None) -> float | None:
        """The estimate of a check; None if there was none."""
        sought = (check_name, subject, segment_id)
        found = (c for c in self.checks if (c.check_name, c.subject, c.segment_id) == sought)
        return next((c.estimate for c in found), None)


@dataclass(frozen=True)
class Part:
    """What a segment adds to the change of a metric's mean: by its share, and by its own mean."""

    segment_id: str
    mix: float
    rate: float


@dataclass(frozen=True)
class MixAndRate:
    """``before`` and ``now`` are means over all; the parts add up to their difference."""

    metric: str
    before: float
    now: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Unseen:
    """The smallest change that is found four times in five: what is smaller, is not seen."""

    check_name: str
    subject: str | None
    segment_id: str | None
    size: float


def learning(builds: int) -> str:
    """The code of what is told when there are so many more builds, as far apart as this one."""
    return f"{_LEARNING}{builds}"


@dataclass(frozen=True)
class Drift:
    """``untested``: families that are not tested, or only told, each with the reason as a code.

    ``explanation``: what tells today's customers from those of the fit, where there is an alarm.
    """

    as_of: date
    verdict: Verdict
    checks: tuple[Check, ...]
    alpha: float | None  # of each family; None where it was not kept
    mix_and_rate: tuple[MixAndRate, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    untested: tuple[tuple[str, str], ...] = ()
    explanation: tuple[Group, ...] = ()

    @property
    def alarms(self) -> tuple[str, ...]:
        alarmed = {check.check_name for check in self.checks if check.level in ("watch", "act")}
        return tuple(family for family in FAMILIES if family in alarmed)

    @property
    def learning(self) -> Mapping[str, int]:
        """Families of which the usual is not known yet, each with the builds that this takes."""
        return {
            family: int(code.removeprefix(_LEARNING))
            for family, code in self.untested
            if code.startswith(_LEARNING)
        }


@dataclass(frozen=True)
class Condition:
    """``column < cut`` if ``is_below``, else ``>=``; without a cut ``IS NULL``, or not."""

    column: str
    is_below: bool
    cut: float | None = None


@dataclass(frozen=True)
class Group:
    """Customers whose share is another than at the fit: measured on rows it was not found on."""

    conditions: tuple[Condition, ...]
    share_before: float
    share_now: float


def builds_a_period(as_of: date, before: Sequence[date], period: str) -> float:
    """How many builds there are in a period, by the days between those there were.

    >>> builds_a_period(date(2026, 3, 1), [date(2026, 2, 1), date(2026, 1, 1)], "quarter")
    2.9455645161290325
    """
    days = sorted({*before, as_of})
    gaps = sorted((b - a).days for a, b in pairwise(days))
    gap = gaps[len(gaps) // 2] if gaps else _DAYS_A_BUILD
    return max(PERIOD_DAYS[period] / max(gap, 1), 1.0)
