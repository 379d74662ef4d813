from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from functools import cache

import pytest

from segkit.core.axis import Axis
from segkit.core.columns import parse_type
from segkit.core.evaluate import evaluate
from segkit.core.fit import Baseline, FeatureBaseline
from segkit.core.near import (
    MOVES,
    NEAR_A_LINE,
    STAYS,
    WORTH_SAYING,
    Ruler,
    Steps,
    ruler_of,
    steps_in,
)
from segkit.core.tree import Below, Leaf, Split, Tree
from tests.report.samples import FIT

WHOLE = Axis(parse_type("DOUBLE"), Decimal(1), Decimal(0), Decimal(100))
CENTS = Axis(parse_type("DECIMAL(12,2)"), Decimal("0.01"), Decimal(0), Decimal(100))
ANY = Axis(parse_type("DOUBLE"), None, Decimal(-9), Decimal(9))


def cut(at: str, yes: Tree, no: Tree, *, inclusive: bool = False) -> Split:
    return Split("x", Below(Decimal(at), inclusive), yes, no)


@cache
def steps_of(tree: Tree, axis: Axis, ruler: Ruler) -> Steps:
    return steps_in(tree, "x", axis, ruler)


def moved(tree: Tree, axis: Axis, ruler: Ruler, value: float | Decimal, **others: float) -> bool:
    """Whether one of the trees gives the value another code; what SQL asks instead says so, too."""
    row = {"x": value, **others}
    here, steps = evaluate(tree, row), steps_of(tree, axis, ruler)
    found = any(evaluate(other, row) != here for other in steps.trees)
    if steps.flips:
        assert found == any(
            not axis.passes(start, Decimal(value))
            and axis.passes(end, Decimal(value))
            and evaluate(flip, row) not in (STAYS, here)
            for (start, end), flip in steps.flips
        )
    return found


def test_near_is_two_percent_and_what_is_worth_saying_half() -> None:
    """2 % is in the sentence of the first screen; half takes a customer from end to middle."""
    assert Decimal("0.02") == NEAR_A_LINE
    assert Decimal("0.5") == WORTH_SAYING
    assert Ruler("standard", Decimal(150)).step == 3


def test_a_ruler_measures_on_the_scale_of_the_fit() -> None:
    log, plain = Ruler("log", Decimal(1)), Ruler("robust", Decimal(1))
    assert float(log.between(Decimal(0), Decimal(9))) == pytest.approx(2.302585092994)
    assert float(log.between(Decimal(-9), Decimal(9))) == pytest.approx(2 * 2.302585092994)
    assert plain.between(Decimal(3), Decimal("-1.5")) == Decimal("4.5")
    for value in map(Decimal, ("0", "0.01", "-3.5", "1234567.89", "1e17")):
        assert log.steps_away(value, 0) == value == plain.steps_away(value, 0)


def test_steps_of_huge_numbers_are_exact() -> None:
    """38 digits of a HUGEINT, where Python would round to 28."""
    value = Decimal("123456789012345678901234567890123456788")
    after = Decimal("123456789012345678901234567890123456789")
    assert Ruler("none", Decimal(50)).steps_away(value, 1) == after
    assert Ruler("log", Decimal(10**6)).steps_away(value, 1) < Decimal("1.8e308")


def test_the_width_is_that_of_the_deciles_and_negative_ones_count_as_0_on_a_log_scale() -> None:
    def fitted(scale: str, *quantiles: float):  # type: ignore[no-untyped-def]
        baseline = FeatureBaseline("spend", 9, 0, 0, 0.0, 1.0, quantiles)
        features = (replace(FIT.features[0], scale=scale),)
        return replace(FIT, features=features, baseline=Baseline(9, (baseline,), {}, None, 1.0))

    found = ruler_of(fitted("standard", -5.5, 1.0, 44.5), "spend")
    assert found == Ruler("standard", Decimal("50.0"))
    logged = ruler_of(fitted("log", -5.5, 1.0, 99.0), "spend")
    assert logged is not None and float(logged.width) == pytest.approx(4.605170185988)
    assert ruler_of(fitted("log"), "spend") is None
    assert ruler_of(FIT, "spend") is None  # a fit without a baseline


