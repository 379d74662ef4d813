"""SQLite, as Python brings it, in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from tests.warehouses.base import Columns, Row, refuse_not_finite, stored, type_sql

# 8 bytes is all it has: no FLOAT (its values are doubles too), no DECIMAL (the nearest double)
# and nothing for integers past 2^63
TYPES = {
    "DOUBLE": "REAL",
    "FLOAT": "REAL",
    "DECIMAL": "REAL",
    "TINYINT": "INTEGER",
    "SMALLINT": "INTEGER",
    "INTEGER": "INTEGER",
    "BIGINT": "INTEGER",
    "VARCHAR": "TEXT",
    "BOOLEAN": "BOOLEAN",
}


class SQLite:
    name = "sqlite"
    holds_nan = False  # NULL, without a word
    holds_infinity = True

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        refuse_not_finite(self, rows)
        types = ", ".join(f"{self.quote(n)} {type_sql(t, TYPES)}" for n, t in columns.items())
        self.execute(f"DROP TABLE IF EXISTS {self.quote(table)}")
        self.execute(f"CREATE TABLE {self.quote(table)} ({types})")
        marks = ", ".join("?" for _ in columns)
        self.execute("BEGIN")
        self._connection.executemany(
            f"INSERT INTO {self.quote(table)} VALUES ({marks})",
            (
                [float(value) if isinstance(value, Decimal) else value for value in row]
                for row in stored(columns, rows)
            ),
        )
        self.execute("COMMIT")

    def query(self, sql: str) -> list[Row]:
        return self._connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def clear(self) -> None:
        self.close()
        self._connection = sqlite3.connect(":memory:", isolation_level=None)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def open_sqlite() -> Iterator[SQLite]:
    warehouse = SQLite()
    try:
        yield warehouse
    finally:
        warehouse.close()
