"""DuckDB, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from tests.warehouses.base import Columns, Missing, Row, arrow_table


class DuckDB:
    name = "duckdb"
    holds_nan = True
    holds_infinity = True

    def __init__(self) -> None:
        self._connection = duckdb.connect()

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        casts = ", ".join(
            f"CAST({self.quote(name)} AS {type_}) AS {self.quote(name)}"
            for name, type_ in columns.items()
        )
        self._connection.register("segkit_incoming", arrow_table(columns, rows))
        self.execute(
            f"CREATE OR REPLACE TABLE {self.quote(table)} AS SELECT {casts} FROM segkit_incoming"
        )
        self._connection.unregister("segkit_incoming")

    def query(self, sql: str) -> list[Row]:
        return self._connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def clear(self) -> None:
        self.close()
        self._connection = duckdb.connect()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def open_duckdb() -> Iterator[DuckDB]:
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise Missing("no package pyarrow: pip install '.[warehouses]'") from error
    warehouse = DuckDB()
    try:
        yield warehouse
    finally:
        warehouse.close()
