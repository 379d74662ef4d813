"""Comparisons, lists, ranges, patterns."""

from __future__ import annotations

import pytest

from tests.importing.exact.test_rewrite import condition


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        ("sqlite", "t LIKE 'a_%.'", "regexp_full_match(t, '[Aa]..*\\.', 's')"),
        ("sqlite", "t LIKE '10%'", "t LIKE '10%'"),
        ("postgres", "t LIKE 'a%'", "t LIKE 'a%'"),
        ("postgres", r"t LIKE 'a\%'", None),
        ("tsql", "t LIKE 'a%'", None),
        ("sqlite", "a", None),
        ("sqlite", "a BETWEEN 1 AND 2.5", "a BETWEEN 1 AND 2.5"),
        ("sqlite", "a IN (1, NULL)", "a IN (1, NULL)"),
        ("sqlite", "a = b = f", None),
        ("sqlite", "a IS NOT b", "a IS DISTINCT FROM b"),
        ("sqlite", "NOT (a > 1 OR b IS NULL)", "NOT (a > 1 OR b IS NULL)"),
        ("sqlite", "a = NULL", "a = NULL"),
        ("postgres", "f IS NOT TRUE", "NOT f IS TRUE"),
        ("sqlite", "(a / 2) IS NULL", "(a // 2) IS NULL"),
        ("sqlite", "t NOT LIKE 'a%'", "NOT regexp_full_match(t, '[Aa].*', 's')"),
        ("sqlite", "t LIKE u", None),
        ("sqlite", "t LIKE 'Ä%'", "t LIKE 'Ä%'"),
        ("sqlite", "a IN (1, '2')", None),
        ("postgres", "a NOT IN (1, 2)", "NOT a IN (1, 2)"),
        ("sqlite", "t LIKE '.k*'", "regexp_full_match(t, '\\.[Kk]\\*', 's')"),
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new
