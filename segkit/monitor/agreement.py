"""How far two groupings of the same customers say the same, from their crosstab."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Guess:
    """How often one group is guessed right: by the other grouping, and by nothing at all.

    The guess is always the most frequent group: of those who are in the same group
    of the other grouping, or of everybody.
    """

    knowing: float
    without: float


@dataclass(frozen=True)
class Counterpart:
    """The group of the other side that most customers of a group are in (place in its list).

    ``share`` is of the group's own customers, ``of_other`` of the counterpart's.
    """

    place: int
    share: float
    of_other: float


def guess_columns(counts: Counts) -> Guess:
    """Return how often a customer's column is guessed right by knowing the row."""
    n = int(counts.sum())
    return Guess(int(counts.max(axis=1).sum()) / n, int(counts.sum(axis=0).max()) / n)


def counterparts(counts: Counts) -> tuple[Counterpart, ...]:
    """Return the closest column of each row; the first of several. No row is empty."""
    sizes, others = counts.sum(axis=1), counts.sum(axis=0)
    return tuple(
        Counterpart(int(place), float(row[place] / size), float(row[place] / others[place]))
        for row, place, size in zip(counts, counts.argmax(axis=1), sizes, strict=True)
    )
