"""Reasons of movers, worked out a second time from the orders and the fit."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import segkit
from tests.conftest import build_first
from tests.pipeline.orders_project import (
    FIRST,
    MODEL,
    SECOND,
    SEGMENTS,
    THIRD,
    Order,
    build_at,
    features,
    orders,
    write_orders,
    write_orders_project,
)

Row = tuple[int, str | None, str | None, str]


def changes(directory: Path, at: str = "2026-02-01") -> list[Row]:
    with duckdb.connect(str(directory / "warehouse/shop.duckdb"), read_only=True) as con:
        return con.execute(
            "SELECT customer_id, from_segment_id, to_segment_id, reason FROM shoppers_changes"
            " WHERE changed_at = CAST(? AS TIMESTAMP) ORDER BY 1",
            [at],
        ).fetchall()


def segments(directory: Path, rows: list[Order], as_of: date, until: date) -> dict[int, str]:
    """By the library's own predict, which knows no SQL."""
    fit = segkit.load_fit(directory / "warehouse/fits/shoppers/v0001.json")
    found = features(rows, as_of, until)
    frame = pd.DataFrame(list(found.values()), columns=["recency_days", "orders"])
    return dict(zip(found, fit.predict(frame), strict=True))


def expected(directory: Path, rows: list[Order], first: date, second: date) -> list[Row]:
    was = segments(directory, rows, first, first)
    aged = segments(directory, rows, second, first)
    now = segments(directory, rows, second, second)
    found: list[Row] = [
        (key, was[key], now[key], "calendar" if aged[key] == now[key] else "behaviour")
        for key in was
        if was[key] != now[key]
    ]
    found += [(key, None, now[key], "joined") for key in now.keys() - was.keys()]
    return sorted(found)


def test_reasons_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    rows = orders()
    write_orders_project(tmp_path, rows)
    assert build_first(tmp_path, FIRST).ok
    built = build_at(tmp_path, SECOND)
    wanted = expected(tmp_path, rows, FIRST.date(), SECOND.date())
    assert changes(tmp_path) == wanted
    assert {row[3] for row in wanted} == {"calendar", "behaviour", "joined"}
    found = built.segmentations[0].changes
    assert found is not None and found.known == "steps"
    assert found.moved == sum(row[3] != "joined" for row in wanted)
    was = segments(tmp_path, rows, FIRST.date(), FIRST.date())
    aged = segments(tmp_path, rows, SECOND.date(), FIRST.date())
    now = segments(tmp_path, rows, SECOND.date(), SECOND.date())
    stayed = [now[key] for key in was if was[key] == now[key] != aged[key]]
    assert found.kept == {id_: stayed.count(id_) for id_ in sorted(set(stayed))} != {}


@pytest.mark.slow
def test_twice_at_one_time_is_once(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders())
    assert build_first(tmp_path, FIRST).ok
    assert build_at(tmp_path, SECOND).ok
    first = changes(tmp_path)
    built = build_at(tmp_path, SECOND)
    assert changes(tmp_path) == first
    assert built.segmentations[0].changes is not None
    assert built.segmentations[0].changes.since == FIRST


@pytest.mark.slow
def test_who_did_nothing_moves_by_the_calendar_alone(tmp_path: Path) -> None:
    rows = orders()
    write_orders_project(tmp_path, rows)
    assert build_first(tmp_path, FIRST).ok
    for moment in (SECOND, THIRD):
        assert build_at(tmp_path, moment).ok
    for since, until in ((FIRST, SECOND), (SECOND, THIRD)):
        active = {row.customer for row in rows if since.date() <= row.day < until.date()}
        found = changes(tmp_path, str(until.date()))
        assert {reason for key, _, _, reason in found if key not in active} == {"calendar"}


@pytest.mark.slow
def test_orders_that_arrive_late_are_own_data_and_not_the_calendar(tmp_path: Path) -> None:
    rows = [row for row in orders() if row.day < FIRST.date()]
    write_orders_project(tmp_path, rows)
    assert build_first(tmp_path, FIRST).ok
    was = segments(tmp_path, rows, FIRST.date(), FIRST.date())
    late = [Order(key, date(2025, 12, 31)) for key in range(1, 41) for _ in range(5)]
    write_orders(tmp_path, [*rows, *late])
    assert build_at(tmp_path, SECOND).ok
    restated = segments(tmp_path, [*rows, *late], FIRST.date(), FIRST.date())
    aged = segments(tmp_path, [*rows, *late], SECOND.date(), FIRST.date())
    moved = {key: reason for key, _, _, reason in changes(tmp_path) if key in was}
    assert moved == {
        key: "calendar" if restated[key] != aged[key] else "own data"
        for key in was
        if was[key] != aged[key]
    }
    assert "own data" in moved.values()


@pytest.mark.slow
def test_new_rules_are_the_reason_where_the_old_ones_say_another_segment(tmp_path: Path) -> None:
    rows = orders()
    write_orders_project(tmp_path, rows)
    assert build_first(tmp_path, FIRST).ok
    path = tmp_path / "sql/segments.yml"
    path.write_text(SEGMENTS.replace("k: 3, k_max: 3", "k: 4, k_max: 4"), encoding="utf-8")
    assert build_at(tmp_path, SECOND, full_refresh=True).ok
    old = segments(tmp_path, rows, SECOND.date(), SECOND.date())
    found = {key: (to, reason) for key, _, to, reason in changes(tmp_path) if reason != "joined"}
    assert {reason for _, reason in found.values()} >= {"rules"}
    assert all((to != old[key]) == (reason == "rules") for key, (to, reason) in found.items())


