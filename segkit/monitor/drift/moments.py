"""Means of the same customers twice, of whom some join and some leave: the overlap is counted.

Sums by cell are all that is needed: a cell is (segment at the fit, segment now), None for who
was not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from segkit.learn.numbers import Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Cells:
    """How many customers are in each cell."""

    before: tuple[str | None, ...]
    now: tuple[str | None, ...]
    n: Floats

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(sorted({s for s in (*self.before, *self.now) if s is not None}))

    @property
    def were_there(self) -> Mask:
        return np.array([segment is not None for segment in self.before], bool)

    @property
    def are_there(self) -> Mask:
        return np.array([segment is not None for segment in self.now], bool)

    def were_in(self, segment: str) -> Mask:
        return np.array([other == segment for other in self.before], bool)

    def are_in(self, segment: str) -> Mask:
        return np.array([other == segment for other in self.now], bool)


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums of one value by cell, taken from ``center``, of who has a value.

    ``both``, ``both0``, ``both1`` and ``product`` are of who has one twice.
    """

    known0: Floats
    sum0: Floats
    square0: Floats
    known1: Floats
    sum1: Floats
    square1: Floats
    both: Floats
    both0: Floats
    both1: Floats
    product: Floats
    center: float = 0.0


@dataclass(frozen=True)
class Change:
    """Of a mean: ``error`` is the standard error of the difference, ``sd`` that of the values."""

    n0: float
    n1: float
    mean0: float
    mean1: float
    sd: float
    error: float
    fresh: float  # the part of the error that is new in each build

    @property
    def difference(self) -> float:
        return self.mean1 - self.mean0

    @property
    def standardised(self) -> float:
        """The difference in standard deviations; 0 where nothing varies."""
        return self.difference / self.sd if self.sd else 0.0


def change(value: Moments, of0: Mask, of1: Mask) -> Change | None:
    """The mean of the cells ``of1`` now, against that of ``of0`` then; None where nobody is."""
    n0, n1 = float(value.known0[of0].sum()), float(value.known1[of1].sum())
    if not n0 or not n1:
        return None
    mean0, mean1 = value.sum0[of0].sum() / n0, value.sum1[of1].sum() / n1
    variance0 = max(value.square0[of0].sum() / n0 - mean0**2, 0.0)
    variance1 = max(value.square1[of1].sum() / n1 - mean1**2, 0.0)
    both = of0 & of1
    shared = (
        value.product[both].sum()
        - mean1 * value.both0[both].sum()
        - mean0 * value.both1[both].sum()
        + mean0 * mean1 * value.both[both].sum()
    ) / (n0 * n1)
    error = max(variance0 / n0 + variance1 / n1 - 2 * shared, 0.0)
    return Change(
        n0,
        n1,
        float(value.center + mean0),
        float(value.center + mean1),
        sqrt((variance0 + variance1) / 2),
        sqrt(error),
        sqrt(variance1 / n1),
    )


def _of_flags(cells: Cells, sum0: Floats, sum1: Floats, product: Floats) -> Moments:
    """Moments of what is 0 or 1 of everybody, from how often it is 1: then, now, and twice."""
    known0, known1 = cells.n * cells.were_there, cells.n * cells.are_there
    stay = cells.were_there & cells.are_there
    return Moments(
        known0, sum0, sum0, known1, sum1, sum1, cells.n * stay, sum0 * stay, sum1 * stay, product
    )


def of_segment(cells: Cells, segment: str) -> Moments:
    """Whether a customer is in the segment."""
    were, are = cells.were_in(segment), cells.are_in(segment)
    return _of_flags(cells, cells.n * were, cells.n * are, cells.n * (were & are))


def of_level(cells: Cells, sums: Sequence[Floats]) -> Moments:
    """Whether a category is a level, from the numbers of who had it, have it, and both."""
    return _of_flags(cells, *sums)


def of_missing(cells: Cells, value: Moments) -> Moments:
    """Whether a value is missing."""
    stay = cells.were_there & cells.are_there
    both = (cells.n - value.known0 - value.known1 + value.both) * stay
    missing0 = cells.n * cells.were_there - value.known0
    return _of_flags(cells, missing0, cells.n * cells.are_there - value.known1, both)
