"""A parsed condition as data, or None where it is more than comparisons with constants."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlglot

from segkit.core.predicate import AllOf, AnyOf, Compare, Formula, IsNull, Not
from segkit.core.rules import Interval, Levels
from segkit.project.conditions.formulas import read_formula

A_3 = Compare("a", Interval(Decimal(3), Decimal(3), True, True))


def below(n: str, *, closed: bool = False) -> Formula:
    return Compare("a", Interval(upper=Decimal(n), upper_closed=closed))


def above(n: str, *, closed: bool = True) -> Formula:
    return Compare("a", Interval(lower=Decimal(n), lower_closed=closed))


@pytest.mark.parametrize(
    ("sql", "formula"),
    [
        ("a < 3", below("3")),
        ("a <= -3.5", below("-3.5", closed=True)),
        ("3 > a", below("3")),
        ("3 <= a", above("3")),
        ("a > 3", above("3", closed=False)),
        ("a = 3", A_3),
        ("3 <> a", Not(A_3)),
        ("(a) BETWEEN 1 AND 2", None),
        ("a BETWEEN 1 AND 2", Compare("a", Interval(Decimal(1), Decimal(2), True, True))),
        ("t = 'x'", Compare("t", Levels(frozenset({"x"})))),
        ("t IN ('x', 'y')", Compare("t", Levels(frozenset({"x", "y"})))),
        ("a IN (3)", AnyOf((A_3,))),
        ("a IN (3, 'x')", None),
        ("f", Compare("f", Levels(frozenset({"true"})), is_flag=True)),
        ("f = FALSE", Not(Compare("f", Levels(frozenset({"true"})), is_flag=True))),
        ("a IS NOT NULL", Not(IsNull("a"))),
        ("a = 3 AND (a < 3 AND f)", None),
        ("a = 3 OR a < 3 OR a >= 3", AnyOf((A_3, below("3"), above("3")))),
        ("a < 3e0", None),
        ("t < 'x'", None),
        ("a < b", None),
        ("a + 1 < 3", None),
    ],
)
def test_what_a_condition_says(sql: str, formula: Formula | None) -> None:
    found = read_formula(sqlglot.parse_one(sql, dialect="duckdb"))
    if sql.endswith("AND f)"):  # one AND, however it is written
        assert isinstance(found, AllOf) and len(found.parts) == 3
    else:
        assert found == formula
