"""A formula says what its text says to an engine; columns are named as the relation does."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings

from segkit.core.columns import Column, parse_type
from segkit.core.predicate import ColumnUse, Compare, Formula, Predicate, bound, constants
from segkit.core.rules import Interval, Levels
from tests.conftest import insert_rows
from tests.core.formulas import FORMULAS, ROWS, as_sql
from tests.core.reference import truths_of

BELOW_2 = Interval(upper=Decimal(2))


@pytest.fixture(scope="module")
def grid() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE grid (i INTEGER, a DECIMAL(6, 2), n INTEGER, t VARCHAR)")
    rows = [(i, row["a"], row["n"], row["t"]) for i, row in enumerate(ROWS)]
    insert_rows(connection, "grid", rows)
    return connection


@settings(max_examples=150, deadline=None)
@given(formula=FORMULAS)
def test_truth_is_that_of_the_engine(grid: duckdb.DuckDBPyConnection, formula: Formula) -> None:
    found = grid.execute(f"SELECT {as_sql(formula)} FROM grid ORDER BY i").fetchall()
    assert [truth for (truth,) in found] == truths_of(formula, ROWS)


# the text ---------------------------------------------------------------------------------------

TEXT = "Age < 30 AND note <> 'Age' OR \"Größe\" > age"
USES = (
    ColumnUse(0, 3, "Age"),
    ColumnUse(13, 17, "note"),
    ColumnUse(30, 37, "Größe"),
    ColumnUse(40, 43, "age"),
)
COLUMNS = {
    name: Column(name, parse_type(type_))
    for name, type_ in (
        ("age", "INTEGER"),
        ("note", "VARCHAR"),
        ("Größe", "FLOAT"),
        ("id", "UUID"),
        ("folded", "VARCHAR COLLATE nocase"),
        ("huge", "HUGEINT"),
        ("uhuge", "UHUGEINT"),
        ("wide", "DECIMAL(38,2)"),
    )
}


def test_columns_are_replaced_and_texts_are_not() -> None:
    predicate = bound(Predicate(TEXT, USES), COLUMNS)
    assert predicate.columns == ("age", "note", "Größe")
    written = predicate.sql({"age": "a_finite", "note": "note", "Größe": '"g x"'}, brackets=True)
    assert written == "(a_finite < 30 AND note <> 'Age' OR \"g x\" > a_finite)"


@pytest.mark.parametrize(
    ("column", "values", "fits"),
    [
        ("AGE", BELOW_2, True),
        ("note", Levels(frozenset({"x"})), True),
        ("note", BELOW_2, False),  # the engine casts, and what it means is for the engine to say
        ("age", Levels(frozenset({"x"})), False),
        ("Größe", BELOW_2, False),  # a FLOAT is not compared as a decimal
        ("nowhere", BELOW_2, False),
        ("id", Levels(frozenset({"a"})), False),  # one UUID, two spellings
        ("folded", Levels(frozenset({"a"})), False),  # 'a' = 'A' here
        # beside 1.234 a value of many digits does not fit a DECIMAL: the engine fails on it
        ("wide", BELOW_2, True),
        ("wide", Interval(upper=Decimal("1.234")), False),
        ("huge", BELOW_2, True),
        ("huge", Interval(upper=Decimal("1.5")), False),
        ("age", Interval(upper=Decimal("1.5")), True),
        ("uhuge", BELOW_2, False),
    ],
)
def test_a_formula_that_does_not_fit_the_types_is_dropped(
    column: str, values: Interval | Levels, fits: bool
) -> None:
    found = bound(Predicate("?", (), Compare(column, values)), COLUMNS)
    assert (found.formula is not None) == fits
    if fits:
        assert constants(found.formula, column.lower()) == (values,)  # type: ignore[arg-type]
