from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from segkit.core.axis import Axis
from segkit.core.columns import parse_type
from segkit.core.near import Ruler
from segkit.core.nearest import NearestChange, nearest_change, written
from segkit.core.tree import Below, Leaf, Split, Tree

MONEY = Axis(parse_type("DECIMAL(12,2)"), Decimal("0.01"), Decimal(0), Decimal(9000))
DAYS = Axis(parse_type("INTEGER"), Decimal(1), Decimal(0), Decimal(900))
RULER = Ruler("standard", Decimal(1))


def cut(column: str, at: str, yes: Tree, no: Tree, *, inclusive: bool = False) -> Split:
    return Split(column, Below(Decimal(at), inclusive), yes, no)


def nearest(tree: Tree, axis: Axis, value: object, limit: str = "1e9") -> NearestChange | None:
    return nearest_change(tree, {"x": value}, {"x": axis}, {"x": RULER}, {"x": Decimal(limit)})


def said(tree: Tree, axis: Axis, value: object) -> str:
    found = nearest(tree, axis, value)
    return "nothing" if found is None else f"{found.change:+f} -> {found.code}"


def test_the_documented_customer_is_told_a_change_that_is_enough() -> None:
    """It was 1390, which is 1706.30: short of the cut."""
    tree = cut("x", "1710", Leaf(2), Leaf(5))
    assert said(tree, MONEY, Decimal("316.30")) == "+1400 -> 5"
    assert said(tree, MONEY, Decimal("1709.99")) == "+0.01 -> 5"
    assert said(tree, MONEY, Decimal("1710.00")) == "-0.01 -> 2"  # under it, not at it


@pytest.mark.parametrize(
    ("value", "change"),
    [("1", "+41"), ("29", "+13"), ("42", "-1"), ("55", "-14"), ("900", "-860"), ("840", "-800")],
)
def test_whole_numbers_change_by_whole_numbers(value: str, change: str) -> None:
    """At most 1 % more than it takes, so 859 is 860 and 127 stays."""
    assert said(cut("x", "42", Leaf(1), Leaf(2)), DAYS, int(value)).split(" ")[0] == change
    assert said(cut("x", "41.5", Leaf(1), Leaf(2)), DAYS, int(value)).split(" ")[0] == change
    whole = Axis(parse_type("DOUBLE"), Decimal(1), Decimal(0), Decimal(900))
    assert said(cut("x", "42", Leaf(1), Leaf(2)), whole, float(value)).split(" ")[0] == change


def test_a_rounder_number_is_not_said_where_it_leads_past_the_segment() -> None:
    tree = cut("x", "1710", Leaf(2), cut("x", "1712", Leaf(5), Leaf(3)))
    assert said(tree, MONEY, Decimal("316.30")) == "+1394 -> 5"  # 1400 would be 3
    narrow = cut("x", "1710", Leaf(2), cut("x", "1710.01", Leaf(5), Leaf(3)))
    assert said(narrow, MONEY, Decimal("316.30")) == "+1393.7 -> 5"


def test_a_line_that_changes_nothing_is_passed_over() -> None:
    tree = cut("x", "50", cut("x", "45", Leaf(1), Leaf(2)), Leaf(2))
    assert said(tree, DAYS, 52) == "-8 -> 1"


def test_nothing_is_said_below_0_or_outside_of_the_type() -> None:
    assert said(cut("x", "0", Leaf(1), Leaf(2)), DAYS, 5) == "nothing"
    refunds = Axis(MONEY.type, MONEY.grain, Decimal(-50), Decimal(900))
    assert said(cut("x", "0", Leaf(1), Leaf(2)), refunds, Decimal("5.00")) == "-5.01 -> 1"
    tiny = Axis(parse_type("UTINYINT"), Decimal(1), Decimal(0), Decimal(255))
    assert said(cut("x", "258", Leaf(1), Leaf(2)), tiny, 255) == "nothing"
    assert said(cut("x", "255", Leaf(1), Leaf(2)), tiny, 254) == "+1 -> 2"


