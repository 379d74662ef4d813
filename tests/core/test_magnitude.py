"""What can overflow, in powers of ten."""

from __future__ import annotations

import duckdb
import pytest

from segkit.core.columns import parse_type
from segkit.core.magnitude import (
    DOUBLES,
    UNKNOWN,
    Grain,
    computed,
    converted,
    joined,
    of_call,
    of_number,
    of_type,
)

DOUBLE, FLOAT, INTEGER, HUGE, CENTS = (
    of_type(parse_type(name))
    for name in ("DOUBLE", "FLOAT", "INTEGER", "UHUGEINT", "DECIMAL(10,2)")
)


def test_a_column_is_finite() -> None:
    assert not any(size.wild for size in (DOUBLE, FLOAT, INTEGER, HUGE, CENTS))
    assert (CENTS.high, CENTS.low) == (8, -2)
    assert of_type(parse_type("VARCHAR")) == UNKNOWN


@pytest.mark.parametrize(
    ("left", "sign", "right", "wild"),
    [
        (INTEGER, "/", INTEGER, False),
        (HUGE, "/", of_type(parse_type("DECIMAL(38,38)")), False),
        (DOUBLE, "/", INTEGER, False),
        (DOUBLE, "/", CENTS, True),
        (INTEGER, "/", DOUBLE, True),
        (FLOAT, "/", INTEGER, False),
        (FLOAT, "*", of_number("2"), True),
        (DOUBLE, "*", of_number("1"), False),
        (DOUBLE, "*", of_number("0.5"), False),
        (DOUBLE, "*", of_number("1.1"), True),
        (DOUBLE, "/", of_number("0.5"), True),
        (DOUBLE, "+", of_number("1"), True),
        (DOUBLE, "%", INTEGER, False),
        (INTEGER, "*", INTEGER, False),
        (INTEGER, "/", of_number("1e-320"), True),
        (DOUBLE, "*", of_number("0"), False),
        (UNKNOWN, "*", DOUBLE, False),
    ],
)
def test_what_can_leave_its_range(left, sign, right, wild) -> None:
    assert computed(left, sign, right).wild is wild


@pytest.mark.parametrize(
    ("left", "sign", "right", "grain"),
    [
        (INTEGER, "/", INTEGER, Grain.DOUBLE),
        (INTEGER, "//", INTEGER, Grain.EXACT),
        (CENTS, "//", INTEGER, Grain.DOUBLE),
        (CENTS, "%", INTEGER, Grain.EXACT),
        (FLOAT, "/", INTEGER, Grain.SINGLE),
        (FLOAT, "*", DOUBLE, Grain.DOUBLE),
        (UNKNOWN, "+", INTEGER, Grain.UNKNOWN),
    ],
)
def test_the_types_are_those_of_duckdb(left, sign, right, grain) -> None:
    assert computed(left, sign, right).grain is grain


@pytest.mark.parametrize(
    ("text", "grain", "is_whole", "is_zero", "wild"),
    [
        ("7", Grain.EXACT, True, False, False),
        ("1_000", Grain.EXACT, True, False, False),
        ("0.5", Grain.EXACT, False, False, False),
        ("2.", Grain.EXACT, False, False, False),
        ("0", Grain.EXACT, True, True, False),
        ("0.00", Grain.EXACT, False, True, False),
        ("1e3", Grain.DOUBLE, False, False, False),
        ("1e400", Grain.DOUBLE, False, False, True),
        ("1e-400", Grain.EXACT, False, True, False),
    ],
)
def test_numbers_as_they_are_written(text, grain, is_whole, is_zero, wild) -> None:
    size = of_number(text)
    assert (size.grain, size.is_whole, size.is_zero, size.wild) == (grain, is_whole, is_zero, wild)


def test_casts_and_functions() -> None:
    assert converted(UNKNOWN, "DOUBLE").wild  # a text may say 'nan'
    assert converted(UNKNOWN, "float8").wild
    assert not converted(INTEGER, "DOUBLE").wild
    assert converted(INTEGER, "DOUBLE").high == INTEGER.high
    assert converted(UNKNOWN, "DECIMAL(6,2)").high == 4
    assert of_call("exp", [INTEGER]).wild
    assert not of_call("abs", [DOUBLE]).wild
    assert of_call("round", [DOUBLE, INTEGER]).wild
    assert of_call("length", [UNKNOWN]).grain is Grain.EXACT
    assert of_call("my_macro", [DOUBLE]) == UNKNOWN
    assert of_call("coalesce", [INTEGER, DOUBLE]).grain is Grain.DOUBLE
    assert joined([INTEGER, UNKNOWN]) == UNKNOWN


# Of their results none is infinite or NaN where their arguments are not.
BOUNDED = """
date_part datepart epoch even jaccard jaro_similarity jaro_winkler_similarity julian pi random
vertex_extract
"""
OPERATORS = """
abs add ceil ceiling divide floor mod multiply round subtract trunc
"""


def test_every_function_of_duckdb_that_returns_a_float_is_known() -> None:
    """A new one is either guarded, or among those that are always finite, with reason."""
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar' "
            "AND return_type IN ('FLOAT', 'DOUBLE') AND regexp_matches(function_name, '^[a-z]')"
        ).fetchall()
    known = DOUBLES | {*BOUNDED.split(), *OPERATORS.split()}
    assert {name for (name,) in found} - known == set()
