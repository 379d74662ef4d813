"""SQL of who gets which arm; what is kept: tests/pipeline/steps/test_experiment_builder.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb
import pytest

from segkit.dialects.table import DIALECTS, DUCKDB
from segkit.experiments.assignment import HOLDOUT_SALT, arm_case, arms_select, period_at
from segkit.project.nodes import Period
from tests.experiments.shop import arm_of, bucket
from tests.project.nodes.test_experiments import PRICE

HALVES = {"control": 50.0, "offer": 50.0}


def test_arms_are_cut_at_ten_thousandths() -> None:
    arms = {"a": 33.33, "b": 33.33, "c": 33.34}
    assert arm_case(arms, "b", DUCKDB) == (
        "CASE WHEN b < 3333 THEN 'a' WHEN b < 6666 THEN 'b' ELSE 'c' END"
    )


def test_the_period_is_the_last_that_began() -> None:
    days = [date(2026, 2, 1), date(2026, 2, 8)]
    node = replace(PRICE, ramp=tuple(Period(day, 100.0, HALVES) for day in days))
    found = [period_at(node, date(2026, 2, day)) for day in (1, 7, 8, 20)]
    assert found == [1, 1, 2, 2]
    assert period_at(node, date(2026, 1, 1)) == 1


def test_the_select_runs_alone_and_the_holdout_is_of_every_experiment() -> None:
    segment = "['A', 'B', 'unassigned'][1 + range % 3]"
    view = f"(SELECT range AS id, {segment} AS segment_id FROM range(3000))"
    held = {}
    for salt in ("exp1", "exp2"):
        node = replace(PRICE, salt=salt, holdout=5.0)
        period = Period(node.start, 100.0, HALVES)
        rows = duckdb.sql(arms_select(node, period, view, "id", DUCKDB)).fetchall()
        assert len(rows) == 2000
        for id_, arm, _ in rows:
            is_out = bucket("segkit_holdout", id_) < 500
            assert arm == ("holdout" if is_out else arm_of(id_, salt))
        held[salt] = {id_ for id_, arm, _ in rows if arm == "holdout"}
    assert HOLDOUT_SALT == "segkit_holdout"
    assert held["exp1"] == held["exp2"] != set()


def test_a_share_of_the_eligible_takes_part() -> None:
    view = "(SELECT range AS id, ['A', 'B'][1 + range % 2] AS segment_id FROM range(4000))"
    node = replace(PRICE, salt="exp1", eligible=("B",))
    period = Period(node.start, 10.0, HALVES)
    rows = duckdb.sql(arms_select(node, period, view, "id", DUCKDB)).fetchall()
    assert {id_ for id_, _, _ in rows} == {
        i for i in range(1, 4000, 2) if bucket("exp1:entry", i) < 1000
    }
    arms = [arm for _, arm, _ in rows]
    assert 0.35 < arms.count("offer") / len(arms) < 0.65  # who enters says nothing of the arm


@pytest.mark.parametrize("name", ["postgres", "mysql", "spark", "clickhouse", "snowflake"])
def test_it_is_written_for_other_engines(name: str) -> None:
    period = Period(PRICE.start, 100.0, HALVES)
    text = arms_select(PRICE, period, "s", "id", DIALECTS[name])
    assert "segkit_arm < 5000" in text and text.startswith("SELECT id, CASE WHEN")
