"""The check finds a tree that says something else, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from segkit.core.tree import OneOf, Split
from segkit.errors import CompileError
from segkit.learn.trees.sklearn_answers import answers_of
from segkit.learn.trees.sklearn_check import check
from segkit.learn.trees.sklearn_features import Feature
from segkit.learn.trees.sklearn_steps import features_after
from segkit.learn.trees.sklearn_tree import read_sklearn


def checked(model: Any, names: list[str], change: Any) -> None:
    tree = read_sklearn(model, names).tree
    assert isinstance(tree, Split)
    features = features_after(model[:-1], [Feature(name) for name in names], "")
    check(model, names, features, {}, tree, change(tree), answers_of(model, model[-1]))


def test_a_cut_beside_the_right_one() -> None:
    X = np.array([[1.0], [2.0], [3.0], [4.0]])
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(X, [1, 1, 2, 2])

    def next_double(tree: Any) -> Any:
        cut = np.nextafter(float(tree.test.cut), np.inf)
        return replace(tree, test=replace(tree.test, cut=type(tree.test.cut)(repr(float(cut)))))

    checked(model, ["x"], lambda tree: tree)
    with pytest.raises(CompileError, match=r"edge cases differ from `predict`, \{'x': 2\.5"):
        checked(model, ["x"], next_double)


@pytest.mark.parametrize(
    ("levels", "missing", "said"),
    [(("a",), "no", "'b'"), (("a", "b", "c"), "no", "'c'"), (("a", "b"), "yes", "nan")],
)
def test_a_level_and_null(levels: tuple[str, ...], missing: Any, said: str) -> None:
    X = pd.DataFrame({"x": ["a", "b", "c", None]})
    encoder = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=9, encoded_missing_value=8
    )
    tree = DecisionTreeClassifier(max_depth=1)
    model = make_pipeline(encoder, tree).fit(X, [1, 1, 2, 2])
    change = {"test": OneOf(levels), "missing": missing}
    with pytest.raises(CompileError, match=f"edge cases differ .*'x': {said}"):
        checked(model, ["x"], lambda tree: replace(tree, **change))
