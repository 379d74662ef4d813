"""Where the values of a column can lie, so that a change is one which a value can make."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Context, Decimal

from segkit.core.columns import ColumnType, Kind
from segkit.core.evaluate import Number
from segkit.core.float_splits import float32, neighbour
from segkit.core.rules import Interval
from segkit.core.tree import Below

EXACT = Context(prec=400)  # 28 digits are usual, and some types have 38
_HUGE = 1e15  # from here on floats are read by their size, not by their digits
_SINGLE = 2.0**29  # spacings of doubles between two singles


@dataclass(frozen=True)
class Axis:
    """One column's numbers.

    ``grain`` is the step between values, 1 for whole numbers whatever the type they are
    stored in; None where they lie anywhere. ``tail`` is how far a float may lie from the
    number it stands for (0.1 + 0.2). ``lowest`` and ``highest`` are the ends of what there is.
    """

    type: ColumnType
    grain: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    tail: float = 0.0

    @property
    def is_float(self) -> bool:
        return self.type.kind in (Kind.FLOAT, Kind.DOUBLE)

    @property
    def is_single(self) -> bool:
        return self.type.kind is Kind.FLOAT

    def holds(self, value: Decimal) -> bool:
        """True for a value of the type that makes sense: none is negative where none is now."""
        low, high = self.type.ends
        least = min(self.lowest or Decimal(0), Decimal(0))
        return max(low, least) <= value <= high

    def stored(self, value: Decimal) -> Number:
        """The value as the warehouse keeps it: a float of the type's own precision."""
        if not self.is_float:
            return value
        return float32(float(value)) if self.is_single else float(value)

    def spellings(self, value: Number) -> Iterator[Decimal]:
        """The value as people may write it, the shortest first, the last one exact."""
        if isinstance(value, float):
            if abs(value) >= _HUGE:
                yield Decimal(f"{value:.3g}")
            elif self.grain is not None:
                near = EXACT.quantize(Decimal(repr(value)), self.grain)
                if abs(float(near) - value) <= max(self.tail, tail_of(self.type) * abs(value)):
                    yield near
            if not self.is_single:
                yield Decimal(f"{value:.15g}")
            yield self.printed(value)
        yield exact(value)

    def printed(self, value: Number) -> Decimal:
        """The value as the warehouse prints it: a float in the fewest digits that are it."""
        if isinstance(value, Decimal):
            return value
        if self.is_single:
            for digits in range(6, 10):
                text = Decimal(f"{value:.{digits}g}")
                if self.stored(text) == value:
                    return text
        return Decimal(repr(value))

    def through(self, value: Decimal) -> Axis:
        """The axis on which this value lies, too: its grain is that of the value where finer."""
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)
        if (
            self.grain is None
            or self.type.kind is Kind.INTEGER
            or not EXACT.remainder(value, self.grain)
        ):
            return self
        return replace(self, grain=Decimal(1).scaleb(exponent))

    def first_not_below(self, test: Below) -> Decimal:
        """The least value for which the test is false."""
        if self.grain_at(test.cut) is None:
            return self._neighbours(test)[1]
        return self._on_grid(test)

    def last_below(self, test: Below) -> Decimal:
        """The largest value for which the test is true."""
        step = self.grain_at(test.cut)
        if step is None:
            return self._neighbours(test)[0]
        return EXACT.subtract(self._on_grid(test), step)

    def passes(self, test: Below, value: Decimal) -> bool:
        """Whether the test is true of the value as it is stored."""
        stored = self.stored(value)
        return math.isfinite(stored) and test.holds(stored)

    def grain_at(self, value: Decimal) -> Decimal | None:
        """The grain, if numbers as large as this one are that fine."""
        if self.grain is None or not self.is_float:
            return self.grain
        spacing = math.ulp(float(value)) * (_SINGLE if self.is_single else 1)
        return self.grain if 4 * spacing < self.grain else None

    def _on_grid(self, test: Below) -> Decimal:
        """A float may lie on the other side of a cut than the number that it stands for."""
        assert self.grain is not None
        ends = Interval(lower=test.cut, lower_closed=not test.inclusive)
        value = (ends.on_floats() if self.is_float else ends).on_grid(self.grain).lower
        assert value is not None
        while self.passes(test, value):
            value = EXACT.add(value, self.grain)
        while not self.passes(test, before := EXACT.subtract(value, self.grain)):
            value = before
        return value

    def _neighbours(self, test: Below) -> tuple[Decimal, Decimal]:
        """The two floats of the type that the cut parts; one may be infinite."""
        low, high = (float(end) for end in self.type.ends)
        above = float(self.stored(min(max(test.cut, Decimal(low)), Decimal(high))))
        while math.isfinite(above) and self.passes(test, Decimal(above)):
            above = self._next(above, up=True)
        below = self._next(above, up=False)
        while math.isfinite(below) and not self.passes(test, Decimal(below)):
            above, below = below, self._next(below, up=False)
        return Decimal(below), Decimal(above)

    def _next(self, value: float, *, up: bool) -> float:
        if self.is_single:
            return neighbour(value, up=up)
        return math.nextafter(value, math.inf if up else -math.inf)


def tail_of(type_: ColumnType) -> float:
    """What floats lose in sums of some hundred numbers, as a part of their size."""
    if type_.kind is Kind.FLOAT:
        return 2.0**-23
    return 1e-13 if type_.kind is Kind.DOUBLE else 0.0


def exact(value: Number) -> Decimal:
    """The number itself: of a float all its digits."""
    return value if isinstance(value, Decimal) else Decimal(value)
