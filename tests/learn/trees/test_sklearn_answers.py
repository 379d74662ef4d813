"""Classes, numbers and probabilities as they are written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from segkit.errors import CompileError
from segkit.learn.trees.sklearn_answers import answers_of

X = np.array([[1.0], [2.0], [3.0], [4.0]])


def fitted(X: Any, y: Any, **options: Any) -> Any:
    return DecisionTreeClassifier(random_state=0, **options).fit(X, y)


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        (["a", "b"], ("a", "b")),
        ([1.0, 2.0], (1, 2)),  # a table with gaps made floats of whole numbers
        ([False, True], (False, True)),
    ],
)
def test_classes_as_they_are_written(classes: list[Any], labels: tuple[Any, ...]) -> None:
    tree = fitted(X[:2], classes)
    found = answers_of(tree, tree).values
    assert found == labels
    assert [type(label) for label in found] == [type(label) for label in labels]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["one"], "has 2 classes, and 1 names are given"),
        ("ab", "class_names is a str"),
        ({0: "a", 1: "b"}, "class_names is a dict"),
        ([1.5, 2], "the class 1.5 is neither a text nor a whole number"),
        (["a", 1], "stand beside each other"),
        ([True, 1], "stand beside each other"),
    ],
)
def test_names_that_do_not_fit(names: Any, said: str) -> None:
    with pytest.raises(CompileError, match=said):
        tree = fitted(X, [0, 0, 1, 1])
        answers_of(tree, tree, names)


def test_numbers_that_are_equal_are_one_code() -> None:
    tree = DecisionTreeRegressor().fit(X, [0.1, 0.3, 0.1, -0.0])
    answers = answers_of(tree, tree)
    assert len(set(answers.values)) == len(answers.values)
    assert all(isinstance(value, float) for value in answers.values)
    leaves = answers.codes[tree.apply(X)]
    assert [answers.values[code - 1] for code in leaves] == [0.1, 0.3, 0.1, 0.0]


def test_a_probability_is_that_of_its_class() -> None:
    tree = fitted(np.ones((4, 1)), ["a", "b", "b", "b"])
    assert answers_of(tree, tree, proba="b").values == (0.75,)
    assert answers_of(tree, tree, proba=np.str_("a")).values == (0.25,)
    with pytest.raises(CompileError, match="proba='c' is no class of the tree"):
        answers_of(tree, tree, proba="c")
