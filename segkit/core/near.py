"""What near means: how far values lie apart on the scale of a fit, and who changes by a step."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from segkit.core.axis import EXACT, Axis
from segkit.core.fit import Fit
from segkit.core.tree import Below, Split, Tree, fold, splits

# Of the distance between the first and the last decile, on the scale of the fit:
NEAR_A_LINE = Decimal("0.02")  # what a customer may differ by from one month to the next
WORTH_SAYING = Decimal("0.5")  # a change of more takes a low customer for a high one
_FINE, _COARSE = Context(prec=40), Context(prec=30)  # so that there and back is the same value
_LARGEST = Decimal(sys.float_info.max)


@dataclass(frozen=True)
class Ruler:
    """Distances in one column: ``scale`` is that of the fit, ``width`` that of its deciles on it.

    Below 0, where the log scale of a fit sees no difference, it is the mirror image of
    what it is above, so that no two values lie at the same place.
    """

    scale: str
    width: Decimal

    @property
    def step(self) -> Decimal:
        return NEAR_A_LINE * self.width

    def place(self, value: Decimal) -> Decimal:
        if self.scale != "log":
            return value
        return _FINE.add(value.copy_abs(), Decimal(1)).ln(_FINE).copy_sign(value)

    def value(self, place: Decimal) -> Decimal:
        """The value at a place, as far as the largest double."""
        if self.scale != "log":
            return _COARSE.plus(place)
        found = _COARSE.subtract(place.copy_abs().exp(_FINE), Decimal(1))
        return min(found, _LARGEST).copy_sign(place)

    def between(self, one: Decimal, other: Decimal) -> Decimal:
        return _FINE.subtract(self.place(one), self.place(other)).copy_abs()


def ruler_of(fit: Fit, column: str) -> Ruler | None:
    """None where the fit knows no deciles of the column."""
    baseline = fit.baseline.features if fit.baseline else ()
    quantiles = next((f.quantiles for f in baseline if f.column == column and f.quantiles), None)
    scale = next((f.scale for f in fit.features if f.column == column), "standard")
    if not quantiles:
        return None
    first, last = (Decimal(repr(value)) for value in (quantiles[0], quantiles[-1]))
    ruler = Ruler(scale, Decimal(0))
    if scale == "log":  # as in the fit, which has all below 0 at 0
        first, last = max(first, Decimal(0)), max(last, Decimal(0))
    return replace(ruler, width=ruler.place(last) - ruler.place(first))


def after_a_step(tree: Tree, column: str, axis: Axis, ruler: Ruler) -> Iterator[Tree]:
    """Trees that say where rows come to when their value in the column moves by up to a step.

    A row that one of them gives another code is near a line. Not the value is
    moved but the cuts are: that is exact in every type, and costs a row no more
    than the tree itself. A step that may pass several cuts has a tree for each number of them.
    """
    for up in (True, False):
        lines = _lines(tree, column, axis, ruler, up)
        for passed in range(1, len(lines) + 1):
            moved: dict[Below, Below] = {}
            for place, line in enumerate(lines):
                test = line.reached
                if place >= passed:  # who passes this line, too, passes one line too many
                    test = (max if up else min)(test, lines[place - passed].tests[0], key=_position)
                moved |= dict.fromkeys(line.tests, test)
            yield _with_tests(tree, column, moved)
            if all(moved[line.tests[0]] == line.reached for line in lines):
                break


@dataclass(frozen=True)
class _Line:
    """Tests that no value lies between; ``reached`` is the test of who can get beyond them."""

    tests: tuple[Below, ...]
    reached: Below


def _lines(tree: Tree, column: str, axis: Axis, ruler: Ruler, up: bool) -> list[_Line]:
    """The lines of a column in the order in which a value comes to them."""
    tests = {s.test for s in splits(tree) if s.column == column and isinstance(s.test, Below)}
    beyond: dict[Decimal, list[Below]] = {}
    for test in tests:
        value = axis.first_not_below(test) if up else axis.last_below(test)
        beyond.setdefault(value, []).append(test)
    return [
        _Line(tuple(beyond[value]), _reached(beyond[value][0], value, axis, ruler, up))
        for value in sorted(beyond, reverse=not up)
    ]


def _reached(test: Below, value: Decimal, axis: Axis, ruler: Ruler, up: bool) -> Below:
    """The test with the cut where those begin who get to ``value``, just beyond it, by a step."""
    if not axis.holds(value):
        return test
    start = ruler.value(ruler.place(value) - ruler.step if up else ruler.place(value) + ruler.step)
    if (grain := axis.grain_at(value)) is None:
        reached = Below(start, inclusive=not up)
    else:  # between two values, where a float with a tail is on neither side's edge
        edge = _multiple(start, grain, ROUND_CEILING if up else ROUND_FLOOR)
        half = EXACT.divide(grain, Decimal(2))
        reached = Below(EXACT.subtract(edge, half) if up else EXACT.add(edge, half))
    return (min if up else max)(test, reached, key=_position)


def _multiple(value: Decimal, grain: Decimal, rounding: str) -> Decimal:
    return EXACT.multiply(
        EXACT.divide(value, grain).to_integral_value(rounding, context=EXACT), grain
    )


def _position(test: Below) -> tuple[Decimal, bool]:
    return test.cut, test.inclusive


def _with_tests(tree: Tree, column: str, moved: Mapping[Below, Below]) -> Tree:
    def split(node: Split, yes: Tree, no: Tree) -> Tree:
        test = node.test
        if node.column == column and isinstance(test, Below):
            test = moved[test]
        return replace(node, test=test, yes=yes, no=no)

    return fold(tree, lambda leaf: leaf, split)
