"""What became of everybody between two builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

# How it is known why somebody moved: by evaluating each step, by the day of their last activity
# alone, or not at all.
ReasonsKnown = Literal["steps", "activity", "own data"]


@dataclass(frozen=True)
class ChangeFlow:
    """So many customers went from a segment to another, or stayed (``reason`` None).

    ``from_id`` None: they joined; ``to_id`` None: they left.
    """

    from_id: str | None
    to_id: str | None
    reason: str | None
    n: int


@dataclass(frozen=True, repr=False)
class Changes:
    """What became of everybody between two builds.

    ``kept``, by segment: customers whom the calendar alone would have moved, and who did
    something that kept them there. ``since_day`` and ``until_day`` are those that the data of
    both builds are of; None where no variable says it.
    """

    since: datetime
    until: datetime
    known: ReasonsKnown
    flows: tuple[ChangeFlow, ...]
    kept: Mapping[str, int]
    since_day: date | None = None
    until_day: date | None = None

    def __repr__(self) -> str:
        return f"<Changes since {self.days[0]}: {self.moved:,} of {self.customers:,} moved>"

    @property
    def days(self) -> tuple[date, date]:
        """Of which days the two are: of the data, or else of the builds."""
        if self.since_day and self.until_day:
            return self.since_day, self.until_day
        return self.since.date(), self.until.date()

    @property
    def customers(self) -> int:
        """How many there were at the last build."""
        return sum(flow.n for flow in self.flows if flow.from_id is not None)

    @property
    def moved(self) -> int:
        """Customers of both builds who are in another segment."""
        return sum(n for reason, n in self.by_reason.items() if reason not in ("joined", "left"))

    @property
    def by_reason(self) -> Mapping[str, int]:
        """How many movers each reason has, and how many joined and left."""
        found: dict[str, int] = {}
        for flow in self.flows:
            if flow.reason is not None:
                found[flow.reason] = found.get(flow.reason, 0) + flow.n
        return found
