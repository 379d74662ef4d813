"""What lasts of a build, added up: movers, the matrix, the history, the profiles."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.pipeline.orders_project import (
    FIRST,
    SECOND,
    THIRD,
    build_at,
    orders,
    write_orders_project,
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = write_orders_project(tmp_path_factory.mktemp("kept"), orders())
    for moment in (FIRST, SECOND, THIRD):
        assert build_at(directory, moment).ok
    return directory


def ask(project: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as con:
        return con.execute(sql, parameters).fetchall()


IN_HISTORY = """
SELECT customer_id, segment_id FROM shoppers_history
WHERE valid_from <= $1 AND (valid_to > $1 OR valid_to IS NULL)
"""


@pytest.mark.parametrize(("since", "until"), [(FIRST, SECOND), (SECOND, THIRD)])
def test_changes_are_what_the_history_says(project: Path, since: datetime, until: datetime) -> None:
    was, now = (dict(ask(project, IN_HISTORY, moment)) for moment in (since, until))
    moved = {
        key: (was.get(key), now.get(key))
        for key in was.keys() | now.keys()
        if was.get(key) != now.get(key)
    }
    found = ask(
        project,
        "SELECT customer_id, from_segment_id, to_segment_id FROM shoppers_changes"
        " WHERE changed_at = $1",
        until,
    )
    assert {key: way for key, *way in found} == {key: list(way) for key, way in moved.items()}
    assert len(found) == len(moved) > 0


@pytest.mark.parametrize("moment", [SECOND, THIRD])
def test_flows_add_up_to_changes_and_profiles(project: Path, moment: datetime) -> None:
    flows = ask(
        project,
        "SELECT from_segment_id, to_segment_id, reason, sum(n) FROM shoppers_flows"
        " WHERE as_of = $1 AND reason IS NOT NULL GROUP BY ALL ORDER BY ALL",
        moment,
    )
    assert flows == ask(
        project,
        "SELECT from_segment_id, to_segment_id, reason, count(*) FROM shoppers_changes"
        " WHERE changed_at = $1 GROUP BY ALL ORDER BY ALL",
        moment,
    )
    assert ask(
        project,
        "SELECT to_segment_id, sum(n) FROM shoppers_flows"
        " WHERE as_of = $1 AND to_segment_id IS NOT NULL GROUP BY ALL ORDER BY ALL",
        moment,
    ) == ask(
        project,
        "SELECT segment_id, n FROM shoppers_profile_history WHERE as_of = $1 ORDER BY ALL",
        moment,
    )


def test_nobody_is_in_two_segments(project: Path) -> None:
    assert not ask(
        project,
        "SELECT 1 FROM shoppers_history AS a JOIN shoppers_history AS b"
        " ON a.customer_id = b.customer_id AND a.valid_from < b.valid_from"
        " AND (a.valid_to IS NULL OR a.valid_to > b.valid_from)",
    )


def test_the_first_build_has_no_changes_and_the_tables_are_there(tmp_path: Path) -> None:
    built = build_at(write_orders_project(tmp_path, orders(60)), FIRST)
    assert built.segmentations[0].changes is None
    assert ask(tmp_path, "FROM shoppers_changes") == ask(tmp_path, "FROM shoppers_flows") == []


def test_a_state_of_an_older_segkit_has_no_builds_on_record(tmp_path: Path) -> None:
    write_orders_project(tmp_path, orders(60))
    assert build_at(tmp_path, FIRST).ok
    path = tmp_path / "warehouse/shop.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("DELETE FROM shoppers_builds")
    built = build_at(tmp_path, SECOND)
    changes = built.segmentations[0].changes
    # the day of the last build's data is not known, so what grew older is told by activity
    assert changes is not None and (changes.since, changes.known) == (FIRST, "activity")
