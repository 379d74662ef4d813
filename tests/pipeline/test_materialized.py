"""A segmentation whose codes are stored: all that is published is the same as with a view."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.pipeline import Options, compile_node, run_build, show_rows
from tests.conftest import HEADER, SEGMENTS_YML, T0, T1, customers, write_csv, write_project

NAME = "shopper_segments"
TABLE_YML = f"{SEGMENTS_YML}    materialized: table\n    missing: unassigned\n"
VIEW_YML = f"{SEGMENTS_YML}    missing: unassigned\n"


def build_twice(directory: Path, yml: str) -> Path:
    write_project(directory, files={"sql/segments.yml": yml})
    assert run_build(Options(directory, as_of=T0)).ok
    rows = customers()
    write_csv(directory / "data/customers.csv", [*rows[3:], (rows[0][0], *rows[3][1:])], HEADER)
    assert run_build(Options(directory, as_of=T1)).ok
    return directory


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("materialized")
    return build_twice(folder / "view", VIEW_YML), build_twice(folder / "table", TABLE_YML)


def published(project: Path) -> dict[str, Any]:
    """All rows of everything but the bookkeeping, the comments too."""
    (path,) = (project / "warehouse").glob("*.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        found: dict[str, Any] = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
            for name in names
            if name not in ("_segkit", f"{NAME}_builds")
        }
        found["comments"] = connection.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE table_name = ?"
            " ORDER BY ALL",
            [NAME],
        ).fetchall()
    return found


def test_what_is_published_is_the_same(both: tuple[Path, Path]) -> None:
    view, table = map(published, both)
    codes = table.pop(f"{NAME}__codes")
    assert view == table
    assert codes == [(row[0], row[-1]) for row in view[NAME]]
    assert 0 in {code for _, code in codes}, "somebody is unassigned"


def test_the_text_for_elsewhere_is_the_same(both: tuple[Path, Path]) -> None:
    for form in ({}, {"bare": True}, {"expression": True}):
        one, other = (compile_node(Options(directory), NAME, **form) for directory in both)
        assert one == other
        assert "__codes" not in other


def test_the_file_beside_has_both_statements(both: tuple[Path, Path]) -> None:
    text = (both[1] / f"warehouse/views/{NAME}.sql").read_text("utf-8")
    assert f"CREATE TABLE {NAME}__codes AS\nWITH" in text
    assert f"CREATE OR REPLACE VIEW {NAME} AS\nSELECT\n  c.customer_id" in text


def test_back_to_a_view(both: tuple[Path, Path], tmp_path: Path) -> None:
    project = tmp_path / "shop"
    shutil.copytree(both[1], project)
    before = published(project)
    (project / "sql/segments.yml").write_text(VIEW_YML, "utf-8")
    result = run_build(Options(project, as_of=T1))
    assert result.ok and result.segmentations[0].fit.version == 1, "no part of the definition"
    del before[f"{NAME}__codes"]
    assert published(project) == before


def test_rows_are_shown(both: tuple[Path, Path]) -> None:
    shown = []
    for directory in both:
        with show_rows(
            Options(directory), NAME, limit=None, where="segment_id = 'A'", talk=print
        ) as table:
            shown.append((table.columns, list(table.rows)))
    assert shown[0] == shown[1] and shown[0][1]
