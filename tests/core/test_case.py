"""Rules, cells and gates: the chain, its flat twin and the reference say the same of every row."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.case import (
    Cells,
    Decision,
    Gate,
    Rules,
    case_of_bands,
    codes_of,
    columns_of,
    predicates_of,
    scores_of,
)
from segkit.core.columns import parse_type
from segkit.core.predicate import AllOf, ColumnUse, Formula, Not, Predicate
from segkit.core.rules import Interval
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree
from segkit.dialects.emit import Operand, case_inline, chain_of
from segkit.dialects.flat import flat_sql
from segkit.dialects.table import DUCKDB
from tests.conftest import insert_rows
from tests.core.formulas import FORMULAS, LEVELS, ROWS, as_sql
from tests.core.reference import decide, truths_of

OPERANDS = {
    "a": Operand("a", parse_type("DECIMAL(6,2)")),
    "n": Operand("n", parse_type("INTEGER")),
    "t": Operand("t", parse_type("VARCHAR")),
}


@pytest.fixture(scope="module")
def grid() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE grid (i INTEGER, a DECIMAL(6, 2), n INTEGER, t VARCHAR)")
    rows = [(i, row["a"], row["n"], row["t"]) for i, row in enumerate(ROWS)]
    insert_rows(connection, "grid", rows)
    return connection


def predicate(formula: Formula) -> Predicate:
    """Written with names that are as they are: nothing has to be replaced."""
    return Predicate(as_sql(formula), (), formula)


def both_ways(grid: duckdb.DuckDBPyConnection, decision: object) -> list[tuple[int, int]]:
    chain = case_inline(chain_of(decision, OPERANDS, DUCKDB))  # type: ignore[arg-type]
    flat = flat_sql(decision, OPERANDS, str, DUCKDB)  # type: ignore[arg-type]
    return grid.execute(f"SELECT {chain}, {flat} FROM grid ORDER BY i").fetchall()


def codes_of_rows(decision: Decision) -> list[int]:
    """``decide`` each of ``ROWS``; every formula is asked for all of them at once."""
    asked = {p.text: truths_of(p.formula, ROWS) for p in predicates_of(decision) if p.formula}

    def code(place: int) -> int:
        return decide(decision, ROWS[place], lambda predicate: asked[predicate.text][place])

    return [code(place) for place in range(len(ROWS))]


def excluding(formulas: list[Formula]) -> list[Formula]:
    """Each one without those before it: no two hold together."""
    return [AllOf((f, *map(Not, formulas[:i]))) if i else f for i, f in enumerate(formulas)]


def complete(formulas: list[Formula]) -> list[Formula]:
    """With one more that holds where all the others are FALSE."""
    return [*formulas, AllOf(tuple(map(Not, formulas)))]


@settings(max_examples=120, deadline=None)
@given(formulas=st.lists(FORMULAS, min_size=1, max_size=3), has_else=st.booleans())
def test_rules(grid: duckdb.DuckDBPyConnection, formulas: list[Formula], has_else: bool) -> None:
    formulas = excluding(formulas) if has_else else complete(excluding(formulas))
    truths = list(zip(*(truths_of(formula, ROWS) for formula in formulas), strict=True))
    assert all(sum(bool(t) for t in row) < 2 for row in truths)
    rules = Rules(
        tuple((predicate(f), code) for code, f in enumerate(formulas, start=1)),
        len(formulas) + 1 if has_else else None,
    )
    expected = codes_of_rows(rules)
    assert both_ways(grid, rules) == [(code, code) for code in expected]
    for row, code in zip(truths, expected, strict=True):
        if True in row:
            assert code == row.index(True) + 1
        else:
            assert code == (0 if None in row or not has_else else len(formulas) + 1)
    assert set(expected) <= codes_of(rules)


def test_two_rules_that_hold_are_no_answer(grid: duckdb.DuckDBPyConnection) -> None:
    always = Predicate("n > -5 OR n IS NULL", ())
    rules = Rules(((always, 1), (always, 2)), 3)
    with pytest.raises(ValueError, match="two rules hold"):
        decide(rules, ROWS[0], lambda predicate: True)
    assert {flat for _, flat in both_ways(grid, rules)} == {None}


def test_a_predicate_without_a_formula_needs_the_engine() -> None:
    with pytest.raises(ValueError, match="only an engine"):
        decide(Rules(((Predicate("f(n)", ()), 1),), 2), ROWS[0])


TREES: st.SearchStrategy[Tree] = st.recursive(
    st.builds(Leaf, st.integers(0, 3)),
    lambda tree: st.one_of(
        st.builds(
            Split,
            st.just("t"),
            st.frozensets(st.sampled_from(LEVELS), min_size=1).map(
                lambda levels: OneOf(tuple(sorted(levels)))
            ),
            tree,
            tree,
            st.sampled_from(["yes", "no"]),
        ),
        st.builds(
            Split,
            st.just("a"),
            st.builds(Below, st.integers(0, 3).map(Decimal)),
            tree,
            tree,
            st.sampled_from(["yes", "no"]),
        ),
    ),
    max_leaves=10,
)


@settings(max_examples=120, deadline=None)
@given(tree=TREES, formula=FORMULAS)
def test_trees_of_levels_behind_a_gate(
    grid: duckdb.DuckDBPyConnection, tree: Tree, formula: Formula
) -> None:
    for decision in (tree, Gate(predicate(formula), 9, tree)):
        expected = codes_of_rows(decision)
        assert both_ways(grid, decision) == [(code, code) for code in expected]
        assert set(expected) <= codes_of(decision)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_cells(data: st.DataObject) -> None:
    width, highest = data.draw(st.sampled_from([(2, 5), (3, 4), (2, 9)]))
    cells = list(product(range(1, highest + 1), repeat=width))
    codes = {cell: data.draw(st.integers(1, 5)) for cell in cells}
    names = tuple(f"s{i}" for i in range(width))
    decision = Cells(names, tuple(codes.items()))
    operands = {name: Operand(name, parse_type("INTEGER")) for name in names}
    rows = list(product(range(highest + 1), repeat=width))  # 0 is a missing score
    values = ", ".join(f"({i}, {', '.join(map(str, row))})" for i, row in enumerate(rows))
    chain = case_inline(chain_of(decision, operands, DUCKDB))
    found = duckdb.sql(
        f"SELECT {chain}, {flat_sql(decision, operands, str, DUCKDB)} "
        f"FROM (VALUES {values}) AS t(i, {', '.join(names)}) ORDER BY i"
    ).fetchall()
    expected = [decide(decision, dict(zip(names, row, strict=True))) for row in rows]
    assert found == [(code, code) for code in expected]
    assert expected == [codes.get(row, 0) for row in rows]
    assert (scores_of(decision), columns_of(decision)) == (names, ())


def test_what_a_gate_looks_at() -> None:
    asked = Predicate("n > 1", (ColumnUse(0, 1, "n"),))
    gate = Gate(asked, 3, Split("a", Below(Decimal(1)), Leaf(1), Leaf(2)))
    assert columns_of(gate) == ("n", "a")
    assert predicates_of(gate) == (asked,)
    assert codes_of(gate) == {1, 2, 3}


# bands --------------------------------------------------------------------------------------------

BANDS = {
    "old": Interval(Decimal(60)),
    "exactly 18": Interval(Decimal(18), Decimal(18), True, True),
    "young": Interval(upper=Decimal(18)),
    "middle": Interval(Decimal(18), Decimal(60), False),
}


@pytest.mark.parametrize(
    ("age", "label"),
    [
        (17, "young"),
        (18, "exactly 18"),
        (Decimal("18.01"), "middle"),
        (Decimal("59.99"), "middle"),
        (60, "old"),
        (None, "unknown"),
        (float("nan"), "unknown"),
    ],
)
def test_bands_in_any_order_hold_what_they_say(age: object, label: str) -> None:
    for bands in (list(BANDS.items()), list(BANDS.items())[::-1]):
        case = case_of_bands("age", bands, "unknown")
        assert case.outcome(decide(case.decision, {"age": age})).name == label


def test_codes_are_places_in_the_list_and_the_tree_asks_from_the_lowest_up() -> None:
    case = case_of_bands("age", list(BANDS.items()), "unknown")
    assert [(o.code, o.name) for o in case.outcomes] == [
        (0, "unknown"),
        (1, "old"),
        (2, "exactly 18"),
        (3, "young"),
        (4, "middle"),
    ]
    known = Split("age", Known(), Leaf(1), Leaf(0))
    middle = Split("age", Below(Decimal(60)), Leaf(4), known)
    exactly = Split("age", Below(Decimal(18), True), Leaf(2), middle)
    assert case.decision == Split("age", Below(Decimal(18)), Leaf(3), exactly)


def test_one_band_asks_only_whether_there_is_a_value() -> None:
    assert case_of_bands("age", [("all", Interval())], "-").decision == Split(
        "age", Known(), Leaf(1), Leaf(0)
    )
