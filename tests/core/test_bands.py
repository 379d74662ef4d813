from __future__ import annotations

from decimal import Decimal as D

import pytest

from segkit.core.bands import case_of_bands
from segkit.core.evaluate import decide
from segkit.core.rules import Interval
from segkit.core.tree import Below, Known, Leaf, Split

BANDS = {
    "old": Interval(D(60)),
    "exactly 18": Interval(D(18), D(18), True, True),
    "young": Interval(upper=D(18)),
    "middle": Interval(D(18), D(60), False),
}


@pytest.mark.parametrize(
    ("age", "label"),
    [
        (17, "young"),
        (18, "exactly 18"),
        (D("18.01"), "middle"),
        (D("59.99"), "middle"),
        (60, "old"),
        (None, "unknown"),
        (float("nan"), "unknown"),
    ],
)
def test_bands_in_any_order_hold_what_they_say(age: object, label: str) -> None:
    for bands in (list(BANDS.items()), list(BANDS.items())[::-1]):
        case = case_of_bands("age", bands, "unknown")
        assert case.outcome(decide(case.decision, {"age": age})).name == label


def test_codes_are_places_in_the_list_and_the_tree_asks_from_the_lowest_up() -> None:
    case = case_of_bands("age", list(BANDS.items()), "unknown")
    assert [(o.code, o.name) for o in case.outcomes] == [
        (0, "unknown"),
        (1, "old"),
        (2, "exactly 18"),
        (3, "young"),
        (4, "middle"),
    ]
    known = Split("age", Known(), Leaf(1), Leaf(0))
    middle = Split("age", Below(D(60)), Leaf(4), known)
    exactly = Split("age", Below(D(18), True), Leaf(2), middle)
    assert case.decision == Split("age", Below(D(18)), Leaf(3), exactly)


def test_one_band_asks_only_whether_there_is_a_value() -> None:
    assert case_of_bands("age", [("all", Interval())], "-").decision == Split(
        "age", Known(), Leaf(1), Leaf(0)
    )
