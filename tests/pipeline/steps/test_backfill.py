from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.errors import ConfigError
from segkit.pipeline import Options, run_build
from segkit.pipeline.steps.backfill import end_of_backfill, past_moments
from segkit.project.load import load_project
from segkit.results import Event
from tests.pipeline.orders_project import (
    FIRST,
    MODEL,
    SECOND,
    THIRD,
    build_at,
    orders,
    write_orders_project,
)

TABLES = ("history", "profile_history", "changes", "flows", "builds")


def tables(directory: Path) -> dict[str, list[tuple[Any, ...]]]:
    with duckdb.connect(str(directory / "warehouse/shop.duckdb"), read_only=True) as con:
        return {
            name: con.execute(f"FROM shoppers_{name} ORDER BY ALL").fetchall() for name in TABLES
        }


def test_months_back_from_the_end_of_a_month() -> None:
    found = past_moments("3m", datetime(2026, 3, 31, 9))
    assert found == (datetime(2025, 12, 31, 9), datetime(2026, 1, 31, 9), datetime(2026, 2, 28, 9))
    assert past_moments("2W", SECOND) == (datetime(2026, 1, 18), datetime(2026, 1, 25))
    assert past_moments(" 1d ", SECOND) == (datetime(2026, 1, 31),)
    assert len(past_moments("24m", SECOND)) == 24


@pytest.mark.parametrize("period", ["", "m", "0m", "-3m", "3 years", "3", "1.5m", "5000d"])
def test_what_is_no_period(period: str) -> None:
    with pytest.raises(ConfigError, match=r"SK702.*--backfill"):
        past_moments(period, SECOND)


def test_before_the_first_year() -> None:
    with pytest.raises(ConfigError, match="before the year 1"):
        past_moments("1000m", datetime(12, 1, 1))


def test_the_end_is_the_builds_or_the_day_that_the_data_are_of(tmp_path: Path) -> None:
    project = load_project(write_orders_project(tmp_path, orders(4)))
    assert end_of_backfill(project, THIRD, is_given=True) == THIRD
    assert end_of_backfill(project, THIRD, is_given=False) == FIRST


@pytest.mark.slow
def test_it_is_the_same_as_building_month_by_month(tmp_path: Path) -> None:
    rows = orders()
    one = write_orders_project(tmp_path / "one", rows)
    other = write_orders_project(tmp_path / "other", rows)
    assert build_at(one, THIRD, backfill="2m").ok
    fits = other / "warehouse/fits/shoppers"
    fits.mkdir(parents=True)
    for path in (one / "warehouse/fits/shoppers").iterdir():
        (fits / path.name).write_bytes(path.read_bytes())
    for moment in (FIRST, SECOND, THIRD):
        assert build_at(other, moment).ok
    assert tables(one) == tables(other)
    assert len(tables(one)["builds"]) == 3
    again = build_at(one, THIRD)
    assert again.ok and tables(one) == tables(other)


@pytest.mark.slow
def test_a_history_is_not_written_over_unless_asked(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders())
    assert build_at(tmp_path, SECOND).ok
    before = tables(tmp_path)
    with pytest.raises(ConfigError, match=r"SK608.*history already, since 2026-02-01"):
        build_at(tmp_path, THIRD, backfill="2m")
    assert tables(tmp_path) == before
    assert build_at(tmp_path, THIRD, backfill="2m", rewrite_history=True).ok
    assert [row[0] for row in tables(tmp_path)["builds"]] == [FIRST, SECOND, THIRD]


def test_a_model_that_ignores_the_day_is_a_leak(tmp_path: Path) -> None:
    model = MODEL.replace("{{ var('as_of') }}", "2026-01-01")
    model = model.replace("{{ var('events_until') }}", "2026-01-01")
    write_orders_project(tmp_path, orders(), model=model)
    with pytest.raises(ConfigError, match=r"SK608.*customers.*ignores the variable as_of") as error:
        build_at(tmp_path, THIRD, backfill="2m")
    place = error.value.problems[0].place
    assert place is not None and place.path == "sql/customers.sql"


def test_a_day_that_is_given_twice(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders())
    with pytest.raises(ConfigError, match=r"SK702.*--vars sets it, too"):
        build_at(tmp_path, THIRD, backfill="2m", vars={"as_of": "2026-01-01"})


@pytest.mark.slow
def test_days_before_the_first_customer_are_left_out(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders())
    said: list[Event] = []
    options = Options(tmp_path, as_of=datetime(2025, 3, 1), backfill="4m")
    assert run_build(options, said.append).ok
    (event,) = (event for event in said if "left_out" in event.data)
    said_of_it = "backfill of shoppers: 3 of 4 left out (2024-11-01 to 2025-01-01), "
    assert event.text == f"{said_of_it}nobody was a customer yet"
    assert len(event.data["left_out"]) == 3
    assert [row[0] for row in tables(tmp_path)["builds"]] == [
        datetime(2025, 2, 1),
        datetime(2025, 3, 1),
    ]


@pytest.mark.slow
def test_a_word_in_a_comment_is_no_day_and_one_in_a_macro_is(tmp_path: Path) -> None:
    fixed = MODEL.replace("{{ var('as_of') }}", "2026-01-01")
    fixed = fixed.replace("{{ var('events_until') }}", "2026-01-01") + "-- later: as_of\n"
    one = write_orders_project(tmp_path / "one", orders(), model=fixed)
    with pytest.raises(ConfigError, match="SK608"):
        build_at(one, THIRD, backfill="2m")
    hidden = MODEL.replace("{{ var('as_of') }}", "{{ today() }}")
    hidden = hidden.replace("{{ var('events_until') }}", "{{ until() }}")
    other = write_orders_project(tmp_path / "other", orders(), model=hidden)
    (other / "macros").mkdir()
    (other / "macros/days.sql").write_text(
        "{%- macro today() -%}{{ var('as_of') }}{%- endmacro -%}\n"
        "{%- macro until() -%}{{ var('events_until') }}{%- endmacro -%}\n",
        encoding="utf-8",
    )
    built = build_at(other, SECOND, backfill="1m")
    assert built.segmentations[0].changes is not None
    assert built.segmentations[0].changes.known == "steps"


@pytest.mark.slow
def test_what_is_not_built_again_shows_no_past(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders())
    assert build_at(tmp_path, SECOND).ok
    with pytest.raises(ConfigError, match=r"SK608.*customers is left out"):
        build_at(tmp_path, THIRD, backfill="2m", select=("shoppers",), rewrite_history=True)


@pytest.mark.slow
def test_the_baseline_is_of_the_day_of_the_rules(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders())
    built = build_at(tmp_path, SECOND, backfill="6m")
    assert built.segmentations[0].drift is None
    with duckdb.connect(str(tmp_path / "warehouse/shop.duckdb"), read_only=True) as con:
        assert con.execute("SELECT DISTINCT as_of FROM shoppers_baseline").fetchall() == [(SECOND,)]
    drift = build_at(tmp_path, THIRD).segmentations[0].drift
    assert drift is not None
    # what was usual is known from the months that were written down
    assert {c.check_name for c in drift.checks} >= {"flow", "events"}
