"""Trees of scikit-learn read, and what is no such tree. The SQL is in publish/test_compile_tree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from segkit.core.tree import Below, Known, Leaf, Split
from segkit.errors import CompileError
from segkit.learn.trees.sklearn_tree import read_sklearn

X = np.array([[1.0], [2.0], [3.0], [4.0]])


def fitted(X: Any, y: Any, **options: Any) -> Any:
    return DecisionTreeClassifier(random_state=0, **options).fit(X, y)


def test_codes_are_places_of_the_classes_and_cuts_are_exact() -> None:
    tree = read_sklearn(fitted(X, ["new", "new", "loyal", "loyal"]), ["orders"]).tree
    assert isinstance(tree, Split) and isinstance(tree.test, Below)
    assert (tree.yes, tree.no, tree.test.inclusive) == (Leaf(2), Leaf(1), True)
    # 2.5 is half way: every double that single precision makes 2.5 of goes with it
    assert Decimal("2.5") < tree.test.cut < Decimal("2.5000003")


def test_where_missing_values_were_seen_they_have_their_side() -> None:
    holed = np.array([[1.0], [np.nan], [3.0], [np.nan]])
    tree = read_sklearn(fitted(holed, [0, 1, 0, 1]), ["x"]).tree
    assert tree == Split("x", Known(), Leaf(1), Leaf(2))


@pytest.mark.parametrize(
    ("classifier", "names", "said"),
    [
        (KMeans(2), ["x"], "KMeans is no decision tree"),
        (fitted(X, [0, 0, 1, 1]), None, "feature_names are not texts"),
        (DecisionTreeClassifier(), ["x"], "is not fitted"),
        (fitted(X, np.eye(4)[:, :2]), ["x"], "predicts 2 outputs at once"),
        (fitted(X, [0, 0, 1, 1]), ["x", "y"], "has 1 features, and 2 names are given"),
        (fitted(X, [0, 0, 1, 1]), "x", "feature_names are not texts"),
        (fitted(np.hstack([X, X]), [0, 0, 1, 1]), ["x", "x"], "`x` is given twice"),
    ],
)
def test_what_is_no_such_tree(classifier: Any, names: Any, said: str) -> None:
    with pytest.raises(CompileError) as raised:
        read_sklearn(classifier, names)
    assert raised.value.problems[0].code == "SK801"
    assert said in raised.value.problems[0].message


def test_a_tree_that_predicts_something_else_is_refused() -> None:
    class Liar(DecisionTreeClassifier):  # type: ignore[misc]
        def predict(self, X: Any, check_input: bool = True) -> Any:
            return np.flip(super().predict(X, check_input))

    liar = Liar(random_state=0).fit(X, [0, 0, 0, 1])
    with pytest.raises(CompileError, match="edge cases differ from `predict`"):
        read_sklearn(liar, ["x"])
