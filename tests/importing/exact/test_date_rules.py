"""Dates: texts, days, parts."""

from __future__ import annotations

import pytest

from tests.importing.exact.test_rewrite import condition


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        ("sqlite", "day > '2024-01-01'", None),
        ("postgres", "day > '2024-01-01'", "day > CAST('2024-01-01' AS DATE)"),
        ("postgres", "day > '1/2/2024'", None),
        ("postgres", "day - DATE '2024-01-01' > 3", "day - CAST('2024-01-01' AS DATE) > 3"),
        (
            "postgres",
            "day + 1 > DATE '2000-01-01'",
            "day + CAST(1 AS INT) > CAST('2000-01-01' AS DATE)",
        ),
        ("postgres", "EXTRACT(year FROM day) / 100 > 19.5", None),
        ("postgres", "EXTRACT(year FROM day) >= 2000", "EXTRACT(YEAR FROM day) >= 2000"),
        ("postgres", "EXTRACT(dow FROM day) = 1", None),
        ("postgres", "day * 2 > day", None),
        ("trino", "day > '2024-01-01'", None),
        ("trino", "day > DATE '2024-01-01'", "day > CAST('2024-01-01' AS DATE)"),
        ("trino", "day - day > 1", None),
        ("postgres", "day > '2024-13-01'", None),
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new
