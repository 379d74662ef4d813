from __future__ import annotations

import pytest

from segkit.core.english import default_label
from segkit.core.fit import FittedFeature
from segkit.learn.names.trait_words import Level, level_phrase, phrase
from segkit.project.nodes import TraitWords


def made(column: str, label: str = "") -> FittedFeature:
    return FittedFeature(column, label or default_label(column)[0], "", "log", "INTEGER", 0, 1, 0)


@pytest.mark.parametrize(
    ("column", "high", "low"),
    [
        ("orders", "many orders", "few orders"),
        ("num_orders", "many orders", "few orders"),
        ("n_orders", "many orders", "few orders"),
        ("order_count", "many orders", "few orders"),
        ("Number of orders", "many orders", "few orders"),
        ("total_orders", "many orders", "few orders"),
        ("web_visits", "many web visits", "few web visits"),
        ("orders_last_90d", "many orders last 90d", "few orders last 90d"),
        ("category_count", "many categories", "few categories"),
        ("count_policies", "many policies", "few policies"),
        ("numberOfChildren", "many children", "few children"),
        ("days_between_orders", "many days between orders", "few days between orders"),
        ("order_value", "high order value", "low order value"),
        ("avg_items", "high avg items", "low avg items"),
        ("items_share", "high items share", "low items share"),
        ("account", "high account", "low account"),
        ("discount", "high discount", "low discount"),
        ("total", "high total", "low total"),
        ("count", "high count", "low count"),
        ("total_spend", "high total spend", "low total spend"),
        ("revenue", "high revenue", "low revenue"),
        ("Annual Income (k$)", "high annual income", "low annual income"),
        ("RFM score", "high RFM score", "low RFM score"),
        ("monetary", "high spend", "low spend"),
        ("frequency", "frequent", "infrequent"),
        ("customer_age", "older", "younger"),
        ("age_band_width", "high age band width", "low age band width"),
        ("recency_days", "lapsed", "recent"),
        ("days_since_last_order", "lapsed", "recent"),
        ("tenure_months", "long-standing", "new"),
        ("months_since_signup", "long-standing", "new"),
        ("days_since_first_order", "long-standing", "new"),
        ("days_since_complaint", "many days since complaint", "few days since complaint"),
    ],
)
def test_words_of_common_columns(column: str, high: str, low: str) -> None:
    assert (phrase(made(column), "high"), phrase(made(column), "low")) == (high, low)


@pytest.mark.parametrize(
    ("column", "level", "text"),
    [
        ("orders", "mid", "some orders"),
        ("orders", "very high", "very many orders"),
        ("orders", "higher", "more orders"),
        ("orders", "lower", "fewer orders"),
        ("spend", "mid", "mid spend"),
        ("spend", "very low", "very low spend"),
        ("age", "mid", "mid age"),
        ("age", "higher", "higher age"),
        ("recency_days", "very high", "long lapsed"),
        ("recency_days", "mid", "mid recency"),
        ("tenure_days", "lower", "newer"),
    ],
)
def test_words_in_between(column: str, level: Level, text: str) -> None:
    assert phrase(made(column), level) == text


def test_the_label_speaks_and_given_words_come_first() -> None:
    assert phrase(made("q17", "Store visits"), "low") == "few store visits"
    assert phrase(made("d_last", "Days since last order"), "low") == "recent"
    words = TraitWords(low="young")
    assert phrase(made("age"), "low", words) == "young"
    assert phrase(made("age"), "high", words) == "older"
    assert phrase(made("age"), "lower", words) == "lower age"  # than others who are young


@pytest.mark.parametrize(
    ("column", "level", "text"),
    [
        ("region", "north", "region north"),
        ("is_member", "true", "member"),
        ("is_member", "false", "not member"),
        ("has_children", "true", "with children"),
        ("has_children", "false", "without children"),
    ],
)
def test_words_of_a_level(column: str, level: str, text: str) -> None:
    assert level_phrase(made(column), level) == text
