"""What rewrites an expression, and what is known of one: with rules made up here."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse_one

from segkit.core.columns import Kind
from segkit.importing.exact.rewrite import Doubt, Exact, Rule, Value, call, operand
from segkit.importing.source_dialects import OLD_DIALECTS
from tests.importing.test_old_meaning import meant


def condition(text: str, dialect: str) -> str | None:
    """The condition in DuckDB's SQL; None if it is not proved."""
    found = meant(f"CASE WHEN {text} THEN 'x' ELSE 'y' END", dialect)
    if found.doubtful:
        return None
    case = found.items[0][1].node
    assert isinstance(case, exp.Case)
    return str(case.args["ifs"][0].this.sql(dialect="duckdb", normalize_functions=False))


def _flag(exact: Exact, node: exp.Boolean) -> Value:
    return Value(node, Kind.BOOLEAN)


def _square(exact: Exact, node: exp.Sqrt) -> Value:
    return Value(node.this, Kind.DOUBLE)


def exact() -> Exact:
    rules = {exp.Boolean: Rule(_flag), exp.Sqrt: Rule(_square, ("this",)), exp.Trim: Rule(_square)}
    return Exact(OLD_DIALECTS["trino"], {}, rules)


def test_a_rule_is_asked_by_the_kind_of_node() -> None:
    assert exact().value(parse_one("SQRT(a)")) == Value(exp.column("a"), Kind.DOUBLE)
    assert exact().condition(exp.true()).kind is Kind.BOOLEAN


@pytest.mark.parametrize("text", ["a + 1", "TRIM(LEADING 'x' FROM a)"])
def test_what_no_rule_knows_is_a_doubt(text: str) -> None:
    with pytest.raises(Doubt, match="segkit does not know that Trino means the same by it"):
        exact().value(parse_one(text))


def test_a_number_is_no_condition() -> None:
    with pytest.raises(Doubt, match="it is no condition") as caught:
        exact().condition(parse_one("SQRT(a)"))
    assert caught.value.column == ""


@pytest.mark.parametrize(
    ("text", "kind", "is_constant", "is_zero"),
    [
        ("0", Kind.INTEGER, True, True),
        ("-0.0", Kind.DOUBLE, True, True),
        ("0.5", Kind.DECIMAL, True, False),
        ("a", Kind.INTEGER, False, False),
        ("'0'", Kind.TEXT, True, False),
    ],
)
def test_zero(text: str, kind: Kind, is_constant: bool, is_zero: bool) -> None:
    value = Value(parse_one(text), kind, is_constant=is_constant)
    assert value.is_zero is is_zero
    assert value.is_numeric is (kind is not Kind.TEXT)


def test_functions_and_brackets() -> None:
    assert call("round_even", exp.column("a")).sql("duckdb") == "ROUND_EVEN(a)"
    assert operand(parse_one("a + 1")).sql() == "(a + 1)"
    assert operand(parse_one("f(a)")).sql() == "F(a)"
