from __future__ import annotations

from decimal import Decimal as D

import pytest

from segkit.core.rules import Condition, Interval, Levels
from segkit.dialects.region_text import all_but, ordered_terms, region_sql


def text(*terms: dict[str, Condition], flags: tuple[str, ...] = ()) -> str:
    return region_sql(terms, flags)


def age(
    lower: int | None, upper: int | None = None, *, null: bool = False, **ends: bool
) -> Condition:
    values = Interval(*(None if end is None else D(end) for end in (lower, upper)), **ends)
    return Condition("age", values, null)


def level(*listed: str, excluded: bool = False, null: bool = False) -> Condition:
    return Condition("region", Levels(frozenset(listed), excluded), null)


@pytest.mark.parametrize(
    ("conditions", "sql"),
    [
        ([age(18, 65)], "age >= 18 AND age < 65"),
        ([age(18, 65, lower_closed=False, upper_closed=True)], "age > 18 AND age <= 65"),
        ([age(18, 18, upper_closed=True)], "age = 18"),
        ([age(65, None), age(None, 18)], "age < 18 OR age >= 65"),
        ([age(18, 30), age(None, 10)], "age < 10 OR (age >= 18 AND age < 30)"),
        ([age(7, 7, upper_closed=True), age(3, 3, upper_closed=True)], "age IN (3, 7)"),
        ([age(None, 5), age(5, None, lower_closed=False)], "age <> 5"),
        ([age(None, 5), age(5, 7, lower_closed=False), age(7, None, lower_closed=False)],
         "age NOT IN (5, 7)"),
        ([age(None, 5), age(5, None)], "age < 5 OR age >= 5"),  # 5 is in: no hole
        ([age(None, None)], "age IS NOT NULL"),
        ([age(None, None, null=True)], "age IS NOT NULL OR age IS NULL"),
        ([age(65, None, null=True)], "age >= 65 OR age IS NULL"),
    ],
)  # fmt: skip
def test_the_shortest_spelling_of_numbers(conditions: list[Condition], sql: str) -> None:
    assert text(*({"age": condition} for condition in conditions)) == sql


def test_only_null() -> None:
    assert text({"age": Condition("age", None, True)}) == "age IS NULL"


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        (level("north"), "region = 'north'"),
        (level("north", excluded=True), "region <> 'north'"),
        (level("west", "north"), "region IN ('north', 'west')"),
        (level("west", "north", excluded=True, null=True),
         "region NOT IN ('north', 'west') OR region IS NULL"),
    ],
)  # fmt: skip
def test_levels(condition: Condition, sql: str) -> None:
    assert text({"region": condition}) == sql


def test_flags() -> None:
    assert text({"region": level("true")}, flags=("region",)) == "region"
    assert text({"region": level("false")}, flags=("region",)) == "NOT region"
    assert text({"region": level("true", excluded=True)}, flags=("region",)) == "NOT region"


def test_what_terms_share_is_said_once() -> None:
    one, other = (
        {"age": age(18), "region": level("north")},
        {"age": age(18), "region": level("west")},
    )
    assert text(one, other) == "age >= 18 AND (region = 'north' OR region = 'west')"
    two = {"age": age(30), "region": level("west")}  # differs in both: a term of its own
    assert text(one, two) == "(age >= 18 AND region = 'north') OR (age >= 30 AND region = 'west')"


def test_holes_are_single_numbers_between_open_ends() -> None:
    low, high = Interval(upper=D(5)), Interval(lower=D(5), lower_closed=False)
    assert all_but([high, low]) == [D(5)]
    assert all_but([low]) == []
    assert all_but([low, Interval(lower=D(6))]) == []
    assert all_but([Interval(D(1), D(5)), high]) == []  # they leave out more


def test_columns_in_a_given_order() -> None:
    term = {"b": age(1), "c": age(2), "a": age(3)}
    (found,) = ordered_terms((term,), {"a": 0, "b": 1})
    assert list(found) == ["a", "b", "c"]
    assert found["a"] is term["a"]
