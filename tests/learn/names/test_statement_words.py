from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from segkit.core.english import default_label
from segkit.core.fit import FittedFeature
from segkit.core.naming import Word
from segkit.core.rules import Interval
from segkit.learn.names.statement_words import ColumnWords, level_phrase, sentence
from segkit.project.nodes import TraitWords


def made(column: str, label: str = "", unit: str = "", type_: str = "INTEGER") -> FittedFeature:
    return FittedFeature(column, label or default_label(column)[0], unit, "log", type_, 0, 1, 0)


def between(lower: str | None, upper: str | None = None) -> Interval:
    return Interval((lower and Decimal(lower)) or None, (upper and Decimal(upper)) or None)


@pytest.mark.parametrize(
    ("column", "high", "low"),
    [
        ("orders", "many orders", "few orders"),
        ("num_orders", "many orders", "few orders"),
        ("order_count", "many orders", "few orders"),
        ("Number of orders", "many orders", "few orders"),
        ("total_orders", "many orders", "few orders"),
        ("orders_last_90d", "many orders last 90d", "few orders last 90d"),
        ("logins_30d", "many logins 30d", "few logins 30d"),
        ("category_count", "many categories", "few categories"),
        ("count_policies", "many policies", "few policies"),
        ("numberOfChildren", "many children", "few children"),
        ("days_between_orders", "many days between orders", "few days between orders"),
        ("repairs", "many repairs", "few repairs"),
        ("points", "many points", "few points"),
        ("sales", "high sales", "low sales"),
        ("scores", "high scores", "low scores"),
        ("status", "high status", "low status"),
        ("order_value", "high order value", "low order value"),
        ("avg_items", "high avg items", "low avg items"),
        ("account", "high account", "low account"),
        ("count", "high count", "low count"),
        ("total_spend", "high total spend", "low total spend"),
        ("Annual Income (k$)", "high annual income", "low annual income"),
        ("RFM score", "high RFM score", "low RFM score"),
        ("monetary", "high spend", "low spend"),
        ("frequency", "frequent", "infrequent"),
        ("customer_age", "older", "younger"),
        ("age_band_width", "high age band width", "low age band width"),
        ("tenure_months", "longer-standing", "newer"),
        ("months_since_signup", "longer-standing", "newer"),
        ("days_since_first_order", "longer-standing", "newer"),
        ("days_since_complaint", "many days since complaint", "few days since complaint"),
    ],
)
def test_words_of_common_columns(column: str, high: str, low: str) -> None:
    words = ColumnWords(made(column))
    assert (words.word("high", 50.0), words.word("low", 50.0)) == (high, low)


def test_a_whole_number_under_a_plural_is_counted() -> None:
    words = ColumnWords(made("repairs"))
    assert words.cut(between("4")) == "4+ repairs"
    assert (words.none(), words.one(), words.several()) == (
        "no repairs",
        "one repair",
        "2+ repairs",
    )
    # rates may stand under a plural, and what has a unit is an amount
    assert ColumnWords(made("repairs", type_="DOUBLE")).cut(between("4")) == "repairs 4+"
    assert ColumnWords(made("repairs", unit="h")).cut(between("4")) == "repairs 4+ h"


@pytest.mark.parametrize(
    ("column", "word", "days", "text"),
    [
        ("recency_days", "low", 90, "recent"),
        ("recency_days", "low", 91, None),
        ("recency_days", "high", 180, "lapsed"),
        ("recency_days", "high", 179, None),
        ("months_since_last_order", "low", 3, "recent"),
        ("months_since_last_order", "low", 4, None),
        ("months_since_last_order", "high", 6, "lapsed"),
        ("months_since_last_order", "high", 5, None),
        ("recency_days", "mid", 60, None),
        ("orders", "high", 2, "many orders"),  # more than two
        ("orders", "high", 1, None),
        ("orders", "mid", 5, None),
        ("spend", "mid", 5, "mid spend"),
        ("age", "mid", 5, "mid age"),
        ("tenure_days", "mid", 5, None),
    ],
)
def test_a_word_that_is_absolute_has_its_border(
    column: str, word: Word, days: float, text: str | None
) -> None:
    assert ColumnWords(made(column)).word(word, days) == text


