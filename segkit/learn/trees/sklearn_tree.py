"""A fitted scikit-learn tree as one of ours, equal to its ``predict`` on every row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from segkit.core.columns import ColumnType, Kind
from segkit.core.float_splits import exact_cut, last_at_most
from segkit.core.simplify import simplify
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Tree
from segkit.learn.numbers import Ints
from segkit.learn.trees.sklearn_answers import Label, answers_of, refused
from segkit.learn.trees.sklearn_check import check
from segkit.learn.trees.sklearn_features import Feature, Features, first_step, level_text
from segkit.learn.trees.sklearn_steps import features_after

_NO_TYPES: Mapping[str, ColumnType] = {}
_FLAG, _TEXT = ColumnType("BOOLEAN", Kind.BOOLEAN), ColumnType("VARCHAR", Kind.TEXT)


@dataclass(frozen=True)
class SklearnTree:
    """``values`` has what each code of the tree stands for, from 1.

    ``types`` are the columns' as given, and those that the categories of an encoder show.
    The tree compares doubles.
    """

    tree: Tree
    values: tuple[Label | float, ...]
    types: Mapping[str, ColumnType]


def read_sklearn(
    model: Any,
    names: Sequence[str],
    *,
    class_names: Sequence[Any] | None = None,
    proba: Any = None,
    types: Mapping[str, ColumnType] = _NO_TYPES,
) -> SklearnTree:
    """Return the tree of ``compile_tree``, whose parameters these are, with its columns' types.

    Checked against the model on edge cases: around every cut of every leaf, on each level
    of a category, and on missing values.

    Raises CompileError: SK801 for what is no such tree, and if the check finds a difference.
    """
    last = model.steps[-1][1] if isinstance(model, Pipeline) and model.steps else model
    _check_kind(last)
    _check_names(model, names)
    answers = answers_of(model, last, class_names, proba)
    features: Features = [Feature(name) for name in names]
    if model is not last:
        features = features_after(model[:-1], features, "")
    types = {**_shown(features, types), **types}
    try:
        as_read = _read(last.tree_, features, answers.codes, types)
    except ValueError as error:
        raise refused(str(error), "fit the tree anew") from error
    tree = simplify(as_read)
    check(model, names, features, types, as_read, tree, answers)
    return SklearnTree(tree, answers.values, types)


def _check_kind(last: Any) -> None:
    kind = type(last).__name__
    if not isinstance(last, DecisionTreeClassifier | DecisionTreeRegressor):
        hint = "pass a DecisionTreeClassifier, a DecisionTreeRegressor or a Pipeline that ends so"
        raise refused(f"{kind} is no decision tree", hint)
    if not hasattr(last, "tree_"):
        raise refused(f"this {kind} is not fitted", "call its `fit` first")
    if last.n_outputs_ != 1:
        message = f"the tree predicts {last.n_outputs_} outputs at once"
        raise refused(message, "fit one tree for each output")


def _check_names(model: Any, names: Sequence[str]) -> None:
    first = first_step(model)
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise refused("feature_names are not texts", "pass a list of column names")
    if len(names) != first.n_features_in_:
        message = f"the tree has {first.n_features_in_} features, and {len(names)} names are given"
        raise refused(message, "give one name for each, in the order of `fit`")
    fitted = list(getattr(first, "feature_names_in_", names))
    if fitted != list(names) and sorted(fitted) == sorted(names):
        message = f"the tree was fitted on {fitted}, and the names are given in another order"
        raise refused(message, "give them in the order of `fit`")
    twice = next((name for name in names if list(names).count(name) > 1), None)
    if twice is not None:
        message = f"the name `{twice}` is given twice"
        raise refused(message, "each feature needs a column of its own")


def _shown(features: Features, given: Mapping[str, ColumnType]) -> Mapping[str, ColumnType]:
    """The types that categories show: of flags and texts."""
    shown = {}
    numbers = {feature.column for feature in features if feature.levels is None}
    for feature in features:
        name, level = feature.column, next(iter(feature.levels or ()), None)
        if feature.levels is not None and name in numbers:
            hint = "give the pipeline the column twice, under two names"
            raise refused(f"`{name}` is a number and a category at once", hint)
        is_text = isinstance(level, str)
        if name in given and (given[name].kind is Kind.TEXT) != is_text:
            kind = "texts" if is_text else "numbers"
            message = f"`{name}` is {given[name].sql} in `types`, and the model has {kind} of it"
            raise refused(message, "give the type of the column that holds these")
        if is_text or isinstance(level, bool):
            shown[name] = _TEXT if is_text else _FLAG
    return shown


def _read(fitted: Any, features: Features, codes: Ints, types: Mapping[str, ColumnType]) -> Tree:
    """The tree from its arrays; a node's children have higher numbers than the node."""
    made: dict[int, Tree] = {}
    for node in range(fitted.node_count - 1, -1, -1):
        left, right = int(fitted.children_left[node]), int(fitted.children_right[node])
        if left < 0:
            made[node] = Leaf(int(codes[node]))
            continue
        feature = features[int(fitted.feature[node])]
        made[node] = _split(
            feature,
            types.get(feature.column),
            exact_cut(float(fitted.threshold[node])),
            made.pop(left),
            made.pop(right),
            missing_left=bool(fitted.missing_go_to_left[node]),
        )
    return made[0]


def _split(
    feature: Feature,
    type_: ColumnType | None,
    cut: float,
    left: Tree,
    right: Tree,
    *,
    missing_left: bool,
) -> Split:
    """``of(column) <= cut`` goes left, asked of the column itself."""

    def goes_left(value: float | None) -> bool:
        return missing_left if value is None or math.isnan(value) else value <= cut

    null_left = goes_left(feature.null)
    if feature.levels is None:
        at = last_at_most(feature.of, cut) if feature.changes else cut
        if math.isinf(at):
            return _of_known(feature.column, left, right, at > 0, null_left)
        test = Below(Decimal(repr(at)), inclusive=True)
        return Split(feature.column, test, left, right, "yes" if null_left else "no")
    sides = {level_text(level, type_): goes_left(of) for level, of in feature.levels.items()}
    others_left = feature.unseen is not None and goes_left(feature.unseen)
    among = {*sides.values()} | ({others_left} if feature.unseen is not None else set())
    if len(among) == 1:
        return _of_known(feature.column, left, right, among.pop(), null_left)
    levels = tuple(sorted(text for text, is_left in sides.items() if is_left != others_left))
    if others_left:  # a level that nobody listed goes to `no`
        left, right, null_left = right, left, not null_left
    return Split(feature.column, OneOf(levels), left, right, "yes" if null_left else "no")


def _of_known(column: str, left: Tree, right: Tree, known_left: bool, null_left: bool) -> Split:
    """Every value goes to one side; NULL perhaps to the other."""
    if known_left:
        return Split(column, Known(), left, right, "yes" if null_left else "no")
    return Split(column, Known(), right, left, "no" if null_left else "yes")
