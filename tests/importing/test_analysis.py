"""Which rows each branch takes: nobody twice, and the rest at last."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segkit.core.predicate import steps
from segkit.core.rules import Condition, Interval
from segkit.importing.analysis import not_apart, of_values, quoted, values_text
from tests.importing.plain_cases import AGES, analysis


def test_a_branch_takes_what_none_before_it_took() -> None:
    found = analysis(AGES)
    assert found.labels == {"young", "mid", "old"}
    assert found.only_column is not None and found.only_column.name == "age"
    ends = {}
    for label, region in found.regions.items():
        values = [term["age"].values for term in region]
        ends[label] = [(v.lower, v.upper) for v in values if isinstance(v, Interval)]
    assert ends == {"young": [(None, 25)], "mid": [(25, 55)], "old": [(55, None)]}
    assert [any(t["age"].null for t in r) for r in found.regions.values()] == [False, False, True]


def test_a_branch_that_reaches_nobody_has_no_label() -> None:
    found = analysis("CASE WHEN age < 25 THEN 'a' WHEN age < 20 THEN 'b' ELSE 'c' END")
    assert found.labels == {"a", "c"}
    # between 24 and 25 there is no whole number, but there is another one
    sql = "CASE WHEN age <= 24 THEN 'a' WHEN age < 25 THEN 'b' ELSE 'c' END"
    assert analysis(sql).labels == {"a", "c"}
    assert analysis(sql, {"age": "DOUBLE"}).labels == {"a", "b", "c"}


def test_what_is_more_than_comparisons_has_no_regions() -> None:
    found = analysis("CASE WHEN country LIKE 'a%' THEN 'a' WHEN age = NULL THEN 'b' END")
    assert (found.asked, found.taken, found.rest) == (None, None, None)
    assert found.labels == {"a", None}


def test_columns_are_those_that_it_looks_at() -> None:
    found = analysis(
        "CASE WHEN is_new AND AGE > 3 THEN 'a' END",
        {"age": "INTEGER", "is_new": "BOOLEAN", "spend": "DOUBLE"},
    )
    assert set(found.columns) == {"age", "is_new"}
    assert found.flags == {"is_new"}
    assert found.only_column is None


@pytest.mark.parametrize(
    ("conditions", "earlier"),
    [
        (["age < 3", "age >= 3", "age > 5"], [[], [], [1]]),
        (["age < 3", "spend > 1"], [[], [0]]),
        (["age <= 2", "age > 1 AND age < 2"], [[], []]),  # no whole number lies between
        (["country LIKE 'a%'", "country LIKE 'b%'", "country LIKE 'ab%'"], [[], [], [0]]),
        (["country LIKE 'a%'", "age < 3"], [[], [0]]),
        (["country LIKE '%a'", "country LIKE 'b%'"], [[], [0]]),
    ],
)
def test_those_before_it_that_may_hold_too(conditions: list[str], earlier: list[list[int]]) -> None:
    whens = " ".join(f"WHEN {text} THEN '{i}'" for i, text in enumerate(conditions))
    found = analysis(f"CASE {whens} ELSE 'z' END")
    assert not_apart(found.case.predicates, steps(found.columns)) == earlier


def term(low: int | None, high: int | None, *, null: bool = False) -> dict[str, Condition]:
    ends = [None if end is None else Decimal(end) for end in (low, high)]
    return {"age": Condition("age", Interval(*ends), null)}


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ([(None, 3)], "age below 3 is"),
        ([(5, None), (None, 3)], "age below 3 and age 5 and more are"),
        (
            [(None, 1), (2, 3), (4, 5), (6, 7), (8, None)],
            "age below 1, age 2 up to 3, age 4 up to 5 and 2 more ranges are",
        ),
    ],
)
def test_some_values(ends: list[tuple[int | None, int | None]], text: str) -> None:
    assert values_text([term(*each) for each in ends]) == text


def test_without_null() -> None:
    assert of_values(term(1, 2, null=True)) == term(1, 2)
    assert of_values({"age": Condition("age", None, null=True)}) is None
    assert of_values({}) is None


def test_a_label_in_quotes() -> None:
    assert [quoted(None), quoted("a")] == ["NULL", '"a"']
