"""Experiments: who gets which arm, and what it is judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from segkit.errors import Place

Worse = Literal["higher", "lower"]


@dataclass(frozen=True)
class Measure:
    """A metric of customers: the sum of ``metric``, or that over the sum of ``per``.

    With ``at``: of rows within ``days`` after the assignment; who has none has 0. Without
    it a customer has a value or none. ``margin``: of a guardrail.
    """

    metric: str
    relation: str
    key: str
    place: Place
    at: str | None = None
    days: int | None = None
    per: str | None = None
    cap: float | None = None
    worse: Worse = "lower"
    margin: float | None = None

    @property
    def name(self) -> str:
        return f"{self.metric} per {self.per}" if self.per else self.metric

    def columns(self) -> Iterator[str]:
        yield from (name for name in (self.key, self.metric, self.per, self.at) if name)


@dataclass(frozen=True)
class AssignedElsewhere:
    relation: str
    key: str
    arm: str
    at: str
    place: Place


@dataclass(frozen=True)
class Period:
    """A step of a ramp: from a day on, a share of the customers, to the arms in percent."""

    start: date
    share: float
    arms: Mapping[str, float]


@dataclass(frozen=True)
class Experiment:
    """``segments`` is a segmentation; the first of the arms is the control."""

    name: str
    segments: str
    arms: Mapping[str, float]
    start: date
    primary: Measure
    place: Place
    depends_on: tuple[str, ...]
    eligible: tuple[str, ...] = ()
    eligible_place: Place | None = None
    salt: str | None = None
    assigned_by: AssignedElsewhere | None = None
    holdout: float = 0.0
    ramp: tuple[Period, ...] = ()
    end: date | None = None
    analysis: Literal["fixed", "sequential"] = "fixed"
    planned_n: int | None = None
    covariates: tuple[str, ...] = ()
    covariate_places: tuple[Place, ...] = ()
    guardrails: tuple[Measure, ...] = ()
    description: str = ""
    tags: tuple[str, ...] = ()
    kind: Literal["experiment"] = "experiment"

    @property
    def control(self) -> str:
        return next(iter(self.arms))

    @property
    def measures(self) -> tuple[Measure, ...]:
        return (self.primary, *self.guardrails)

    @property
    def periods(self) -> tuple[Period, ...]:
        return self.ramp or (Period(self.start, 100.0, self.arms),)

    def names(self) -> Iterator[tuple[str, str, Place]]:
        """Relations with their columns that are named, and where; but those of covariates."""
        for measure in self.measures:
            for column in measure.columns():
                yield measure.relation, column, measure.place
        if self.assigned_by is not None:
            given = self.assigned_by
            for column in (given.key, given.arm, given.at):
                yield given.relation, column, given.place

    def definition(self) -> dict[str, Any]:
        """What must not change once it has started; words are not in it."""
        given = self.assigned_by
        said: dict[str, Any] = {
            "segments": self.segments,
            "eligible": list(self.eligible),
            "arms": dict(self.arms),
            "salt": self.salt,
            "assigned_by": given and [given.relation, given.key, given.arm, given.at],
            "holdout": self.holdout,
            "ramp": [[p.start.isoformat(), p.share, dict(p.arms)] for p in self.ramp],
            "start": self.start.isoformat(),
            "end": self.end and self.end.isoformat(),
            "analysis": self.analysis,
            "planned_n": self.planned_n,
            "covariates": list(self.covariates),
            "primary": _said(self.primary),
            "guardrails": [_said(measure) for measure in self.guardrails],
        }
        return {key: value for key, value in said.items() if value not in (None, [], 0.0)}


def _said(measure: Measure) -> dict[str, Any]:
    said = {
        "metric": measure.metric,
        "per": measure.per,
        "from": measure.relation,
        "key": measure.key,
        "at": measure.at,
        "days": measure.days,
        "cap": measure.cap,
        "worse": measure.worse,
        "margin": measure.margin,
    }
    return {key: value for key, value in said.items() if value is not None}