def test_the_label_speaks_and_given_words_come_first() -> None:
    assert ColumnWords(made("q17", "Store visits")).word("low", 5) == "few store visits"
    assert ColumnWords(made("d_last", "Days since last order")).word("low", 5) == "recent"
    given = ColumnWords(made("recency_days"), TraitWords(low="hot"))
    assert given.word("low", 900) == "hot"
    assert given.word("high", 900) == "lapsed"


@pytest.mark.parametrize(
    ("column", "unit", "type_", "lower", "upper", "text"),
    [
        ("orders", "", "INTEGER", "11", None, "11+ orders"),
        ("orders", "", "INTEGER", "2.5", "10.5", "3-10 orders"),
        ("orders", "", "INTEGER", "3", "4", "3 orders"),
        ("orders", "", "INTEGER", None, "4", "under 4 orders"),
        ("recency_days", "", "INTEGER", "49", None, "last order 49+ days ago"),
        ("recency_days", "", "INTEGER", "42", "392", "last order 42-391 days ago"),
        ("days_since_last_visit", "", "INTEGER", None, "30", "last visit under 30 days ago"),
        ("months_since_last_gift", "", "DOUBLE", "6", None, "last gift 6+ months ago"),
        ("tenure_months", "", "INTEGER", None, "12", "customer for under 12 months"),
        ("lead_time_days", "", "INTEGER", "40", None, "lead time 40+ days"),
        ("call_minutes", "", "INTEGER", "40", None, "call minutes 40+"),
        ("age", "", "INTEGER", "30", "45", "age 30-44"),
        ("total_spend", "$", "DOUBLE", "50", None, "total spend $50+"),
        ("annual_income", "k$", "DOUBLE", "40", "70", "annual income $40k-$70k"),
        ("returns_share", "%", "DOUBLE", "20", None, "returns share 20%+"),
        ("purchases", "$", "DOUBLE", "25", None, "purchases $25+"),  # an amount
        ("use", "kWh", "DOUBLE", "40", "90.5", "use 40-90.5 kWh"),
        ("balance", "$", "DOUBLE", "-50", None, "balance -$50+"),
    ],
)
def test_cuts(
    column: str, unit: str, type_: str, lower: str | None, upper: str | None, text: str
) -> None:
    assert ColumnWords(made(column, unit=unit, type_=type_)).cut(between(lower, upper)) == text


def test_what_is_absolute() -> None:
    orders, visits = ColumnWords(made("orders")), ColumnWords(made("store_visits"))
    said = [(w.none(), w.some(), w.one(), w.several()) for w in (orders, visits)]
    assert said == [
        ("never bought", "has bought", "bought once", "repeat buyers"),
        ("no store visits", "with store visits", "one store visit", "2+ store visits"),
    ]
    balance = ColumnWords(made("balance"))
    assert (balance.none(), balance.some()) == ("no balance", "with balance")
    assert ColumnWords(made("children")).one() == "one child"


def test_what_is_unknown() -> None:
    columns = ("recency_days", "days_since_last_order", "days_since_last_visit", "annual_income")
    assert [ColumnWords(made(column)).unknown() for column in columns] == [
        "never bought",
        "never bought",
        "no visit yet",
        "unknown annual income",
    ]


@pytest.mark.parametrize(
    ("column", "level", "text"),
    [
        ("region", "north", "region north"),
        ("is_member", "true", "member"),
        ("is_member", "false", "not member"),
        ("has_children", "true", "with children"),
        ("has_children", "false", "without children"),
        ("country_DE", "1", "country DE"),
        ("has_card", "0", "without card"),
    ],
)
def test_words_of_a_level(column: str, level: str, text: str) -> None:
    assert level_phrase(made(column), level) == text


def test_a_level_1_of_three_is_no_flag() -> None:
    assert level_phrase(replace(made("plan"), levels=("1", "2", "3")), "1") == "plan 1"


def test_a_sentence_begins_with_a_capital() -> None:
    assert sentence(["never bought", "RFM score 3+"]) == "Never bought, RFM score 3+"
