"""Rows between PostgreSQL and the workbench that reads files, and what their types are there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from segkit.core.columns import ColumnType
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import DUCKDB
from segkit.engines.base import FileBench
from segkit.engines.open import open_bench
from segkit.engines.postgres.connection import always_quoted
from segkit.engines.postgres.reader import PostgresReader

READ = "segkit_read"
_BLOCK = 1 << 20  # bytes
# both call these so, in one case or the other
_SAME = (
    *("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "REAL", "DOUBLE PRECISION", "UUID"),
    *("DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP WITH TIME ZONE"),
)
_TYPES = {
    **dict.fromkeys(("TINYINT", "UTINYINT"), "smallint"),
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "UBIGINT": "numeric(20, 0)",
    **dict.fromkeys(("HUGEINT", "UHUGEINT"), "numeric(39, 0)"),
    "FLOAT": "real",
    "DOUBLE": "double precision",
    **dict.fromkeys(("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
}


def copy_in(session: PostgresReader, bench: FileBench, name: str) -> None:
    """Make a temporary table of what a bench has read, by way of a file."""
    columns = bench.columns(READ)
    made = f"pg_temp.{always_quoted(name)}"
    listed = ", ".join(f"{always_quoted(c.name)} {column_type(c.type)}" for c in columns)
    session.execute(f"CREATE TEMP TABLE {always_quoted(name)} ({listed})")
    with TemporaryDirectory(prefix="segkit-") as folder:
        file = Path(folder) / "rows.csv"
        bench.execute(
            f"COPY {READ} TO {literal(str(file), DUCKDB)}"
            " (FORMAT csv, HEADER false, FORCE_QUOTE *, NULLSTR '\\N')"
        )
        with file.open("rb") as rows:
            blocks = iter(lambda: rows.read(_BLOCK), b"")
            session.copy_rows(f"COPY {made} FROM STDIN (FORMAT csv, NULL '\\N')", blocks)
    session.execute(f"ANALYZE {made}")


def copy_out(reader: PostgresReader, bench: FileBench, table: str, path: Path, name: str) -> None:
    """Make a DuckDB file with one table of what a server has."""
    with _taken(reader, f"SELECT * FROM {table}") as rows:
        bench.execute(f"ATTACH {literal(str(path), DUCKDB)} AS segkit_copy")
        made = identifier(name, DUCKDB)
        bench.execute(f"CREATE TABLE segkit_copy.main.{made} AS FROM {rows}")
        bench.execute("DETACH segkit_copy")


def parquet_of(reader: PostgresReader, select: str) -> Iterator[bytes]:
    """Yield a Parquet file of what a server has."""
    with open_bench() as bench, _taken(reader, select) as rows:
        yield from bench.copied(f"FROM {rows}", "parquet")


@contextmanager
def _taken(reader: PostgresReader, select: str) -> Iterator[str]:
    """What a SELECT returns, as DuckDB reads it from a file."""
    types = ", ".join(
        f"{literal(c.name, DUCKDB)}: {literal(duckdb_type(c.type), DUCKDB)}"
        for c in reader.columns_of_query(select)
    )
    with TemporaryDirectory(prefix="segkit-") as folder:
        file = Path(folder) / "rows.csv"
        with file.open("wb") as rows:
            for block in reader.sent(select, ", NULL '\\N', FORCE_QUOTE *"):
                rows.write(block)
        yield (
            f"read_csv({literal(str(file), DUCKDB)}, header = false, auto_detect = false,"
            f" delim = ',', quote = '\"', escape = '\"', nullstr = '\\N',"
            f" allow_quoted_nulls = false, columns = {{{types}}})"
        )


def column_type(type_: ColumnType) -> str:
    """The type of a column that DuckDB has read; what PostgreSQL does not have is a text."""
    name = type_.sql.upper()
    is_same = name in _SAME or name.startswith("DECIMAL")
    return name if is_same else _TYPES.get(name, "text")


def duckdb_type(type_: ColumnType) -> str:
    """The type of a column that PostgreSQL has, in DuckDB; what that does not have is a text."""
    name = type_.sql.partition("(")[0].upper()
    if name == "NUMERIC":
        is_narrow = type_.precision is not None and type_.precision <= 38
        return f"DECIMAL({type_.precision}, {type_.scale})" if is_narrow else "DOUBLE"
    return name if name in _SAME else "VARCHAR"
