"""Our reading of a fitted tree against what its model says, on the rows that go wrong first."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from segkit.core.columns import ColumnType
from segkit.core.rules import Condition, Interval, Levels, rules_of
from segkit.core.tree import Tree
from segkit.learn.numbers import Floats
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.sklearn_answers import Answers, refused
from segkit.learn.trees.sklearn_features import Feature, Features, first_step, level_text, unseen_of

_CHECKED_AT_ONCE = 20_000  # rows
_TOO_LARGE = 2.0**128 - 2.0**103  # from here on single precision is infinite: refused by predict


@dataclass(frozen=True)
class _Column:
    """A column of the rows. ``levels`` are the values of a category, by their places there."""

    name: str
    holds_null: bool
    null_is: float | None = math.nan
    levels: tuple[Any, ...] = ()
    texts: tuple[str, ...] = ()

    def values(self, cells: Floats) -> Any:
        """What the model is given for the cells: a level for its place."""
        if not self.levels:
            return cells
        known = np.array([*self.levels, self.null_is], dtype=object)
        places = np.where(np.isnan(cells), len(self.levels), cells).astype(int)
        return known[places]


def check(
    model: Any,
    names: Sequence[str],
    features: Features,
    types: Mapping[str, ColumnType],
    as_read: Tree,
    tree: Tree,
    answers: Answers,
) -> None:
    """Refuse the tree if it says something else than the model: a rule there may have changed.

    Raises CompileError: SK801 with the first row that differs.
    """
    last = model[-1] if isinstance(model, Pipeline) else model
    allows_nan = bool(get_tags(last).input_tags.allow_nan)
    columns = [_column(name, features, types.get(name), allows_nan) for name in names]
    levels = {column.name: column.texts for column in columns if column.levels}
    for X in _edge_cases(as_read, columns):
        found = answers.meant[codes_of(tree, names, X, levels) - 1]
        differ = np.flatnonzero(found != _ask(model, columns, X, answers))
        if len(differ):
            first = X[differ[:1]]
            row = {c.name: c.values(first[:, i]).tolist()[0] for i, c in enumerate(columns)}
            message = f"{len(differ):,} of {len(X):,} edge cases differ from `predict`, {row} first"
            hint = "please report this with the version of scikit-learn: nothing was written"
            raise refused(message, hint)


def _column(name: str, features: Features, type_: ColumnType | None, allows_nan: bool) -> _Column:
    own = [feature for feature in features if feature.column == name]
    holds_null = all(_holds_null(feature, allows_nan) for feature in own)
    encoded = [feature for feature in own if feature.levels]
    if not encoded:
        return _Column(name, holds_null)
    found = list(dict.fromkeys(level for feature in encoded for level in feature.levels or ()))
    other = unseen_of(found)
    if other is not None and all(feature.unseen is not None for feature in encoded):
        found.append(other)
    texts = tuple(level_text(level, type_) for level in found)
    return _Column(name, holds_null, encoded[0].null_is, tuple(found), texts)


def _holds_null(feature: Feature, allows_nan: bool) -> bool:
    if feature.null is None:
        return False
    return feature.null == feature.null or (allows_nan and not feature.is_sparse)


def _ask(model: Any, columns: Sequence[_Column], X: Floats, answers: Answers) -> Any:
    rows: Any = X
    if isinstance(model, Pipeline):
        called = getattr(first_step(model), "feature_names_in_", None)
        values = [column.values(X[:, place]) for place, column in enumerate(columns)]
        if called is not None:
            rows = pd.DataFrame(dict(zip(called, values, strict=True)))
        elif any(column.levels for column in columns):
            rows = np.stack([each.astype(object) for each in values], axis=1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it was perhaps fitted with names
            return answers.ask(rows)
    except ValueError as error:
        message = f"the model refuses rows beside its own cuts: {error}"
        raise refused(message, "see whether it predicts") from error


def _edge_cases(tree: Tree, columns: Sequence[_Column]) -> Iterator[Floats]:
    """For each leaf a row that reaches it, one feature at a time moved to its ends and beyond."""
    rows: list[list[float]] = []
    for rule in rules_of(tree):
        conditions = {condition.column: condition for condition in rule.conditions}
        witness = [_inside(column, conditions.get(column.name)) for column in columns]
        rows.append(witness)
        for place, column in enumerate(columns):
            if column.name not in conditions:
                continue
            moved = [*_ends(column, conditions[column.name])]
            moved += [np.nan] if column.holds_null else []
            rows += [[*witness[:place], value, *witness[place + 1 :]] for value in moved]
        if len(rows) >= _CHECKED_AT_ONCE:
            yield np.array(rows)
            rows = []
    if rows:
        yield np.array(rows)


def _inside(column: _Column, condition: Condition | None) -> float:
    """A value that the condition lets in; if none is, NaN, or 0 where that is refused."""
    if condition is None:
        return 0.0
    nothing = float("nan") if column.holds_null else 0.0
    if isinstance(condition.values, Levels):
        among = condition.values
        fitting = [(text in among.listed) != among.excluded for text in column.texts]
        return float(fitting.index(True)) if True in fitting else nothing
    if not isinstance(condition.values, Interval):
        return nothing
    lower, upper = condition.values.lower, condition.values.upper
    if upper is not None and float(upper) < _TOO_LARGE:  # closed: the last number inside
        return float(upper)
    return 0.0 if lower is None else float(np.nextafter(float(lower), np.inf))


def _ends(column: _Column, condition: Condition) -> Iterator[float]:
    """Both sides of each end, in double and in single precision; of a category every level."""
    if column.levels:
        yield from map(float, range(len(column.levels)))
    elif isinstance(condition.values, Interval):
        for end in (condition.values.lower, condition.values.upper):
            if end is not None:
                yield from (value for value in _beside(float(end)) if abs(value) < _TOO_LARGE)


def _beside(at: float) -> Iterator[float]:
    yield from (np.nextafter(at, -np.inf), at, np.nextafter(at, np.inf))
    single = np.float32(at)
    for towards in (-np.inf, np.inf):
        near = float(np.nextafter(single, np.float32(towards)))
        if np.isfinite(near):
            yield near
