"""The steps of a pipeline before its tree, followed: what becomes of each column in them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from segkit.errors import CompileError
from segkit.learn.trees.sklearn_answers import refused
from segkit.learn.trees.sklearn_features import Change, Feature, Features, is_missing, unseen_of

MAX_WHOLE = 2**53  # up to here every whole number is a double


def features_after(step: Any, features: Features, name: str) -> Features:
    """Return what the features become in a fitted step.

    Raises CompileError: SK801 for a step, or an option of one, that is not known to be exact.
    """
    if step is None or isinstance(step, str):  # passthrough
        return features
    if isinstance(step, Pipeline):
        for inner, each in step.steps:
            features = features_after(each, features, inner)
        return features
    if type(step) not in _STEPS:
        known = ", ".join(sorted(kind.__name__ for kind in _STEPS))
        raise _refused(step, name, "is not one that can be followed", f"known are {known}")
    return _STEPS[type(step)](step, features, name)


def _refused(step: Any, name: str, what: str, hint: str) -> CompileError:
    hint += "; or make its columns in a table, and fit the tree on that"
    message = f"the step `{name}` ({type(step).__name__}) {what}"
    return refused(message, hint)


def _scaled(step: Any, features: Features, name: str) -> Features:
    """What a scaler calculates, in its own order."""
    change, shifts = _less_over, getattr(step, "center_", None)
    if isinstance(step, StandardScaler):
        shifts = step.mean_ if step.with_mean else None
    elif isinstance(step, MinMaxScaler):
        change, shifts = _times_plus, step.min_
    found = []
    for place, feature in enumerate(features):
        shift = 0.0 if shifts is None else float(shifts[place])
        scale = 1.0 if step.scale_ is None else float(step.scale_[place])
        if not (math.isfinite(shift) and 0 < scale < math.inf):
            what = f"knows no scale of `{feature.column}`"
            raise _refused(step, name, what, "drop the column before it")
        if feature.is_sparse and feature.levels is None:
            what = f"gets `{feature.column}` in a sparse matrix, which it scales by another rule"
            raise _refused(step, name, what, "pass sparse_threshold=0 before it")
        found.append(feature.then(change(shift, scale)))
    if getattr(step, "clip", False):
        clipped = _clipped(*map(float, getattr(step, "feature_range", (-1, 1))))
        return [feature.then(clipped) for feature in found]
    return found


def _less_over(shift: float, scale: float) -> Change:
    return lambda x: (x - shift) / scale


def _times_plus(shift: float, scale: float) -> Change:
    return lambda x: x * scale + shift


def _clipped(low: float, high: float) -> Change:
    return lambda x: low if x < low else high if x > high else x


def _imputed(step: Any, features: Features, name: str) -> Features:
    if not is_missing(step.missing_values):
        what = f"fills in for {step.missing_values!r}"
        raise _refused(step, name, what, "leave `missing_values` at NaN")
    plain = [value.item() if isinstance(value, np.generic) else value for value in step.statistics_]
    found = []
    for feature, fill in zip(features, plain, strict=True):
        if is_missing(fill):  # nothing was known of the column: it is left out
            continue
        if feature.levels is None and is_missing(feature.null) and feature.null is not None:
            found.append(replace(feature, null=fill, null_is=step.missing_values))
        else:
            found.append(feature.then(_filled(fill)))
    if step.add_indicator:
        found += [features[place].then(_is_nan) for place in step.indicator_.features_]
    return found


def _filled(fill: Any) -> Change:
    return lambda x: fill if x != x else x


def _is_nan(x: float) -> float:
    return float(x != x)


def _encoded(step: Any, features: Features, name: str) -> Features:
    """Each category is asked of the encoder: its outputs that change with a column are of it."""
    found: dict[int, Feature] = {}
    base = np.array([categories[0] for categories in step.categories_], dtype=object)
    for place, feature in enumerate(features):
        if feature.changes or feature.levels is not None:
            what = f"makes categories of what steps before it made of `{feature.column}`"
            raise _refused(step, name, what, "encode the column as it is")
        problem = _of_categories(step.categories_[place].tolist(), feature.column)
        if problem:
            raise _refused(step, name, *problem)
        parted = _parted(step, feature, place, base)
        if not parted:
            what = f"makes one category of all that `{feature.column}` has"
            raise _refused(step, name, what, "drop the column before it")
        found |= parted
    some = next(iter(found.values()))
    plain = _asked(step, base, 0, base[0])
    return [found.get(out) or _constant(some, float(value)) for out, value in enumerate(plain)]


def _parted(step: Any, feature: Feature, place: int, base: Any) -> dict[int, Feature]:
    """The outputs, by their places, that change with the column; what each value becomes there."""
    values = step.categories_[place].tolist()
    levels = [value for value in values if not is_missing(value)]
    null_is = next((value for value in values if is_missing(value)), feature.null_is)
    table = [_asked(step, base, place, level) for level in levels]
    other, unseen, null = unseen_of(levels), None, None
    if other is not None:
        unseen = _asked(step, base, place, other)
    if feature.null is not None:
        null = _asked(step, base, place, null_is if is_missing(feature.null) else feature.null)
    answers = np.array([row for row in (*table, unseen, null) if row is not None])
    same = (answers == answers[0]) | (np.isnan(answers) & np.isnan(answers[0]))
    return {
        int(out): Feature(
            feature.column,
            levels={level: float(row[out]) for level, row in zip(levels, table, strict=True)},
            unseen=None if unseen is None else float(unseen[out]),
            null=None if null is None else float(null[out]),
            null_is=null_is,
            is_sparse=bool(getattr(step, "sparse_output", False)),
        )
        for out in np.flatnonzero(~same.all(axis=0))
    }


def _constant(feature: Feature, value: float) -> Feature:
    """An output that no column changes; it is said to be of that feature's."""
    levels = dict.fromkeys(feature.levels or (), value)
    unseen = None if feature.unseen is None else value
    return replace(
        feature, levels=levels, unseen=unseen, null=None if feature.null is None else value
    )


