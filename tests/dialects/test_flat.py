"""The proof's other side, on an engine, apart from the chain. Trees are in test_emit."""

from __future__ import annotations

import time
from decimal import Decimal as D
from itertools import product

import duckdb
import pytest

from segkit.core.case import Cells, Gate, Rules
from segkit.core.columns import parse_type
from segkit.core.predicate import AllOf, AnyOf, ColumnUse, Compare, IsNull, Not, Predicate
from segkit.core.rules import EVERYTHING, Condition, Interval, Levels, Rule
from segkit.dialects.emit import Operand
from segkit.dialects.flat import condition_sql, flat_sql, formula_sql, rule_sql
from segkit.dialects.table import DUCKDB

OPERANDS = {
    "a": Operand("a", parse_type("INTEGER")),
    "b": Operand("b", parse_type("INTEGER")),
    "t": Operand("t", parse_type("VARCHAR")),
}


def predicate(text: str) -> Predicate:
    return Predicate(text, (ColumnUse(0, 1, text[0]),))


def value(sql: str, **row: object) -> object:
    cells = ", ".join(
        f"{'NULL' if v is None else repr(v)}::{'VARCHAR' if name == 't' else 'INTEGER'} AS {name}"
        for name, v in {"a": None, "b": None, "t": None, **row}.items()
    )
    return duckdb.execute(f"SELECT {sql} FROM (SELECT {cells})").fetchall()[0][0]


LOW_HIGH = Rules(
    ((predicate("a < 10"), 1), (predicate("a > 20"), 2), (predicate("b = 1"), 3)), 4, missing=9
)


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [
        (5, 0, 1),
        (25, 0, 2),
        (15, 1, 3),
        (15, 0, 4),
        (5, None, 1),  # one is TRUE: what the others would be does not matter
        (15, None, 9),
        (None, 0, 9),
        (None, 1, 3),
        (5, 1, None),  # two rules hold: a difference, and no answer
    ],
)
def test_rules_without_an_order(a: int | None, b: int | None, code: int | None) -> None:
    assert value(flat_sql(LOW_HIGH, OPERANDS, str, DUCKDB), a=a, b=b) == code


def test_rules_that_leave_nobody_out_have_no_other() -> None:
    rules = Rules(((predicate("a < 10"), 1), (predicate("a > 5"), 2)), None, missing=9)
    sql = flat_sql(rules, OPERANDS, str, DUCKDB)
    assert [value(sql, a=a) for a in (1, 20, 7, None)] == [1, 2, None, 9]


def test_2000_rules_are_each_written_once_and_asked_in_a_second() -> None:
    rules = tuple((predicate(f"a >= {i} AND a < {i + 1}"), i + 1) for i in range(2000))
    sql = flat_sql(Rules(rules, 3000, missing=9), OPERANDS, str, DUCKDB)
    assert sql.count("a >= 1234 ") == 1
    start = time.process_time()
    rows = duckdb.execute(f"SELECT {sql} FROM unnest([0, 1999, 2000, NULL]) AS r(a)").fetchall()
    assert rows == [(1,), (2000,), (3000,), (9,)]
    assert time.process_time() - start < 10


def test_cells_are_a_table_by_position() -> None:
    """3 x 3 cells, each its own code but for (2, 3), which is missing."""
    codes = {cell: 10 + i for i, cell in enumerate(product((1, 2, 3), repeat=2)) if cell != (2, 3)}
    cells = Cells(("a", "b"), tuple(codes.items()), missing=9)
    sql = flat_sql(cells, OPERANDS, str, DUCKDB)
    for a, b in product((0, 1, 2, 3, 4), repeat=2):
        assert value(sql, a=a, b=b) == codes.get((a, b), 9)


def test_a_gate_is_asked_first_and_null_goes_on() -> None:
    gate = Gate(predicate("b = 7"), 5, Cells(("a",), (((1,), 1), ((2,), 2)), missing=9))
    sql = flat_sql(gate, OPERANDS, str, DUCKDB)
    assert [value(sql, a=1, b=b) for b in (7, 8, None)] == [5, 1, 1]


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (Condition("a", Interval(D(1), D(5))), "a >= 1 AND a < 5"),
        (Condition("a", Interval(D(1), D(5), False, True)), "a > 1 AND a <= 5"),
        (Condition("a", Interval(upper=D(5)), True), "a < 5 OR a IS NULL"),
        (Condition("a", EVERYTHING, True), "TRUE"),
        (Condition("a", EVERYTHING, False), "a IS NOT NULL"),
        (Condition("a", None, True), "a IS NULL"),
        (Condition("t", Levels(frozenset({"x", "w"}))), "t IN ('w', 'x')"),
        (Condition("t", Levels(frozenset({"x"}), True), True), "t <> 'x' OR t IS NULL"),
    ],
)
def test_conditions(condition: Condition, sql: str) -> None:
    assert condition_sql(condition, OPERANDS, DUCKDB) == sql


def test_a_rule_is_all_of_its_conditions() -> None:
    rule = Rule(1, (Condition("a", Interval(upper=D(5)), True), Condition("b", Interval(D(2)))))
    assert rule_sql(rule, OPERANDS, DUCKDB) == "(a < 5 OR a IS NULL) AND b >= 2"
    assert rule_sql(Rule(1, ()), OPERANDS, DUCKDB) == "TRUE"


def test_formulas_have_brackets_where_they_need_them() -> None:
    low = Compare("a", Interval(upper=D(5)))
    text = Compare("t", Levels(frozenset({"x"})))
    either = AnyOf((low, IsNull("b")))
    assert (
        formula_sql(AllOf((either, text)), OPERANDS, DUCKDB) == "(a < 5 OR b IS NULL) AND t = 'x'"
    )
    assert formula_sql(Not(either), OPERANDS, DUCKDB) == "NOT (a < 5 OR b IS NULL)"
    assert formula_sql(Not(IsNull("b")), OPERANDS, DUCKDB) == "b IS NOT NULL"
    anything = formula_sql(Compare("a", EVERYTHING), OPERANDS, DUCKDB)
    assert [value(anything, a=a) for a in (1, None)] == [True, None]
