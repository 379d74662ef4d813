"""A number made of one column, and how its values are written."""

from __future__ import annotations

import math

import pytest

from segkit.core.columns import parse_type
from segkit.learn.trees.sklearn_features import Feature, is_missing, level_text, unseen_of


def half(x: float) -> float:
    return x / 2


def test_a_number_goes_through_the_changes_in_turn() -> None:
    feature = Feature("x", null=3.0).then(lambda x: x - 1).then(half)
    assert feature.of(5.0) == 2.0 and feature.null == 1.0
    assert math.isnan(Feature("x").then(half).null)


def test_of_a_category_every_level_does() -> None:
    feature = Feature("x", levels={"a": 0.0, "b": 1.0}, unseen=-1.0, null=None).then(half)
    assert feature.levels == {"a": 0.0, "b": 0.5}
    assert feature.unseen == -0.5 and feature.null is None and not feature.changes


@pytest.mark.parametrize(
    ("level", "type_", "text"),
    [
        ("north", "VARCHAR", "north"),
        (7.0, None, "7"),
        (7, "DOUBLE", "7"),
        (True, None, "true"),
        (True, "TINYINT", "1"),
        (0, "BOOLEAN", "false"),
        (2, "BOOLEAN", "2"),  # no flag is
    ],
)
def test_a_level_as_its_column_prints_it(level: object, type_: str | None, text: str) -> None:
    assert level_text(level, parse_type(type_) if type_ else None) == text


@pytest.mark.parametrize(
    ("levels", "other"),
    [(["a", "b"], "ab?"), ([3, 1], 4), ([False], True), ([False, True], None), ([], None)],
)
def test_a_value_that_is_none_of_them(levels: list[object], other: object) -> None:
    found = unseen_of(levels)
    assert found == other and type(found) is type(other)


def test_missing() -> None:
    assert is_missing(None) and is_missing(math.nan)
    assert not is_missing("") and not is_missing(0) and not is_missing("nan")
