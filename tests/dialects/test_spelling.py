"""What is written into SQL comes back from the engine as it was meant."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2 import Environment

from segkit.core.columns import Kind, parse_type
from segkit.core.tree import Below
from segkit.dialects.spelling import comparison, identifier, in_jinja, literal, membership
from segkit.dialects.table import DUCKDB

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)


@given(texts)
def test_a_literal_is_the_text_again(text: str) -> None:
    assert duckdb.execute(f"SELECT {literal(text, DUCKDB)}").fetchall() == [(text,)]


@given(st.text("{}%#' a-\n", max_size=30))
@example("{{{%}} {% raw %} {# a #} {{ '{{' }}")
def test_a_template_says_the_text(text: str) -> None:
    made = Environment(keep_trailing_newline=True).from_string(in_jinja(text))
    assert made.render() == text


@given(texts)
def test_an_identifier_names_the_column_or_is_refused(name: str) -> None:
    try:
        sql = identifier(name, DUCKDB)
    except ValueError:
        assert not name or any(ord(c) < 32 or ord(c) == 127 for c in name)
        return
    result = duckdb.execute(f"SELECT {sql} FROM (SELECT 1 AS {sql}) AS t")
    assert result.description[0][0] == name
    assert result.fetchall() == [(1,)]


def test_every_keyword_can_be_a_column() -> None:
    for (word,) in duckdb.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall():
        name = identifier(word, DUCKDB)
        assert duckdb.execute(f"SELECT t.{name} FROM (SELECT 1 AS {name}) AS t").fetchall()


def test_plain_names_stay_bare() -> None:
    assert identifier("annual_income", DUCKDB) == "annual_income"
    assert identifier("Annual Income (k$)", DUCKDB) == '"Annual Income (k$)"'


CASES = [
    ("age", "INTEGER", "41.5", False, False, "age < 42"),
    ("age", "INTEGER", "41.5", False, True, "age >= 42"),
    ("age", "INTEGER", "41.5", True, False, "age <= 41"),
    ("age", "INTEGER", "-0.5", False, False, "age < 0"),
    ("age", "INTEGER", "-1.5", True, False, "age <= -2"),
    ("x", "DECIMAL(18,2)", "0.525", False, False, "x < 0.53"),
    ("x", "DECIMAL(18,2)", "1E+3", True, True, "x > 1000"),
    ("x", "DOUBLE", "0.525", False, False, "x < 0.525"),
    ("x", "DOUBLE", "0.1234567890123456789", False, False, "x < 0.12345678901234568e0"),
    ("x", "DOUBLE", "3.0472373007E+19", False, False, "x < 3.0472373007e+19"),
    ("x", "DOUBLE", "30472373007000000000", False, False, "x < 3.0472373007e+19"),
    ("x", "DECIMAL(38,37)", "50", False, False, "x < 50.0e0"),
    (
        "x",
        "HUGEINT",
        "12345678901234567890123456789012345678",
        True,
        False,
        "x <= 12345678901234567890123456789012345678",
    ),
    ("x", "HUGEINT", "1E+39", False, True, "x >= 1e+39"),
    ("x", "DOUBLE", "5E-324", False, False, "x < 5e-324"),
    ("x", "FLOAT", "0.1", False, True, "x >= 0.1e0"),
]


@pytest.mark.parametrize(("name", "type_", "cut", "inclusive", "negated", "expected"), CASES)
def test_the_plainest_exact_spelling(
    name: str, type_: str, cut: str, inclusive: bool, negated: bool, expected: str
) -> None:
    test = Below(Decimal(cut), inclusive)
    assert comparison(name, test, parse_type(type_), negated=negated, dialect=DUCKDB) == expected


@given(
    st.sampled_from(["TINYINT", "BIGINT", "HUGEINT", "DECIMAL(9,2)", "DECIMAL(38,10)", "DOUBLE"]),
    st.decimals(-1000, 1000, places=4),
    st.decimals(-120, 120, places=4),
    st.booleans(),
)
def test_a_comparison_is_exact_in_the_columns_own_type(
    type_: str, cut: Decimal, value: Decimal, inclusive: bool
) -> None:
    test, column = Below(cut, inclusive), parse_type(type_)
    sql = comparison("x", test, column, DUCKDB)
    stored, answer = duckdb.execute(
        f"SELECT x, {sql} FROM (SELECT CAST('{value}' AS {type_}) AS x) AS t"
    ).fetchall()[0]
    edge = float(cut) if column.kind is Kind.DOUBLE else cut
    assert answer == (stored <= edge if inclusive else stored < edge)


@pytest.mark.parametrize(
    ("type_", "levels", "expected"),
    [
        ("BIGINT", ("33", "-4", "0"), "c IN (33, -4, 0)"),
        ("BIGINT", ("IT",), "CAST(c AS VARCHAR) = 'IT'"),
        ("BIGINT", ("33", "x) OR (TRUE"), "CAST(c AS VARCHAR) IN ('33', 'x) OR (TRUE')"),
        ("BIGINT", ("007",), "CAST(c AS VARCHAR) = '007'"),
        ("BIGINT", ("1e3",), "CAST(c AS VARCHAR) = '1e3'"),
        ("BIGINT", ("-0",), "CAST(c AS VARCHAR) = '-0'"),
        ("BIGINT", ("٣",), "CAST(c AS VARCHAR) = '٣'"),
        ("BOOLEAN", ("true",), "c"),
        ("BOOLEAN", ("IT",), "CAST(c AS VARCHAR) = 'IT'"),
        ("VARCHAR", ("33",), "c = '33'"),
    ],
)
def test_a_level_without_quotes_is_a_value_of_the_type(
    type_: str, levels: tuple[str, ...], expected: str
) -> None:
    assert membership("c", levels, parse_type(type_), DUCKDB) == expected


@given(
    st.lists(texts | st.sampled_from(["0", "1", "-1", "true", "false"]), min_size=1, max_size=3),
    st.sampled_from(["BIGINT", "BOOLEAN", "VARCHAR"]),
    st.booleans(),
)
def test_membership_is_that_of_the_printed_value(
    levels: list[str], type_: str, negated: bool
) -> None:
    sql = membership("c", levels, parse_type(type_), negated=negated, dialect=DUCKDB)
    values = "NULL, 0, 1, -1"
    found = duckdb.execute(
        f"SELECT CAST(c AS VARCHAR), {sql} FROM (SELECT CAST(unnest([{values}]) AS {type_}) AS c)"
    ).fetchall()
    for text, is_in in found:
        assert is_in == (None if text is None else (text in levels) != negated)
