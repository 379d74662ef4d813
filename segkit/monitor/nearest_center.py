"""The cluster of K-Means that a customer is nearest to, in SQL: what the rules stand in for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from segkit.core.fit import FittedFeature
from segkit.dialects.spelling import double, literal
from segkit.dialects.table import Dialect


def nearest_center_sql(
    features: Sequence[FittedFeature],
    centers: Sequence[Sequence[float]],
    values: Mapping[str, str],
    dialect: Dialect,
    codes: Sequence[int] | None = None,
) -> str | None:
    """Return SQL of the code of the nearest centre; None where there is none, or a value lacks.

    Parameters
    ----------
    features, centers
        Of a fit: where its clusters lie in the space that the features make.
    values : mapping of str to str
        SQL of each feature, by its column: a finite DOUBLE, or a category as a text.
    codes
        Of the centres: of a refit they need not follow each other. 1, 2, ... without.
    """
    if len(centers) < 2 or {f.column for f in features} - {*values}:
        return None
    distances = [_distance_sql(features, center, values, dialect) for center in centers]
    numbers: Sequence[int] = range(1, len(centers) + 1)
    if codes is not None and len(codes) == len(centers):  # of given clusters there may be fewer
        numbers = codes
    whens = " ".join(
        f"WHEN {sql} THEN {code}" for code, sql in zip(numbers, distances, strict=True)
    )
    return f"CASE least({', '.join(distances)}) {whens} END"


def _distance_sql(
    features: Sequence[FittedFeature],
    center: Sequence[float],
    values: Mapping[str, str],
    dialect: Dialect,
) -> str:
    parts, at = [], 0
    for feature in features:
        here, at = center[at : at + feature.width], at + feature.width
        make = _level_distance if feature.is_category else _number_distance
        parts.append(make(feature, here, values[feature.column], dialect))
    return " + ".join(parts)


def _number_distance(
    feature: FittedFeature, center: Sequence[float], value: str, dialect: Dialect
) -> str:
    known = f"coalesce({value}, {double(feature.median)})"
    scaled = f"ln(1 + greatest({known}, 0))" if feature.scale == "log" else known
    step = (feature.spread or 1.0) / math.sqrt(feature.weight)
    away = f"(({scaled} - {double(feature.center)}) / {double(step)} - {double(center[0])})"
    return f"{away} * {away}"


def _level_distance(
    feature: FittedFeature, center: Sequence[float], value: str, dialect: Dialect
) -> str:
    """Of a level of the fit, or of the most frequent one for any other."""
    far = {
        level: sum((a - b) ** 2 for a, b in zip(feature.coordinates(level), center, strict=True))
        for level in feature.levels
    }
    whens = " ".join(f"WHEN {literal(text, dialect)} THEN {double(d)}" for text, d in far.items())
    return f"CASE {value} {whens} ELSE {double(far[feature.mode])} END"
