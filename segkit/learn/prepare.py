"""From raw values to the space of the fit: medians for what is missing, then scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from segkit.core.columns import Column
from segkit.core.fit import FittedFeature
from segkit.learn.numbers import Floats, exact_sum, round_digits
from segkit.project.nodes import Feature


def fit_feature(feature: Feature, column: Column, values: Floats) -> FittedFeature:
    """Return how the column is prepared; ``values`` may hold NaN, which is left out.

    ``standard`` and ``log`` have mean 0 and standard deviation 1 afterwards,
    ``none`` keeps the values as they are.
    """
    known = values[np.isfinite(values)]
    center, spread = 0.0, 1.0
    if feature.scale != "none":
        bent = np.log1p(known) if feature.scale == "log" else known
        center = round_digits(exact_sum(bent) / len(bent))
        spread = round_digits(math.sqrt(exact_sum((bent - center) ** 2) / len(bent))) or 1.0
    return FittedFeature(
        column=feature.column,
        label=feature.label,
        unit=feature.unit,
        scale=feature.scale,
        type=column.type.sql,
        center=center,
        spread=spread,
        median=round_digits(float(np.median(known))),
    )


def fill_missing(X: Floats, features: Sequence[FittedFeature]) -> Floats:
    """Return X with each feature's median where it was NaN."""
    medians = np.array([feature.median for feature in features])
    return np.where(np.isfinite(X), X, medians)


def transform(X: Floats, features: Sequence[FittedFeature]) -> Floats:
    """Return X (no NaN, raw units) in the space of the fit."""
    columns = []
    for feature, values in zip(features, X.T, strict=True):
        bent = np.log1p(values) if feature.scale == "log" else values
        columns.append((bent - feature.center) / feature.spread)
    return np.ascontiguousarray(np.stack(columns, axis=1))
