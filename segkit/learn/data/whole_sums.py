"""Sums of numbers that no order of the rows changes, and no number of threads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from segkit.dialects.spelling import double

_BITS, _REST = 44, 62  # of a number that is summed as a whole one, and of what is less than a step
_FINE = 20  # bits behind the point: 2^-20 is a small part of a standard deviation


@dataclass(frozen=True)
class Whole:
    """Numbers as whole ones, in steps of 2^-bits: their sum is exact, in any order of the rows.

    The greatest is 2^44 steps from 0: of ten thousand million customers who lie as far apart as
    that, the standard deviation is 10^8 steps at least. DuckDB sums numbers that reach the 64th
    bit at a third of the speed. Where somebody is so far away that a step is no small part of
    1 (a 2147483647 in quartiles of 10), what is less than a step is summed as well.
    """

    bits: int

    @classmethod
    def of(cls, most: float) -> Whole:
        """For numbers of at most that size."""
        return cls(_BITS - max(math.frexp(most)[1], -200))

    @property
    def is_coarse(self) -> bool:
        return self.bits < _FINE

    def sums_sql(self, value: str) -> list[str]:
        steps = f"{value} * {double(2.0**self.bits)}"
        if not self.is_coarse:
            return [f"sum(CAST({steps} AS BIGINT))"]
        rest = f"({steps} - floor({steps})) * {double(2.0**_REST)}"
        return [f"sum(CAST({each} AS BIGINT))" for each in (f"floor({steps})", rest)]

    def value(self, found: Iterator[Any]) -> float:
        """The sum, of what the engine found."""
        total = Fraction(int(next(found)))
        if self.is_coarse:
            total += Fraction(int(next(found)), 2**_REST)
        return float(total / Fraction(2) ** self.bits)
