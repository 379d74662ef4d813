"""What types are on the other side, and that values come back as they were."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from segkit.core.columns import parse_type
from segkit.engines.open import save_table
from segkit.engines.postgres.copies import column_type, duckdb_type
from tests.engines.postgres.shop import Server, rows_of


@pytest.mark.warehouse
def test_types_come_back_as_they_were(server: Server, url: str, tmp_path: Path) -> None:
    server.execute(
        "CREATE SCHEMA IF NOT EXISTS kinds; DROP TABLE IF EXISTS kinds.all_of_them;"
        " CREATE TABLE kinds.all_of_them AS SELECT g AS id, g::smallint AS s, g * 0.1::real AS r,"
        " g * 0.1::float8 AS d, g::numeric(9, 2) / 4 AS n, (g % 2 = 0) AS b, 'x\"y,' || g AS t,"
        " CASE WHEN g % 3 = 0 THEN '' WHEN g % 3 = 1 THEN '\\N' END AS e,"
        " DATE '2026-01-01' + g AS day, TIMESTAMP '2026-01-01 10:00' + g *"
        " INTERVAL '1 hour' AS hour,"
        " ARRAY[g, g] AS list"
        " FROM generate_series(1, 30) g;"
        " GRANT USAGE ON SCHEMA kinds TO builder; GRANT SELECT ON kinds.all_of_them TO builder"
    )
    path = tmp_path / "copy.duckdb"
    assert save_table(url, "kinds.all_of_them", path) == ("kinds", "all_of_them")
    columns = "id, s, d, n, b, t, e, day, hour, CAST(list AS TEXT)"
    with duckdb.connect(str(path)) as there:
        found = there.execute(f"SELECT {columns} FROM all_of_them ORDER BY id").fetchall()
    expected = rows_of(server, f"SELECT {columns} FROM kinds.all_of_them ORDER BY id")
    assert [tuple(map(str, row[:3])) + row[4:] for row in found] == [
        tuple(map(str, row[:3])) + row[4:] for row in expected
    ]
    assert [float(row[3]) for row in found] == [float(row[3]) for row in expected]


@pytest.mark.parametrize(
    ("type_", "there"),
    [
        ("BIGINT", "BIGINT"),
        ("UINTEGER", "bigint"),
        ("HUGEINT", "numeric(39, 0)"),
        ("DECIMAL(9,2)", "DECIMAL(9,2)"),
        ("TIMESTAMP_NS", "timestamp"),
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"),
        ("STRUCT(a INTEGER)", "text"),
    ],
)
def test_types_that_duckdb_has(type_: str, there: str) -> None:
    assert column_type(parse_type(type_)) == there


@pytest.mark.parametrize(
    ("type_", "there"),
    [
        ("numeric(9,2)", "DECIMAL(9, 2)"),
        ("numeric(60,2)", "DOUBLE"),
        ("double precision", "DOUBLE PRECISION"),
        ("timestamp without time zone", "TIMESTAMP WITHOUT TIME ZONE"),
        ("character varying(9)", "VARCHAR"),
        ("integer[]", "VARCHAR"),
    ],
)
def test_types_that_postgresql_has(type_: str, there: str) -> None:
    assert duckdb_type(parse_type(type_)) == there