@pytest.mark.parametrize(
    ("width", "near"), [(49, []), (50, [41.0, 42.0]), (99, [41.0, 42.0]), (100, [40, 41, 42, 43])]
)
def test_whole_numbers_move_by_whole_steps_whatever_their_type(width: int, near: list) -> None:
    """2 % of 49 is less than 1: nobody moves. At 50 the step is 1, and one number each side."""
    tree, ruler = cut("42", Leaf(1), Leaf(2)), Ruler("standard", Decimal(width))
    for kind in ("DOUBLE", "FLOAT", "DECIMAL(18,3)", "INTEGER"):
        axis = replace(WHOLE, type=parse_type(kind))
        of = float if axis.is_float else Decimal
        assert [n for n in range(30, 55) if moved(tree, axis, ruler, of(n))] == near, kind


def test_a_line_between_two_whole_numbers_is_no_nearer_than_the_next_number() -> None:
    tree, ruler = cut("41.5", Leaf(1), Leaf(2)), Ruler("standard", Decimal(45))
    assert not [n for n in range(99) if moved(tree, WHOLE, ruler, float(n))]
    assert moved(tree, ANY, ruler, 41.0) and moved(tree, ANY, ruler, 42.0)


def test_cents_in_a_decimal_are_exact() -> None:
    tree, ruler = cut("0.30", Leaf(1), Leaf(2)), Ruler("standard", Decimal(1))
    near = [n for n in range(60) if moved(tree, CENTS, ruler, Decimal(n) / 100)]
    assert near == [28, 29, 30, 31]


def test_numbers_that_lie_anywhere_are_near_up_to_the_step_itself() -> None:
    tree, ruler = cut("1", Leaf(1), Leaf(2)), Ruler("none", Decimal(50))
    near = {x: moved(tree, ANY, ruler, x) for x in (-0.001, 0.0, 0.5, 1.0, 1.999, 2.0, 2.001)}
    assert near == {-0.001: False, 0.0: True, 0.5: True, 1.0: True, 1.999: True, 2.0: False,
                    2.001: False}  # fmt: skip
    closed = cut("1", Leaf(1), Leaf(2), inclusive=True)
    assert moved(closed, ANY, ruler, 2.0) and not moved(closed, ANY, ruler, 2.001)


def test_a_step_on_a_log_scale_is_wider_for_larger_numbers() -> None:
    ruler = Ruler("log", Decimal(5))  # a step is 10.5 % of 1 + x
    tree = cut("1000", Leaf(1), Leaf(2))
    near = [n for n in range(3000) if moved(tree, WHOLE, ruler, float(n))]
    assert (near[0], near[-1]) == (905, 1104)  # 1001 / e^0.1 - 1, 1000 e^0.1 - 1


def test_lines_that_lead_back_are_seen_although_a_step_passes_both() -> None:
    tree = cut("10", Leaf(1), cut("11", Leaf(2), Leaf(1)))
    ruler = Ruler("standard", Decimal(200))  # 4
    near = [n for n in range(30) if moved(tree, WHOLE, ruler, float(n))]
    assert near == [*range(6, 15)]
    assert len(steps_in(tree, "x", WHOLE, ruler).trees) == 4  # up and down, one line and both


def test_no_step_leads_below_0_where_nothing_is_or_out_of_the_type() -> None:
    ruler = Ruler("standard", Decimal(100))
    assert not moved(cut("0", Leaf(1), Leaf(2)), WHOLE, ruler, 1.0)
    below = replace(WHOLE, lowest=Decimal(-5))
    assert moved(cut("0", Leaf(1), Leaf(2)), below, ruler, 1.0)
    tiny = Axis(parse_type("UTINYINT"), Decimal(1), Decimal(0), Decimal(255))
    assert not moved(cut("256", Leaf(1), Leaf(2)), tiny, ruler, Decimal(255))
    assert moved(cut("255", Leaf(1), Leaf(2)), tiny, ruler, Decimal(254))


