from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from segkit.core.columns import Column, parse_type
from segkit.core.drift_result import Check, Drift, Flow, MixAndRate, Part
from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.monitor.changes import change_tables
from segkit.monitor.drift.drift_tables import (
    SOME,
    drift_table,
    earlier_builds,
    read_baseline,
    read_drift,
    write_baseline,
    write_checks,
    write_drift,
)
from tests.publish.histories import D1, N1, N2, N3, at

KEY = Column("key", parse_type("INTEGER"))
NOW = "(SELECT * FROM (VALUES (2, 'B', 5.0), (1, 'A', NULL)) AS t(key, segment_id, age)) AS t"


def test_the_baseline_is_read_back_and_written_over(workspace: DuckDBWorkspace) -> None:
    assert read_baseline(workspace, "S") is None
    write_baseline(workspace, "S", NOW, KEY, N1, 1)
    write_baseline(workspace, "S", NOW, KEY, N2, 3)
    base = read_baseline(workspace, "S")
    assert base is not None
    assert (base.as_of, base.fit_version) == (N2, 3)
    assert base.columns == ("key", "segment_id", "age", "fit_version", "as_of", SOME)
    assert workspace.query(f"SELECT key, age FROM {base.table}") == [(1, None), (2, 5)]
    workspace.execute(f"DELETE FROM {base.table}")
    assert read_baseline(workspace, "S") is None


def test_of_many_customers_some_are_chosen_to_be_joined(
    workspace: DuckDBWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same ones whatever else is in the table, and as many as are wanted."""
    monkeypatch.setattr("segkit.monitor.drift.drift_tables._JOINED", 300)
    chosen = []
    for n in (3000, 300):
        many = f"(SELECT i AS key, 'A' AS segment_id FROM range({n}) AS t(i)) AS t"
        write_baseline(workspace, "S", many, KEY, N1, 1)
        found = workspace.query(f"SELECT key FROM S_baseline WHERE {SOME} ORDER BY key")
        chosen.append([key for (key,) in found])
    assert 250 < len(chosen[0]) < 350
    assert chosen[1] == list(range(300))


def test_earlier_builds_are_those_in_between(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"a": "A"})
    _, flows = change_tables(workspace, "S")
    drift_table(workspace, "S")
    checks = {
        moment: Check(moment.date(), "previous", "flow", None, "A", 0.5, 0.25, 0.75, 0.01, "watch")
        for moment in (N1, N2, N3)
    }
    for moment, check in checks.items():
        write_checks(workspace, "S", moment, [check])
        workspace.execute(
            f"INSERT INTO {flows} VALUES ($1, 'A', 'A', 2, 'A', TRUE, NULL, 7),"
            " ($1, 'A', 'B', 2, 'B', FALSE, 'calendar', 1)",
            (moment,),
        )
    (build,) = earlier_builds(workspace, "S", N1, N3)
    day = date(2026, 2, 1)
    assert build.as_of == day
    assert list(build.checks) == [checks[N2]]
    assert build.alarms == {"flow"}
    assert list(build.flows) == [
        Flow(day, "A", "A", 2, "A", True, 7),
        Flow(day, "A", "B", 2, "B", False, 1),
    ]


def test_a_builds_drift_is_read_back(workspace: DuckDBWorkspace) -> None:
    day = date(2026, 2, 1)
    checks = (Check(day, "previous", "flow", None, "A", 0.5, 0.25, 0.75, 0.01, "act"),)
    parts = (Part("A", -1.5, 0.5), Part("B", 0.25, -2.0))
    mixed = (MixAndRate("spend", 10.0, 7.25, parts),)
    drift = Drift(day, "act", checks, 0.01, mixed, untested=(("events", "learning 2"),))
    write_drift(workspace, "S", N2, drift)
    assert read_drift(workspace, "S", N2) == replace(drift, alpha=None)
    assert read_drift(workspace, "S", N1) is None
    assert workspace.query("SELECT count(*) FROM S_drift WHERE as_of = '2026-02-01'") == [(8,)]
