"""A pipeline as SQL: equal to ``predict`` on the raw columns, or refused by the step's name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import segkit
from segkit.dialects.spelling import identifier
from segkit.dialects.table import DUCKDB
from segkit.errors import CompileError
from tests.publish.sklearn_pipelines import (
    COLUMNS,
    NUMBERS,
    TYPES,
    Piped,
    beside_cuts,
    fitted_pipelines,
    rows,
)


@pytest.fixture(scope="module")
def pipelines() -> list[tuple[Piped, pd.DataFrame]]:
    """Each with adversarial rows, and others."""
    return [
        (piped, pd.concat([beside_cuts(piped, 60, seed + 50), rows(600, seed + 50, unseen=True)]))
        for seed, piped in enumerate(fitted_pipelines())
    ]


@pytest.fixture
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def load(engine: duckdb.DuckDBPyConnection, X: pd.DataFrame, number: str) -> pd.DataFrame:
    """The rows as a table ``t``, and what it holds; what a type cannot hold is NULL."""
    engine.register("raw", X)
    types = {**TYPES, **dict.fromkeys(NUMBERS, number)}
    quoted = {name: identifier(name, DUCKDB) for name in X.columns}
    casts = ", ".join(
        f"TRY_CAST({CLEAN[name == 'region'].format(sql)} AS {types[name]}) AS {sql}"
        for name, sql in quoted.items()
    )
    engine.execute(f"CREATE OR REPLACE TABLE t AS SELECT {casts} FROM raw")
    doubles = ", ".join(
        sql if name == "region" else f"CAST({sql} AS DOUBLE) AS {sql}"
        for name, sql in quoted.items()
    )
    return engine.execute(f"SELECT {doubles} FROM t").df()


CLEAN = {True: "{}", False: "CASE WHEN NOT isnan({0}) THEN {0} END"}  # of texts, of numbers


@pytest.mark.parametrize(
    "number",
    [
        "DOUBLE",
        "BIGINT",
        *(pytest.param(type_, marks=pytest.mark.slow) for type_ in ("FLOAT", "DECIMAL(18,2)")),
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_torture(
    engine: duckdb.DuckDBPyConnection,
    pipelines: list[tuple[Piped, pd.DataFrame]],
    number: str,
    typed: bool,
) -> None:
    """All together: about 400,000 rows, 240,000 of them beside a cut."""
    types = {**TYPES, **dict.fromkeys(NUMBERS, number)} if typed else {"vip": "BOOLEAN"}
    for piped, X in pipelines:
        sql = segkit.compile_tree(piped.model, COLUMNS, types=types)
        held = load(engine, X, number)
        found = [value for (value,) in engine.execute(f"SELECT {sql} FROM t").fetchall()]
        assert found == piped.predict(held), piped.name


def test_the_cut_is_that_of_the_scaled_double() -> None:
    """Three doubles around the cut, by hand: 0.3 and its neighbours."""
    X = np.array([[0.1], [0.2], [0.4], [0.5]])
    model = make_pipeline(StandardScaler(), DecisionTreeRegressor()).fit(X, [1.0, 1, 2, 2])
    sql = segkit.compile_tree(model, ["x"])
    near = 0.3 + np.arange(-40_000, 40_000) * 1e-12
    with duckdb.connect() as engine:
        engine.register("raw", {"x": near})
        found = [value for (value,) in engine.execute(f"SELECT {sql} FROM raw").fetchall()]
    assert found == model.predict(near[:, None]).tolist()
    assert set(found) == {1.0, 2.0}


def test_a_column_that_a_clip_makes_one_number() -> None:
    X = np.array([[0.0], [1.0], [np.nan], [np.nan]])
    steps = (MinMaxScaler((0, 1), clip=True), SimpleImputer(strategy="constant", fill_value=5.0))
    model = make_pipeline(*steps, DecisionTreeClassifier()).fit(X, [1, 1, 2, 2])
    assert segkit.compile_tree(model, ["x"]) == "CASE\n  WHEN x IS NOT NULL THEN 1\n  ELSE 2\nEND"


def test_whole_numbers_as_categories_and_flags_that_the_warehouse_has() -> None:
    X = pd.DataFrame({"vip": [0, 1] * 4, "shop": [3, 3, 7, 7] * 2})
    y = [0, 1, 2, 2] * 2
    model = make_pipeline(OneHotEncoder(), DecisionTreeClassifier(random_state=0)).fit(X, y)
    plain = segkit.compile_tree(model, ["vip", "shop"])
    assert "CAST(shop AS DOUBLE) = " in plain
    types = {"vip": "BOOLEAN", "shop": "SMALLINT"}
    typed = segkit.compile_tree(model, ["vip", "shop"], types=types)
    assert "vip THEN" in typed and "CAST" not in typed
    with duckdb.connect() as engine:
        engine.register("raw", X)
        table = "SELECT vip::BOOLEAN AS vip, shop::SMALLINT AS shop FROM raw"
        assert engine.execute(f"SELECT {plain} FROM raw").fetchnumpy().popitem()[1].tolist() == y
        found = engine.execute(f"SELECT {typed} FROM ({table})").fetchnumpy().popitem()[1]
    assert found.tolist() == y


def test_flags_that_the_warehouse_has_as_numbers(engine: duckdb.DuckDBPyConnection) -> None:
    X = pd.DataFrame({"vip": [False, True, False, True]})
    model = make_pipeline(OneHotEncoder(), DecisionTreeClassifier()).fit(X, [7, 8, 7, 8])
    for type_ in ("BOOLEAN", "TINYINT", "DOUBLE", None):
        sql = segkit.compile_tree(model, ["vip"], types={"vip": type_} if type_ else None)
        rows = f"(SELECT unnest([false, true])::{type_ or 'BOOLEAN'} AS vip)"
        assert engine.execute(f"SELECT {sql} FROM {rows}").fetchall() == [(7,), (8,)]
    with pytest.raises(CompileError, match="`vip` is VARCHAR in `types`, and the model has num"):
        segkit.compile_tree(model, ["vip"], types={"vip": "VARCHAR"})


CATEGORIES = pd.DataFrame({"region": ["a", "b", "c", "c"], "x": [1.5, 2.0, 3.0, 4.0]})


@pytest.mark.parametrize(
    ("steps", "columns", "said"),
    [
        ([PCA(1)], ["x"], r"the step `pca` \(PCA\) is not one that can be followed"),
        ([KBinsDiscretizer(2, encode="ordinal", quantile_method="averaged_inverted_cdf")], ["x"],
         "`kbinsdiscretizer`"),
        ([FunctionTransformer(np.log1p)], ["x"], "calls log1p, which may round"),
        ([OneHotEncoder()], ["x"], "the category 1.5 of `x`, neither a text nor a whole number"),
        ([SimpleImputer(missing_values=-1)], ["x"], "fills in for -1"),
        ([MinMaxScaler(), OrdinalEncoder()], ["x"], "makes categories of what steps before"),
        ([ColumnTransformer([("s", StandardScaler(), [0])], transformer_weights={"s": 2.0})], ["x"],
         "weighs its columns"),
        ([ColumnTransformer([("o", OneHotEncoder(), ["region"]), ("x", "passthrough", ["x"])],
                            sparse_threshold=1), StandardScaler(with_mean=False)],
         ["region", "x"], "gets `x` in a sparse matrix"),
        ([ColumnTransformer([("o", OneHotEncoder(), ["x"]), ("x", "passthrough", ["x"])])],
         ["x"], "`x` is a number and a category at once"),
    ],
)  # fmt: skip
def test_steps_that_are_refused(steps: list[Any], columns: list[str], said: str) -> None:
    X = CATEGORIES[columns]
    if "at once" in said:
        X = X.round()
    model = make_pipeline(*steps, DecisionTreeClassifier()).fit(X, [1, 1, 2, 2])
    with pytest.raises(CompileError, match=said) as caught:
        segkit.compile_tree(model, columns)
    assert caught.value.problems[0].code == "SK801" and caught.value.problems[0].help


def test_a_column_of_one_category_parts_nothing() -> None:
    X = pd.DataFrame({"land": ["de"] * 4, "x": [1.0, 2, 3, 4]})
    steps = ColumnTransformer([("o", OneHotEncoder(), ["land"])], remainder="passthrough")
    model = make_pipeline(steps, DecisionTreeClassifier()).fit(X, [1, 1, 2, 2])
    with pytest.raises(CompileError, match="makes one category of all that `land` has"):
        segkit.compile_tree(model, ["land", "x"])


def test_a_step_that_does_something_else_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_pipeline(MinMaxScaler(), DecisionTreeClassifier())
    model.fit([[1.1], [2.3], [4.0]], [1, 2, 3])
    monkeypatch.setattr(model[0], "scale_", model[0].scale_ * 2)
    segkit.compile_tree(model, ["x"])  # what it was fitted with does not matter
    monkeypatch.setattr(MinMaxScaler, "transform", lambda self, X: X / 3 - 0.3)
    with pytest.raises(CompileError, match="edge cases differ from `predict`"):
        segkit.compile_tree(model, ["x"])
