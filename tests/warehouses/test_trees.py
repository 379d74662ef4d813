"""A scikit-learn tree as SQL equals ``predict`` on every warehouse."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import segkit
from segkit.learn.numbers import Floats
from tests.publish.sklearn_trees import (
    COLUMNS,
    Fitted,
    adversarial_rows,
    fitted_trees,
    natural_rows,
)
from tests.publish.views.test_compile_tree import grown
from tests.warehouses.base import NoSuchType, Row, Warehouse, stored
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
    return [fitted for fitted in fitted_trees() if fitted.name.split()[0] in wanted]


def rows_for(fitted: Fitted, number: int, *, adversarial: bool) -> Floats:
    if adversarial:
        return adversarial_rows(fitted, 250, number)
    X = natural_rows(fitted, 500, number)
    X[np.random.default_rng(number).random(X.shape) < 0.15] = np.nan
    return X


@pytest.mark.parametrize("type_", TYPES)
def test_torture(warehouse: Warehouse, trees: list[Fitted], type_: str) -> None:
    columns = {"n": "INTEGER", **dict.fromkeys(COLUMNS, type_)}
    for number, fitted in enumerate(trees):
        for adversarial in (False, True):
            if adversarial and (warehouse.name, type_) in ROUND_ODDLY:
                continue
            X = rows_for(fitted, number, adversarial=adversarial)
            rows: list[Row] = [
                (n, *(as_type(float(value), type_) for value in row)) for n, row in enumerate(X)
            ]
            try:
                warehouse.load("torture", columns, rows)
            except NoSuchType:
                pytest.skip(f"{warehouse.name} has no {type_}")
            held = stored(columns, rows)
            seen = [[np.nan if v is None else float(v) for v in row] for _, *row in held]
            sql = segkit.compile_tree(fitted.tree, COLUMNS, dialect=warehouse.name)
            found = warehouse.query(f"SELECT {sql} AS predicted FROM torture ORDER BY n")
            assert [value for (value,) in found] == fitted.predict(np.array(seen)), fitted.name


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
