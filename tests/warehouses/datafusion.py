"""DataFusion, embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.warehouses.base import Columns, Missing, Row, arrow_rows, arrow_table


class DataFusion:
    name = "datafusion"
    holds_nan = True
    holds_infinity = True

    def __init__(self, new_context: Callable[[], Any]) -> None:
        self._new_context = new_context
        self._context = new_context()

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        import pyarrow as pa

        # HUGEINT is DECIMAL(38, 0) there, as in Arrow
        self.execute(f"DROP TABLE IF EXISTS {self.quote(table)}")
        arrow = arrow_table(columns, rows)
        batches = arrow.to_batches() or [pa.RecordBatch.from_pylist([], arrow.schema)]
        self._context.register_record_batches(self.quote(table), [batches])

    def query(self, sql: str) -> list[Row]:
        return arrow_rows(self._context.sql(sql).collect())

    def execute(self, sql: str) -> None:
        self._context.sql(sql).collect()

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def clear(self) -> None:
        self._context = self._new_context()

    def close(self) -> None:
        self._context = None


@contextmanager
def open_datafusion() -> Iterator[DataFusion]:
    try:
        from datafusion import SessionContext
    except ImportError as error:
        raise Missing("no package datafusion: pip install '.[warehouses]'") from error
    yield DataFusion(SessionContext)
