"""Fitted pipelines of all steps that are followed, and rows on both sides of each cut."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from segkit.learn.numbers import Floats, Ints

SCALES = {"a": 1, "b": 100, "order": 1e6}
NUMBERS = tuple(SCALES)
REGIONS = ("north", "it's", "", "Süd")
COLUMNS = (*NUMBERS, "vip", "region", "n")
TYPES = {**dict.fromkeys(NUMBERS, "DOUBLE"), "vip": "BOOLEAN", "region": "VARCHAR", "n": "INTEGER"}


@dataclass(frozen=True, eq=False)
class Piped:
    name: str
    model: Pipeline

    def predict(self, X: pd.DataFrame) -> list[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an unknown category
            return list(self.model.predict(X))

    def leaves(self, X: pd.DataFrame) -> Ints:
        """The leaf and what the steps before it make of each row."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found: Ints = self.model[-1].apply(self.model[:-1].transform(X))
            return found


def rows(count: int, seed: int, *, holes: float = 0.15, unseen: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    numbers = rng.normal(0.2, 1, (count, 3)) * list(SCALES.values())
    numbers = np.where(rng.random(numbers.shape) < 0.5, np.round(numbers, 1), numbers)
    frame = pd.DataFrame(numbers, columns=list(NUMBERS))
    frame["vip"] = (rng.random(count) < 0.5).astype(float)
    frame["region"] = rng.choice([*REGIONS, *(["elsewhere"] if unseen else [])], count)
    frame["n"] = rng.integers(0, 9 if unseen else 6, count).astype(float)
    for name in COLUMNS:
        frame[name] = frame[name].where(rng.random(count) >= holes)
    return frame


def fitted_pipelines() -> list[Piped]:
    scalers = {
        "standard": StandardScaler(),
        "robust": RobustScaler(quantile_range=(10, 70), unit_variance=True),
        "max abs": MaxAbsScaler(),
        "min max": MinMaxScaler((-3, 7)),
        "clipped": MinMaxScaler(clip=True),
        "without a mean": StandardScaler(with_mean=False),
        "two": make_pipeline(RobustScaler(with_scaling=False), StandardScaler(), MinMaxScaler()),
        "filled": make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
        "filled behind": make_pipeline(MinMaxScaler(), SimpleImputer(strategy="median")),
        "nothing": FunctionTransformer(),
    }
    found = []
    for seed, (name, scaler) in enumerate(scalers.items()):
        steps = ColumnTransformer(
            [
                ("numbers", scaler, list(NUMBERS)),
                ("flags", "passthrough", ["vip"]),
                ("categories", _categories(seed), ["region", "n"]),
            ],
            sparse_threshold=0,
        )
        X = rows(1500, seed)
        y: Any = _groups(X, seed)
        tree: Any = DecisionTreeClassifier(max_leaf_nodes=40, random_state=seed)
        if seed % 2:
            y = y + np.random.default_rng(seed).normal(0, 0.3, len(X))
            tree = DecisionTreeRegressor(max_leaf_nodes=200, random_state=seed)
        found.append(Piped(name, make_pipeline(steps, tree).fit(X, y)))
    return found


def _categories(seed: int) -> Any:
    text = SimpleImputer(strategy="most_frequent")
    ways = (
        OneHotEncoder(handle_unknown="ignore"),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=0.14, drop="first"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=-2
        ),
        make_pipeline(text, OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
        make_pipeline(
            OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=9),
            SimpleImputer(strategy="constant", fill_value=1.5, add_indicator=True),
            StandardScaler(),
        ),
    )
    return ways[seed % len(ways)]


def _groups(X: pd.DataFrame, seed: int) -> Ints:
    rng = np.random.default_rng(seed)
    signs = (X[list(NUMBERS)].fillna(0).to_numpy() > 0) @ [1, 2, 4]
    y = signs + 8 * (X["vip"] > 0).to_numpy() + 16 * X["region"].isin(REGIONS[:2]).to_numpy()
    y = y + 32 * (X["n"] > 2).to_numpy()
    return np.where(rng.random(len(X)) < 0.7, y, rng.integers(0, 64, len(X)))


def beside_cuts(piped: Piped, count: int, seed: int) -> pd.DataFrame:
    """Rows whose number is the last double before a cut, or the first one behind it.

    Found by ``predict``'s own way to a leaf: between two numbers that part, halved
    over the doubles. Also its neighbours in single precision, and short decimals.
    """
    rng = np.random.default_rng(seed)
    X = pd.concat([rows(count, seed, holes=0.05, unseen=True)] * len(SCALES), ignore_index=True)
    asked = np.repeat(list(SCALES), count)  # the number that is looked for, of each row
    scale = np.repeat(list(SCALES.values()), count)
    low, high = np.sort(rng.normal(0.2, 1, (2, len(X))), axis=0) * scale
    left = piped.leaves(_with(X, asked, low))
    parts = left != piped.leaves(_with(X, asked, high))
    here, asked, left = X[parts], asked[parts], left[parts]
    below, above = _places(low[parts]), _places(high[parts])
    while (above > below + 1).any():
        middle = (below >> 1) + (above >> 1) + (below & above & 1)  # their sum overflows
        stays = piped.leaves(_with(here, asked, _doubles(middle))) == left
        below, above = np.where(stays, middle, below), np.where(stays, above, middle)
    found = []
    for near in (_doubles(below), _doubles(above)):
        single = near.astype(np.float32)
        beside = (np.nextafter(single, np.float32(end)) for end in (-np.inf, np.inf))
        ways = (near, single, *beside, np.round(near, 1), np.round(near, 6))
        found += [_with(here, asked, np.asarray(way, dtype=float)) for way in ways]
    return pd.concat(found, ignore_index=True)


def _with(X: pd.DataFrame, asked: Any, values: Floats) -> pd.DataFrame:
    """The rows with ``values``, each in the column that is ``asked`` of it."""
    return X.assign(**{name: np.where(asked == name, values, X[name]) for name in SCALES})


def _places(x: Floats) -> Ints:
    bits = x.view(np.int64)
    return np.where(bits >= 0, bits, np.int64(-(2**63)) - bits)


def _doubles(places: Ints) -> Floats:
    return np.where(places >= 0, places, np.int64(-(2**63)) - places).view(np.float64)
