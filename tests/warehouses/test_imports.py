"""What an import calls equal to a CASE of PostgreSQL is equal in PostgreSQL itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.importing import side_by_side
from tests.importing.old_cases import TYPES, Held, hold, rows
from tests.warehouses.base import Warehouse
from tests.warehouses.fixtures import OpenWarehouse

pytestmark = pytest.mark.warehouse
STORED = {"DECIMAL(8,2)": "NUMERIC(8,2)", "DOUBLE": "DOUBLE PRECISION", "VARCHAR": "TEXT"}


def in_postgres(warehouse: Warehouse, count: int, seed: int) -> Held:
    warehouse.execute("DROP TABLE IF EXISTS grid")
    columns = [f"{name} {STORED.get(type_, type_)}" for name, type_ in TYPES.items()]
    warehouse.execute(f"CREATE TABLE grid (id INTEGER, {', '.join(columns)})")
    for row in rows():
        warehouse.execute(f"INSERT INTO grid VALUES ({', '.join(map(_literal, row))})")

    def query(sql: str) -> Sequence[tuple[Any, ...]]:
        return warehouse.query(sql)

    with DuckDBEngine() as engine:
        return hold(engine, query, "postgres", count, seed)


def _literal(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "NULL" if value is None else str(value)
    text = str(value).replace("'", "''")
    return f"'{text}'"


@pytest.fixture(autouse=True)
def _few_edge_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine is the proof here, not the edge cases in DuckDB."""
    monkeypatch.setattr(side_by_side, "_MAX_PRODUCT", 50)


def test_what_is_called_equal_is_equal_in_postgres(open_warehouse: OpenWarehouse) -> None:
    held = in_postgres(open_warehouse("postgres"), 100, seed=1)
    assert not held.wrong, "\n\n".join(held.wrong)
    assert held.typed["equal"] > 35
    assert held.untyped["equal"] < held.typed["equal"] / 5


@pytest.mark.slow
@pytest.mark.long
def test_a_thousand_cases_of_postgres(open_warehouse: OpenWarehouse) -> None:
    held = in_postgres(open_warehouse("postgres"), 1000, seed=2)
    print(held)
    assert not held.wrong, "\n\n".join(held.wrong)
    assert held.typed["equal"] > 400
    assert held.untyped["equal"] < held.typed["equal"] / 5
    assert held.typed["not proved"] < held.untyped["not proved"]
