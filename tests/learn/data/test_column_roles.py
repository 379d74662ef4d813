"""What a column is taken for, by its name, its type and its values."""

from __future__ import annotations

import pytest

from segkit.core.columns import Kind
from segkit.learn.data.column_roles import (
    FEW_LEVELS,
    FEW_VALUES,
    days_since,
    is_later_by_name,
    outcome_by_name,
    positive_level,
    role,
)


@pytest.mark.parametrize(
    "name",
    ["churned", "Exited", "Response", "target", "label", "Attrition_Flag", "AcceptedCmp3", "y",
     "is_canceled", "Personal Loan", "converted"],
)  # fmt: skip
def test_outcomes_by_name(name: str) -> None:
    assert outcome_by_name(name)
    assert role(name, Kind.INTEGER, 2) == "outcome"


@pytest.mark.parametrize("name", ["spend", "orders", "is_active", "has_loan", "country", "year"])
def test_features_by_name(name: str) -> None:
    assert not outcome_by_name(name)


def test_an_outcome_has_few_values() -> None:
    """`response_days` of 200 values is a quantity; a target is one whatever its values."""
    assert role("response_days", Kind.INTEGER, 200) == "number"
    assert role("response", Kind.INTEGER, 3) == "outcome"
    assert role("response", Kind.INTEGER, 4) == "number"
    assert role("target_spend", Kind.DOUBLE, 200) == "outcome"
    assert is_later_by_name("spend_next_90d") and is_later_by_name("ChurnedNextMonth")
    assert not is_later_by_name("nextel_spend")
    assert not is_later_by_name("churned_before")


def test_kinds_and_quantities() -> None:
    assert (FEW_VALUES, FEW_LEVELS) == (3, 10)
    assert role("cars", Kind.INTEGER, 3) == "category"
    assert role("cars", Kind.INTEGER, 4) == "number"
    assert role("cars", Kind.DOUBLE, 2) == "number"
    assert role("vip", Kind.BOOLEAN, 0) == "category"
    assert role("plan", Kind.TEXT, 10) == "category"
    assert role("plan", Kind.TEXT, 11) is None
    assert role("plan", Kind.TEXT, 1) is None
    assert role("zip_code", Kind.INTEGER, 2) == "code"
    assert role("since", Kind.DATE, 50) is None


@pytest.mark.parametrize(
    ("levels", "came"),
    [
        ({"No": 10, "Yes": 90}, "Yes"),
        ({"false": 10, "true": 90}, "true"),
        ({"Existing Customer": 80, "Attrited Customer": 20}, "Attrited Customer"),
        ({"a": 80, "b": 20}, "b"),
        ({"yes": 20, "no": 20, "unknown": 5}, None),
    ],
)
def test_which_level_means_that_it_came(levels: dict[str, int], came: str | None) -> None:
    assert positive_level(levels) == came


def test_the_name_of_days_since_is_not_taken_already() -> None:
    assert days_since("signup_at", ()) == "days_since_signup"
    assert days_since("date", ()) == "days_since_date"
    assert days_since("signup", ["days_since_signup"]) == "days_since_signup_2"
