"""Columns of each type, constants of many digits, texts, and CAST."""

from __future__ import annotations

import pytest

from tests.importing.exact.test_rewrite import condition

CAST = "CAST(d AS INTEGER)"
# what SQLite makes of a double that is too large
CLAMPED = (
    "CASE WHEN trunc(d) >= 9.223372036854775808e18 THEN 9223372036854775807 "
    "WHEN trunc(d) <= -9223372036854775808 THEN -9223372036854775808 "
    "ELSE CAST(trunc(d) AS BIGINT) END"
)


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        # columns and constants
        ("sqlite", "u = 'a'", None),
        ("sqlite", "x > 1", None),
        ("sqlite", "a > 12345678901234567890", None),
        ("postgres", "d > 1e3", None),  # NUMERIC there
        ("sqlite", "(a) > 1", "(a) > 1"),
        ("trino", "d > 1e3", "d > 1e3"),
        ("sqlite", "a > 123456789012345678", "a > 123456789012345678"),
        ("sqlite", "a > 1234567890123456789", None),
        ("postgres", "n > 0.1234567890123456", None),
        ("trino", "day IS NULL AND (day) = day", "day IS NULL AND (day) = day"),
        ("sqlite", "(day) = day", None),
        ("sqlite", "f = (a > 1)", "f = (a > 1)"),
        # texts
        ("postgres", "SUBSTRING(t FOR 2) = 'a'", "substring(t, 1, 2) = 'a'"),
        ("mysql", "a || b", None),
        ("sqlite", "t || a = 'x1'", "t || CAST(a AS TEXT) = 'x1'"),
        ("postgres", "CONCAT(t, 'b') = 'b'", "coalesce(t, '') || coalesce('b', '') = 'b'"),
        ("sqlite", "TRIM(t) = 'a'", "trim(t, ' ') = 'a'"),
        ("sqlite", "SUBSTR(t, 0, 2) = 'a'", None),
        (
            "sqlite",
            "LOWER(t) = 'a'",
            "translate(t, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'a'",
        ),
        (
            "sqlite",
            "UPPER(t) = 'A'",
            "translate(t, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') = 'A'",
        ),
        ("postgres", "LOWER(t) = 'a'", None),
        ("sqlite", "LENGTH(t) > 3", "length(t) > 3"),
        ("sqlite", "LENGTH(a) > 3", None),
        ("trino", "LENGTH(t) > 3", None),
        ("sqlite", "SUBSTR(t, 2) = 'a'", "substring(t, 2) = 'a'"),
        ("sqlite", "t || d = 'x'", None),
        ("trino", "t || 'a' = 'xa'", None),
        ("sqlite", "TRIM(t, 'x') = 'a'", None),
        ("sqlite", "REPLACE(t, 'a', 'b') = 'b'", None),
        ("postgres", "TRIM('x' FROM t) = 'a'", None),
        ("postgres", "TRIM(LEADING FROM t) = 'a'", None),
        # CAST
        ("sqlite", "CAST(d AS INTEGER) > 5", "trunc(d) > 5"),
        ("sqlite", "CAST(d AS INTEGER) = a", f"{CLAMPED} = a"),
        ("sqlite", "CAST(d AS INTEGER) / 2 > 5", f"{CLAMPED} // 2 > 5"),
        ("sqlite", f"CAST(CAST({CAST} * 0.5 AS INTEGER) * 0.5 AS INTEGER) > a", None),  # too long
        ("tsql", "CAST(d AS INT) = a", "CAST(trunc(d) AS BIGINT) = a"),
        ("tsql", "CAST(d AS INT) > 5", "trunc(d) > 5"),
        ("postgres", "d::int > 5", "CAST(d AS BIGINT) > 5"),
        ("trino", "CAST(d AS BIGINT) > 5", None),
        ("sqlite", "CAST(t AS INTEGER) > 5", None),
        ("sqlite", "CAST(a AS REAL) / 3 > 5", "CAST(a AS DOUBLE) / 3 > 5"),
        ("postgres", "a::real > 5", None),
        ("spark", "CAST(a AS INT) > 1", None),
        ("sqlite", "CAST(COALESCE(a, 0.5) AS INTEGER) = 9007199254740993", None),
        ("postgres", "CAST(n AS INTEGER) = 2", "CAST(n AS BIGINT) = 2"),
        ("postgres", "CAST(f AS INTEGER) = 1", "CAST(f AS BIGINT) = 1"),
        ("sqlite", "CAST(a AS TEXT) = '1'", "CAST(a AS TEXT) = '1'"),
        ("sqlite", "CAST(d AS TEXT) = '1.0'", None),
        ("postgres", "CAST(a AS NUMERIC(10,2)) > 1", "CAST(a AS DECIMAL(10, 2)) > 1"),
        ("postgres", "CAST(d AS NUMERIC(10,2)) > 1", None),
        ("postgres", "CAST(wide AS DOUBLE PRECISION) > 1", None),
        ("trino", "CAST(a AS DOUBLE) / 2 > 1", "CAST(a AS DOUBLE) / 2 > 1"),
        ("mysql", "CAST(d AS SIGNED) > 1", None),
        ("trino", "CAST('2024-01-01' AS DATE) < day", "CAST('2024-01-01' AS DATE) < day"),
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new
