from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from segkit.engines.open import open_bench
from segkit.errors import ConfigError
from segkit.pipeline.named_table import GivenData, find_data
from segkit.pipeline.run_options import Options


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text("id,age\n1,30\n2,40\n")
    with duckdb.connect(str(tmp_path / "two.duckdb")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 1 AS id")
        connection.execute('CREATE SCHEMA crm; CREATE TABLE crm."Old ones" AS SELECT 2 AS id')
    with duckdb.connect(str(tmp_path / "one.db")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 7 AS id")
    return tmp_path


def rows(found: GivenData) -> list[tuple[object, ...]]:
    with open_bench() as engine:
        found.load(engine, "t")
        return engine.query("FROM t")


def test_a_file_and_a_table_of_a_database(here: Path) -> None:
    people = find_data(Options(), "people.csv", None)
    assert (people.path, people.name) == (here / "people.csv", "people")
    assert rows(people) == [(1, 30), (2, 40)]
    only = find_data(Options(), "one.db", None)
    assert (only.name, rows(only)) == ("orders", [(7,)])
    for said in ("orders", "ORDERS", "main.orders"):
        assert rows(find_data(Options(), "two.duckdb", said)) == [(1,)]
    assert rows(find_data(Options(), "two.duckdb", "crm.Old ones")) == [(2,)]


def test_as_a_project_names_it(here: Path) -> None:
    folder = here / "shop"
    assert find_data(Options(), "people.csv", None).origin(folder).path == "../people.csv"
    assert find_data(Options(), "people.csv", None).origin(None).path == str(here / "people.csv")
    odd = find_data(Options(), "two.duckdb", "crm.Old ones").origin(folder)
    assert (odd.path, odd.schema, odd.relation) == (f"..{os.sep}two.duckdb", "crm", "Old ones")
    assert odd.table.isidentifier()


@pytest.mark.parametrize(
    ("what", "table", "code", "said"),
    [
        ("people.csv", "t", "SK702", "people.csv is one table"),
        ("gone.csv", None, "SK106", "there is no file gone.csv"),
        ("gone.duckdb", None, "SK106", "there is no file gone.duckdb"),
        ("data/gone", None, "SK106", "there is no file data/gone"),
        ("two.duckdb", None, "SK702", "two.duckdb has 2 tables and views: which one?"),
        ("two.duckdb", "gone", "SK101", "two.duckdb has no table gone"),
        ("people", None, "SK106", "people is no file here, and there is no project"),
    ],
)
def test_what_is_not_there(here: Path, what: str, table: str | None, code: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        find_data(Options(), what, table)
    (problem,) = raised.value.problems
    assert problem.code == code
    assert said in problem.message
    if what == "gone.csv":
        assert "people.csv" in (problem.help or "")
