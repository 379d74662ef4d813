"""Values in words, as findings say them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segkit.core.rules import Condition, Interval
from segkit.importing.finding_words import of_values, quoted, values_text


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
