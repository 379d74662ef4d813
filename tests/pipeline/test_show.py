"""Rows of what is published, and who came into a segment or left one between two builds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from segkit.errors import ConfigError
from segkit.pipeline import Options, run_build, show_rows
from segkit.report.tables import render_lines
from segkit.results import RowsFile
from tests.conftest import HEADER, T0, T1, build_first, customers, write_csv, write_project

ROWS = customers()
MOVED, GONE = ROWS[0], ROWS[1]
BECAME = (MOVED[0], *ROWS[3][1:])  # of another of the four groups
NEW = ("0900", *ROWS[3][1:])


@dataclass(frozen=True)
class Shown:
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    said: list[str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built twice: in between one customer moved, one went and one came."""
    directory = write_project(tmp_path_factory.mktemp("show") / "shop")
    assert build_first(directory).ok
    kept = [row for row in ROWS if row not in (MOVED, GONE)]
    write_csv(directory / "data/customers.csv", [NEW, *reversed(kept), BECAME], HEADER)
    assert run_build(Options(directory, as_of=T1)).ok
    return directory


def shown(project: Path, name: str = "shopper_segments", **more: Any) -> Shown:
    said: list[str] = []
    more = {"limit": None, "where": None} | more
    with show_rows(Options(project), name, talk=said.append, **more) as table:
        return Shown(table.columns, list(table.rows), said)


def segments(project: Path) -> dict[str, str]:
    return {row[0]: row[3] for row in shown(project).rows}


def was(project: Path, id_: str) -> str:
    """The segment at the first build."""
    where = f"customer_id = '{id_}' AND valid_from < '2026-01-15'"
    return str(shown(project, "shopper_segments_history", where=where).rows[0][1])


def test_who_entered(project: Path) -> None:
    found = shown(project, entered_since=T1)
    assert found.columns == (*shown(project).columns, "since", "from_segment_id")
    assert [(row[0], *row[-2:]) for row in found.rows] == [
        (MOVED[0], T1, was(project, MOVED[0])),
        (NEW[0], T1, None),
    ]
    now = {row[0]: row for row in shown(project).rows}
    assert [row[:-2] for row in found.rows] == [now[MOVED[0]], now[NEW[0]]]
    assert not found.said


def test_who_left(project: Path) -> None:
    found = shown(project, left_since=T1)
    assert found.columns == ("customer_id", "segment_id", "left_at", "to_segment_id")
    assert found.rows == [
        (MOVED[0], was(project, MOVED[0]), T1, segments(project)[MOVED[0]]),
        (GONE[0], was(project, GONE[0]), T1, None),
    ]
    assert not found.said


def test_a_condition_is_on_what_is_shown(project: Path) -> None:
    here = segments(project)[NEW[0]]
    entered = shown(project, entered_since=T1, where=f"segment_id = '{here}'")
    assert {row[0] for row in entered.rows} == {MOVED[0], NEW[0]}
    new = shown(project, entered_since=T1, where="from_segment_id IS NULL")
    assert [row[0] for row in new.rows] == [NEW[0]]
    gone = shown(project, left_since=T1, where="to_segment_id IS NULL", limit=5)
    assert [row[0] for row in gone.rows] == [GONE[0]]
    with pytest.raises(ConfigError) as caught:
        shown(project, left_since=T1, where="age > 5")
    (problem,) = caught.value.problems
    assert problem.code == "SK702"
    assert problem.help == (
        "columns of shopper_segments: customer_id, segment_id, left_at, to_segment_id"
    )


def test_after_the_last_build_nobody_moved(project: Path) -> None:
    assert shown(project, entered_since=T1 + timedelta(seconds=1)).rows == []
    assert shown(project, left_since=T1 + timedelta(seconds=1)).rows == []


