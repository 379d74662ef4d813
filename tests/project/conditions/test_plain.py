"""What is read without a parser is what the parser reads."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot.dialects.duckdb import DuckDB

from segkit.core.predicate import BIGINT_DIGITS, Predicate
from segkit.dialects.reserved import DUCKDB_WORDS, SNOWFLAKE_WORDS, WORDS_ELSEWHERE
from segkit.errors import Place
from segkit.project.conditions.door import plain_predicate
from segkit.project.conditions.predicates import parse_condition

PLACE = Place("rules.yml", 1, 1)
NAMES = st.sampled_from(("orders", "tenure_days", "a1", "_x", "Orders", "left", "band"))
NUMBERS = st.sampled_from(("0", "10", "-1", "2.50", "007", "1e3", ".5", "1.", "1_000", "'a'"))
COMPARISONS = st.builds(
    "{}{}{}{}{}".format,
    NAMES,
    st.sampled_from(("", " ", "  ")),
    st.sampled_from(("<", "<=", ">", ">=", "=", "<>", "==")),
    st.sampled_from(("", " ")),
    NUMBERS,
)


def parsed(text: str) -> Predicate | None:
    return parse_condition(text, lambda start, length: PLACE, PLACE)[0]


@settings(max_examples=300, deadline=None)
@given(st.lists(COMPARISONS, min_size=1, max_size=4), st.data())
def test_it_is_what_the_parser_makes_of_it(comparisons: list[str], data: st.DataObject) -> None:
    joins = st.sampled_from((" AND ", " and ", " OR ", " or ", "\nAND "))
    text = comparisons[0]
    for each in comparisons[1:]:
        text += data.draw(joins) + each
    plain = plain_predicate(text)
    assert plain is None or plain == parsed(text)


@pytest.mark.parametrize(
    "text",
    ["tenure_days < 90", "tenure_days >= 90 AND orders >= 10", "a > -1.5 or b = 2 or c <= 3"],
)
def test_plain_ones_are_read(text: str) -> None:
    assert plain_predicate(text) == parsed(text) is not None


def test_no_word_of_sql_is_taken_for_a_column() -> None:
    keywords = duckdb.sql("SELECT keyword_name FROM duckdb_keywords()").fetchall()
    functions = duckdb.sql("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()
    words = {word for (word,) in [*keywords, *functions]} | {*DUCKDB_WORDS, *SNOWFLAKE_WORDS}
    words |= {*WORDS_ELSEWHERE, *(key.lower() for key in DuckDB.Tokenizer.KEYWORDS)}
    read = {word: plain_predicate(f"{word} < 3") for word in words}
    wrong = {word for word, each in read.items() if each and each != parsed(f"{word} < 3")}
    assert wrong == set()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a < b",
        "a < 1 AND b < 2 OR c < 3",
        "NOT a < 1",
        "a + 1 < 2",
        f"a < {'9' * (BIGINT_DIGITS + 1)}",
        " AND ".join(["a < 1"] * 21),
        "a < 1 -- 2",
        "a <\n1",
    ],
)
def test_the_rest_is_left_to_the_parser(text: str) -> None:
    assert plain_predicate(text) is None


def test_the_longest_number_that_is_read() -> None:
    assert BIGINT_DIGITS == 18
    assert plain_predicate(f"a < {'9' * 18}") == parsed(f"a < {'9' * 18}") is not None
