"""The smallest change of one value that moves a row, in a number that does so as it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from segkit.core.axis import EXACT, Axis, exact
from segkit.core.evaluate import Number, evaluate, is_missing, number
from segkit.core.float_splits import float32
from segkit.core.near import Ruler
from segkit.core.tree import Below, Split, Tree, splits

_EXCESS = Decimal("1.01")  # a rounder number may be so much more than what is needed
_LAST_RESORT = Decimal(2)
_DIGITS = 17  # that a double has


@dataclass(frozen=True)
class NearestChange:
    """``change`` (signed, few digits) of the value in ``split.column`` gives ``code``.

    ``distance`` is that to the first value beyond the line, on the ruler of the column.
    """

    split: Split
    change: Decimal
    code: int
    distance: Decimal


def nearest_change(
    tree: Tree,
    row: Mapping[str, object],
    axes: Mapping[str, Axis],
    rulers: Mapping[str, Ruler],
    farthest: Mapping[str, Decimal],
) -> NearestChange | None:
    """Return the change that is the smallest in parts of ``farthest``, by column.

    None if each is larger than that. The change holds of the value as it is
    written and as it is stored, added as people add and as the warehouse does.
    """
    here = evaluate(tree, row)
    found: list[tuple[Decimal, int, Split, Number, Decimal]] = []
    for split in splits(tree):
        limit = farthest.get(split.column, Decimal(0))
        if not isinstance(split.test, Below) or is_missing(row[split.column]) or not limit:
            continue
        value = number(row[split.column])
        assert value is not None
        there = _beyond(split.test, value, axes[split.column])
        distance = rulers[split.column].between(exact(value), there)
        if distance <= limit:
            found.append((distance / limit, len(found), split, value, there))
    for _, _, split, value, there in sorted(found, key=lambda each: each[:2]):
        axis = axes[split.column]
        code = evaluate(tree, {**row, split.column: axis.stored(there)})
        if code == here or not axis.holds(there):
            continue
        change = _stated(tree, row, split.column, axis, value, there, code)
        if change is not None:
            distance = rulers[split.column].between(exact(value), there)
            return NearestChange(split, change, code, distance)
    return None


def written(value: Number, axis: Axis, tree: Tree, column: str) -> Decimal:
    """The value in the fewest digits with which every test of it is answered as it is.

    A float 389.98999999999995 is 389.99, unless a line runs just there.
    """
    tests = [s.test for s in splits(tree) if s.column == column and isinstance(s.test, Below)]
    for text in axis.spellings(value):
        if all(test.holds(text) == axis.passes(test, exact(value)) for test in tests):
            return text
    return exact(value)


def _beyond(test: Below, value: Number, axis: Axis) -> Decimal:
    axis = axis.through(next(axis.spellings(value)))
    return (axis.first_not_below if axis.passes(test, exact(value)) else axis.last_below)(test)


def _stated(
    tree: Tree,
    row: Mapping[str, object],
    column: str,
    axis: Axis,
    value: Number,
    there: Decimal,
    code: int,
) -> Decimal | None:
    """The change to ``there`` or a little farther, in the fewest digits; None if none gives it."""
    readings = dict.fromkeys((written(value, axis, tree, column), axis.printed(value)))
    changes = [EXACT.subtract(there, reading) for reading in readings]
    need = max(changes, key=lambda change: change.copy_abs())
    shown = next(iter(readings))
    for amount in _rounder(need, axis.through(shown).grain_at(there)):
        ends = [EXACT.add(reading, amount) for reading in readings]
        results: list[Number] = [*ends, *map(axis.stored, ends)]
        if isinstance(value, float):  # 0.7 + 0.1 is under 0.8 there: 0.11 is enough for all
            results += _sums(value, amount, axis)
        if _is_sensible(ends[0], there, axis) and all(
            evaluate(tree, {**row, column: result}) == code for result in results
        ):
            return amount
    return None


def _sums(value: float, change: Decimal, axis: Axis) -> Iterator[float]:
    """What floats make of the sum."""
    added = value + float(change)
    yield added
    if axis.is_single:
        yield float32(added)
        yield float32(value + float32(float(change)))


def _rounder(need: Decimal, grain: Decimal | None) -> Iterator[Decimal]:
    """``need`` rounded away from 0, to few digits first; at last to more than it takes."""
    size, sign = need.copy_abs(), need
    last = size.adjusted() - _DIGITS
    if grain is not None:
        last = max(last, grain.adjusted())
    for excess in (_EXCESS, _LAST_RESORT):
        for exponent in range(max(size.adjusted(), last), last - 1, -1):
            amount = _up_to(size, exponent)
            if amount <= EXACT.multiply(size, excess) or (exponent == last and grain is not None):
                yield amount.copy_sign(sign)
        if grain is not None:
            yield EXACT.add(_up_to(size, last), Decimal(1).scaleb(last)).copy_sign(sign)


def _up_to(size: Decimal, exponent: int) -> Decimal:
    unit = Decimal(1).scaleb(exponent)
    units = EXACT.divide(size, unit).to_integral_value(ROUND_CEILING, context=EXACT)
    return EXACT.multiply(units, unit)


def _is_sensible(end: Decimal, there: Decimal, axis: Axis) -> bool:
    """Rounding leads nobody out of the values that there are, unless the line lies beyond them."""
    low = min(there, there if axis.lowest is None else axis.lowest)
    high = max(there, there if axis.highest is None else axis.highest)
    return axis.holds(end) and low <= end <= high