def test_before_the_history_nothing_is_known_and_that_is_said(project: Path) -> None:
    began = "the history of shopper_segments begins at 2026-01-01 00:00:00 (UTC)"
    found = shown(project, entered_since=T0)
    assert found.said == [f"{began}: who was in a segment then does not count as entered"]
    assert found.rows == shown(project, entered_since=T1).rows
    found = shown(project, left_since=T0 - timedelta(days=400))
    assert found.said == [f"{began}: who left a segment before is not known"]
    assert found.rows == shown(project, left_since=T1).rows


@pytest.mark.parametrize(
    ("name", "help_"),
    [
        ("customer_buckets", "it is one of shopper_segments"),
        ("shopper_segments_history", "did you mean `shopper_segments`?"),
        ("shoper_segments", "did you mean `shopper_segments`?"),
    ],
)
@pytest.mark.parametrize("option", ["entered_since", "left_since"])
def test_only_segmentations_know_who_came_and_left(
    project: Path, option: str, name: str, help_: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        shown(project, name, **{option: T1})
    (problem,) = caught.value.problems
    assert (problem.code, problem.help) == ("SK101", help_)
    assert problem.notes == ("only segmentations keep a history of who came and who left",)


def test_rows_are_in_the_order_of_the_key(project: Path) -> None:
    ids = [row[0] for row in shown(project).rows]
    assert ids == sorted(ids)
    assert len(ids) == len(ROWS)
    assert [row[0] for row in shown(project, limit=3).rows] == ids[:3]


def test_rows_without_a_key_of_their_own_are_in_one_order_too(project: Path) -> None:
    rows = [row[:4] for row in shown(project, "shopper_segments_history").rows]
    assert rows == sorted(rows)
    assert len(rows) > len({row[0] for row in rows})


def test_who_changed_and_why(project: Path) -> None:
    found = shown(project, changed_since=T1)
    assert found.columns == (
        "customer_id",
        "changed_at",
        "from_segment_id",
        "to_segment_id",
        "reason",
        "from_fit_version",
        "to_fit_version",
    )
    now = segments(project)
    was_moved, was_gone = was(project, MOVED[0]), was(project, GONE[0])
    assert sorted(found.rows) == sorted(
        [
            (GONE[0], T1, was_gone, None, "left", 1, None),
            (NEW[0], T1, None, now[NEW[0]], "joined", None, 1),
            (MOVED[0], T1, was_moved, now[MOVED[0]], "own data", 1, 1),
        ]
    )
    assert [line.partition(" (")[0] for line in found.said] == [
        "joined: 1",
        "left: 1",
        "own data: 1",
    ]
    spend = f"{NEW[3]:,.0f}"
    assert found.said[0] == f"joined: 1 (nowhere -> {now[NEW[0]]} 1, spend today {spend})"
    assert not shown(project, changed_since=T1 + timedelta(days=1)).rows


@pytest.mark.parametrize("name", ["shopper_segments", "shopper_segments_history"])
def test_a_file_of_all_rows_has_the_bytes_of_the_rows(project: Path, name: str) -> None:
    more: dict[str, Any] = {"limit": None, "where": None, "talk": print}
    with show_rows(Options(project), name, **more) as table:
        lines = list(render_lines(table, "csv"))[1:]
    with show_rows(Options(project), name, **more, file="csv") as table:
        assert isinstance(table, RowsFile)
        assert b"".join(table.blocks).decode() == "\n".join(lines) + "\n"
    with show_rows(Options(project), name, **more, file="parquet") as table:
        assert isinstance(table, RowsFile)
        assert b"".join(table.blocks)[:4] == b"PAR1"


def test_a_condition_that_fails_while_the_file_is_written(project: Path) -> None:
    where = "CAST(segment_id AS INTEGER) = 1"
    with (
        pytest.raises(ConfigError) as caught,
        show_rows(
            Options(project), "shopper_segments", limit=None, where=where, talk=print, file="csv"
        ),
    ):
        pass
    assert caught.value.problems[0].code == "SK702"
