"""Which conditions of a CASE may hold for one row."""

from __future__ import annotations

import pytest

from segkit.core.predicate import steps
from segkit.importing.apart import not_apart
from tests.importing.plain_cases import analysis


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
