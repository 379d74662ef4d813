"""Rows of ``NAME_readout``, and the policy as a CASE that runs, in every dialect."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import duckdb
import pytest

from segkit.core.experiment_result import ArmFigures, Group, MetricReadout, Readout
from segkit.dialects.table import DIALECTS, DUCKDB
from segkit.experiments.experiment_tables import policy_case, policy_select, readout_rows
from tests.experiments.test_frozen import POLICY
from tests.project.nodes.test_experiments import PRICE

AT = datetime(2026, 3, 10)


def test_a_row_for_each_segment_and_arm() -> None:
    offer = ArmFigures("offer", 5, 2.0, 1.0, 0.5, 1.5, p=0.01, q=0.02, shrunk=0.9)
    arms = (ArmFigures("control", 4, 1.0), offer)
    metrics = tuple(
        MetricReadout("revenue", role, (Group(None, 9, arms), Group("A", 9, arms)))  # type: ignore[arg-type]
        for role in ("primary", "uncapped")
    )
    found = Readout("price", AT, "final", "fixed", "control", 9, 9, None, None, metrics=metrics)
    rows = [*readout_rows(found)]
    assert len(rows) == 8
    assert rows[1] == (AT, None, "revenue", "offer", 5, 2.0, 1.0, 0.5, 1.5, 0.9, 0.02, "final")
    assert {row[2] for row in rows} == {"revenue", "revenue (uncapped)"}
    (hidden,) = readout_rows(replace(found, metrics=(), status="mismatch"))
    assert (hidden[0], hidden[-1], set(hidden[1:-1])) == (AT, "mismatch", {None})


def test_the_policy_as_a_case() -> None:
    three = replace(POLICY, arms={"A": "offer", "B": "control", "C": "offer"})
    case = "CASE WHEN segment_id IN ('A', 'C') THEN 'offer' ELSE 'control' END"
    assert policy_case(PRICE, three, DUCKDB) == case
    one = replace(three, by_segment=False, for_all="control")
    assert policy_case(PRICE, one, DUCKDB) == "'control'"
    offer = replace(one, for_all="offer")
    everywhere = "CASE WHEN segment_id IN ('A', 'B', 'C') THEN 'offer' ELSE 'control' END"
    assert policy_case(PRICE, offer, DUCKDB) == everywhere


@pytest.mark.parametrize("name", DIALECTS)
def test_it_is_written_in_every_dialect(name: str) -> None:
    text = policy_select(PRICE, POLICY, "id", DIALECTS[name])
    assert "CASE WHEN segment_id = " in text and " AS arm" in text


def test_who_is_in_no_segment_of_it_has_the_control() -> None:
    view = "(SELECT unnest(['A', 'B', 'C', 'unassigned']) AS segment_id, 1 AS id)"
    rows = duckdb.sql(policy_select(PRICE, POLICY, "id", DUCKDB, view)).fetchall()
    assert [(segment, arm) for _, segment, arm in rows] == [
        ("A", "offer"),
        ("B", "control"),
        ("C", "control"),
        ("unassigned", "control"),
    ]
