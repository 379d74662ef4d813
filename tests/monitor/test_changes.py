"""Reasons by the steps alone: each SELECT says where everybody would be."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from segkit.core.change_result import ChangeFlow, Changes
from segkit.core.columns import Column, parse_type
from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.monitor import changes
from segkit.monitor.build_log import LoggedBuild, log_build
from segkit.monitor.changes import (
    BANDS,
    STEPS,
    Evaluated,
    Interval,
    change_tables,
    hold_steps,
    last_changes,
    record_changes,
)
from tests.publish.histories import D1, D2, N1, N2, at

KEY = Column("Customer Id", parse_type("VARCHAR"))
INTERVAL = Interval(N1, N2, date(2026, 1, 1), 1, 2)


def select(segments: dict[str, str], active: dict[str, str] | None = None) -> str:
    rows = ", ".join(
        f"('{id_}', '{segment}', DATE '{(active or {}).get(id_, '2025-12-01')}')"
        for id_, segment in segments.items()
    )
    return f'SELECT * FROM (VALUES {rows}) AS t("Customer Id", segment_id, segkit_activity)'


def record(workspace: DuckDBWorkspace, was: dict[str, str], evaluated: Evaluated) -> Changes:
    at(workspace, D1, was)
    with hold_steps(workspace, "S", KEY, evaluated, INTERVAL):
        return record_changes(workspace, "S", evaluated, INTERVAL)


def reasons(workspace: DuckDBWorkspace) -> dict[str, tuple[str | None, str | None, str]]:
    rows = workspace.query(
        'SELECT "Customer Id", from_segment_id, to_segment_id, reason FROM S_changes'
    )
    return {id_: (a, b, reason) for id_, a, b, reason in rows}


def test_the_last_step_that_changed_the_segment_is_the_reason(workspace: DuckDBWorkspace) -> None:
    ways = {  # from, restated, calendar, behaviour, edges, to
        "rules": "AAAAAB",
        "edges": "AAAABB",
        "behaviour": "AAABBB",
        "calendar": "AABBBB",
        "own data": "ABBBBB",
        "all of it": "ABCDEF",
        "back by rules": "AAABBC",
        "kept": "AABAAA",
        "stays": "AAAAAA",
    }

    def step(place: int) -> str:
        return select({id_: way[place] for id_, way in ways.items()} | {"joined": "A"})

    evaluated = Evaluated(step(5), step(4), step(3), step(2), step(1), has_activity=True)
    was = {id_: way[0] for id_, way in ways.items()} | {"left": "B"}
    changes = record(workspace, was, evaluated)
    assert reasons(workspace) == {
        "rules": ("A", "B", "rules"),
        "edges": ("A", "B", "edges"),
        "behaviour": ("A", "B", "behaviour"),
        "calendar": ("A", "B", "calendar"),
        "own data": ("A", "B", "own data"),
        "all of it": ("A", "F", "rules"),
        "back by rules": ("A", "C", "rules"),
        "joined": (None, "A", "joined"),
        "left": ("B", None, "left"),
    }
    assert changes.kept == {"A": 1}
    assert changes.customers == len(was) and changes.moved == 7
    assert changes.by_reason["rules"] == 3


def test_by_the_day_of_the_last_activity_alone(workspace: DuckDBWorkspace) -> None:
    now = {"silent": "B", "first day": "B", "never": "B"}
    active = {"first day": "2026-01-01", "silent": "2025-12-31"}
    found = select(now, active).replace("DATE '2025-12-01'", "NULL")
    changes = record(workspace, dict.fromkeys(now, "A"), Evaluated(found, has_activity=True))
    assert changes.known == "activity"
    assert {id_: row[2] for id_, row in reasons(workspace).items()} == {
        "silent": "calendar",
        "first day": "behaviour",
        "never": "calendar",
    }


def test_without_a_column_that_says_it_the_reason_is_own_data(workspace: DuckDBWorkspace) -> None:
    changes = record(workspace, {"a": "A"}, Evaluated(select({"a": "B"})))
    assert changes.known == "own data"
    assert changes.flows == (ChangeFlow("A", "B", "own data", 1),)


def test_bands_are_days_since_the_activity_before(workspace: DuckDBWorkspace) -> None:
    days = {"29": "2025-12-03", "30": "2025-12-02", "364": "2025-01-02", "365": "2025-01-01"}
    now = select(dict.fromkeys(days, "A"), days)
    record(workspace, dict.fromkeys(days, "A"), Evaluated(now, aged=now, has_activity=True))
    found = workspace.query("SELECT band, n FROM S_flows ORDER BY band")
    assert found == [(0, 1), (1, 1), (len(BANDS) - 1, 1), (len(BANDS), 1)]
    assert BANDS == (30, 60, 90, 120, 180, 270, 365)


def test_the_key_is_the_historys(workspace: DuckDBWorkspace) -> None:
    at(workspace, D1, {"1": "A"}, key_type="BIGINT")
    change_tables(workspace, "S")
    column = workspace.columns("S_changes")[0]
    assert (column.name, column.type.sql) == ("Customer Id", "BIGINT")


def test_who_was_not_there_when_data_are_aged_was_moved_by_what_they_did(
    workspace: DuckDBWorkspace,
) -> None:
    evaluated = Evaluated(
        select({"a": "B"}),
        aged=select({"other": "A"}),
        restated=select({"a": "A"}),
        has_activity=True,
    )
    record(workspace, {"a": "A"}, evaluated)
    assert reasons(workspace) == {"a": ("A", "B", "behaviour")}


def test_the_last_changes_are_read_back(workspace: DuckDBWorkspace) -> None:
    assert last_changes(workspace, "S") is None
    evaluated = Evaluated(
        select({"a": "B", "b": "A"}),
        aged=select({"a": "A", "b": "B"}),
        restated=select({"a": "A", "b": "A"}),
        has_activity=True,
    )
    log_build(workspace, "S", LoggedBuild(N1, 1))
    changes = record(workspace, {"a": "A", "b": "A"}, evaluated)
    log_build(workspace, "S", LoggedBuild(N2, 1, date(2026, 2, 1)))
    assert last_changes(workspace, "S") == replace(changes, until_day=date(2026, 2, 1))
    assert (changes.known, changes.kept) == ("steps", {"A": 1})


def steps(workspace: DuckDBWorkspace, now: str) -> list[tuple[Any, ...]]:
    with hold_steps(workspace, "S", KEY, Evaluated(now), INTERVAL):
        listed = "id, from_id, calendar_id, to_id, active, band, reason, CAST(sum(n) AS BIGINT)"
        return workspace.query(
            f"SELECT {listed} FROM {STEPS} GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY ALL NULLS FIRST"
        )


@pytest.mark.parametrize("seed", range(12))
def test_by_place_the_same_customers_move_as_by_key(
    workspace: DuckDBWorkspace, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Builds in any order; customers come, go, move, come back and are forgotten."""
    rng = random.Random(seed)
    known = [f"{number:03}" for number in range(60)]
    was = {id_: rng.choice("AB") for id_ in known if rng.random() < 0.9}
    for day in (D1, D2):
        at(workspace, day, was)
        for id_ in known:
            if rng.random() < rng.choice((0.02, 0.1)):
                was[id_] = rng.choice("ABC")
            if rng.random() < 0.03 * (seed % 3):
                was.pop(id_, None)
    if seed % 4 == 0:
        first = "(SELECT min(rowid) FROM S_history WHERE valid_to IS NULL)"
        workspace.execute(f'UPDATE S_history SET "Customer Id" = NULL WHERE rowid = {first}')
    today = [*sorted(was), *(f"new {number}" for number in range(seed % 5))]
    if seed % 6 == 5:
        rng.shuffle(today)
    now = select({id_: was.get(id_, "C") for id_ in today})
    found = []
    for share in (2.0, 0.0, 3 / 4):
        monkeypatch.setattr(changes, "_IN_ORDER", share)
        found.append(steps(workspace, now))
    assert found[0] == found[1] == found[2]
    assert None in (said := {row[6] for row in found[0]}) and len(said) > 1
    assert workspace.query("SELECT * FROM duckdb_tables() WHERE table_name LIKE 'segkit_%'") == []


def test_rows_in_order_are_compared_by_place_and_others_are_not(
    workspace: DuckDBWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_asked(now: dict[str, str]) -> bool:
        held: list[str] = []
        hold = workspace.hold
        with monkeypatch.context() as patched:
            patched.setattr(workspace, "hold", lambda n, sql: held.append(n) or hold(n, sql))
            steps(workspace, select(now))
        return held == ["segkit_apart", STEPS]

    was = dict.fromkeys(map(str, range(10, 99)), "A")
    at(workspace, D1, was)
    assert is_asked(was) and is_asked(was | {"20": "B", "99": "A"})
    assert not is_asked(dict(reversed(was.items())))
    assert not is_asked({id_: "A" for id_ in was if id_ != "10"})  # all are a place further on
    assert not is_asked({"1": "A"})
