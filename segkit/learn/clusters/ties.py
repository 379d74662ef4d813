"""Values that several share are spread: whole numbers and zeros leave gaps that part nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from segkit.learn.numbers import Floats, Ints

COPIES, COPIED_ROWS = 8, 20_000  # of rows with ties, each spread anew; rows in all


@dataclass(frozen=True, eq=False)
class Spread:
    """Rows whose ties are spread: several copies of each, so that chance does not decide."""

    X: Floats  # (copies n, d)
    weight: Floats  # (copies n,) customers
    copies: int
    numbers: Ints  # places of the columns along which gaps are looked for

    @cached_property
    def along(self) -> Floats:
        return self.X[:, self.numbers]

    def observations(self, rows: NDArray[np.bool_]) -> float:
        """How many rows of one weight say as much as these (Kish 1965)."""
        weight = self.weight[rows]
        if not len(weight):
            return 0.0
        return float(weight.sum() ** 2 / (weight**2).sum()) / self.copies


def spread_ties(X: Floats, weight: Floats, numbers: Sequence[int] | None = None) -> Spread:
    """Return the rows with values that several share spread between the neighbouring values.

    Whole numbers and zeros leave gaps that say nothing about groups. Each value gets
    the room halfway to its neighbours; which row lies where is drawn for each column and copy.

    ``numbers``: columns along which gaps are looked for, all if not given. Levels of categories are
    spread as well, so that they part nobody, but between them there is always a gap.
    """
    places = np.arange(X.shape[1]) if numbers is None else np.array(numbers, dtype=np.int64)
    rooms = [_Room.of(column) for column in X.T]
    has_ties = any(room.is_shared.any() for room in rooms)
    copies = min(COPIES, max(1, COPIED_ROWS // len(X))) if has_ties else 1
    rng = np.random.default_rng(77)
    spread = [np.column_stack([room.drawn(rng) for room in rooms]) for _ in range(copies)]
    return Spread(np.vstack(spread), np.tile(weight / copies, copies), copies, places)


@dataclass(frozen=True, eq=False)
class _Room:
    """For each row the value of a column, and the room halfway to the neighbouring values."""

    values: Floats
    lower: Floats
    width: Floats
    is_shared: NDArray[np.bool_]

    @classmethod
    def of(cls, column: Floats) -> _Room:
        known, at, counts = np.unique(column, return_inverse=True, return_counts=True)
        if len(known) < 2:
            return cls(column, column, np.zeros(len(column)), np.zeros(len(column), dtype=bool))
        middle = (known[1:] + known[:-1]) / 2
        lower = np.concatenate([[2 * known[0] - middle[0]], middle])
        upper = np.concatenate([middle, [2 * known[-1] - middle[-1]]])
        return cls(column, lower[at], (upper - lower)[at], counts[at] > 1)

    def drawn(self, rng: np.random.Generator) -> Floats:
        room = self.lower + rng.random(len(self.values)) * self.width
        return np.where(self.is_shared, room, self.values)
