"""The cluster of K-Means that a customer is nearest to, in SQL: what the rules stand in for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from segkit.core.fit import FittedFeature
from segkit.dialects.spelling import double, literal
from segkit.dialects.table import Dialect


def with_nearest_centers(
    rows: str,
    features: Sequence[FittedFeature],
    clusters: Mapping[str, Sequence[Sequence[float]]],
    values: Mapping[str, str],
    dialect: Dialect,
) -> tuple[str, tuple[str, ...]]:
    """Return a SELECT of ``rows`` with the number of the nearest centre, and the columns' names.

    For several sets of centres by the name of their column; those are left out that are fewer
    than two, or of which a value lacks. What they have in common, and each distance, is a
    column of its own: written out, the distances of three sets are text that takes a database
    longer to read than a million rows.

    ``features``, ``clusters``: of a fit: where its clusters lie in the space that the features
    make.
    ``values``: SQL of each feature, by its column: a finite DOUBLE, or a category as a text.
    """
    clusters = {n: c for n, c in clusters.items() if _is_known(features, c, values)}
    seen = {f.column: f"segkit_z{place}" for place, f in enumerate(features)}
    scaled = [f"{_seen_sql(f, values[f.column])} AS {seen[f.column]}" for f in features if clusters]
    away = {
        name: {f"segkit_{name}_{place}": center for place, center in enumerate(centers)}
        for name, centers in clusters.items()
    }
    distances = [
        f"{_distance_sql(features, center, seen, dialect)} AS {column}"
        for columns in away.values()
        for column, center in columns.items()
    ]
    nearest = [f"{_least_sql([*columns])} AS {name}" for name, columns in away.items()]
    for level, items in enumerate((scaled, distances, nearest)):
        if items:
            rows = f"SELECT *, {', '.join(items)}\nFROM ({rows}) AS level{level}"
    return rows, tuple(clusters)


def _is_known(
    features: Sequence[FittedFeature], centers: Sequence[Sequence[float]], values: Mapping[str, str]
) -> bool:
    return len(centers) >= 2 and {f.column for f in features} <= {*values}


def _least_sql(distances: Sequence[str]) -> str:
    whens = " ".join(f"WHEN {sql} THEN {number}" for number, sql in enumerate(distances, 1))
    return f"CASE least({', '.join(distances)}) {whens} END"


def _seen_sql(feature: FittedFeature, value: str) -> str:
    """A number in the space that the features make; a category as it is."""
    if feature.is_category:
        return value
    known = f"coalesce({value}, {double(feature.median)})"
    scaled = f"ln(1 + greatest({known}, 0))" if feature.scale == "log" else known
    step = (feature.spread or 1.0) / math.sqrt(feature.weight)
    return f"(({scaled} - {double(feature.center)}) / {double(step)})"


def _distance_sql(
    features: Sequence[FittedFeature],
    center: Sequence[float],
    seen: Mapping[str, str],
    dialect: Dialect,
) -> str:
    parts, at = [], 0
    for feature in features:
        here, at = center[at : at + feature.width], at + feature.width
        value = seen[feature.column]
        if feature.is_category:
            parts.append(_level_distance(feature, here, value, dialect))
        else:
            parts.append(f"({value} - {double(here[0])}) * ({value} - {double(here[0])})")
    return " + ".join(parts)


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
