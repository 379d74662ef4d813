"""A DuckDB in memory behind the engine's protocol, and small projects."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from segkit.core.columns import Column, parse_type
from segkit.core.fit import Fit
from segkit.dialects.spelling import identifier
from segkit.dialects.table import DUCKDB
from segkit.errors import Place
from segkit.learn.numbers import Floats
from segkit.project.nodes import ClusterSpec, Feature, RuleSpec, Segmentation
from tests.conftest import insert_rows

PLACE = Place("sql/segments.yml", 2, 5)
KEY_PLACE = Place("sql/segments.yml", 4, 10, 11)
MALL = Path(__file__).parents[2].parent / "shared" / "data" / "Mall_Customers.csv"
MALL_COLUMNS = ("Age", "Spending Score (1-100)", "Annual Income (k$)")


class MemoryEngine:
    """As much of an engine as learning asks for."""

    dialect = DUCKDB

    def __init__(self, threads: int = 1) -> None:
        self.connection = duckdb.connect(config={"threads": threads})

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(parameters)).fetchall()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self.connection.execute(sql, list(parameters))

    @contextmanager
    def hold(self, name: str, select: str) -> Iterator[None]:
        self.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")
        yield

    def columns(self, relation: str) -> tuple[Column, ...]:
        return self.columns_of_query(f"SELECT * FROM {relation}")

    def columns_of_query(self, sql: str) -> tuple[Column, ...]:
        return tuple(Column(row[0], parse_type(row[1])) for row in self.query(f"DESCRIBE {sql}"))

    def exists(self, schema: str, name: str) -> bool:
        raise NotImplementedError

    def load_file(self, path: Path, relation: str) -> int:
        raise NotImplementedError


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


def feature(column: str, line: int = 7, **kwargs: Any) -> Feature:
    return Feature(column, Place("sql/segments.yml", line, 9, len(column)), **kwargs)


def segmentation(
    *columns: str | Feature,
    k: int | None = 2,
    k_max: int = 5,
    key: str = "id",
    **changes: Any,
) -> Segmentation:
    features = tuple(
        feature(c, 7 + place) if isinstance(c, str) else c for place, c in enumerate(columns)
    )
    base = Segmentation(
        name="shoppers",
        relation="customers",
        key=key,
        features=features,
        clusters=ClusterSpec(k, k_max, 111),
        rules=RuleSpec(None, 0.05, 0.01),
        missing="median",
        place=PLACE,
        key_place=KEY_PLACE,
        depends_on=("customers",),
    )
    return replace(base, **changes)


def blobs(rows: int = 300, seed: int = 3) -> Floats:
    """Three groups in two columns, well apart."""
    rng = np.random.default_rng(seed)
    centers = np.array([[10.0, 10.0], [30.0, 12.0], [20.0, 40.0]])
    group = rng.choice(3, rows, p=[0.5, 0.3, 0.2])
    return np.round(centers[group] + rng.normal(0, 2, (rows, 2)), 1)


def load(
    engine: MemoryEngine,
    X: Floats,
    names: Sequence[str] = ("x", "y"),
    order: Sequence[int] | None = None,
) -> None:
    """Make a table customers(id, ...); NaN becomes NULL."""
    columns = ", ".join(f"{identifier(name, DUCKDB)} DOUBLE" for name in names)
    engine.execute(f"CREATE OR REPLACE TABLE customers (id VARCHAR, {columns})")
    rows = [
        (f"c{place:05}", *(None if np.isnan(v) else float(v) for v in X[place]))
        for place in (range(len(X)) if order is None else order)
    ]
    insert_rows(engine.connection, "customers", rows)


@pytest.fixture
def mall() -> Floats:
    """Age, spending score, income of the article's customers; skips without the file."""
    if not MALL.exists():
        pytest.skip(f"{MALL.name} is not beside the repository")
    with MALL.open(newline="") as file:
        return np.array([[float(row[c]) for c in MALL_COLUMNS] for row in csv.DictReader(file)])


def own(*columns: str) -> dict[str, Any]:
    """As a segmentation has ``missing: {column: own}``."""
    return dict.fromkeys(columns, PLACE)


def lacking(X: Floats, x: slice, y: slice = slice(0)) -> Floats:
    """The same customers, of whom some miss x, and some y."""
    X = X.copy()
    X[x, 0], X[y, 1] = np.nan, np.nan
    return X


@pytest.fixture(scope="module")
def three() -> Fit:
    """Of the three groups, learned once."""
    from tests.learn.unweighted import fit  # scikit-learn takes seconds to import

    engine = MemoryEngine()
    load(engine, blobs())
    return fit(engine, segmentation("x", "y", k=3))
