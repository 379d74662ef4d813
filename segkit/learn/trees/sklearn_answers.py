"""What a fitted scikit-learn tree says in its leaves: a class, a number, or a probability."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from segkit.errors import CompileError, Problem
from segkit.learn.numbers import Floats, Ints

Label = str | int | bool
PLAIN = "give `class_names`, a text for each class"


@dataclass(frozen=True)
class Answers:
    """``codes`` are those of the nodes, from 1; ``values`` what is written for each code.

    ``ask`` is the model's own answer to rows, and ``meant`` has for each code what that is.
    """

    codes: Ints
    values: tuple[Label | float, ...]
    ask: Callable[[Any], Any]
    meant: Any


def refused(message: str, hint: str) -> CompileError:
    return CompileError(Problem("SK801", message, help=hint))


def answers_of(
    model: Any, tree: Any, class_names: Sequence[Any] | None = None, proba: Any = None
) -> Answers:
    """Return what the tree, the last step of the model or all of it, says.

    Raises CompileError: SK801 for ``class_names`` or ``proba`` that do not fit the tree.
    """
    nodes = tree.tree_.value[:, 0, :]
    if not is_classifier(tree):
        if class_names is not None or proba is not None:
            given = "class_names" if class_names is not None else "proba"
            message = f"a {type(tree).__name__} has no classes, and `{given}` is given"
            raise refused(message, "leave it out")
        return _numbers(nodes[:, 0], model.predict)
    if proba is None:
        labels = _labels(tree.classes_, class_names)
        return Answers(nodes.argmax(axis=1) + 1, labels, model.predict, tree.classes_)
    if class_names is not None:
        message = "`proba` asks for a number, and `class_names` for names"
        raise refused(message, "leave one of them out")
    place = _place(tree.classes_, proba)
    return _numbers(nodes[:, place], lambda X: model.predict_proba(X)[:, place])


def _numbers(of_nodes: Floats, ask: Callable[[Any], Any]) -> Answers:
    meant, codes = np.unique(of_nodes, return_inverse=True)
    return Answers(codes + 1, tuple(meant.tolist()), ask, meant)


def _place(classes: Any, proba: Any) -> int:
    known: list[Any] = classes.tolist()
    plain = proba.item() if isinstance(proba, np.generic) else proba
    if not isinstance(plain, str | int | float | bool) or plain not in known:
        message = f"proba={proba!r} is no class of the tree"
        raise refused(message, f"pass one of {known}")
    return known.index(plain)


def _labels(classes: Any, class_names: Sequence[Any] | None) -> tuple[Label, ...]:
    if isinstance(class_names, str | Mapping | set | frozenset):
        message = f"class_names is a {type(class_names).__name__}, which has no order of classes"
        hint = f"pass a list with one name for each of {list(classes)}, in this order"
        raise refused(message, hint)
    class_names = None if class_names is None else list(class_names)
    if class_names is not None and len(class_names) != len(classes):
        message = f"the tree has {len(classes)} classes, and {len(class_names)} names are given"
        hint = f"give one name for each of {list(classes)}, in this order"
        raise refused(message, hint)
    found = [_label(label) for label in (classes if class_names is None else class_names)]
    if len({type(label) for label in found}) > 1:
        message = "texts, numbers and flags stand beside each other among the classes"
        raise refused(message, PLAIN)
    return tuple(found)


def _label(label: Any) -> Label:
    plain = label.item() if isinstance(label, np.generic) else label
    if isinstance(plain, float) and plain.is_integer():
        plain = int(plain)  # whole numbers that a table with gaps made floats of
    if not isinstance(plain, str | int | bool):
        message = f"the class {label!r} is neither a text nor a whole number"
        raise refused(message, PLAIN)
    return plain
