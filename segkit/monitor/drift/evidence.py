"""Everything that drift is judged by: counts and sums of one build, and no customer's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

from segkit.core.drift_result import EarlierBuild, Flow
from segkit.learn.numbers import Floats
from segkit.monitor.drift.moments import Cells, Moments, of_level, of_missing

_ENOUGH = 30  # customers whose value is another: fewer tell no kind
_SELDOM = 0.1  # returns and corrections: what accumulates does fall at times
_STILL = 0.05  # a value that changed for nearly everybody at once was redefined
_AGED = 0.01


class Kind(IntEnum):
    """How a value moves while customers do nothing unusual. The numbers are kept in ``S_drift``."""

    STEADY = 0
    ACCUMULATES = 1
    AGES = 2


# by what is summed ("sum", a value; "n"; ...) and then by the segments that are the group
What = tuple[str, ...]
Grouped = Mapping[What, Mapping[tuple[Any, ...], Any]]


@dataclass(frozen=True)
class Pairs:
    """Of who has a value twice: how many fell, rose, grew by the days between, by more."""

    both: int
    falls: int
    rises: int
    at_days: int
    beyond: int


@dataclass(frozen=True)
class Sums:
    """Of one value of those who joined; sums are taken from ``center``."""

    n: float
    total: float
    square: float
    center: float = 0.0


@dataclass(frozen=True)
class Line:
    """``far0`` of the ``n0`` customers of the fit lie further off than ``limit`` in these features.

    ``limit`` is the square of a distance.
    """

    features: str
    limit: float
    n0: int
    far0: int


@dataclass(frozen=True)
class Far:
    """How many customers are beyond the line now; ``dense`` of them lie together."""

    line: Line
    n1: int
    far1: int
    dense: int = 0


@dataclass(frozen=True, eq=False)
class Evidence:
    """Of one build, ``values`` by name, ``levels`` of categories by (name, level).

    ``aged``: how many customers of the fit are in each segment if nothing but the calendar
    goes on; None where that is not known. ``totals``: the sums of each metric by cell, then
    and now. ``histograms``: counts by bin, the last one of missing values, then and now.
    ``agreement``: whether rules and clusters agree on a customer, by cells of its own.
    ``then``: the sums of the customers of the fit.
    """

    as_of: date
    base_as_of: date
    cells: Cells
    features: tuple[str, ...]
    metrics: tuple[str, ...]
    values: Mapping[str, Moments]
    levels: Mapping[tuple[str, str], Sequence[Floats]] = field(default_factory=dict)
    pairs: Mapping[str, Pairs] = field(default_factory=dict)
    flows: Sequence[Flow] = ()
    joined: Mapping[str, Sums] = field(default_factory=dict)
    aged: Mapping[str, int] | None = None
    totals: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)
    histograms: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)
    agreement: tuple[Cells, Moments] | None = None
    no_rule: frozenset[str] = frozenset()  # features that no rule looks at
    then: Grouped = field(default_factory=dict)

    def moments(self) -> list[tuple[str, str, Moments]]:
        """(feature, what of it, sums): of each number, of it missing, and of each level."""
        found = []
        for name in self.features:
            if name in self.values:
                value = self.values[name]
                found.append((name, name, value))
                found.append((name, f"{name} IS NULL", of_missing(self.cells, value)))
        for (name, level), sums in self.levels.items():
            found.append((name, f"{name} = {level}", of_level(self.cells, sums)))
        return found


def kind_of(pairs: Pairs) -> Kind | None:
    """How a value moves, by who has it twice; None where that cannot be told yet."""
    changed = pairs.falls + pairs.rises
    if not pairs.beyond and pairs.at_days >= max(_ENOUGH, _AGED * pairs.both):
        return Kind.AGES
    if changed < _ENOUGH:
        return None
    if pairs.falls > _SELDOM * changed:
        return Kind.STEADY
    return Kind.ACCUMULATES if changed <= (1 - _STILL) * pairs.both else None


def kinds(pairs: Mapping[str, Pairs], earlier: Sequence[EarlierBuild]) -> dict[str, Kind | None]:
    """The kind of each value: the first build that could tell decides, for a jump is no habit."""
    return {name: kind_of(counts) for name, counts in pairs.items()} | decided_kinds(earlier)


def decided_kinds(earlier: Sequence[EarlierBuild]) -> dict[str, Kind]:
    """What earlier builds could tell."""
    told = [c for build in reversed(earlier) for c in build.checks if c.check_name == "kind"]
    return {c.subject: Kind(int(c.estimate)) for c in told if c.subject and c.estimate is not None}