def _of_categories(values: Sequence[Any], column: str) -> tuple[str, str] | None:
    """What is wrong with the categories, and what to do."""
    known = [value for value in values if not is_missing(value)]
    if len(values) - len(known) > 1:
        return f"has None and NaN among the categories of `{column}`", "make them one"
    for level in known:
        whole = isinstance(level, int | float) and level == int(level) and abs(level) < MAX_WHOLE
        if not whole and not isinstance(level, str):
            what = f"has the category {level!r} of `{column}`, neither a text nor a whole number"
            return what, "make texts of them"
    return None


def _asked(step: Any, base: Any, place: int, value: Any) -> Any:
    """The encoder's outputs of a row; None where it refuses the value."""
    row = base.copy()
    row[place] = value
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # perhaps it was fitted with names
            made = step.transform(row[None, :])
    except ValueError:
        return None
    dense = made.toarray() if hasattr(made, "toarray") else np.asarray(made)
    return dense[0].astype(float)


def _columns(step: Any, features: Features, name: str) -> Features:
    if step.transformer_weights:
        raise _refused(step, name, "weighs its columns", "leave `transformer_weights` out")
    found: list[Feature] = []
    for inner, transformer, _ in step.transformers_:
        places = step._transformer_to_input_indices.get(inner, ())
        if len(places) and not (isinstance(transformer, str) and transformer == "drop"):
            found += features_after(transformer, [features[place] for place in places], inner)
    return [replace(feature, is_sparse=step.sparse_output_) for feature in found]


def _function(step: Any, features: Features, name: str) -> Features:
    if step.func is not None:
        called = getattr(step.func, "__name__", repr(step.func))
        what = f"calls {called}, which may round in ways of its own"
        raise _refused(step, name, what, "known is FunctionTransformer(None)")
    if not step.validate:
        return features
    return [f if not is_missing(f.null) else replace(f, null=None) for f in features]


_STEPS: Mapping[type, Callable[[Any, Features, str], Features]] = {
    StandardScaler: _scaled,
    RobustScaler: _scaled,
    MaxAbsScaler: _scaled,
    MinMaxScaler: _scaled,
    SimpleImputer: _imputed,
    OneHotEncoder: _encoded,
    OrdinalEncoder: _encoded,
    ColumnTransformer: _columns,
    FunctionTransformer: _function,
}
