"""What the rest of segkit asks of a database. One file beside this one per engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from segkit.core.columns import Column
from segkit.dialects.table import Dialect


class Engine(Protocol):
    """A connection on which project SQL may run.

    Relation arguments are quoted SQL text (``"crm"."customers"``, or a bare name).
    A statement that the database refuses raises ``EngineError`` with the SQL.
    """

    dialect: Dialect

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a SELECT, all of them."""
        ...

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None: ...

    def columns(self, relation: str) -> tuple[Column, ...]:
        """Columns of a table or view, in order."""
        ...

    def columns_of_query(self, sql: str) -> tuple[Column, ...]:
        """Columns that a SELECT returns, without running it."""
        ...

    def exists(self, schema: str, name: str) -> bool: ...

    def load_file(self, path: Path, relation: str) -> int:
        """Make a table of a CSV or Parquet file; return its number of rows."""
        ...
