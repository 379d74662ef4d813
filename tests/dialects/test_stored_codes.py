"""A view in front of stored codes: the same rows as the rules, and nothing read for nothing."""

from __future__ import annotations

import os

import duckdb
import pytest

from segkit.dialects.select import select_sql
from segkit.dialects.stored_codes import codes_select, stored_select
from segkit.dialects.table import DUCKDB, POSTGRES, Dialect
from tests.dialects.test_select import GOLDEN, segment_view
from tests.warehouses.fixtures import OpenWarehouse

CUSTOMERS = """\
CREATE TABLE customers AS SELECT i AS customer_id, CAST(i % 80 AS INTEGER) AS age,
  CASE WHEN i % 7 > 0 THEN CAST(i % 120 AS DECIMAL(9, 2)) END AS income,
  CAST(i % 130 AS {double}) / 2 AS "total spend ($)",
  CASE WHEN i % 5 > 0 THEN CAST(i % 3 AS {double}) / 2 END AS score
FROM {series}
"""
BY_SEGMENT = "SELECT segment_name, count(*) FROM stored GROUP BY segment_name"


def statements(dialect: Dialect, *, double: str, series: str) -> list[str]:
    view = segment_view(unassigned=True)
    return [
        CUSTOMERS.format(double=double, series=series),
        f"CREATE TABLE s__codes AS {codes_select(view, 'customers', dialect)}",
        f"CREATE VIEW stored AS {stored_select(view, 'customers', 's__codes', dialect)}",
        f"CREATE VIEW ruled AS {select_sql(view, 'customers', dialect)}",
    ]


def test_duckdb_has_the_rows_of_the_rules_and_reads_the_codes_alone() -> None:
    connection = duckdb.connect()
    for sql in statements(DUCKDB, double="DOUBLE", series="range(2000) AS t (i)"):
        connection.execute(sql)
    one, other = (
        connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall()
        for name in ("stored", "ruled")
    )
    assert one == other and len(one) == 2000 and {row[-1] for row in one} == {0, 1, 2, 3, 4}
    assert [r[:2] for r in connection.execute("DESCRIBE stored").fetchall()] == [
        r[:2] for r in connection.execute("DESCRIBE ruled").fetchall()
    ]
    assert [row[0] for row in connection.execute("DESCRIBE s__codes").fetchall()] == [
        "customer_id",
        "segment_order",
    ]
    plan = connection.execute(f"EXPLAIN {BY_SEGMENT}").fetchall()[0][1]
    assert "s__codes" in plan and "customers" not in plan


@pytest.mark.warehouse
def test_postgres_has_the_rows_of_the_rules_and_reads_the_codes_alone(
    open_warehouse: OpenWarehouse,
) -> None:
    connection = open_warehouse("postgres").connection  # type: ignore[attr-defined]
    connection.execute("DROP SCHEMA IF EXISTS stored_codes CASCADE")
    connection.execute("CREATE SCHEMA stored_codes")
    connection.execute("SET search_path = stored_codes")
    try:
        series = "generate_series(0, 1999) AS t (i)"
        for sql in statements(POSTGRES, double="DOUBLE PRECISION", series=series):
            connection.execute(sql)
        one, other = (
            connection.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
            for name in ("stored", "ruled")
        )
        assert one == other and len(one) == 2000 and {row[-1] for row in one} == {0, 1, 2, 3, 4}
        plan = str(connection.execute(f"EXPLAIN {BY_SEGMENT}").fetchall())
        assert "s__codes" in plan and "customers" not in plan
    finally:
        connection.execute("RESET search_path")


@pytest.mark.parametrize("dialect", [DUCKDB, POSTGRES], ids=lambda dialect: dialect.name)
def test_golden(dialect: Dialect) -> None:
    view = segment_view(unassigned=True)
    text = stored_select(view, "crm.customers", "s__codes", dialect) + "\n"
    path = GOLDEN / f"segments_stored_{dialect.name}.sql"
    if os.environ.get("SEGKIT_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
