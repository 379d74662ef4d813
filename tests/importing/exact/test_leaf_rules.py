"""Columns of each type, constants of many digits, brackets."""

from __future__ import annotations

import pytest

from tests.importing.exact.test_rewrite import condition


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
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
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new
