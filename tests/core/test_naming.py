from __future__ import annotations

from decimal import Decimal

from segkit.core.english import describe_rule
from segkit.core.naming import Statement
from segkit.core.rules import Rule


def said(*says: Statement) -> str:
    return describe_rule(Rule(1, tuple(each.condition for each in says)), ())


def test_a_statement_is_a_condition() -> None:
    assert said(Statement("orders", "cut", 3.0, 11.0)) == "orders 3 to under 11"
    assert said(Statement("orders", "high", 3.5, lower_closed=False)) == "orders over 3.5"
    assert said(Statement("orders", "fact", 0.0, 0.0, upper_closed=True)) == "orders 0"
    assert said(Statement("region", "level", levels=("north", "east"))) == "region east or north"
    assert said(Statement("income", "unknown")) == "income unknown"
    assert Statement("x", "cut", 0.1).interval.lower == Decimal("0.1")


def test_words_and_cuts_are_styles() -> None:
    styles = [Statement("x", kind).style for kind in ("high", "low", "mid", "cut", "fact")]
    assert styles == ["word", "word", "word", "cut", None]
    assert Statement("x", "cut", None, 2.0).ends == (2.0,)
