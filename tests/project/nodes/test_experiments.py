from __future__ import annotations

from dataclasses import replace
from datetime import date

from segkit.errors import Place
from segkit.project.nodes import AssignedElsewhere, Experiment, Measure, Period

HERE = Place("sql/e.yml", 1, 1)
REVENUE = Measure("revenue", "orders", "id", HERE, "ordered_at", 28)
PRICE = Experiment(
    "price",
    "s",
    {"control": 50.0, "offer": 50.0},
    date(2026, 2, 1),
    REVENUE,
    HERE,
    ("s",),
    salt="p",
)


def test_the_definition_leaves_out_words_and_what_is_not_said() -> None:
    said = PRICE.definition()
    assert said["start"] == "2026-02-01"
    assert said["primary"] == {
        **{"metric": "revenue", "from": "orders", "key": "id", "days": 28},
        "at": "ordered_at",
        "worse": "lower",
    }
    assert not said.keys() & {"end", "guardrails", "holdout", "assigned_by", "name"}
    assert replace(PRICE, description="words", tags=("a",)).definition() == said


def test_every_part_that_decides_is_in_the_definition() -> None:
    period = Period(date(2026, 2, 1), 20.0, PRICE.arms)
    given = AssignedElsewhere("crm.assigned", "id", "arm", "at", HERE)
    for other in (
        replace(PRICE, segments="t"),
        replace(PRICE, eligible=("A",)),
        replace(PRICE, arms={"offer": 50.0, "control": 50.0}, salt="q"),
        replace(PRICE, salt=None, assigned_by=given),
        replace(PRICE, holdout=5.0),
        replace(PRICE, ramp=(period,)),
        replace(PRICE, end=date(2026, 3, 1)),
        replace(PRICE, analysis="sequential"),
        replace(PRICE, planned_n=800),
        replace(PRICE, covariates=("x",)),
        replace(PRICE, guardrails=(replace(REVENUE, metric="refunds", margin=0.1),)),
        *(
            replace(PRICE, primary=replace(REVENUE, **{key: value}))  # type: ignore[arg-type]
            for key, value in (("per", "orders"), ("cap", 0.9), ("days", 7), ("worse", "higher"))
        ),
    ):
        assert other.definition() != PRICE.definition()


def test_without_a_ramp_there_is_one_period_of_all() -> None:
    assert PRICE.periods == (Period(date(2026, 2, 1), 100.0, PRICE.arms),)
    assert PRICE.control == "control"


def test_names_are_those_of_each_relation() -> None:
    given = AssignedElsewhere("crm.assigned", "id", "arm", "at", HERE)
    ratio = replace(PRICE, primary=replace(REVENUE, per="orders"), assigned_by=given)
    assert [(name, column) for name, column, _ in ratio.names()] == [
        *(("orders", column) for column in ("id", "revenue", "orders", "ordered_at")),
        *(("crm.assigned", column) for column in ("id", "arm", "at")),
    ]
    assert ratio.primary.name == "revenue per orders"
