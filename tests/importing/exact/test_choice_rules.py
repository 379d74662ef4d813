"""CASE, COALESCE, NULLIF, GREATEST."""

from __future__ import annotations

import pytest

from tests.importing.exact.test_rewrite import condition


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        ("sqlite", "COALESCE(a, 0.5) > 3", "COALESCE(a, 0.5) > 3"),
        ("postgres", "GREATEST(a, b) > 1", "greatest(a, b) > 1"),
        (
            "sqlite",
            "MAX(a, b) > 1",
            "CASE WHEN NOT (a IS NULL OR b IS NULL) THEN greatest(a, b) END > 1",
        ),
        ("sqlite", "NULLIF(a, 0) > 1", "NULLIF(a, 0) > 1"),
        ("sqlite", "NULLIF(a, 'x') > 1", None),
        ("sqlite", "IIF(a > 1, b / 2, 0) = 3", "CASE WHEN a > 1 THEN b // 2 ELSE 0 END = 3"),
        (
            "sqlite",
            "CASE a WHEN 1 THEN 2 WHEN NULL THEN 5 END = 2",
            "CASE a WHEN 1 THEN 2 WHEN NULL THEN 5 END = 2",
        ),
        ("trino", "COALESCE(a, 0.5) > 3", None),
        ("sqlite", "COALESCE(NULL, NULL) = 1", None),
        ("sqlite", "MIN(t, 'a') = 'a'", None),
        (
            "trino",
            "LEAST(a, 5) < 3",
            "CASE WHEN NOT (a IS NULL OR 5 IS NULL) THEN least(a, 5) END < 3",
        ),
        (
            "postgres",
            "GREATEST(day, DATE '2024-01-01') = day",
            "greatest(day, CAST('2024-01-01' AS DATE)) = day",
        ),
        ("postgres", "COALESCE(wide, d) > 3", None),
        ("sqlite", "CASE WHEN f THEN 1 ELSE 2.5 END / 2 > 1", None),
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new
