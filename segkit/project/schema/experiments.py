"""Experiments: arms, when, on whom, and what they are judged by."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from segkit.project.schema.yaml_words import (
    Identifier,
    Number,
    SegmentId,
    Spec,
    Text,
    config,
    shape,
)

HOLDOUT = "holdout"  # the arm of those who are in no experiment
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def _day(value: Any) -> Any:
    try:
        if isinstance(value, str) and _DAY.match(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("day", "a day such as 2026-02-01")


def _adds_up(arms: dict[str, float]) -> dict[str, float]:
    total = round(sum(arms.values()), 6)
    if total != 100:
        raise shape(
            "the arms add up to {total}, not to 100",
            "write the share of each in percent: `arms: {control: 50, offer: 50}`",
            total=f"{total:g}",
        )
    if HOLDOUT in arms:
        hint = "give it another name, or write `holdout: 5` beside `arms`"
        raise shape("an arm cannot be called holdout", hint, key=HOLDOUT)
    return arms


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Percent = Annotated[Number, Field(gt=0, le=100)]
Arms = Annotated[
    dict[Identifier, Percent],
    Field(min_length=2, max_length=10, description="in percent; the first is the control"),
    AfterValidator(_adds_up),
]
Days = Annotated[int, Field(strict=True, ge=1, le=3650)]


class MeasureSpec(Spec):
    """A metric of customers: sums of a column, of a time after each was assigned."""

    metric: Text = Field(description="the column that is summed, by customer")
    per: Text | None = Field(None, description="a column: the metric is a ratio of two sums")
    from_: Text | None = Field(None, alias="from", description="a model or source with the metric")
    key: Text | None = Field(None, description="the customer's id there")
    at: Text | None = Field(None, description="when it happened; without it one row a customer")
    days: Days | None = Field(None, description="so long after the assignment it counts")
    cap: Annotated[Number, Field(gt=0.5, lt=1)] | None = Field(
        None, description="a quantile of all arms: what is above counts as much; both are shown"
    )
    worse: Literal["higher", "lower"] | None = Field(None, description="which way is worse")


class PrimarySpec(MeasureSpec):
    from_: Text = Field(alias="from", description="a model or source with the metric")
    key: Text = Field(description="the customer's id there")

    @model_validator(mode="after")
    def _has_a_time(self) -> PrimarySpec:
        if (self.at is None) != (self.days is None):
            have, lacks = ("at", "days") if self.at is not None else ("days", "at")
            message = f"the primary metric has `{have}`, and no `{lacks}`"
            hint = "`at` is when something happened, `days` how long after the assignment it counts"
            raise shape(message, hint, key=have)
        return self


class GuardrailSpec(MeasureSpec):
    worse: Literal["higher", "lower"] = Field(description="which way is worse")
    margin: Annotated[Number, Field(gt=0, lt=1)] = Field(
        description="how much worse is borne, as a share of the control's mean"
    )


class AssignedSpec(Spec):
    relation: Text = Field(description="a model or source: a row for each customer")
    key: Text = Field(description="the customer's id there")
    arm: Text = Field(description="the column with the arm")
    at: Text = Field(description="when the customer was assigned")


class RampSpec(Spec):
    from_: Day = Field(alias="from", description="from which day on")
    share: Percent = Field(100.0, description="of the customers who take part, in percent")
    arms: Arms | None = Field(None, description="of who is assigned from then on")


class ExperimentSpec(Spec):
    model_config = config(
        **{"not": {"required": ["salt", "assigned_by"]}},
        anyOf=[{"required": ["end"]}, {"required": ["planned_n"]}],
        oneOf=[{"required": ["salt"]}, {"required": ["assigned_by"]}],
    )
    name: Identifier = Field(description="of its relations: NAME_assignment, NAME_readout")
    segments: Text = Field(description="a segmentation")
    eligible: list[SegmentId] = Field(
        [], min_length=1, description="ids of segments that take part; all without it"
    )
    arms: Arms
    salt: Text | None = Field(None, description="what the hash of a customer's id begins with")
    assigned_by: AssignedSpec | None = Field(
        None, description="a relation that says who got what, instead of salt"
    )
    holdout: Annotated[Number, Field(ge=0, le=50)] = Field(
        0.0, description="percent of the customers who are in no experiment at all"
    )
    ramp: list[RampSpec] = Field([], min_length=1, description="how it grows; each step a period")
    start: Day = Field(description="the first day")
    end: Day | None = Field(None, description="from this day on nobody is assigned")
    analysis: Literal["fixed", "sequential"] = Field(
        "fixed", description="fixed: read once, at the end; sequential: at any time"
    )
    planned_n: Annotated[int, Field(strict=True, ge=10)] | None = Field(
        None, description="customers of all arms together at which it is read"
    )
    covariates: list[Text] = Field(
        [], description="columns of the segmentation's relation, kept as of the assignment"
    )
    primary: PrimarySpec = Field(description="what it is decided by")
    guardrails: list[GuardrailSpec] = []
    description: str = ""
    tags: list[Text] = []

    @model_validator(mode="after")
    def _fits(self) -> ExperimentSpec:
        for message, hint, key in self._wrong():
            raise shape(message, hint, key=key)
        return self

    def _wrong(self) -> Any:
        if (self.salt is None) == (self.assigned_by is None):
            both = "has `salt` and `assigned_by`" if self.salt else "has neither `salt` nor "
            tail = ": customers are assigned in one way" if self.salt else "`assigned_by`"
            hint = "`salt: price` lets segkit assign, `assigned_by` reads who got what elsewhere"
            yield f"`{self.name}` {both}{tail}", hint, "salt" if self.salt else "name"
        if self.end is None and self.planned_n is None:
            hint = "add `end: 2026-03-15` or `planned_n: 8000`: it is declared before, and kept"
            yield f"`{self.name}` has neither `end` nor `planned_n`", hint, "name"
        if self.end is not None and self.end <= self.start:
            yield "`end` is not after `start`", "write a later day", "end"
        if self.analysis == "sequential" and self.planned_n is None:
            hint = "add `planned_n: 8000`: intervals are narrowest at half of it"
            yield "a sequential analysis needs `planned_n`", hint, "analysis"
        yield from self._wrong_ramp()

    def _wrong_ramp(self) -> Any:
        if self.ramp and self.assigned_by is not None:
            hint = "remove `ramp`: the relation says when each customer was assigned"
            yield "`ramp` goes with `salt`", hint, "ramp"
        for number, step in enumerate(self.ramp):
            before = self.ramp[number - 1] if number else None
            if before is None and step.from_ != self.start:
                yield "the first step begins at `start`", "write the same day", "ramp.0.from"
            elif before is not None and step.from_ <= before.from_:
                hint = "write later steps below earlier ones"
                yield "steps of `ramp` are out of order", hint, f"ramp.{number}.from"
            elif before is not None and step.share < before.share:
                hint = "who is assigned stays: a share can only grow"
                yield "a step of `ramp` has a smaller share", hint, f"ramp.{number}.share"
            if step.arms is not None and list(step.arms) != list(self.arms):
                hint = f"they are {', '.join(self.arms)}, in this order"
                yield "a step of `ramp` has other arms", hint, f"ramp.{number}.arms"
