"""ClickHouse, embedded (chdb)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.warehouses.base import Columns, Missing, Row, arrow_rows, arrow_table, type_sql

TYPES = {
    "DOUBLE": "Float64",
    "FLOAT": "Float32",
    "DECIMAL": "Decimal",
    "TINYINT": "Int8",
    "SMALLINT": "Int16",
    "INTEGER": "Int32",
    "BIGINT": "Int64",
    "UBIGINT": "UInt64",
    "HUGEINT": "Int128",
    "VARCHAR": "String",
    "BOOLEAN": "Bool",
}


class ClickHouse:
    name = "clickhouse"
    holds_nan = True
    holds_infinity = True

    def __init__(self, session: Any, directory: Path) -> None:
        self._session = session
        self._directory = directory

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        import pyarrow as pa

        incoming = self._directory / "incoming.arrow"
        arrow = arrow_table(columns, rows)
        with pa.ipc.new_file(incoming, arrow.schema) as writer:
            writer.write_table(arrow)
        types = ", ".join(
            f"{self.quote(n)} Nullable({type_sql(t, TYPES)})" for n, t in columns.items()
        )
        self.execute(
            f"CREATE OR REPLACE TABLE {self.quote(table)} ({types}) ENGINE = MergeTree ORDER BY ()"
        )
        self.execute(f"INSERT INTO {self.quote(table)} SELECT * FROM file('{incoming}', 'Arrow')")

    def query(self, sql: str) -> list[Row]:
        import pyarrow as pa

        batches = pa.ipc.open_stream(self._run(sql)).read_all().to_batches()
        return [tuple(_python(value) for value in row) for row in arrow_rows(batches)]

    def execute(self, sql: str) -> None:
        self._run(sql)

    def _run(self, sql: str) -> bytes:
        try:
            answer: bytes = self._session.query(sql, "ArrowStream").bytes()
            return answer
        except Exception:
            # chdb 4.4 begins its next answer with what the failed one had written so far
            self._session.query("SELECT 1")
            raise

    def quote(self, name: str) -> str:
        return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"

    def clear(self) -> None:
        self.execute("DROP DATABASE IF EXISTS segkit SYNC")
        self.execute("CREATE DATABASE segkit")
        self.execute("USE segkit")

    def close(self) -> None:
        self._session.close()


def _python(value: Any) -> Any:
    # Int128 comes as its 16 bytes
    return int.from_bytes(value, "little", signed=True) if isinstance(value, bytes) else value


@contextmanager
def open_clickhouse() -> Iterator[ClickHouse]:
    try:
        import pyarrow  # noqa: F401
        from chdb.session import Session
    except ImportError as error:
        raise Missing("no package chdb or pyarrow: pip install '.[warehouses]'") from error
    with tempfile.TemporaryDirectory(prefix="segkit-") as directory:
        warehouse = ClickHouse(Session(f"{directory}/data"), Path(directory))
        warehouse.clear()
        try:
            yield warehouse
        finally:
            warehouse.close()
