"""A fitted scikit-learn tree as one of ours, equal to its ``predict`` on every row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from segkit.core.float_splits import exact_cut
from segkit.core.rules import Condition, Interval, rules_of
from segkit.core.simplify import simplify
from segkit.core.tree import Below, Known, Leaf, Split, Tree
from segkit.errors import CompileError, Problem
from segkit.learn.numbers import Floats
from segkit.learn.trees.apply import codes_of

_CHECKED_AT_ONCE = 20_000  # rows
_TOO_LARGE = 2.0**128 - 2.0**103  # from here on single precision is infinite: refused by predict


def tree_of_sklearn(classifier: Any, feature_names: Sequence[str]) -> Tree:
    """Return our tree, with the place in ``classes_`` + 1 as its codes.

    Checked against the classifier on edge cases: around every cut of every
    leaf, and for missing values.

    Parameters
    ----------
    classifier : sklearn.tree.DecisionTreeClassifier
        Fitted, with one output.
    feature_names : sequence of str
        A name for each feature; the columns of the tree.

    Raises
    ------
    CompileError
        SK801 for what is no such tree, and if the check finds a difference.
    """
    _check_classifier(classifier)
    _check_names(classifier, feature_names)
    try:
        as_read = _read(classifier.tree_, feature_names)
    except ValueError as error:
        raise _refused(str(error), "fit the tree anew") from error
    tree = simplify(as_read)
    _check(classifier, feature_names, as_read, tree)
    return tree


def _refused(message: str, hint: str) -> CompileError:
    return CompileError(Problem("SK801", message, help=hint))


def _check_classifier(classifier: Any) -> None:
    from sklearn.tree import BaseDecisionTree, DecisionTreeClassifier

    kind = type(classifier).__name__
    if not isinstance(classifier, DecisionTreeClassifier):
        hint = "fit a DecisionTreeClassifier, or pass the last step of a pipeline"
        if isinstance(classifier, BaseDecisionTree):
            hint = "a regression tree predicts numbers: fit a DecisionTreeClassifier"
        raise _refused(f"{kind} is no decision tree that classifies", hint)
    if not hasattr(classifier, "tree_"):
        raise _refused(f"this {kind} is not fitted", "call its `fit` first")
    if classifier.n_outputs_ != 1:
        message = f"the tree predicts {classifier.n_outputs_} outputs at once"
        raise _refused(message, "fit one tree for each output")


def _check_names(classifier: Any, names: Sequence[str]) -> None:
    wanted = classifier.n_features_in_
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise _refused("feature_names are not texts", "pass a list of column names")
    if len(names) != wanted:
        message = f"the tree has {wanted} features, and {len(names)} names are given"
        raise _refused(message, "give one name for each, in the order of `fit`")
    fitted = list(getattr(classifier, "feature_names_in_", names))
    if fitted != list(names) and sorted(fitted) == sorted(names):
        message = f"the tree was fitted on {fitted}, and the names are given in another order"
        raise _refused(message, "give them in the order of `fit`")
    twice = next((name for name in names if list(names).count(name) > 1), None)
    if twice is not None:
        message = f"the name `{twice}` is given twice"
        raise _refused(message, "each feature needs a column of its own")


def _read(fitted: Any, names: Sequence[str]) -> Tree:
    """The tree from its arrays; a node's children have higher numbers than the node."""
    codes = fitted.value[:, 0, :].argmax(axis=1) + 1
    made: dict[int, Tree] = {}
    for node in range(fitted.node_count - 1, -1, -1):
        left, right = int(fitted.children_left[node]), int(fitted.children_right[node])
        if left < 0:
            made[node] = Leaf(int(codes[node]))
            continue
        cut = exact_cut(float(fitted.threshold[node]))
        made[node] = Split(
            names[int(fitted.feature[node])],
            # Infinity parts the missing from the others.
            Known() if cut == np.inf else Below(Decimal(repr(cut)), inclusive=True),
            made.pop(left),
            made.pop(right),
            "yes" if fitted.missing_go_to_left[node] else "no",
        )
    return made[0]


