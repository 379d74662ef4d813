"""What is written into SQL comes back from the engine as it was meant."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.columns import Kind, parse_type
from segkit.core.dialect import comparison, identifier, literal
from segkit.core.tree import Below

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)


@given(texts)
def test_a_literal_is_the_text_again(text: str) -> None:
    assert duckdb.execute(f"SELECT {literal(text)}").fetchall() == [(text,)]


@given(texts)
def test_an_identifier_names_the_column_or_is_refused(name: str) -> None:
    try:
        sql = identifier(name)
    except ValueError:
        assert not name or any(ord(c) < 32 or ord(c) == 127 for c in name)
        return
    result = duckdb.execute(f"SELECT {sql} FROM (SELECT 1 AS {sql}) AS t")
    assert result.description[0][0] == name
    assert result.fetchall() == [(1,)]


def test_every_keyword_can_be_a_column() -> None:
    for (word,) in duckdb.execute("SELECT keyword_name FROM duckdb_keywords()").fetchall():
        name = identifier(word)
        assert duckdb.execute(f"SELECT t.{name} FROM (SELECT 1 AS {name}) AS t").fetchall()


def test_plain_names_stay_bare() -> None:
    assert identifier("annual_income") == "annual_income"
    assert identifier("Annual Income (k$)") == '"Annual Income (k$)"'


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
    assert comparison(name, test, parse_type(type_), negated=negated) == expected


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
    sql = comparison("x", test, column)
    stored, answer = duckdb.execute(
        f"SELECT x, {sql} FROM (SELECT CAST('{value}' AS {type_}) AS x) AS t"
    ).fetchall()[0]
    edge = float(cut) if column.kind is Kind.DOUBLE else cut
    assert answer == (stored <= edge if inclusive else stored < edge)
