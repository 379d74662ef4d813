"""Each expression that is known to mean the same, as it is written, and many that are not."""

from __future__ import annotations

import pytest
from sqlglot import exp

from tests.project.imported.test_meaning import meant


def condition(text: str, dialect: str) -> str | None:
    """The condition in DuckDB's SQL; None if it is not proved."""
    found = meant(f"CASE WHEN {text} THEN 'x' ELSE 'y' END", dialect)
    if found.doubtful:
        return None
    case = found.items[0][1].node
    assert isinstance(case, exp.Case)
    return str(case.args["ifs"][0].this.sql(dialect="duckdb", normalize_functions=False))


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        ("sqlite", "a / 10 = 2", "a // 10 = 2"),
        ("sqlite", "a / b > 1", "a // NULLIF(b, 0) > 1"),
        ("sqlite", "a / (b - 1) > 1", "a // NULLIF(b - 1, 0) > 1"),
        ("sqlite", "a % b = 1", "a % NULLIF(b, 0) = 1"),
        ("sqlite", "a / 2.0 > 1", "a / 2.0e0 > 1"),
        ("sqlite", "n / 2.0 > 1", "n / 2.0e0 > 1"),
        ("sqlite", "n / 2 > 1", None),  # 100.00 is a whole number in SQLite
        ("sqlite", "i * i > 1", "CAST(i AS BIGINT) * i > 1"),
        ("sqlite", "d * d - d * d > 0", "NULLIF(d * d - d * d, CAST('nan' AS DOUBLE)) > 0"),
        ("sqlite", "d > a", None),  # compared exactly there, as doubles in DuckDB
        ("postgres", "d > a", "d > a"),
        ("sqlite", "d > i", "d > i"),
        ("sqlite", "wide > 0.5", None),
        ("postgres", "wide > 0.5", "wide > 0.5"),
        ("sqlite", "CAST(d AS INTEGER) > 5", "trunc(d) > 5"),
        ("sqlite", "CAST(d AS INTEGER) = a", "CAST(trunc(d) AS BIGINT) = a"),
        ("tsql", "CAST(d AS INT) > 5", "trunc(d) > 5"),
        ("postgres", "d::int > 5", "CAST(d AS BIGINT) > 5"),
        ("trino", "CAST(d AS BIGINT) > 5", None),
        ("sqlite", "CAST(t AS INTEGER) > 5", None),
        ("sqlite", "CAST(a AS REAL) / 3 > 5", "CAST(a AS DOUBLE) / 3 > 5"),
        ("postgres", "a::real > 5", None),
        ("sqlite", "t LIKE 'a_%.'", "regexp_full_match(t, '[Aa]..*\\.', 's')"),
        ("sqlite", "t LIKE '10%'", "t LIKE '10%'"),
        ("postgres", "t LIKE 'a%'", "t LIKE 'a%'"),
        ("postgres", r"t LIKE 'a\%'", None),
        ("postgres", "t ILIKE 'a%'", None),
        ("tsql", "t LIKE 'a%'", None),
        ("mysql", "t = 'a'", None),
        ("redshift", "t = 'a'", None),
        ("sqlite", "t = 'a' AND t < 'b'", "t = 'a' AND t < 'b'"),
        ("postgres", "t < 'b'", None),
        ("sqlite", "t = 10", None),
        ("sqlite", "a = '10'", None),
        ("sqlite", "u = 'a'", None),
        ("sqlite", "x > 1", None),
        ("sqlite", "a / -(0) > 1", "a // NULLIF(-(0), 0) > 1"),
        ("spark", "CAST(a AS INT) > 1", None),
        ("sqlite", "CAST(COALESCE(a, 0.5) AS INTEGER) = 9007199254740993", None),
        ("sqlite", "COALESCE(a, 0.5) > 3", "COALESCE(a, 0.5) > 3"),
        ("postgres", "SUBSTRING(t FOR 2) = 'a'", "substring(t, 1, 2) = 'a'"),
        ("sqlite", "day > '2024-01-01'", None),
        ("postgres", "day > '2024-01-01'", "day > CAST('2024-01-01' AS DATE)"),
        ("postgres", "day > '1/2/2024'", None),
        ("postgres", "day - DATE '2024-01-01' > 3", "day - CAST('2024-01-01' AS DATE) > 3"),
        ("postgres", "a / n > 1", None),
        ("postgres", "n * a > 1", "n * a > 1"),
        ("snowflake", "a / b > 1", None),
        ("mysql", "a / b > 1", None),
        ("mysql", "a DIV b > 1", "a // NULLIF(b, 0) > 1"),
        ("spark", "a / b > 1", "a / NULLIF(b, 0) > 1"),
        ("bigquery", "a / b > 1", "a / NULLIF(b, 0) > 1"),
        ("trino", "d / 2 > 1", "d / 2 > 1"),
        ("trino", "d / a > 1", None),  # infinity there
        ("trino", "a / d > 1", None),
        ("postgres", "GREATEST(a, b) > 1", "greatest(a, b) > 1"),
        (
            "sqlite",
            "MAX(a, b) > 1",
            "CASE WHEN NOT (a IS NULL OR b IS NULL) THEN greatest(a, b) END > 1",
        ),
        ("sqlite", "f = 1", "f = TRUE"),
        ("sqlite", "f = -1", None),
        ("sqlite", "a", None),
        ("mysql", "a || b", None),
        ("sqlite", "t || a = 'x1'", "t || CAST(a AS TEXT) = 'x1'"),
        ("postgres", "CONCAT(t, 'b') = 'b'", "coalesce(t, '') || coalesce('b', '') = 'b'"),
        ("sqlite", "a BETWEEN 1 AND 2.5", "a BETWEEN 1 AND 2.5"),
        ("postgres", "a BETWEEN SYMMETRIC 2 AND 1", None),
        ("sqlite", "a IN (1, NULL)", "a IN (1, NULL)"),
        ("sqlite", "a = b = f", None),
        ("sqlite", "ROUND(d) > 1", None),
        ("postgres", "ROUND(d) > 1", "round_even(d, 0) > 1"),
        ("postgres", "ROUND(n, 1) > 1", "round(n, 1) > 1"),
        ("sqlite", "TRIM(t) = 'a'", "trim(t, ' ') = 'a'"),
        ("sqlite", "SUBSTR(t, 0, 2) = 'a'", None),
        ("postgres", "a ^ 2 > 1", None),
        ("sqlite", "a > 12345678901234567890", None),
        ("postgres", "d > 1e3", None),  # NUMERIC there
        ("sqlite", "a IS NOT b", "a IS DISTINCT FROM b"),
        ("oracle", "a > 1", None),
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new
