from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from segkit.core.case import Cells, Gate, Rules
from segkit.core.evaluate import evaluate, level, matches
from segkit.core.predicate import AllOf, AnyOf, Compare, IsNull, Not, Predicate
from segkit.core.rules import Condition, Interval, Levels, rules_of
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree
from tests.core.reference import decide, truth_of
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


# levels, conditions, scores ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, None), (True, "true"), (False, "false"), (3, "3"), ("x", "x")],
)
def test_a_level_is_the_text_that_the_engine_prints(value: object, text: str | None) -> None:
    assert level(value) == text


@pytest.mark.parametrize("missing", ["yes", "no"])
def test_a_level_that_nobody_has_seen_is_not_null(missing: str) -> None:
    tree = Split("r", OneOf(("north", "true")), Leaf(1), Leaf(2), missing)  # type: ignore[arg-type]
    codes = [evaluate(tree, {"r": r}) for r in ("north", True, "North", "", None)]
    assert codes == [1, 1, 2, 2, 1 if missing == "yes" else 2]


def test_values_among_levels() -> None:
    among, others = (Levels(frozenset({"x"}), excluded) for excluded in (False, True))
    assert [matches(Condition("r", among), r) for r in ("x", "y", None)] == [True, False, False]
    assert [matches(Condition("r", others, null=True), r) for r in ("x", "y", None)] == [
        False,
        True,
        True,
    ]


YES, NO = Compare("x", Interval(upper=D(5))), Compare("x", Interval(lower=D(5)))
UNKNOWN = Compare("y", Interval(upper=D(5)))
ROW = {"x": 1, "y": None}


@pytest.mark.parametrize(
    ("formula", "truth"),
    [
        (YES, True),
        (NO, False),
        (UNKNOWN, None),
        (Not(UNKNOWN), None),
        (Not(NO), True),
        (IsNull("y"), True),
        (Not(IsNull("x")), True),
        (AllOf((YES, UNKNOWN)), None),
        (AllOf((NO, UNKNOWN)), False),
        (AnyOf((YES, UNKNOWN)), True),
        (AnyOf((NO, UNKNOWN)), None),
        (AllOf(()), True),
        (AnyOf(()), False),
        (Not(AnyOf((NO, UNKNOWN))), None),
        (AllOf((YES, Not(NO))), True),
        (AnyOf((NO, Not(YES))), False),
    ],
)
def test_three_valued_logic(formula: object, truth: bool | None) -> None:
    assert truth_of(formula, ROW) is truth  # type: ignore[arg-type]


def test_what_is_not_finite_is_null_in_a_condition() -> None:
    for value in (float("nan"), float("inf"), D("NaN")):
        assert truth_of(YES, {"x": value}) is None
        assert truth_of(IsNull("x"), {"x": value}) is True


def predicate(formula: object) -> Predicate:
    return Predicate("?", (), formula)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formulas", "otherwise", "code"),
    [
        ((NO, YES), 3, 2),
        ((UNKNOWN, YES), 3, 2),  # one TRUE wins
        ((NO, UNKNOWN), 3, 0),  # none, and one unknown: missing
        ((NO, Not(YES)), 3, 3),
        ((NO, Not(YES)), None, 0),
    ],
)
def test_rules(formulas: tuple[object, ...], otherwise: int | None, code: int) -> None:
    rules = tuple((predicate(formula), n) for n, formula in enumerate(formulas, start=1))
    assert decide(Rules(rules, otherwise), ROW) == code


def test_a_gate_comes_first_and_lets_the_unknown_through() -> None:
    cells = Cells(("r", "f"), (((1, 1), 1), ((1, 2), 2)))
    scores = {**ROW, "r": 1, "f": 2}
    assert decide(Gate(predicate(YES), 9, cells), scores) == 9
    assert decide(Gate(predicate(NO), 9, cells), scores) == 2
    assert decide(Gate(predicate(UNKNOWN), 9, cells), scores) == 2
    assert decide(cells, {**scores, "f": 0}) == 0
