from __future__ import annotations

import duckdb
import pytest

from segkit.dialects.reserved import DUCKDB_WORDS, SNOWFLAKE_WORDS, WORDS_ELSEWHERE


def test_what_this_duckdb_reserves_is_quoted() -> None:
    """A word that a new version reserves is found here, and not by a user."""
    found = duckdb.execute(
        "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
    ).fetchall()
    missing = {word for (word,) in found} - DUCKDB_WORDS
    assert {word for word in missing if not _is_a_plain_name(word)} == set()
    assert len(DUCKDB_WORDS) > 140


def _is_a_plain_name(word: str) -> bool:
    try:
        duckdb.execute(f"SELECT {word} FROM (SELECT 1 AS {word}) AS t WHERE {word} = 1")
    except duckdb.Error:
        return False
    return True


@pytest.mark.parametrize("word", ["select", "order", "rank", "window", "offset", "current_date"])
def test_common_words(word: str) -> None:
    assert word in DUCKDB_WORDS or word in WORDS_ELSEWHERE


def test_names_of_customers_and_orders_stay_bare() -> None:
    plain = {"customer_id", "age", "spend", "region", "segment_id", "email", "status", "country"}
    assert not plain & (DUCKDB_WORDS | WORDS_ELSEWHERE | SNOWFLAKE_WORDS)


def test_quotes_turn_a_name_into_another_in_snowflake_so_few_words_have_them() -> None:
    assert "issue" in SNOWFLAKE_WORDS and "rank" not in SNOWFLAKE_WORDS
    assert len(SNOWFLAKE_WORDS) < 100 < len(WORDS_ELSEWHERE)
