"""How a value moves: what ages or accumulates is told from the data."""

from __future__ import annotations

import pytest

from segkit.monitor.drift.evidence import Kind, Pairs, kind_of, kinds
from tests.monitor.drift.made import check, earlier, evidence, snapshot


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        (Pairs(1000, 0, 300, 0, 10), Kind.ACCUMULATES),
        (Pairs(1000, 20, 300, 0, 10), Kind.ACCUMULATES),  # returns
        (Pairs(1000, 40, 300, 0, 10), Kind.STEADY),
        (Pairs(1000, 480, 500, 40, 300), Kind.STEADY),
        (Pairs(1000, 400, 600, 600, 0), Kind.AGES),  # days since a purchase
        (Pairs(1000, 0, 1000, 1000, 0), Kind.AGES),  # days since the first one
        (Pairs(1000, 5, 20, 0, 0), None),  # too few to tell
        (Pairs(1000, 0, 1000, 0, 0), None),  # everybody's at once: redefined
        (Pairs(10_000, 5000, 5000, 99, 0), Kind.STEADY),
    ],
)
def test_a_kind_is_told_by_who_has_the_value_twice(pairs: Pairs, expected: Kind | None) -> None:
    assert kind_of(pairs) == expected


def test_the_first_build_that_could_tell_decides() -> None:
    pairs = {"x": Pairs(1000, 0, 900, 0, 0), "z": Pairs(1000, 0, 900, 0, 0)}
    before = earlier([[check("kind", 0.0, subject="x")], [check("kind", 1.0, subject="x")]])
    assert kinds(pairs, before) == {"x": Kind.STEADY, "z": Kind.ACCUMULATES}


def test_each_feature_is_followed_by_its_value_and_by_its_gaps() -> None:
    found = evidence(
        snapshot([1, 2], [0, 0], x=[1, float("nan")], y=[1, 1]),
        snapshot([1, 2], [0, 0], x=[1, 2], y=[1, 1]),
    )
    assert [what[:2] for what in found.moments()] == [("x", "x"), ("x", "x IS NULL")]
