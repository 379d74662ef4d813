"""Steps followed: each feature is what scikit-learn makes of the column, bit for bit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from segkit.errors import CompileError
from segkit.learn.trees.sklearn_features import Feature, Features
from segkit.learn.trees.sklearn_steps import features_after

RNG = np.random.default_rng(0)
X = RNG.normal(3, 50, (400, 2)) ** 3
NAMES = ("x", "y")


def after(step: Any, names: tuple[str, ...] = NAMES) -> Features:
    return features_after(step, [Feature(name) for name in names], "step")


@pytest.mark.parametrize(
    "step",
    [
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        MinMaxScaler((-1, 3)),
        MinMaxScaler(clip=True),
        MaxAbsScaler(),
        MaxAbsScaler(clip=True),
        RobustScaler(),
        RobustScaler(with_scaling=False),
        RobustScaler(with_centering=False),
        FunctionTransformer(),
        "passthrough",
        make_pipeline("passthrough", StandardScaler(), MaxAbsScaler()),
        ColumnTransformer([("a", StandardScaler(), [1]), ("b", "passthrough", [0])]),
    ],
)
def test_numbers_to_the_last_bit(step: Any) -> None:
    rows = np.concatenate([X, 3 * X, [[0.0, -0.0], [1e-300, 1e300]]])
    made = rows if isinstance(step, str) else step.fit(X).transform(rows)
    features = after(step)
    places = [NAMES.index(feature.column) for feature in features]
    ours = [[f.of(v) for f, v in zip(features, row[places].tolist(), strict=True)] for row in rows]
    assert (np.array(ours) == made).all()
    assert all(math.isnan(feature.null) for feature in features)


def test_what_is_filled_in_and_what_is_left_out() -> None:
    holed = np.array([[1.0, np.nan, np.nan], [2.0, np.nan, 4.0]])
    step = SimpleImputer(add_indicator=True).fit(holed)
    found = after(step, ("x", "empty", "z"))
    assert [feature.column for feature in found] == ["x", "z", "empty", "z"]
    made = step.transform(np.full((1, 3), np.nan))[0]
    assert [feature.null for feature in found] == made.tolist() == [1.5, 4.0, 1.0, 1.0]
    assert [feature.of(9.0) for feature in found] == [9.0, 9.0, 0.0, 0.0]


def test_categories_are_asked_of_the_encoder() -> None:
    frame = pd.DataFrame({"x": ["b", "a", None], "y": [1, 2, 2]})
    step = OneHotEncoder(handle_unknown="ignore").fit(frame)
    found = after(step)
    assert [feature.column for feature in found] == ["x", "x", "x", "y", "y"]
    assert [feature.levels for feature in found[:3]] == [
        {"a": 1.0, "b": 0.0},
        {"a": 0.0, "b": 1.0},
        {"a": 0.0, "b": 0.0},
    ]
    assert [feature.null for feature in found] == [0.0, 0.0, 1.0, 0.0, 0.0]
    assert [feature.unseen for feature in found] == [0.0] * 5
    assert all(feature.is_sparse for feature in found)


def test_what_an_encoder_refuses_is_nothing() -> None:
    step = OrdinalEncoder().fit([["b"], ["a"], ["c"]])
    (feature,) = after(step, ("x",))
    assert feature.levels == {"a": 0.0, "b": 1.0, "c": 2.0}
    assert feature.unseen is None and feature.null is None


def test_a_text_that_is_filled_in_before() -> None:
    steps = make_pipeline(SimpleImputer(strategy="constant", fill_value="b"), OrdinalEncoder())
    steps.fit(np.array([["b"], ["a"], [np.nan]], dtype=object))
    (feature,) = after(steps, ("x",))
    assert feature.null == 1.0


def test_a_step_that_refuses_missing_values() -> None:
    (feature,) = after(FunctionTransformer(validate=True).fit([[1.0]]), ("x",))
    assert feature.null is None


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (PolynomialFeatures(), r"`step` \(PolynomialFeatures\) is not one that can be followed"),
        (FunctionTransformer(np.sqrt), "calls sqrt"),
        (StandardScaler(), "knows no scale of `x`"),
    ],
)
def test_what_is_not_known_to_be_exact(step: Any, said: str) -> None:
    fitted = step.fit([[np.nan], [np.nan]]) if "scale" in said else step.fit([[1.0], [2.0]])
    with pytest.raises(CompileError, match=said) as raised:
        after(fitted, ("x",))
    assert raised.value.problems[0].help
