"""What an import calls equal to a CASE of SQLite is equal in SQLite itself, on every row."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from segkit.engines.duckdb import open_scratch
from segkit.publish import import_proof
from tests.imports.old_cases import TYPES, Held, hold, rows

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

    with open_scratch() as engine:
        return hold(engine, query, "sqlite", count, seed)


@pytest.fixture(autouse=True)
def _few_edge_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is the proof here, not the edge cases in DuckDB."""
    monkeypatch.setattr(import_proof, "_MAX_PRODUCT", 50)


def test_what_is_called_equal_is_equal_in_sqlite() -> None:
    held = in_sqlite(40, seed=1)
    assert not held.wrong
    assert held.typed["equal"] >= 15
    assert held.untyped["equal"] < held.typed["equal"]


@pytest.mark.slow
@pytest.mark.long
def test_a_thousand_cases_of_sqlite() -> None:
    held = in_sqlite(1000, seed=2)
    print(held)
    assert not held.wrong, "\n\n".join(held.wrong)
    assert held.typed["equal"] > 400
    assert held.untyped["equal"] < held.typed["equal"] / 5
    assert held.typed["not proved"] < held.untyped["not proved"]