def _check(classifier: Any, names: Sequence[str], as_read: Tree, tree: Tree) -> None:
    """The rule may change in scikit-learn: see whether it is still ours."""
    from sklearn.utils import get_tags

    with_missing = bool(get_tags(classifier).input_tags.allow_nan)
    for X in _edge_cases(as_read, names, with_missing=with_missing):
        found = codes_of(tree, names, X)
        expected = np.searchsorted(classifier.classes_, _predict(classifier, X)) + 1
        differ = np.flatnonzero(found != expected)
        if len(differ):
            row = dict(zip(names, X[differ[0]].tolist(), strict=True))
            message = f"{len(differ):,} of {len(X):,} edge cases differ from `predict`, {row} first"
            hint = "please report this with the version of scikit-learn: nothing was written"
            raise _refused(message, hint)


def _predict(classifier: Any, X: Floats) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it was perhaps fitted with names
        return classifier.predict(X)


def _edge_cases(tree: Tree, names: Sequence[str], *, with_missing: bool) -> Iterator[Floats]:
    """For each leaf a row that reaches it, one feature at a time moved to its ends and beyond."""
    rows: list[list[float]] = []
    for rule in rules_of(tree):
        conditions = {condition.column: condition for condition in rule.conditions}
        witness = [_inside(conditions.get(name)) for name in names]
        if not with_missing:
            witness = [0.0 if np.isnan(value) else value for value in witness]
        rows.append(witness)
        for place, name in enumerate(names):
            if name not in conditions:
                continue
            moved = [value for value in _ends(conditions[name]) if abs(value) < _TOO_LARGE]
            moved += [np.nan] if with_missing else []
            rows += [[*witness[:place], value, *witness[place + 1 :]] for value in moved]
        if len(rows) >= _CHECKED_AT_ONCE:
            yield np.array(rows)
            rows = []
    if rows:
        yield np.array(rows)


def _inside(condition: Condition | None) -> float:
    """A number that the condition lets in; NaN if none is."""
    if condition is None:
        return 0.0
    if not isinstance(condition.values, Interval):
        return float("nan")
    lower, upper = condition.values.lower, condition.values.upper
    if upper is not None and float(upper) < _TOO_LARGE:  # closed: the last number inside
        return float(upper)
    return 0.0 if lower is None else float(np.nextafter(float(lower), np.inf))


def _ends(condition: Condition) -> Iterator[float]:
    """Both sides of each end, in double and in single precision."""
    if not isinstance(condition.values, Interval):
        return
    for end in (condition.values.lower, condition.values.upper):
        if end is None:
            continue
        at = float(end)
        yield from (np.nextafter(at, -np.inf), at, np.nextafter(at, np.inf))
        single = np.float32(at)
        for towards in (-np.inf, np.inf):
            near = float(np.nextafter(single, np.float32(towards)))
            if np.isfinite(near):
                yield near


def labels_of(classifier: Any, class_names: Sequence[Any] | None) -> tuple[str | int | bool, ...]:
    """Return what each class is written as, in the order of ``classes_``.

    Raises
    ------
    CompileError
        SK801 for classes that are neither texts, whole numbers nor flags, and
        for names that do not fit the classes.
    """
    classes = classifier.classes_
    if isinstance(class_names, str | Mapping | set | frozenset):
        message = f"class_names is a {type(class_names).__name__}, which has no order of classes"
        hint = f"pass a list with one name for each of {list(classes)}, in this order"
        raise _refused(message, hint)
    class_names = None if class_names is None else list(class_names)
    if class_names is not None and len(class_names) != len(classes):
        message = f"the tree has {len(classes)} classes, and {len(class_names)} names are given"
        hint = f"give one name for each of {list(classes)}, in this order"
        raise _refused(message, hint)
    given = classes if class_names is None else class_names
    found: list[str | int | bool] = []
    for label in given:
        plain = label.item() if isinstance(label, np.generic) else label
        if isinstance(plain, float) and plain.is_integer():
            plain = int(plain)  # whole numbers that a table with gaps made floats of
        if not isinstance(plain, str | int | bool):
            message = f"the class {label!r} is neither a text nor a whole number"
            hint = "give `class_names`, a text for each class"
            raise _refused(message, hint)
        found.append(plain)
    if len({type(label) for label in found}) > 1:
        message = "texts, numbers and flags stand beside each other among the classes"
        hint = "give `class_names`, a text for each class"
        raise _refused(message, hint)
    return tuple(found)
