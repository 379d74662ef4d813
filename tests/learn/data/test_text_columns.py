"""Numbers that are written as text, and texts that are something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.fact_english import sentences
from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.learn.data.text_columns import TextColumn, look_at_texts, why_not
from tests.learn.conftest import MemoryEngine

_ENGINE = MemoryEngine()  # for as many tables as hypothesis likes


def look(engine: MemoryEngine, values: list[str | None], name: str = "x") -> TextColumn:
    rows = ", ".join(f"({'NULL' if value is None else literal(value, DUCKDB)})" for value in values)
    engine.execute(
        f"CREATE OR REPLACE TABLE t AS SELECT CAST(v AS VARCHAR) AS {name} "
        f"FROM (VALUES {rows}) AS r(v)"
    )
    (found,) = look_at_texts(engine, "t", engine.columns("t"))
    return found


def numbers(engine: MemoryEngine, values: list[str | None]) -> list[float | None]:
    found = look(engine, values)
    assert found.is_number
    return [row[0] for row in engine.query(f"SELECT {found.number_sql(DUCKDB)} FROM t")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-1.5", -1.5),
        ("$1,234.50", 1234.5),
        ("-$3", -3),
        ("$-3", -3),
        ("12 %", 12),
        ("1,234,567", 1234567),
        ("€ 9.99", 9.99),
    ],
)
def test_numbers_as_people_write_them(engine: MemoryEngine, text: str, value: float) -> None:
    assert numbers(engine, [text, *["7.25"] * 9]) == [value, *[7.25] * 9]


def test_a_decimal_comma_is_one_where_the_column_has_it(engine: MemoryEngine) -> None:
    assert numbers(engine, ["1.234,5", "0,75", "12,5 €", "3", None]) == [
        1234.5,
        0.75,
        12.5,
        3,
        None,
    ]


def test_no_group_of_thousands_begins_with_0(engine: MemoryEngine) -> None:
    assert numbers(engine, ["0,125", "0,500", "1,250"]) == [0.125, 0.5, 1.25]
    assert numbers(engine, ["0.125", "0.500", "1.250"]) == [0.125, 0.5, 1.25]


def test_a_uuid_is_a_text_too(engine: MemoryEngine) -> None:
    engine.execute("CREATE OR REPLACE TABLE t AS SELECT uuid() AS u FROM range(9)")
    (found,) = look_at_texts(engine, "t", engine.columns("t"))
    assert (found.known, found.distinct, found.is_number) == (9, 9, False)


def test_a_few_words_among_numbers_count_as_missing(engine: MemoryEngine) -> None:
    assert numbers(engine, ["n/a", *["$5"] * 9]) == [None, *[5.0] * 9]
    assert not look(engine, ["n/a", "n/a", *["$5"] * 9]).is_number


@pytest.mark.parametrize("code", ["01234", "+49301234", "007"])
def test_digits_of_a_code_are_no_number(engine: MemoryEngine, code: str) -> None:
    assert not look(engine, [code, *["12345"] * 30]).is_number


def test_a_code_by_its_name_is_no_number(engine: MemoryEngine) -> None:
    assert not look(engine, ["12345", "23456"], "zip_code").is_number


@given(
    st.floats(-1e9, 1e9, allow_subnormal=False), st.sampled_from(["{:.2f}", "{:,.2f}", "${:,.2f}"])
)
def test_what_is_read_is_what_was_written(value: float, form: str) -> None:
    engine = _ENGINE
    text = form.format(abs(value))
    assert numbers(engine, [text]) == [float(f"{abs(value):.2f}")]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("DATE '2024-01-01' + CAST(i AS INTEGER)", "a date: make it days since a date"),
        ("i % 2 = 0", "a flag: kind: category takes it in"),
        ("'c' || i % 3", "a text of 3 values: kind: category takes it in"),
        ("'say ' || i", "free text"),
        ("'same'", "constant"),
        (
            "i % 28 + 1 || '/03/2024'",
            "a date as text: make it days since a date, strptime reads it",
        ),
        ("CAST(NULL AS VARCHAR)", "no values"),
        ("'0123' || i", "digits of a code"),
        ("'$' || i", "numbers written as text: cast it in a model"),
        ("[i]", "of type BIGINT[]"),
    ],
)
def test_why_a_column_is_left_out(engine: MemoryEngine, sql: str, why: str) -> None:
    engine.execute(f"CREATE TABLE t AS SELECT {sql} AS x FROM range(40) AS r(i)")
    (column,) = engine.columns("t")
    found = why_not(column, look_at_texts(engine, "t", [column]))
    assert sentences([found]) == (f"left out: x ({why})",)
