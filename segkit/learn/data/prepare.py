"""From raw values to the space of the fit: what stands in for missing ones, then scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from segkit.core.columns import Column
from segkit.core.fit import FittedFeature
from segkit.errors import DataError, Label, Problem
from segkit.learn import weighted
from segkit.learn.numbers import Floats, round_digits
from segkit.project.nodes import Feature


def fit_feature(
    feature: Feature,
    column: Column,
    values: Floats,
    weight: Floats,
    levels: Sequence[str] | None = None,
) -> FittedFeature:
    """Return how the column is prepared; ``values`` may hold NaN, which is left out.

    ``standard`` and ``log`` have mean 0 and standard deviation 1 afterwards,
    ``robust`` median 0 and interquartile range 1, ``none`` keeps the values as
    they are. With ``levels`` the column is a category, and values are positions
    in them.

    Raises DataError: SK316 for scale ``robust``, if the quartiles are equal.
    """
    is_known = np.isfinite(values)
    known, weight = values[is_known], weight[is_known]
    made = FittedFeature(
        feature.column,
        feature.label,
        feature.unit,
        feature.scale,
        column.type.sql,
        center=0.0,
        spread=1.0,
        median=0.0,
        weight=feature.weight,
    )
    if levels is not None:
        kept = known < len(levels)
        counts = np.bincount(known[kept].astype(np.int64), weight[kept], minlength=len(levels))
        mode = levels[int(counts.argmax())]
        return replace(made, unit="", scale="category", levels=tuple(levels), mode=mode)
    center, spread = 0.0, 1.0
    median = round_digits(weighted.median(known, weight))
    if feature.scale == "robust":
        low, high = weighted.quantiles(known, weight, (0.25, 0.75)).tolist()
        center, spread = median, round_digits(high - low)
        if not spread:
            raise DataError(_no_quartiles(feature, median, weighted.share(known == median, weight)))
    elif feature.scale != "none":
        bent = np.log1p(known) if feature.scale == "log" else known
        center = round_digits(weighted.mean(bent, weight))
        spread = round_digits(math.sqrt(weighted.mean((bent - center) ** 2, weight))) or 1.0
    return replace(made, center=center, spread=spread, median=median)


def _no_quartiles(feature: Feature, median: float, share: float) -> Problem:
    message = (
        f"`{feature.column}` has no interquartile range for scale: robust: "
        f"{share:.0%} of its values are {median:g}"
    )
    hint = "use scale: log or scale: standard"
    return Problem("SK316", message, (Label(feature.place),), hint)


def fill_missing(X: Floats, features: Sequence[FittedFeature]) -> Floats:
    """Return X with each feature's median where it was NaN.

    Of a category it is the mode, which also stands in for levels that are not kept.
    """
    limits = np.array([len(f.levels) if f.is_category else np.inf for f in features])
    return np.where(np.isfinite(X) & (limits > X), X, substitutes(features))


def substitutes(features: Sequence[FittedFeature]) -> Floats:
    """What stands in for a missing value, by feature; of a category the position of a level."""
    return np.array(
        [float(f.levels.index(f.mode)) if f.is_category else f.median for f in features]
    )


def transform(X: Floats, features: Sequence[FittedFeature]) -> Floats:
    """Return X (no NaN, raw units) in the space of the fit; see ``FittedFeature``."""
    columns = []
    for feature, values in zip(features, X.T, strict=True):
        pull = math.sqrt(feature.weight)
        if feature.is_category:
            columns += [pull * (values == code) for code in range(len(feature.levels))]
            continue
        bent = np.log1p(values) if feature.scale == "log" else values
        columns.append(pull * ((bent - feature.center) / feature.spread))
    return np.ascontiguousarray(np.stack(columns, axis=1))
