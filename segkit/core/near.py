"""What near means: how far values lie apart on the scale of a fit, and who changes by a step."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from segkit.core.axis import EXACT, Axis
from segkit.core.fit import Fit
from segkit.core.tree import Below, Leaf, Split, Tree, fold, leaves, splits

# Of the distance between the first and the last decile, on the scale of the fit:
NEAR_A_LINE = Decimal("0.02")  # a fiftieth of what parts low from high customers: as good as there
WORTH_SAYING = Decimal("0.5")  # a change of more would make another customer of them
_FINE, _COARSE = Context(prec=40), Context(prec=30)
_LARGEST = Decimal(sys.float_info.max)
STAYS, MOVES = -1, -2  # codes of no segment
_MOST_FLIPS = 50  # tests of a column; of more it would take long to write each by itself
_Window = tuple[Below, Below]


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

    def steps_away(self, value: Decimal, steps: int) -> Decimal:
        """The value that many steps farther up the scale, at most the largest double."""
        place = EXACT.add(self.place(value), self.step * steps)
        if self.scale == "log":  # rounded, so that no step at all leads to the value itself
            place = _COARSE.subtract(place.copy_abs().exp(_FINE), Decimal(1)).copy_sign(place)
        return max(min(place, _LARGEST), _LARGEST.copy_negate())

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


@dataclass(frozen=True)
class Steps:
    """What steps of a value in one column come to.

    ``trees`` say where rows come to by a step of at most the ruler's; whoever gets another
    code from one of them is near a line. ``windows`` hold all who pass a line by such a step:
    from the first test on (where it is false) to the second (where it is true).

    ``flips``, where no step passes two lines, says the same of less: in each window, who gets a
    code that is not ``STAYS`` and not their own is near a line. Without any the trees say it.
    """

    trees: tuple[Tree, ...]
    windows: tuple[_Window, ...]
    flips: tuple[tuple[_Window, Tree], ...] = ()


def steps_in(tree: Tree, column: str, axis: Axis, ruler: Ruler) -> Steps:
    """Return the steps of a column.

    Not the values are moved but the cuts are: that is exact in every type, and costs
    a row no more than the tree itself. Where a step may pass several cuts there is a
    tree for each number of them, for the first may lead elsewhere and the second back.
    """
    ups, downs = (_lines(tree, column, axis, ruler, up) for up in (True, False))
    from_below, from_above = _reached_by(ups), _reached_by(downs)
    windows = dict.fromkeys((from_below[test], from_above[test]) for test in from_below)
    ways = [*_passing(ups, True), *_passing(downs, False)]
    return Steps(
        tuple(_with_tests(tree, column, ends) for ends in ways if any(a != ends[a] for a in ends)),
        tuple((start, end) for start, end in windows if start != end),
        _flips(tree, column, {test: (from_below[test], from_above[test]) for test in from_below}),
    )


def _flips(
    tree: Tree, column: str, windows: Mapping[Below, _Window]
) -> tuple[tuple[_Window, Tree], ...]:
    """Each line's window, and where those in it come to; none where a step may pass two lines."""
    if len(windows) > _MOST_FLIPS:
        return ()
    lines = sorted((window, test) for test, window in windows.items())
    ends = [end for window, _ in lines for end in window]
    flipped = [(window, _flipped(tree, column, test)) for window, test in lines]
    if ends != sorted(ends) or any(other is None for _, other in flipped):
        return ()
    return tuple((window, other) for window, other in flipped if other and window[0] != window[1])


def _flipped(tree: Tree, column: str, test: Below) -> Tree | None:
    """The tree with the other answer to one test, and ``STAYS`` where it is not asked.

    ``MOVES`` where both answers lead to segments of their own. None where it is asked twice on
    a way, so that the second answer would have to be another one, too.
    """
    is_asked_twice = False

    def split(node: Split, yes: tuple[Tree, Tree], no: tuple[Tree, Tree]) -> tuple[Tree, Tree]:
        nonlocal is_asked_twice
        whole = replace(node, yes=yes[0], no=no[0])
        asked_below = not yes[1] == no[1] == Leaf(STAYS)
        if node.column == column and node.test == test:
            is_asked_twice = is_asked_twice or asked_below
            codes = ({leaf.code for leaf in leaves(side[0])} for side in (yes, no))
            if set.isdisjoint(*codes):
                return whole, Leaf(MOVES)
            return whole, replace(node, yes=no[0], no=yes[0])
        return whole, replace(node, yes=yes[1], no=no[1]) if asked_below else Leaf(STAYS)

    found = fold(tree, lambda leaf: (leaf, Leaf(STAYS)), split)[1]
    return None if is_asked_twice else found


def _reached_by(lines: Sequence[_Line]) -> dict[Below, Below]:
    return {test: line.reached for line in lines for test in line.tests}


def _passing(lines: Sequence[_Line], up: bool) -> Iterator[dict[Below, Below]]:
    """The tests by which rows pass at most one line, at most two, and so on to all in reach."""
    for passed in range(1, len(lines) + 1):
        ends = [line.reached for line in lines[:passed]]
        for line, before in zip(lines[passed:], lines, strict=False):
            # who is before that one, too, would pass one line too many
            ends.append((max if up else min)(line.reached, before.tests[0]))
        yield {test: end for line, end in zip(lines, ends, strict=True) for test in line.tests}
        if ends == [line.reached for line in lines]:
            return


@dataclass(frozen=True)
class _Line:
    """Tests that no value lies between; ``reached`` is the test of who can get beyond them."""

    tests: tuple[Below, ...]
    reached: Below


def _lines(tree: Tree, column: str, axis: Axis, ruler: Ruler, up: bool) -> list[_Line]:
    """The lines of a column in the order in which a value comes to them."""
    tests = {s.test for s in splits(tree) if s.column == column and isinstance(s.test, Below)}
    beyond: dict[Decimal, list[Below]] = {}
    for test in sorted(tests):
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
    back = -1 if up else 1
    if (grain := axis.grain_at(value)) is None:
        reached = Below(ruler.steps_away(test.cut, back), test.inclusive)
    else:  # between two values, where a float with a tail is on neither side's edge
        start = ruler.steps_away(value, back)
        edge = _multiple(start, grain, ROUND_CEILING if up else ROUND_FLOOR)
        if edge == value and not axis.is_float:
            return test  # a step is less than one from value to value
        half = EXACT.divide(grain, Decimal(2))
        reached = Below(EXACT.subtract(edge, half) if up else EXACT.add(edge, half))
    return (min if up else max)(test, reached)


def _multiple(value: Decimal, grain: Decimal, rounding: str) -> Decimal:
    whole = EXACT.divide(value, grain).to_integral_value(rounding, context=EXACT)
    return EXACT.multiply(whole, grain)


def _with_tests(tree: Tree, column: str, moved: Mapping[Below, Below]) -> Tree:
    def split(node: Split, yes: Tree, no: Tree) -> Tree:
        test = node.test
        if node.column == column and isinstance(test, Below):
            test = moved[test]
        return replace(node, test=test, yes=yes, no=no)

    return fold(tree, lambda leaf: leaf, split)
