"""Plain groupings of the same customers, which anybody could have: the segments' rivals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from segkit.core.usefulness import RivalKind

LEAST_BANDS = 5  # quintiles at least
MAX_GROUPS = 50
_CROSSED = 4  # the best single ones, two by two
_WORTH_CROSSING = 0.01  # of the variance: a point, which is what a screen shows


@dataclass(frozen=True)
class Plain:
    """A rival before it is measured; ``columns`` of the customers make its groups.

    Of a metric in ``made_of`` it is none: it would explain itself. ``crossed`` is the
    column that it is crossed by, of ``groups`` groups (a number in fewer bands than alone);
    "" where that makes no sense. ``other`` names the second column of a cross.
    """

    kind: RivalKind
    name: str
    columns: tuple[str, ...]
    groups: int = 0
    crossed: str = ""
    other: str = ""
    made_of: frozenset[str] = frozenset()


def parts_of(k: int) -> tuple[int, int]:
    """Bands of one number alone, and of one that is crossed by another.

    >>> parts_of(2), parts_of(6), parts_of(12)
    ((5, 2), (6, 3), (12, 4))
    """
    return max(k, LEAST_BANDS), max(2, math.ceil(math.sqrt(k)))


def band_sql(column: str, edges: Sequence[float]) -> str:
    """1 + the number of edges below the value, as in the buckets; NULL for what is missing."""
    above = [f"CAST({column} > {edge!r} AS INTEGER)" for edge in edges]
    return " + ".join(["1", *above]) if above else f"CASE WHEN {column} IS NOT NULL THEN 1 END"


def crosses(explained: Mapping[Plain, float]) -> list[Plain]:
    """The best single rivals crossed, two by two; ``explained`` is each one's adjusted share."""
    single = [plain for plain in explained if plain.crossed]
    best = sorted(single, key=lambda plain: -explained[plain])[:_CROSSED]
    return [
        Plain(
            "cross",
            one.name,
            (one.crossed, other.crossed),
            one.groups * other.groups,
            other=other.name,
        )
        for one, other in combinations(sorted(best, key=single.index), 2)
        if one.groups * other.groups <= MAX_GROUPS
    ]


def best_of(explained: Mapping[Plain, float]) -> Plain | None:
    """The rival with the highest adjusted share; a cross has to be worth its second column."""
    return max(
        explained,
        key=lambda plain: explained[plain] - _WORTH_CROSSING * (plain.kind == "cross"),
        default=None,
    )
