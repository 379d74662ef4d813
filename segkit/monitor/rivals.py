"""Plain groupings of the same customers, which anybody could have: the segments' rivals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from segkit.core.fit import Fit, FittedFeature
from segkit.core.usefulness import RivalKind
from segkit.dialects.spelling import double, literal
from segkit.dialects.table import Dialect

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


# K-Means itself, which the rules stand in for -----------------------------------------------------


def nearest_center_sql(fit: Fit, values: Mapping[str, str], dialect: Dialect) -> str | None:
    """Return SQL of the code of the nearest centre; None where the fit has no K-Means of its own.

    Parameters
    ----------
    values : mapping of str to str
        SQL of each feature, by its column: a finite DOUBLE, or a category as a text.
    """
    clusters = fit.clusters
    if clusters.labels or len(clusters.centers) < 2 or {f.column for f in fit.features} - {*values}:
        return None
    distances = [_distance_sql(fit, center, values, dialect) for center in clusters.centers]
    whens = " ".join(f"WHEN {sql} THEN {code}" for code, sql in enumerate(distances, start=1))
    return f"CASE least({', '.join(distances)}) {whens} END"


def _distance_sql(
    fit: Fit, center: tuple[float, ...], values: Mapping[str, str], dialect: Dialect
) -> str:
    parts, at = [], 0
    for feature in fit.features:
        here, at = center[at : at + feature.width], at + feature.width
        make = _level_distance if feature.is_category else _number_distance
        parts.append(make(feature, here, values[feature.column], dialect))
    return " + ".join(parts)


def _number_distance(
    feature: FittedFeature, center: tuple[float, ...], value: str, dialect: Dialect
) -> str:
    known = f"coalesce({value}, {double(feature.median)})"
    scaled = f"ln(1 + greatest({known}, 0))" if feature.scale == "log" else known
    step = (feature.spread or 1.0) / math.sqrt(feature.weight)
    away = f"(({scaled} - {double(feature.center)}) / {double(step)} - {double(center[0])})"
    return f"{away} * {away}"


def _level_distance(
    feature: FittedFeature, center: tuple[float, ...], value: str, dialect: Dialect
) -> str:
    """Of a level of the fit, or of the most frequent one for any other."""
    far = {
        level: sum((a - b) ** 2 for a, b in zip(feature.coordinates(level), center, strict=True))
        for level in feature.levels
    }
    whens = " ".join(f"WHEN {literal(text, dialect)} THEN {double(d)}" for text, d in far.items())
    return f"CASE {value} {whens} ELSE {double(far[feature.mode])} END"
