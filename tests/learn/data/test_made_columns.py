"""What is made of days, outcomes in words, and a few negative amounts."""

from __future__ import annotations

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.learn.data.made_columns import MadeColumn, made_columns


def made(select: str, key: str = "id") -> dict[str, MadeColumn]:
    with DuckDBEngine() as engine:
        engine.execute(f"CREATE TABLE t AS {select}")
        return {each.name: each for each in made_columns(engine, "t", engine.columns("t"), key)}


def values(select: str, name: str) -> list[object]:
    with DuckDBEngine() as engine:
        engine.execute(f"CREATE TABLE t AS {select}")
        found = {each.name: each for each in made_columns(engine, "t", engine.columns("t"), "id")}
        return [row[0] for row in engine.query(f"SELECT {found[name].sql} FROM t ORDER BY id")]


def test_days_since_the_newest_day() -> None:
    select = """SELECT * FROM (VALUES (1, DATE '2026-01-01'), (2, DATE '2026-01-31'), (3, NULL),
        (4, DATE '9999-12-31')) AS v(id, last_order_date)"""
    assert values(select, "days_since_last_order") == [30, 0, None, None]


def test_months_since_the_newest_month() -> None:
    select = "SELECT unnest([1, 2, 3]) AS id, unnest([202511, 202601, 202512]) AS joined"
    assert values(select, "months_since_joined") == [2, 0, 1]
    assert not made("SELECT unnest([1, 2, 3]) AS id, unnest([202511, 202613, 202512]) AS x")
    assert not made("SELECT unnest([1, 2, 3]) AS id, unnest([1999, 2001, 2003]) AS year")


def test_an_outcome_in_words_is_0_or_1() -> None:
    select = """SELECT * FROM (VALUES (1, 'Yes', true), (2, 'No', false), (3, NULL, true),
        (4, 'Yes', false), (5, 'No', NULL)) AS v(id, Churn, converted)"""
    assert values(select, "Churn") == [1, 0, None, 1, 0]
    assert values(select, "converted") == [1, 0, 1, 0, None]
    assert made(select)["Churn"].is_outcome
    assert made(select)["Churn"].said == "Churn: Yes is 1"


def test_a_few_negative_amounts_count_as_0() -> None:
    rows = "FROM range(400) AS r(i)"
    skewed = "exp(i / 40.0) AS spend"
    few = f"SELECT i AS id, CASE WHEN i % 100 = 7 THEN -1.0 ELSE exp(i / 40.0) END AS spend {rows}"
    assert made(few)["spend"].said == "4 negative spend count as 0"
    assert made(few.replace("i / 40.0", "i / 100.0"))  # leans, and a logarithm halves that
    assert not made(few.replace("i / 40.0", "i / 400.0"))
    many = few.replace("i % 100 = 7", "i % 50 = 7")
    assert not made(many)
    assert not made(f"SELECT i AS id, {skewed} {rows}")  # none is negative
    assert not made(f"SELECT i AS id, i - 1.0 AS x {rows}")  # not skewed


def test_the_key_is_left_alone() -> None:
    assert not made("SELECT DATE '2026-01-01' AS id, 1.5 AS x")


def test_days_that_are_whole_numbers() -> None:
    with DuckDBEngine() as engine:
        engine.execute("CREATE TABLE t AS SELECT unnest([1, 2]) AS id, unnest([7, 9]) AS joined")
        days = {"joined": "DATE '2026-01-01' + joined"}
        (made,) = made_columns(engine, "t", engine.columns("t"), "id", days=days)
        assert made.name == "days_since_joined"
        assert engine.query(f"SELECT {made.sql} FROM t ORDER BY id") == [(2,), (0,)]
