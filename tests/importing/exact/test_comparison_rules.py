"""What is compared with what."""

from __future__ import annotations

import pytest

from tests.importing.exact.test_rewrite import condition


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        ("sqlite", "d > a", None),  # compared exactly there, as doubles in DuckDB
        ("postgres", "d > a", "d > a"),
        ("sqlite", "d > i", "d > i"),
        ("sqlite", "wide > 0.5", None),
        ("postgres", "wide > 0.5", "wide > 0.5"),
        ("mysql", "t = 'a'", None),
        ("redshift", "t = 'a'", None),
        ("sqlite", "t = 'a' AND t < 'b'", "t = 'a' AND t < 'b'"),
        ("postgres", "t < 'b'", None),
        ("sqlite", "t = 10", None),
        ("sqlite", "a = '10'", None),
        ("sqlite", "f = 1", "f = TRUE"),
        ("sqlite", "f = -1", None),
        ("trino", "d > n", "d > n"),
        ("trino", "d > 0.5", "d > 0.5"),
        ("sqlite", "n > m", None),
        ("bigquery", "f = 1", None),
        ("mysql", "f = 1", "f = TRUE"),
        ("sqlite", "f < g", None),
        ("sqlite", "f = 2", None),
        ("tsql", "a > n", "a > n"),
        ("sqlite", "CAST(d AS INTEGER) > 2.5", "trunc(d) > 2.5"),
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new
