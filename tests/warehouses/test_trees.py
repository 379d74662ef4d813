"""A scikit-learn tree as SQL equals ``predict`` on every warehouse."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import segkit
from segkit.learn.numbers import Floats
from tests.publish.sklearn_pipelines import NUMBERS, Piped, beside_cuts, fitted_pipelines
from tests.publish.sklearn_pipelines import TYPES as PIPELINE_TYPES
from tests.publish.sklearn_pipelines import rows as pipeline_rows
from tests.publish.sklearn_trees import (
    COLUMNS,
    Fitted,
    adversarial_rows,
    fitted_regressors,
    fitted_trees,
    natural_rows,
)
from tests.publish.views.test_compile_tree import grown
from tests.warehouses.base import Columns, NoSuchType, Row, Warehouse, stored
from tests.warehouses.fixtures import OpenWarehouse, each_warehouse

TYPES = (
    "DOUBLE",
    "FLOAT",
    "DECIMAL(18,2)",
    "DECIMAL(38,10)",
    "INTEGER",
    "BIGINT",
    "UBIGINT",
    "HUGEINT",
)
RANGES = {"INTEGER": (-(2**31), 2**31 - 1), "BIGINT": (-(2**63), 2**63 - 1)}
RANGES |= {"UBIGINT": (0, 2**64 - 1), "HUGEINT": (-(10**38) + 1, 10**38 - 1)}
# Their cast of a wide decimal to a double is not the nearest one: neighbours of a cut may go over.
ROUND_ODDLY = {("clickhouse", "DECIMAL(38,10)"), ("datafusion", "DECIMAL(38,10)")}


def as_type(value: float, type_: str) -> Any:
    """The number as that type holds it; NULL for NaN, and for what does not fit."""
    if np.isnan(value):
        return None
    if type_ == "BOOLEAN":
        return bool(value)
    if type_ in RANGES:
        low, high = RANGES[type_]
        return number if low <= (number := round(value)) <= high else None
    if type_.startswith("DECIMAL"):
        digits = 16 if type_ == "DECIMAL(18,2)" else 28
        return Decimal(repr(value)) if abs(value) < 10 ** (digits - 1) else None
    return value


@pytest.fixture(scope="module")
def trees() -> list[Fitted]:
    wanted = ("2", "8", "50", "200")
    some = [fitted for fitted in fitted_trees() if fitted.name.split()[0] in wanted]
    return [*some, *fitted_regressors()]


def rows_for(fitted: Fitted, number: int, *, adversarial: bool) -> Floats:
    if adversarial:
        return adversarial_rows(fitted, 250, number)
    X = natural_rows(fitted, 500, number)
    X[np.random.default_rng(number).random(X.shape) < 0.15] = np.nan
    return X


@pytest.mark.parametrize("type_", TYPES)
def test_torture(warehouse: Warehouse, trees: list[Fitted], type_: str) -> None:
    """Of columns whose type is not given, and of those whose type is."""
    columns = {"n": "INTEGER", **dict.fromkeys(COLUMNS, type_)}
    for number, fitted in enumerate(trees):
        for adversarial in (False, True):
            X = rows_for(fitted, number, adversarial=adversarial)
            rows: list[Row] = [
                (n, *(as_type(float(value), type_) for value in row)) for n, row in enumerate(X)
            ]
            held = loaded(warehouse, columns, rows)
            seen = [[np.nan if v is None else float(v) for v in row] for _, *row in held]
            expected = fitted.predict(np.array(seen))
            for types in (None, dict.fromkeys(COLUMNS, type_)):
                if types is None and adversarial and (warehouse.name, type_) in ROUND_ODDLY:
                    continue
                sql = segkit.compile_tree(fitted.tree, COLUMNS, dialect=warehouse.name, types=types)
                assert predicted(warehouse, sql) == expected, fitted.name


def loaded(warehouse: Warehouse, columns: Columns, rows: list[Row]) -> list[Row]:
    """The rows as the table ``torture`` holds them."""
    try:
        warehouse.load("torture", columns, rows)
    except NoSuchType as error:
        pytest.skip(f"{warehouse.name} has no {error}")
    return stored(columns, rows)


def predicted(warehouse: Warehouse, sql: str) -> list[Any]:
    found = warehouse.query(f"SELECT {sql} AS predicted FROM torture ORDER BY n")
    return [value for (value,) in found]


def test_flags(warehouse: Warehouse) -> None:
    """BOOLEAN columns, NULL among them, as a class, a number and a probability."""
    rng = np.random.default_rng(3)
    X = rng.integers(0, 2, (400, 3)).astype(float)
    X[rng.random(X.shape) < 0.2] = np.nan
    y = np.nan_to_num(X, nan=2.0) @ [1, 3, 9]
    names = ["vip", "order", "Is it?"]
    columns = {"n": "INTEGER", **dict.fromkeys(names, "BOOLEAN")}
    rows: list[Row] = [
        (n, *(None if np.isnan(v) else bool(v) for v in row)) for n, row in enumerate(X)
    ]
    loaded(warehouse, columns, rows)
    classes = DecisionTreeClassifier(max_leaf_nodes=9).fit(X, y.astype(int))
    numbers = DecisionTreeRegressor(max_leaf_nodes=20).fit(X, y / 7)
    types = dict.fromkeys(names, "BOOLEAN")
    compiled = partial(segkit.compile_tree, dialect=warehouse.name, types=types)
    assert predicted(warehouse, compiled(classes, names)) == list(classes.predict(X))
    assert predicted(warehouse, compiled(numbers, names)) == list(numbers.predict(X))
    shares = classes.predict_proba(X)[:, 5]
    wanted = classes.classes_[5]
    assert predicted(warehouse, compiled(classes, names, proba=wanted)) == list(shares)


@pytest.fixture(scope="module")
def pipelines() -> list[tuple[Piped, pd.DataFrame]]:
    """Every second one, and so each way to encode categories but one."""
    chosen = [*fitted_pipelines()][::2] + [*fitted_pipelines()][5::4]
    return [
        (piped, pd.concat([beside_cuts(piped, 40, seed), pipeline_rows(300, seed, unseen=True)]))
        for seed, piped in enumerate(chosen)
    ]


@pytest.mark.parametrize("number", ["DOUBLE", "FLOAT", "DECIMAL(18,2)", "BIGINT"])
def test_pipelines(
    warehouse: Warehouse, pipelines: list[tuple[Piped, pd.DataFrame]], number: str
) -> None:
    types = {**PIPELINE_TYPES, **dict.fromkeys(NUMBERS, number)}
    for piped, X in pipelines:
        names = list(X.columns)
        cells = {
            name: [
                None if pd.isna(v) else v if name == "region" else as_type(v, types[name])
                for v in X[name].tolist()
            ]
            for name in names
        }
        rows: list[Row] = list(zip(range(len(X)), *cells.values(), strict=True))
        columns = {"id": "INTEGER", **{name: types[name] for name in names}}
        held = loaded(warehouse, columns, rows)
        seen = pd.DataFrame(
            {
                name: [v if v is None or name == "region" else float(v) for v in column]
                for name, column in zip(names, list(zip(*held, strict=True))[1:], strict=True)
            }
        )
        sql = segkit.compile_tree(piped.model, names, dialect=warehouse.name, types=types)
        found = warehouse.query(f"SELECT {sql} AS predicted FROM torture ORDER BY id")
        assert [value for (value,) in found] == piped.predict(seen), piped.name


@pytest.mark.parametrize("shape", ["right", "zigzag", "balanced"])
@pytest.mark.parametrize("name", each_warehouse("sqlite", "postgres"))
def test_five_thousand_leaves(open_warehouse: OpenWarehouse, name: str, shape: str) -> None:
    warehouse = open_warehouse(name)
    tree, X = grown(shape, 5000)
    some = X[::23].copy()
    some[::3, 0] = np.nan
    rows: list[Row] = [
        (n, *(None if np.isnan(v) else float(v) for v in row)) for n, row in enumerate(some)
    ]
    warehouse.load("many", {"n": "INTEGER", "x": "DOUBLE", "y": "DOUBLE"}, rows)
    sql = segkit.compile_tree(tree, ["x", "y"], dialect=name)
    found = warehouse.query(f"SELECT {sql} AS predicted FROM many ORDER BY n")
    assert [value for (value,) in found] == list(tree.predict(some))