@pytest.mark.parametrize(
    ("model", "activity", "reasons", "known"),
    [
        (MODEL.replace("events_until", "as_of"), True, {"calendar", "behaviour"}, "activity"),
        (MODEL, False, {"own data"}, "own data"),
    ],
)
def test_what_cannot_be_told_apart_is_not(
    tmp_path: Path, model: str, activity: bool, reasons: set[str], known: str
) -> None:
    yml = SEGMENTS if activity else SEGMENTS.replace("    activity: last_order_on\n", "")
    rows = orders()
    write_orders_project(tmp_path, rows, yml, model)
    assert build_first(tmp_path, FIRST).ok
    built = build_at(tmp_path, SECOND)
    found = changes(tmp_path)
    assert {row[3] for row in found} == reasons | {"joined"}
    if activity:
        active = {row.customer for row in rows if FIRST.date() <= row.day < SECOND.date()}
        assert all(
            (key in active) == (why == "behaviour") for key, _, _, why in found if why != "joined"
        )
    assert built.segmentations[0].changes is not None
    assert built.segmentations[0].changes.known == known


@pytest.mark.slow
def test_edges_that_moved_are_told_from_what_customers_did(tmp_path: Path) -> None:
    """The segments are made of quintiles, whose stored edges are found anew."""
    rows = orders()
    write_orders_project(tmp_path, rows)
    (tmp_path / "sql/buckets.yml").write_text(
        "buckets:\n  - name: bands\n    from: customers\n    key: customer_id\n    columns:\n"
        "      - {name: fifth, column: orders, quantiles: 5}\n",
        encoding="utf-8",
    )
    (tmp_path / "sql/banded.sql").write_text(
        "SELECT c.customer_id, c.recency_days, c.last_order_on, b.fifth_order AS orders\n"
        "FROM {{ ref('customers') }} AS c JOIN {{ ref('bands') }} AS b USING (customer_id)\n",
        encoding="utf-8",
    )
    path = tmp_path / "sql/segments.yml"
    path.write_text(SEGMENTS.replace("from: customers", "from: banded"), encoding="utf-8")
    assert build_first(tmp_path, FIRST).ok
    assert {row[3] for row in changes(tmp_path)} == set()
    more = [Order(key, date(2026, 2, day)) for key in range(1, 200) for day in (7, 8, 9, 10)]
    write_orders(tmp_path, [*rows, *more])
    assert build_at(tmp_path, THIRD).ok
    by_old_edges = {key: to for key, _, to, _ in changes(tmp_path, "2026-03-01")}
    assert build_at(tmp_path, THIRD, refresh_edges=True).ok
    found = changes(tmp_path, "2026-03-01")
    assert any(reason == "edges" for *_, reason in found)
    assert all(
        (reason == "edges") == (by_old_edges.get(key, was) != to)
        for key, was, to, reason in found
        if reason != "joined"
    )


def test_on_one_day_nothing_grows_older(tmp_path: Path) -> None:
    rows = [row for row in orders() if row.day < FIRST.date()]
    write_orders_project(tmp_path, rows)
    assert build_first(tmp_path, FIRST).ok
    late = [Order(key, date(2025, 12, 31)) for key in range(1, 41) for _ in range(5)]
    write_orders(tmp_path, [*rows, *late])
    built = build_at(tmp_path, FIRST + timedelta(hours=3))
    found = changes(tmp_path, "2026-01-01 03:00:00")
    assert {reason for *_, reason in found} - {"joined"} == {"own data"}
    assert built.segmentations[0].changes is not None
    assert built.segmentations[0].changes.known == "own data"


@pytest.mark.slow
def test_without_its_models_a_build_says_nothing_of_the_calendar(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders())
    assert build_first(tmp_path, FIRST).ok
    built = build_at(tmp_path, SECOND, select=("shoppers",))
    assert built.segmentations[0].changes is not None
    assert built.segmentations[0].changes.kept == {}
    with duckdb.connect(str(tmp_path / "warehouse/shop.duckdb"), read_only=True) as con:
        days = con.execute("SELECT data_as_of FROM shoppers_builds ORDER BY as_of").fetchall()
    assert days == [(FIRST.date(),), (None,)]


@pytest.mark.slow
@pytest.mark.parametrize("key", ["activity", "key", "as_of"])
def test_keys_that_are_called_as_our_own_columns(tmp_path: Path, key: str) -> None:
    model = MODEL.replace("customer_id,\n", f'customer_id AS "{key}",\n', 1)
    yml = SEGMENTS.replace("key: customer_id", f"key: {key}")
    write_orders_project(tmp_path, orders(60), yml, model)
    for moment in (FIRST, SECOND):
        assert build_at(tmp_path, moment).ok


def test_a_fit_that_is_damaged_is_not_taken_for_a_lost_one(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders(120))
    assert build_at(tmp_path, FIRST, report=False).ok
    assert build_at(tmp_path, SECOND, full_refresh=True, report=False).ok
    folder = tmp_path / "warehouse/fits/shoppers"
    path = folder / "v0001.json"
    text = path.read_text(encoding="utf-8")
    assert (folder / "v0002.json").exists()
    path.write_text(text.replace('"version": 1', '"version": 3'), encoding="utf-8")
    database = (tmp_path / "warehouse/shop.duckdb").read_bytes()
    failed = build_at(tmp_path, SECOND, report=False)
    (problem,) = (p for node in failed.nodes for p in node.problems if p.code == "SK312")
    assert problem.place is not None and problem.place.path.endswith("v0001.json")
    assert (tmp_path / "warehouse/shop.duckdb").read_bytes() == database
    path.unlink()  # one that is lost says nothing, and is no error
    (folder / "v0001.baseline.json").unlink()
    assert build_at(tmp_path, SECOND, report=False).ok
