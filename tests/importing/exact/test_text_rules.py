"""Functions of texts."""

from __future__ import annotations

import pytest

from tests.importing.exact.test_rewrite import condition


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
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
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new
