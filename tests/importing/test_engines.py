"""What an import calls equal to a CASE of SQLite is equal in SQLite itself, on every row."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.importing import side_by_side
from tests.importing.exact.test_rewrite import condition
from tests.importing.old_cases import TYPES, Held, hold, rows

STORED = {
    "INTEGER": "INTEGER",
    "BIGINT": "INTEGER",
    "DECIMAL(8,2)": "DECIMAL(8,2)",
    "DOUBLE": "REAL",
    "VARCHAR": "TEXT",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
}


def in_sqlite(count: int, seed: int) -> Held:
    connection = sqlite3.connect(":memory:")
    listed = ", ".join(f"{name} {STORED[type_]}" for name, type_ in TYPES.items())
    connection.execute(f"CREATE TABLE grid (id INTEGER, {listed})")
    marks = ", ".join("?" for _ in range(len(TYPES) + 1))
    stored = [
        [str(value) if isinstance(value, Decimal | date) else value for value in row]
        for row in rows()
    ]
    connection.executemany(f"INSERT INTO grid VALUES ({marks})", stored)

    def query(sql: str) -> Sequence[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    with DuckDBEngine() as engine:
        return hold(engine, query, "sqlite", count, seed)


@pytest.fixture(autouse=True)
def _few_edge_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is the proof here, not the edge cases in DuckDB."""
    monkeypatch.setattr(side_by_side, "_MAX_PRODUCT", 50)


def test_what_is_called_equal_is_equal_in_sqlite() -> None:
    held = in_sqlite(20, seed=1)
    assert not held.wrong
    assert held.typed["equal"] >= 8
    assert held.untyped["equal"] < held.typed["equal"]


AT_LIMITS = (
    "ABS(i) > 3",
    "-i / b > 3",
    "-i % 3 = 1",
    "i / (i / 2) > 1",
    "i / (b / 2) > 1",
    "i % i = 0",
    "i / -1 > 3",
    "-COALESCE(i, 3) > 0",
    "MAX(i / i, b) > 1",
    "CAST(d AS INTEGER) / 2 >= 1",
    "CAST(d AS INTEGER) % 10 = 7",
    "CAST(d AS INTEGER) > b",
    "CAST(d / 2.0 AS INTEGER) / 2 > 5",
    "CAST(CAST(d AS INTEGER) * 0.5 AS INTEGER) / 2 > 1",
)
LIMITS = {
    "i": (-(2**31), 2**31 - 1, -1, 0, 2, None),
    "b": (-2, -1, 0, 1, 3, 2**62),
    "d": (1e19, -1e19, 1e300, -1e300, 2.0**63, -(2.0**63), 9.223372036854774e18, -2.5, math.inf),
}


@pytest.mark.parametrize("old", AT_LIMITS)
def test_the_limits_of_the_types_are_as_in_sqlite(old: str) -> None:
    """Each row on which SQLite has a value has the same in DuckDB, which has errors of its own."""
    new = condition(old, "sqlite")
    connection = sqlite3.connect(":memory:")
    with DuckDBEngine() as engine:
        connection.execute("CREATE TABLE grid (id INTEGER, i INTEGER, b INTEGER, d REAL)")
        engine.execute("CREATE TABLE grid (id INTEGER, i INTEGER, b BIGINT, d DOUBLE)")
        for number, row in enumerate(product(*LIMITS.values())):
            connection.execute("INSERT INTO grid VALUES (?, ?, ?, ?)", (number, *row))
            engine.execute("INSERT INTO grid VALUES (?, ?, ?, ?)", (number, *row))
        there = connection.execute(f"SELECT id, {old} FROM grid ORDER BY id").fetchall()
        here = engine.query(f"SELECT id, CAST({new} AS INTEGER) FROM grid ORDER BY id")
    assert here == there


@pytest.mark.slow
@pytest.mark.long
def test_a_thousand_cases_of_sqlite() -> None:
    held = in_sqlite(1000, seed=2)
    print(held)
    assert not held.wrong, "\n\n".join(held.wrong)
    assert held.typed["equal"] > 400
    assert held.untyped["equal"] < held.typed["equal"] / 5
    assert held.typed["not proved"] < held.untyped["not proved"]
