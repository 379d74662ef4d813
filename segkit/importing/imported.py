"""What an import made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segkit.errors import Problem


@dataclass(frozen=True)
class ImportedColumn:
    """``way`` is edges, bands or rules; ``probes`` the edge cases on which it is equal.

    ``odd`` are those with NaN or an infinity on which it is not. Not ``is_proved``:
    equal to what DuckDB makes of the SQL, which may mean something else in its dialect.
    """

    name: str
    way: str
    buckets: int
    probes: int
    odd: int
    is_proved: bool


@dataclass(frozen=True)
class Imported:
    """The YAML, what is wrong with the old CASE, and what was proved of the new buckets.

    ``rows`` of the relation were compared, too; None where there is no relation.
    ``dialect`` is what the file means; ``is_where_proved``: so is which rows there are.
    """

    name: str
    yaml: str
    columns: tuple[ImportedColumn, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    rows: int | None
    relation: str
    dialect: str
    is_where_proved: bool
    saved: Path | None = None
