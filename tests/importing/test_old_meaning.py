"""What a CASE of another dialect means, in DuckDB's SQL, or why that is not sure."""

from __future__ import annotations

from segkit.core.columns import Column, parse_type
from segkit.importing.old_meaning import Meant, in_duckdb
from segkit.importing.sql_file import read_sql_file
from segkit.importing.statement import read_statement

TYPES = {
    "a": "BIGINT",
    "b": "BIGINT",
    "i": "INTEGER",
    "n": "DECIMAL(8,2)",
    "wide": "DECIMAL(20,2)",
    "d": "DOUBLE",
    "x": "FLOAT",
    "t": "VARCHAR",
    "u": "UUID",
    "f": "BOOLEAN",
    "day": "DATE",
}


def meant(case: str, dialect: str, where: str = "", sure: tuple[str, ...] = tuple(TYPES)) -> Meant:
    text = f"SELECT id, {case} AS band FROM r {where and f'WHERE {where}'}"
    file = read_sql_file(text, "old.sql", dialect)
    statement = read_statement(file)
    columns = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}
    return in_duckdb(file, statement, [("band", statement.items[1])], columns, sure)


def test_a_simple_case_and_one_within_another() -> None:
    found = meant("CASE a / 10 WHEN 2 THEN CASE WHEN b / 2 > 1 THEN 'x' END ELSE 'y' END", "trino")
    assert not found.doubtful and not found.problems
    assert found.items[0][1].node.sql(dialect="duckdb") == (
        "CASE a // 10 WHEN 2 THEN CASE WHEN b // 2 > 1 THEN 'x' END ELSE 'y' END"
    )


def test_each_doubt_is_named_with_its_place() -> None:
    found = meant("CASE WHEN n / 2 > 1 OR t GLOB 'a*' THEN 'x' ELSE 'y' END", "sqlite")
    assert found.doubtful == {"band"}
    first, second = found.problems
    assert (first.code, first.severity, str(first.place)) == ("SK218", "warning", "old.sql:1:22")
    assert "`band`: not proved in the meaning of SQLite: `n / 2`" in first.message
    assert "`t GLOB 'a*'`" in second.message


def test_types_that_are_missing_are_one_finding() -> None:
    old = "CASE WHEN a > 1 AND b / a > 2 THEN 'x' WHEN d IS NULL THEN 'y' END"
    (problem,) = meant(old, "sqlite", sure=()).problems
    assert "the types of `a`, `b` are not known" in problem.message
    assert "--type a=INTEGER --type b=INTEGER" in str(problem.help)
    assert not meant(old, "sqlite", sure=("a", "b")).problems


def test_a_where_is_rewritten_or_doubtful() -> None:
    old = "CASE WHEN a > 1 THEN 'x' ELSE 'y' END"
    found = meant(old, "postgres", where="a / 2 > 1")
    assert found.is_where_sure and found.statement.where is not None
    assert found.statement.where.sql(dialect="duckdb") == "a // 2 > 1"
    found = meant(old, "mysql", where="a / 2 > 1")
    assert not found.is_where_sure and not found.doubtful
    assert "which rows there are: not proved" in found.problems[0].message


def test_duckdb_means_what_it_says() -> None:
    found = meant("CASE WHEN x / 2 > 1 THEN 'x' ELSE 'y' END", "duckdb", sure=())
    assert not found.doubtful and not found.problems
