"""A file that was read before: not again if nothing changed, and never otherwise in silence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.engines.duckdb.publisher import open_workspace
from segkit.errors import ConfigError
from segkit.files.csv_options import FileOptions
from segkit.project.schema.file_words import file_options

GROUPED = ["950", "532", "999", "812", "1.043", "1.200", "1.350"]
PARTED = ["1.5", "2.25", "7.125"]


@dataclass(frozen=True)
class Built:
    rows: list[tuple[Any, ...]]
    said: list[str]
    statements: list[str]

    @property
    def was_read(self) -> bool:
        return any("read_csv" in sql for sql in self.statements)


def content(texts: Sequence[str]) -> str:
    return "id;x\n" + "".join(f"{n};{text}\n" for n, text in enumerate(texts))


def build(
    folder: Path,
    options: FileOptions | None = None,
    *,
    carry_over: bool = False,
    fails: bool = False,
    name: str = "t.csv",
) -> Built:
    """One build of a project with one source; what readers then find."""
    options = options or FileOptions()
    target = folder / "shop.duckdb"
    with open_workspace(target, project="shop", carry_over=carry_over, root=folder) as workspace:
        statements: list[str] = []
        query = workspace.query
        workspace.query = lambda sql, *a, **k: (statements.append(sql), query(sql, *a, **k))[1]  # type: ignore[method-assign, func-returns-value]
        loaded = workspace.load_source("crm", "t", folder / name, "crm.t", options)
        if fails:
            raise KeyboardInterrupt
        workspace.publish()
    with duckdb.connect(str(target), read_only=True) as reader:
        rows = reader.execute("FROM crm.t").fetchall()
    assert loaded.rows == len(rows) and loaded.reading is not None
    return Built(rows, list(loaded.reading.sentences(options)), statements)


@pytest.mark.parametrize("carry_over", [False, True])
def test_a_file_that_did_not_change_is_not_read(tmp_path: Path, carry_over: bool) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED) + "TOTAL;9\n")
    first = build(tmp_path)
    os.utime(tmp_path / "t.csv", (1, 1))  # a copy has another time, and the same bytes
    again = build(tmp_path, carry_over=carry_over)
    assert first.was_read and not again.was_read
    assert again.rows == first.rows
    # what could be wrong is said each time
    assert again.said == first.said
    assert again.said == ["no customer, left out: 'TOTAL 9'", "x: 1.350 read as 1,350"]


def test_rows_that_are_added(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED))
    build(tmp_path)
    (tmp_path / "t.csv").write_text(content([*GROUPED, "7", "12.000"]))
    again = build(tmp_path)
    assert again.was_read and again.said == ["x: 1.350 read as 1,350"]
    assert [x for _, x in again.rows][-3:] == [1350, 7, 12000]


@pytest.mark.parametrize(("first", "value"), [(GROUPED, 1043), (PARTED, 1.043)])
def test_what_could_be_either_stays_what_it_was(
    tmp_path: Path, first: list[str], value: float
) -> None:
    """1.043 alone would be asked about."""
    (tmp_path / "t.csv").write_text(content(first))
    build(tmp_path)
    (tmp_path / "t.csv").write_text(content(["1.043", "5.678", "9.250"]))
    assert build(tmp_path).rows[0] == (0, value)


def test_a_row_that_contradicts_is_said(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED))
    build(tmp_path)
    (tmp_path / "t.csv").write_text(content([*PARTED * 4, "1.043"]))
    again = build(tmp_path)
    assert again.rows[-1] == (12, 1.043)
    assert again.said == ["x: 1.350 is 1.350, where it was 1,350 until now, because of '1.5'"]
    # and that is how it is read from now on: no news
    assert build(tmp_path).said == []


def test_days_in_another_order_are_said(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(["31/12/2024", "01/02/2024", "05/06/2024"]))
    build(tmp_path)
    (tmp_path / "t.csv").write_text(content(["12/31/2024", "01/02/2024", "05/06/2024"]))
    again = build(tmp_path)
    assert str(again.rows[1][1]) == "2024-01-02"
    change = "05/06/2024 is 2024-05-06, where it was 2024-06-05 until now"
    assert again.said[0] == f"x: {change}, because of '12/31/2024'"


def test_a_column_that_became_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content([str(n) for n in range(40)]))
    build(tmp_path)
    (tmp_path / "t.csv").write_text(content(["A1", "B2", *(str(n) for n in range(4))]))
    assert build(tmp_path).said[0] == "x: VARCHAR, where it was BIGINT until now, because of 'A1'"


def test_more_words_than_slips_are_asked_about(tmp_path: Path) -> None:
    numbers = [str(n % 90) for n in range(2000)]
    (tmp_path / "t.csv").write_text(content([*numbers, "many"]))
    assert build(tmp_path).said == ["x: 1 is 'many': no number, and missing"]
    (tmp_path / "t.csv").write_text(content([*numbers, *["many"] * 90]))
    with pytest.raises(ConfigError, match="90 of 2,090 are no number"):
        build(tmp_path)


def test_a_column_without_texts_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(["", "", ""]))
    build(tmp_path)
    (tmp_path / "t.csv").write_text(content(["1", "2", "3"]))
    assert build(tmp_path).rows[0] == (0, 1)


def test_another_option_is_another_reading(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED))
    build(tmp_path)
    again = build(tmp_path, file_options(["decimal=."], []))
    assert again.was_read and again.rows[4] == (4, 1.043) and again.said == []


def test_another_file_at_the_same_path(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED))
    build(tmp_path)
    (tmp_path / "t.csv").write_text("name,paid\nAnn,1.5\nBob,2.75\n")
    again = build(tmp_path)
    assert again.rows == [("Ann", 1.5), ("Bob", 2.75)] and again.said == []


def test_a_table_that_somebody_changed_is_loaded_again(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED))
    first = build(tmp_path)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as writer:
        writer.execute("UPDATE crm.t SET x = 7 WHERE id = 3")
    for carry_over in (False, True):
        again = build(tmp_path, carry_over=carry_over)
        assert again.rows == first.rows
        assert again.was_read != carry_over  # mended by then


def test_a_view_in_its_place_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED))
    first = build(tmp_path)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as writer:
        writer.execute("CREATE TABLE crm.u AS FROM crm.t; DROP TABLE crm.t")
        writer.execute("CREATE VIEW crm.t AS FROM crm.u; ALTER VIEW crm.t RENAME TO w")
        writer.execute("DROP VIEW crm.w; DROP TABLE crm.u")
    assert build(tmp_path).rows == first.rows


def test_a_build_that_stops_leaves_the_record_of_the_last_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED))
    first = build(tmp_path)
    (tmp_path / "t.csv").write_text(content(PARTED))
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, fails=True)
    (tmp_path / "t.csv").write_text(content(GROUPED))
    again = build(tmp_path)
    assert again.rows == first.rows and not again.was_read


def test_in_a_file_of_others(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as writer:
        writer.execute("CREATE TABLE theirs (a INTEGER)")
    (tmp_path / "t.csv").write_text(content(GROUPED))
    first = build(tmp_path)
    again = build(tmp_path)
    assert again.rows == first.rows and not again.was_read
    (tmp_path / "t.csv").write_text(content([*GROUPED, "7"]))
    assert build(tmp_path).rows[-1] == (7, 7)


def test_files_of_a_pattern(tmp_path: Path) -> None:
    for month in (1, 2):
        (tmp_path / f"o-{month}.csv").write_text(content(GROUPED))
    first = build(tmp_path, name="o-*.csv")
    assert not build(tmp_path, name="o-*.csv").was_read
    (tmp_path / "o-3.csv").write_text(content(["1.043"]))
    again = build(tmp_path, name="o-*.csv")
    assert len(again.rows) == len(first.rows) + 1 and again.rows[-1] == (0, 1043)


def test_another_segkit_decides_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text(content(GROUPED))
    build(tmp_path)
    monkeypatch.setattr("segkit.files.kept._FORMAT", 99)
    assert build(tmp_path).was_read


def test_a_file_that_is_written_to_meanwhile_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content(GROUPED))
    from segkit.engines.duckdb import text_tables

    find = text_tables.find_parts

    def slowly(*args: Any) -> Any:
        path.write_text(content(PARTED))
        return find(*args)

    monkeypatch.setattr(text_tables, "find_parts", slowly)
    assert build(tmp_path).rows[0] == (0, 1.5)
    monkeypatch.undo()
    path.write_text(content(GROUPED))
    assert build(tmp_path).rows[0] == (0, 950)
