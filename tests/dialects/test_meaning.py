"""What a condition means in DuckDB, it means in the dialect that it is compiled for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import sqlglot

from segkit.core.columns import parse_type
from segkit.dialects.meaning import differences, with_meaning
from segkit.dialects.table import DIALECTS
from tests.warehouses.fixtures import OpenWarehouse

TYPES = {"a": "BIGINT", "b": "BIGINT", "d": "DOUBLE", "n": "DECIMAL(8,2)", "t": "VARCHAR"}
ROWS: list[tuple[Any, ...]] = [
    (a, b, d, n, t)
    for i, a in enumerate((0, 7, -7, 2**53 + 1, 25, None))
    for b, d, n, t in (
        (2, 2.5, Decimal("0.10"), "Anna"),
        (-3, -0.5, Decimal("7.00"), "anna*"),
        (10, 0.1, None, "a[b?"),
        (None, 1e300, Decimal("-2.50"), ""),
        (2**53 - i, None, Decimal("33.33"), None),
    )
]
CONDITIONS = [
    "a / b > 1",
    "a / b / 2 > 0.5",
    "a / 10 = 2.5",
    "a // b = 3",
    "(a + 1) // 10 = 2",
    "a // nullif(b, 0) // 2 = 1",
    "-a // b = -3",
    "a // 1 = 9007199254740993",
    "n / 4 > 1",
    "greatest(a, b) > 9",
    "least(a, b, 3) < 2",
    "t LIKE 'A%'",
    "t NOT LIKE 'a%' AND a > 0",
    "t LIKE '%*'",
    "t LIKE 'a[b_'",
    "t LIKE '_nna%' OR a % b = 1",
]


def answers(query: Callable[[str], Sequence[tuple[Any, ...]]], condition: str) -> list[Any]:
    rows = query(f"SELECT CASE WHEN {condition} THEN 1 ELSE 0 END FROM rows_of_it ORDER BY id")
    return [row[0] for row in rows]


def compiled(condition: str, name: str) -> str:
    types = {column: parse_type(type_) for column, type_ in TYPES.items()}
    tree = sqlglot.parse_one(condition, dialect="duckdb")
    return with_meaning(tree, types, DIALECTS[name]).sql(dialect=name)


def in_duckdb(condition: str) -> list[Any]:
    with duckdb.connect() as connection:
        listed = ", ".join(f"{name} {type_}" for name, type_ in TYPES.items())
        connection.execute(f"CREATE TABLE rows_of_it (id INTEGER, {listed})")
        numbered = [(i, *row) for i, row in enumerate(ROWS)]
        connection.executemany("INSERT INTO rows_of_it VALUES (?, ?, ?, ?, ?, ?)", numbered)
        return answers(lambda sql: connection.execute(sql).fetchall(), condition)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_it_is_the_same_in_sqlite(condition: str) -> None:
    connection = sqlite3.connect(":memory:")
    types = "a INTEGER, b INTEGER, d REAL, n REAL, t TEXT"
    connection.execute(f"CREATE TABLE rows_of_it (id INTEGER, {types})")
    for i, (*others, n, t) in enumerate(ROWS):
        row = (i, *others, None if n is None else float(n), t)
        connection.execute("INSERT INTO rows_of_it VALUES (?, ?, ?, ?, ?, ?)", row)
    made = compiled(condition, "sqlite")
    there = answers(lambda sql: connection.execute(sql).fetchall(), made)
    assert there == in_duckdb(condition), made


@pytest.mark.warehouse
@pytest.mark.parametrize("name", ["postgres", "clickhouse"])
def test_it_is_the_same_on_the_warehouses(name: str, open_warehouse: OpenWarehouse) -> None:
    warehouse = open_warehouse(name)
    rows = [(i, *row) for i, row in enumerate(ROWS)]
    warehouse.load("rows_of_it", {"id": "INTEGER", **TYPES}, rows)
    for condition in CONDITIONS:
        made = compiled(condition, name)
        assert answers(warehouse.query, made) == in_duckdb(condition), made


@pytest.mark.parametrize(
    ("condition", "name", "expected"),
    [
        ("CAST(d AS INTEGER) > 1", "sqlite", ["a CAST to a whole number cuts at the point"]),
        ("CAST(d AS INTEGER) > 1", "mysql", ["a CAST to a whole number rounds 2.5 to 3"]),
        ("CAST(d AS INTEGER) > 1", "postgres", []),
        ("CAST(a AS INTEGER) > 1", "sqlite", []),
        ("t ILIKE 'ä'", "sqlite", ["letters beyond ASCII are not folded"]),
        ("lower(t) < 'b'", "postgres", ["texts are ordered by a collation"]),
        ("lower(t) = 'b'", "tsql", ["texts are compared by a collation"]),
        ("t LIKE 'a%'", "mysql", ["LIKE folds case"]),
        ("round(d) > 1", "postgres", ["ROUND has another rule for halves"]),
        ("0.1 * a > 0.3", "sqlite", ["0.1 is a double"]),
        ("a // b > 1", "sqlite", []),
    ],
)
def test_what_differs_is_named(condition: str, name: str, expected: list[str]) -> None:
    types = {column: parse_type(type_) for column, type_ in TYPES.items()}
    tree = sqlglot.parse_one(condition, dialect="duckdb")
    assert list(differences(tree, types, DIALECTS[name])) == expected
