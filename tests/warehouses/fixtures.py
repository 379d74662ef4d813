"""The fixtures: one warehouse by name, and a test run on each in turn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest

from tests.warehouses.base import Missing, Warehouse
from tests.warehouses.clickhouse import open_clickhouse
from tests.warehouses.datafusion import open_datafusion
from tests.warehouses.duckdb import open_duckdb
from tests.warehouses.mysql import open_mysql
from tests.warehouses.postgres import open_postgres
from tests.warehouses.spark import open_spark
from tests.warehouses.sqlite import open_sqlite

OpenWarehouse = Callable[[str], Warehouse]
OPENERS: dict[str, Callable[[], AbstractContextManager[Warehouse]]] = {
    "duckdb": open_duckdb,
    "postgres": open_postgres,
    "mysql": open_mysql,
    "sqlite": open_sqlite,
    "spark": open_spark,
    "clickhouse": open_clickhouse,
    "datafusion": open_datafusion,
}


def each_warehouse(*names: str) -> list[object]:
    """Return the warehouses, or those named, as parameters with the mark."""
    return [pytest.param(name, marks=pytest.mark.warehouse) for name in names or OPENERS]


@pytest.fixture(scope="session")
def open_warehouse() -> Iterator[OpenWarehouse]:
    """Return a function that gives a warehouse by name, started once and kept to the end.

    A test that calls it itself wants ``@pytest.mark.warehouse``.
    """
    opened: dict[str, Warehouse | Exception] = {}
    with ExitStack() as stack:

        def open_once(name: str) -> Warehouse:
            if name not in opened:
                try:
                    opened[name] = stack.enter_context(OPENERS[name]())
                except Exception as error:  # kept: one slow failure is enough
                    opened[name] = error
            found = opened[name]
            if isinstance(found, Missing) and os.environ.get("SEGKIT_ALL_WAREHOUSES") != "1":
                pytest.skip(f"{name}: {found}")
            if isinstance(found, Exception):
                raise found
            return found

        yield open_once


@pytest.fixture(scope="module", params=each_warehouse())
def warehouse(request: pytest.FixtureRequest, open_warehouse: OpenWarehouse) -> Warehouse:
    """Each warehouse in turn, empty at the start of the module."""
    found = open_warehouse(request.param)
    found.clear()
    return found