def test_a_window_holds_whoever_is_near() -> None:
    tree = cut("10", Leaf(1), cut("11", Leaf(2), Leaf(1)))
    steps = steps_in(tree, "x", WHOLE, Ruler("standard", Decimal(200)))
    inside = [
        n
        for n in range(30)
        if any(not WHOLE.passes(a, Decimal(n)) and WHOLE.passes(b, Decimal(n))
               for a, b in steps.windows)
    ]  # fmt: skip
    assert inside == [*range(6, 15)]


def random_tree(draw: random.Random, depth: int) -> Tree:
    if not depth or draw.random() < 0.15:
        return Leaf(draw.randrange(5))
    sides = random_tree(draw, depth - 1), random_tree(draw, depth - 1)
    test = Below(Decimal(draw.randrange(0, 60, 3)), draw.random() < 0.5)
    return Split(draw.choice("xxy"), test, *sides, draw.choice(("yes", "no")))  # type: ignore[arg-type]


@pytest.mark.parametrize("axis", [WHOLE, replace(WHOLE, type=parse_type("INTEGER")), ANY])
def test_the_other_answer_to_one_test_tells_what_the_trees_tell(axis: Axis) -> None:
    """Of rows with any other column, also unknown; where steps pass two lines, trees are asked."""
    counts = {"near": 0, "flips": 0, "none": 0}
    for seed in range(150):
        draw = random.Random(seed)
        tree = random_tree(draw, 4)
        ruler = Ruler("standard", Decimal(draw.choice((10, 50, 60, 100))))
        steps = steps_of(tree, axis, ruler)
        counts["flips" if steps.flips else "none"] += bool(steps.windows)
        for value in range(-3, 66):
            other = None if value % 5 == 0 else float(draw.randrange(-3, 66))
            counts["near"] += moved(tree, axis, ruler, float(value), y=other)  # type: ignore[arg-type]
    assert min(counts.values()) > 20, counts


def test_a_branch_without_the_line_is_not_looked_at_and_segments_apart_are_not_told_apart() -> None:
    ruler = Ruler("standard", Decimal(100))
    apart = Split("y", Below(Decimal(1)), cut("9", Leaf(1), Leaf(2)), Leaf(3))
    (((start, end), flip),) = steps_of(apart, WHOLE, ruler).flips
    assert (start, end) == (Below(Decimal("6.5")), Below(Decimal("10.5")))
    assert flip == Split("y", Below(Decimal(1)), Leaf(MOVES), Leaf(STAYS))
    mixed = cut("9", Leaf(1), Split("y", Below(Decimal(1)), Leaf(1), Leaf(2)))
    (((_, flip)),) = steps_of(mixed, WHOLE, ruler).flips
    assert flip == cut("9", Split("y", Below(Decimal(1)), Leaf(1), Leaf(2)), Leaf(1))
    twice = cut("9", cut("9", Leaf(1), Leaf(2)), Leaf(3))
    assert not steps_of(twice, WHOLE, ruler).flips  # the second answer would be another one, too


@pytest.mark.parametrize(("lines", "flips"), [(50, 50), (51, 0)])
def test_of_more_than_fifty_lines_in_a_column_none_is_written_by_itself(
    lines: int, flips: int
) -> None:
    """A step of 1 passes one of them at most, so that nothing else stands against it."""
    tree: Tree = Leaf(lines + 1)
    for at in range(lines, 0, -1):
        tree = cut(str(100 * at), Leaf(at), tree)
    steps = steps_in(tree, "x", WHOLE, Ruler("standard", Decimal(50)))
    assert (len(steps.windows), len(steps.flips)) == (lines, flips)
