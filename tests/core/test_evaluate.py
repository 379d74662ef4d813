from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from segkit.core.evaluate import evaluate, matches
from segkit.core.rules import Condition, Interval, rules_of
from segkit.core.tree import Below, Known, Leaf, Split, Tree
from tests.core.trees import ROWS, TREES

D = Decimal
HALF = Split("x", Below(D("0.1")), Leaf(1), Leaf(2), missing="yes")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0.1, 2),  # a float meets the float nearest to the cut
        (0.09999999999999999, 1),
        (D("0.1"), 2),
        (D("0.09999999999999999999"), 1),  # exact: as a float it would be the cut
        (0, 1),
        (1, 2),
        (None, 1),
        (float("nan"), 1),
        (float("inf"), 1),
        (float("-inf"), 1),
        (D("NaN"), 1),
    ],
)
def test_a_value_against_a_cut(value: object, code: int) -> None:
    assert evaluate(HALF, {"x": value}) == code


def test_large_integers_are_compared_exactly() -> None:
    tree = Split("x", Below(D(2**53 + 1)), Leaf(1), Leaf(2))
    assert evaluate(tree, {"x": 2**53}) == 1
    assert evaluate(tree, {"x": 2**53 + 1}) == 2


def test_known_and_inclusive() -> None:
    tree = Split("x", Known(), Split("x", Below(D(3), inclusive=True), Leaf(1), Leaf(2)), Leaf(0))
    assert [evaluate(tree, {"x": x}) for x in (3, 3.5, None)] == [1, 2, 0]


def test_a_text_is_not_a_number() -> None:
    with pytest.raises(TypeError, match="'10' is not a number"):
        evaluate(HALF, {"x": "10"})


@given(TREES)
def test_a_row_fulfils_exactly_one_rule_and_it_has_the_trees_code(tree: Tree) -> None:
    rules = rules_of(tree)
    for row in ROWS:
        codes = [r.code for r in rules if all(matches(c, row[c.column]) for c in r.conditions)]
        assert codes == [evaluate(tree, row)]


def test_ends_of_an_interval() -> None:
    condition = Condition("x", Interval(D(1), D(2), lower_closed=False, upper_closed=True))
    assert [matches(condition, x) for x in (1, 1.5, 2, 2.5, None)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert matches(Condition("x", None, null=True), None)
    assert not matches(Condition("x", None, null=True), 1)
