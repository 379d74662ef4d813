from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from segkit.core.facts import Fact
from segkit.core.fit import Baseline, FeatureBaseline, FittedFeature
from segkit.core.missing_values import MissingValues, becomes, missing_at_fit
from tests.publish.stored.test_fits import FIT

AGE = FittedFeature("age", "Age", "", "standard", "DOUBLE", 0.0, 1.0, 36.5)
COUNTRY = FittedFeature("country", "Country", "", "category", "VARCHAR", 0.0, 1.0, 0.0, mode="DE")


def test_what_becomes_of_a_customer_without_a_value() -> None:
    assert becomes(AGE, 3, "median") == Fact("filled_number", "age", 3, 36.5)
    assert becomes(COUNTRY, 3, "median") == Fact("filled_category", "country", 3, "DE")
    assert becomes(AGE, 3, "unassigned") == Fact("unassigned", n=3)


def test_what_is_no_number_was_missing_at_the_fit_too() -> None:
    age = FeatureBaseline("age", count=90, nulls=6, non_finite=4, mean=1.0, sd=1.0, quantiles=())
    fit = replace(FIT, baseline=Baseline(100, (age,), {}, None, 1.0))
    assert missing_at_fit(fit) == {"age": Fraction(1, 10)}
    assert missing_at_fit(replace(FIT, baseline=None)) == {}


@pytest.mark.parametrize(
    ("count", "rows", "at_fit", "rose"),
    [
        (31, 100, Fraction(4, 100), Fraction(27, 100)),
        (1, 100, Fraction(4, 100), Fraction(-3, 100)),
        (31, 100, None, Fraction(0)),
        (0, 0, Fraction(0), Fraction(0)),
    ],
)
def test_by_how_much_a_share_rose(
    count: int, rows: int, at_fit: Fraction | None, rose: Fraction
) -> None:
    assert MissingValues(AGE, count, rows, at_fit).rose == rose
