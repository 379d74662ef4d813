"""A file that the engine writes against the same rows written in Python: byte by byte."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from segkit.core.columns import Column, parse_type
from segkit.dialects.csv_cells import FORMULA, csv_select
from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB, POSTGRES, Dialect
from segkit.engines.base import Reader
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.postgres.reader import PostgresReader
from segkit.project.nodes import Target
from segkit.report.tables import csv_head, render_lines
from segkit.results import Table
from tests.warehouses.fixtures import OpenWarehouse

TEXTS = (
    *("", " ", "a,b", 'say "so"', '"', "a\nb", "a\r\nb", "x\r", "#x", "NULL", "\\N", "\\.", "'a'"),
    *("  a ", "a;b|c", "ä€😀", "-", "1", "-1", *FORMULA, *(f"{sign}1+1" for sign in FORMULA)),
    *('=HYPERLINK("a,b")', "a=b", "=\u0301x"),
)
FLOATS = (
    *("0.0", "-0.0", "1.0", "0.1", "1e15", "1e16", "1e22", "-1e15", "1000000000000000.125", "1e-4"),
    *("1e-5", "123456789012345680.0", "9007199254740993.0", "1234567890123456.5", "5e-324"),
    *("-9999999999999998.0", "1.7976931348623157e308", "1e100", "nan", "inf", "-inf", "1e7"),
)
SINGLES = (
    "0.1",
    "1e7",
    "1e-5",
    "3.4e38",
    "16777216",
    "1.5e-45",
    "123456.7",
    "1e15",
    "1e16",
    "-0.0",
)
MOMENTS = (
    *("2026-01-02 03:04:05", "2026-01-02 03:04:05.5", "2026-01-02 03:04:05.000001"),
    *("0099-12-31 23:59:59.999999", "9999-12-31 00:00:00.12", "1969-12-31 23:59:59.1"),
)
TYPES = {
    "VARCHAR": TEXTS,
    "DOUBLE PRECISION": FLOATS,
    "REAL": (*SINGLES, "nan", "inf", "-inf"),
    "TIMESTAMP": MOMENTS,
    "DATE": ("2026-01-02", "0099-12-31", "9999-12-31"),
    "TIME": ("00:00:00", "23:59:59.5", "01:02:03.000001"),
    "DECIMAL(12, 3)": ("0", "1.5", "-0.005", "123456789.123"),
    "BIGINT": ("0", "-9223372036854775807"),
    "BOOLEAN": ("true", "false"),
    "UUID": ("550e8400-e29b-41d4-a716-446655440000",),
}


def values_select(dialect: Dialect, types: dict[str, tuple[str, ...]]) -> str:
    """All values beside each other, NULL where there are no more; ``n`` is their order."""
    rows = []
    for n, row in enumerate(zip_longest(*types.values())):
        cells = [
            "NULL" if text is None else f"CAST({literal(text, dialect)} AS {type_})"
            for type_, text in zip(types, row, strict=True)
        ]
        rows.append(", ".join([str(n), *cells]))
    names = ", ".join(["n", *(f"c{place}" for place in range(len(types)))])
    listed = ",\n".join(f"({row})" for row in rows)
    return f"SELECT {names} FROM (VALUES\n{listed}\n) AS t ({names})"


def same_bytes(engine: Reader, select: str) -> bytes:
    columns = engine.columns_of_query(select)
    names = tuple(column.name for column in columns)
    made = csv_select(select, columns, [1], engine.dialect)
    assert made is not None
    rows = [row for batch in engine.batches(f"{select} ORDER BY 1") for row in batch]
    asked = "\n".join(render_lines(Table(names, rows), "csv")) + "\n"
    written = f"{csv_head(names)}\n".encode() + b"".join(engine.copied(made, "csv"))
    assert written.decode().split("\n") == asked.split("\n")
    assert len(rows) > 5
    return written


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as found:
        found.lock_down()
        yield found


@pytest.fixture(scope="module")
def postgres(open_warehouse: OpenWarehouse) -> Iterator[PostgresReader]:
    info = open_warehouse("postgres").connection.info  # type: ignore[attr-defined]
    url = f"postgresql://{info.user}@/{info.dbname}?host={info.host}"
    with PostgresReader(Target("pg", "postgres", url=url, schema="public")) as reader:
        yield reader


def random_doubles(count: int) -> tuple[str, ...]:
    """Of all magnitudes, and many about 1e15, where the digits of PostgreSQL have an exponent."""
    pick = random.Random(7)
    bits = (struct.unpack("d", pick.randbytes(8))[0] for _ in range(count))
    near = (pick.uniform(-1, 1) * 10 ** pick.uniform(13, 17) for _ in range(count))
    return tuple(repr(value) for value in (*bits, *near) if value == value)


def test_duckdb_writes_the_bytes_that_python_writes(engine: DuckDBEngine) -> None:
    types = TYPES | {"HUGEINT": ("-1", str(2**100)), "ENUM('=x', 'a')": ("=x", "a")}
    same_bytes(engine, values_select(DUCKDB, types))


def test_duckdb_writes_doubles_as_python_does(engine: DuckDBEngine) -> None:
    same_bytes(engine, values_select(DUCKDB, {"DOUBLE": random_doubles(2000)}))


@pytest.mark.warehouse
def test_postgres_writes_the_bytes_that_python_writes(postgres: PostgresReader) -> None:
    same_bytes(postgres, values_select(POSTGRES, TYPES))
    zoned = {"TIMESTAMP WITH TIME ZONE": tuple(f"{text}+00" for text in MOMENTS)}
    same_bytes(postgres, values_select(POSTGRES, zoned))


@pytest.mark.warehouse
def test_postgres_writes_doubles_as_python_does(postgres: PostgresReader) -> None:
    """From 2^53 on PostgreSQL may print a digit more than is needed: the same number."""
    small = tuple(text for text in random_doubles(2000) if abs(float(text)) < 2**53)
    same_bytes(postgres, values_select(POSTGRES, {"DOUBLE PRECISION": small}))
    large = tuple(text for text in random_doubles(2000) if abs(float(text)) >= 2**53)
    select = values_select(POSTGRES, {"DOUBLE PRECISION": large})
    made = csv_select(select, postgres.columns_of_query(select), [1], POSTGRES)
    assert made is not None
    lines = b"".join(postgres.copied(made, "csv")).decode().split()
    assert [float(line.split(",")[1]) for line in lines] == [float(text) for text in large]


@pytest.mark.warehouse
def test_postgres_rows_as_parquet(
    postgres: PostgresReader, tmp_path: Path, engine: DuckDBEngine
) -> None:
    types = {name: values for name, values in TYPES.items() if name[:4] not in ("DECI", "TIME")}
    select = values_select(POSTGRES, types)
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"".join(postgres.copied(f"{select} ORDER BY 1", "parquet")))
    with DuckDBEngine() as reader:
        reader.load_file(path, "rows")
        found = reader.query("SELECT * FROM rows ORDER BY n")
    wanted = engine.query(f"{values_select(DUCKDB, types)} ORDER BY 1")
    assert [list(map(str, row)) for row in found] == [list(map(str, row)) for row in wanted]


def test_a_moment_with_a_zone_is_that_of_utc(engine: DuckDBEngine) -> None:
    select = "SELECT 1 AS n, TIMESTAMPTZ '2026-01-02 03:04:05.5+01' AS at"
    made = csv_select(select, engine.columns_of_query(select), [1], DUCKDB)
    assert made is not None
    assert b"".join(engine.copied(made, "csv")) == b"1,2026-01-02 02:04:05.500000+00:00\n"


@pytest.mark.parametrize("type_", ["BLOB", "INTEGER[]", "INTERVAL", "CHARACTER(5)", "JSON"])
def test_a_type_whose_text_python_makes_is_left_to_it(type_: str) -> None:
    columns = [Column("n", parse_type("INTEGER")), Column("x", parse_type(type_))]
    dialect = POSTGRES if type_ == "CHARACTER(5)" else DUCKDB
    assert csv_select("SELECT 1", columns, [1], dialect) is None


def test_a_column_alone_is_left_to_python() -> None:
    """A row of one NULL would be an empty line, which readers skip."""
    assert csv_select("SELECT 1", [Column("n", parse_type("INTEGER"))], [1], DUCKDB) is None