def test_rounding_leads_nobody_past_what_there_is() -> None:
    """Of 100 that is the most: 38.7 would be 100.2, and 38.5 is said exactly."""
    score = Axis(parse_type("DOUBLE"), Decimal("0.1"), Decimal(0), Decimal(100))
    assert said(cut("x", "100", Leaf(1), Leaf(2)), score, 61.5) == "+38.5 -> 2"
    assert said(cut("x", "100", Leaf(1), Leaf(2)), score, 0.3) == "+99.7 -> 2"
    assert said(cut("x", "0.1", Leaf(1), Leaf(2)), score, 99.8) == "-99.8 -> 1"


def test_a_float_with_a_tail_is_changed_by_enough_for_both_of_its_readings() -> None:
    cents = Axis(parse_type("DOUBLE"), Decimal("0.01"), Decimal(0), Decimal(900))
    tree = cut("x", "400", Leaf(1), Leaf(2))
    value = 399.98999999999995
    assert value + 0.01 < 400  # what a reader of 399.99 would say is enough
    assert said(tree, cents, 399.99) == "+0.01 -> 2"
    assert said(tree, cents, value) == "+0.02 -> 2"


def test_what_is_enough_on_paper_is_enough_for_floats() -> None:
    cents = Axis(parse_type("DOUBLE"), Decimal("0.01"), Decimal(0), Decimal(9))
    assert 0.7 + 0.1 < 0.8
    assert said(cut("x", "0.8", Leaf(1), Leaf(2)), cents, 0.7) == "+0.11 -> 2"


def test_a_single_is_changed_to_one_that_is_beyond_the_line() -> None:
    axis = Axis(parse_type("FLOAT"), None, Decimal(0), Decimal(1))
    found = nearest(cut("x", "0.7", Leaf(1), Leaf(2)), axis, 0.5)
    assert found is not None and found.change == Decimal("0.201")
    assert float(np.float32(0.5) + np.float32(0.2)) < 0.7


def test_the_nearest_is_so_in_parts_of_what_is_worth_saying() -> None:
    tree = cut("x", "10", cut("y", "1000", Leaf(1), Leaf(2)), Leaf(3))
    row = {"x": 5, "y": 400}
    axes, rulers = {"x": DAYS, "y": DAYS}, {"x": RULER, "y": RULER}

    def found(**limits: int) -> NearestChange | None:
        worth = {name: Decimal(limit) for name, limit in limits.items()}
        return nearest_change(tree, row, axes, rulers, worth)

    by_y, by_x = found(x=10, y=10000), found(x=100, y=1000)
    assert by_y is not None and (by_y.split.column, by_y.distance) == ("y", 600)
    assert by_x is not None and (by_x.split.column, by_x.change, by_x.code) == ("x", 5, 3)
    assert found(x=4, y=599) is None
    assert found(x=5, y=0) is not None  # at most so far


def test_a_missing_value_is_not_changed() -> None:
    tree = cut("x", "10", Leaf(1), Leaf(2))
    assert nearest(tree, DAYS, None) is None
    assert nearest(tree, Axis(parse_type("DOUBLE")), float("nan")) is None


def test_a_value_is_written_as_it_answers() -> None:
    cents = Axis(parse_type("DOUBLE"), Decimal("0.01"))
    value = 389.98999999999995
    assert written(value, cents, cut("x", "400", Leaf(1), Leaf(2)), "x") == Decimal("389.99")
    at = cut("x", "389.99", Leaf(1), Leaf(2))  # "389.99 is under 389.99" would be read as false
    assert written(value, cents, at, "x") == Decimal("389.98999999999995")
    single = Axis(parse_type("FLOAT"), Decimal("0.1"))
    low = written(float(np.float32(0.7)), single, cut("x", "0.7", Leaf(1), Leaf(2)), "x")
    assert Decimal("0.69") < low < Decimal("0.7")


def test_a_tree_of_thousands_of_splits_is_walked() -> None:
    tree: Tree = Leaf(2)
    for at in range(1200, 0, -1):
        tree = cut("x", str(at), Leaf(1), tree)
    assert said(tree, DAYS, 1000) == "+200 -> 2"
