from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal as D

import pytest

from segkit.core.english import (
    default_label,
    describe_rule,
    describe_segment,
    format_statistic,
    format_threshold,
)
from segkit.core.rules import Condition, Interval, Levels, Rule


@dataclass(frozen=True)
class Feature:
    column: str
    label: str
    unit: str = ""
    levels: tuple[str, ...] = ()


FEATURES = (
    Feature("spend", "Spending score"),
    Feature("income", "Annual income", "k$"),
    Feature("age", "Age", "years"),
)


def rule(*conditions: Condition) -> Rule:
    return Rule(1, conditions)


def between(column: str, lower: str | None, upper: str | None, **closed: bool) -> Condition:
    ends = (None if lower is None else D(lower), None if upper is None else D(upper))
    return Condition(column, Interval(*ends, **closed))


def test_phrases_come_in_the_order_of_the_features() -> None:
    both = rule(between("income", None, "50"), between("spend", "61", None))
    assert describe_rule(both, FEATURES) == "spending score 61 or more, annual income under $50k"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (between("income", "71", None), "annual income $71k or more"),
        (between("income", "71", None, lower_closed=False), "annual income over $71k"),
        (between("income", None, "71", upper_closed=True), "annual income $71k or less"),
        (between("income", "40", "71"), "annual income $40k to under $71k"),
        (between("age", "40", "71"), "age 40 to 70 years"),
        (between("age", "40", "41"), "age 40 years"),
        (between("age", "39.5", "41"), "age 40 years"),
        (between("age", "39", "70", lower_closed=False, upper_closed=True), "age 40 to 70 years"),
        (between("age", None, "42", upper_closed=True), "age under 43 years"),
        (Condition("income", None, null=True), "annual income unknown"),
        (Condition("income", Interval(upper=D(5)), null=True), "annual income under $5k"),
        (Condition("income"), "everyone"),
    ],
)
def test_one_condition(condition: Condition, text: str) -> None:
    assert describe_rule(rule(condition), FEATURES, {"age"}) == text


def test_both_ends_are_in_only_where_the_type_is_an_integer() -> None:
    condition = rule(between("age", "40", "71"))
    assert describe_rule(condition, FEATURES) == "age 40 to under 71 years"


def test_several_leaves_of_a_segment() -> None:
    low = rule(between("spend", None, "61"), between("income", None, "40"))
    old = rule(between("age", "60", None))
    assert describe_segment((low, old), FEATURES) == (
        "(spending score under 61, annual income under $40k) or (age 60 years or more)"
    )
    unknown = [rule(Condition(column, None, null=True)) for column in ("age", "income")]
    assert describe_segment(unknown, FEATURES) == "age unknown or annual income unknown"
    assert describe_segment((rule(),), FEATURES) == "everyone"


def test_a_column_without_words_speaks_by_its_name() -> None:
    assert describe_rule(rule(between("recency_days", "30", None)), ()) == "recency days 30 or more"


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("$", "-$12,500.50"),
        ("€", "-€12,500.50"),
        ("k£", "-£12,500.5k"),
        ("m$", "-$12,500.5m"),
        ("$k", "-$12,500.5k"),
        ("days", "-12,500.5 days"),
        ("%", "-12,500.5%"),
        ("", "-12,500.5"),
    ],
)
def test_units(unit: str, text: str) -> None:
    assert format_threshold(D("-12500.50"), unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1999.4, "2000"),
        (0.012345, "0.0123"),
        (-0.0, "0"),
        (1e-12, "0.000000000001"),
        (123456789, "123,000,000"),
    ],
)
def test_statistics_have_three_digits(value: float, text: str) -> None:
    assert format_statistic(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (784.9, "$785"),
        (14.07, "$14.07"),
        (14.1, "$14.10"),
        (-2.5, "-$2.50"),
        (14.0, "$14"),
        (99.999, "$100"),
        (0.785, "$0.79"),
        (0.0034, "$0.0034"),
        (0.0, "$0"),
        (12345.6, "$12,300"),
    ],
)
def test_money_has_cents_or_none(value: float, text: str) -> None:
    assert format_statistic(value, "$") == text
    assert format_statistic(value, "€") == text.replace("$", "€")


def test_exact_money_has_no_single_decimal() -> None:
    assert format_threshold(D("784.9"), "$") == "$784.90"
    assert format_threshold(D("784.905"), "$") == "$784.905"
    assert format_threshold(D("56.5"), "k$") == "$56.5k"


@pytest.mark.parametrize(
    ("column", "label"),
    [
        ("recency_days", ("Recency days", "")),
        ("Annual Income (k$)", ("Annual Income", "k$")),
        ("Spending Score (1-100)", ("Spending Score", "")),
        ("totalSpend", ("Total Spend", "")),
        ("x", ("X", "")),
        ("_", ("_", "")),
    ],
)
def test_default_label(column: str, label: tuple[str, str]) -> None:
    assert default_label(column) == label


REGION = Feature("region", "Sales region", levels=("east", "north", "south", "west"))
MEMBER = Feature("is_member", "Member", levels=("false", "true"))


def among(column: str, *levels: str, excluded: bool = False, null: bool = False) -> Condition:
    return Condition(column, Levels(frozenset(levels), excluded), null)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (among("region", "north"), "sales region north"),
        (among("region", "south", "north"), "sales region north or south"),
        (among("region", "south", "north", "east"), "sales region east, north or south"),
        (among("region", "south", excluded=True), "sales region other than south"),
        # of more than half it is shorter to say who is left
        (
            among("region", "south", "north", excluded=True),
            "sales region east or west (or a new one)",
        ),
        (
            among("region", "east", "north", "south", excluded=True),
            "sales region west (or a new one)",
        ),
        (
            among("region", "east", "north", "south", "west", excluded=True),
            "sales region other than east, north, south and west",
        ),
        (among("region", "north", null=True), "sales region north"),
        (Condition("region", None, null=True), "sales region unknown"),
        (among("is_member", "true"), "member yes"),
        (among("is_member", "true", excluded=True), "member no"),
        (among("is_member", "false"), "member no"),
    ],
)
def test_levels(condition: Condition, text: str) -> None:
    assert describe_rule(rule(condition), (REGION, MEMBER)) == text


def test_levels_in_a_segment_of_several_leaves() -> None:
    first = rule(among("region", "north", "south"))
    second = rule(among("is_member", "true"), between("age", "60", None))
    assert describe_segment((first, second), (REGION, MEMBER, *FEATURES)) == (
        "(sales region north or south) or (member yes, age 60 years or more)"
    )
