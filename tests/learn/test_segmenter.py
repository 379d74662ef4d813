"""The estimator keeps scikit-learn's rules, and its SQL says what ``predict`` says."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from segkit import Segmenter
from segkit.core.tree import count_leaves
from segkit.errors import ConfigError
from tests.learn.conftest import blobs


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
@pytest.mark.parametrize("n_clusters", [2, pytest.param("auto", marks=pytest.mark.long)])
def test_scikit_learns_own_check(n_clusters: int | str) -> None:
    check_estimator(Segmenter(n_clusters=n_clusters))  # type: ignore[arg-type]


@pytest.mark.slow
def test_groups_are_found_and_said_in_few_leaves() -> None:
    X = blobs(600)
    model = Segmenter().fit(X)
    assert model.n_clusters_ == 3
    assert (model.verdict_, model.alternatives_) == ("apart", (2, 4))
    assert model.reason_.startswith("k = 3 stands out of 2 to 10: ")
    assert count_leaves(model.tree_) == 3
    assert (model.predict(X) == model.labels_).all()
    assert sorted(set(model.labels_)) == [0, 1, 2]
    assert model.loss_ < 0.05 and model.inertia_ > 0
    again = clone(model).fit(X)
    assert (again.labels_ == model.labels_).all()


@pytest.mark.parametrize("type_", ["DOUBLE", "FLOAT", "DECIMAL(12,4)"])
def test_the_sql_is_predict(type_: str) -> None:
    X = np.round(blobs(500), 3)
    frame = pd.DataFrame({"Total (€)": X[:, 0], "order": X[:, 1]})
    model = Segmenter(n_clusters=4, max_leaves=7).fit(frame)
    assert count_leaves(model.tree_) <= 7
    sql = model.to_sql(table="main.customers", key="id")
    with duckdb.connect() as connection:
        connection.register("raw", frame.assign(id=range(500)))
        connection.execute(
            f'CREATE TABLE customers AS SELECT id, CAST("Total (€)" AS {type_}) AS "Total (€)", '
            f'CAST("order" AS {type_}) AS "order" FROM raw'
        )
        found = connection.execute(f"SELECT segment FROM ({sql}) ORDER BY id").fetchall()
        stored = connection.execute(
            'SELECT CAST("Total (€)" AS DOUBLE) AS "Total (€)", CAST("order" AS DOUBLE) AS "order" '
            "FROM customers ORDER BY id"
        ).df()
    assert [segment for (segment,) in found] == list(model.predict(stored))
    assert '"order"' in model.to_sql("snowflake", "customers", "id")
    with pytest.raises(ConfigError):
        model.to_sql("klingon")


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_a_flag_is_a_boolean_column(dtype: str) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"vip": rng.random(200) < 0.4, "age": rng.integers(18, 80, 200)})
    frame["vip"] = frame["vip"].astype(dtype)
    model = Segmenter(n_clusters=4).fit(frame)
    sql = model.to_sql(table="customers", key="id")
    assert "vip THEN" in sql
    with duckdb.connect() as connection:
        connection.register("customers", frame.assign(id=range(200)))
        found = connection.execute(f"SELECT segment FROM ({sql}) ORDER BY id").fetchall()
    assert [segment for (segment,) in found] == list(model.predict(frame))
    assert "WHEN vip <> 0 THEN" in model.to_sql("tsql")


def test_in_a_pipeline() -> None:
    X = np.exp(blobs(300) / 10)
    pipeline = make_pipeline(FunctionTransformer(np.log1p), Segmenter(n_clusters=3))
    assert len(set(pipeline.fit_predict(X))) == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_clusters": 9}, "n_clusters is 9: X has 4 distinct rows"),
        ({"n_clusters": 0}, "n_clusters is 0"),
        ({"n_clusters": 3, "max_leaves": 2}, "no tree of 2 leaves"),
    ],
)
def test_what_cannot_be(given: dict[str, int], message: str) -> None:
    X = np.array([[1.0], [2.0], [3.0], [4.0]] * 10)
    with pytest.raises(ValueError, match=message):
        Segmenter(**given).fit(X)
