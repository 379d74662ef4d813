"""Why one customer is where they are: the tests that they met, and what would move them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Step:
    """One test on the way: "Spending score 47" "is under 61" yes.

    ``is_missing``: the value is NULL or not finite, so the rules' side for
    missing values was taken.
    """

    label: str
    test: str
    answer: bool
    is_missing: bool = False


@dataclass(frozen=True)
class NearestChange:
    """What moves a customer soonest: another value, ``change`` from theirs, and where to.

    ``is_near``: so small that the line is called near. ``step`` is the position of the
    test that it turns round, None if it is none of those that were met.
    """

    label: str
    unit: str
    change: Decimal
    segment_id: str
    segment_name: str
    is_near: bool
    step: int | None = None


@dataclass(frozen=True)
class NearestCenters:
    """The segments with the nearest centre and the next one; ``agrees``: the first is theirs."""

    agrees: bool
    first: str
    distance: float
    second: str
    second_distance: float


@dataclass(frozen=True)
class IfKnown:
    """Where the other rules would put somebody whose missing value is a segment of its own.

    ``usual`` is the value that was tried: the median, or the most frequent level.
    """

    label: str
    usual: str
    segment_id: str
    segment_name: str


@dataclass(frozen=True, repr=False)
class CustomerPath:
    """Why one customer is where they are. ``kmeans``: None where there is no K-Means."""

    id: str
    segment_id: str
    segment_name: str
    steps: tuple[Step, ...]
    nearest: NearestChange | None = None
    kmeans: NearestCenters | None = None
    if_known: IfKnown | None = None

    def __repr__(self) -> str:
        return f"<CustomerPath: {self.id} in {self.segment_id} {self.segment_name}>"
