"""Numbers in the tens of thousands beside categories: neither kind decides alone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from segkit.core.fact_english import warning_sentences
from segkit.core.fit import Fit
from segkit.learn.data.prepare import transform
from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.apply import codes_of
from tests.conftest import insert_rows
from tests.learn.conftest import MemoryEngine, feature, segmentation
from tests.learn.test_learn import fit

COLUMNS = ("salary", "age", "region", "plan")
LEVELS = {"region": ("east", "north", "south", "west"), "plan": ("basic", "free", "pro")}


def customers(seed: int, rows: int = 800) -> Floats:
    """Four groups that differ a little in each column."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, rows)
    salary = rng.normal(60_000 + 20_000 * (group % 2), 20_000).round()
    age = rng.normal(30 + 15 * (group // 2), 6).round()
    region = np.where(rng.random(rows) < 0.8, group, rng.integers(0, 4, rows))
    plan = np.where(rng.random(rows) < 0.85, group % 2, rng.integers(0, 3, rows))
    return np.column_stack([salary, age, region, plan]).astype(float)


@lru_cache
def learned(seed: int, scale: str = "standard") -> Fit:
    engine, X = MemoryEngine(), customers(seed)
    engine.execute(
        "CREATE TABLE customers "
        "(id VARCHAR, salary DOUBLE, age DOUBLE, region VARCHAR, plan VARCHAR)"
    )
    regions, plans = LEVELS["region"], LEVELS["plan"]
    rows = [
        (f"c{i:05}", salary, age, regions[int(region)], plans[int(plan)])
        for i, (salary, age, region, plan) in enumerate(X.tolist())
    ]
    insert_rows(engine.connection, "customers", rows)
    categories = [feature(name, 9, kind="category") for name in LEVELS]
    numbers = [feature(name, 7, scale=scale) for name in ("salary", "age")]
    return fit(engine, segmentation(*numbers, *categories, k=4))


def cost(Z: Floats, groups: Ints) -> float:
    return sum(
        float(((Z[groups == g] - Z[groups == g].mean(axis=0)) ** 2).sum())
        for g in np.unique(groups)
    )


def parts(found: Fit, X: Floats) -> list[float]:
    """How much of the difference between the segments is each column's."""
    Z, codes = transform(X, found.features), codes_of(found.tree, COLUMNS, X, LEVELS)
    between, at = [], 0
    for used in found.features:
        columns = Z[:, at : at + used.width]
        between.append(cost(columns, np.zeros(len(X), dtype=np.int64)) - cost(columns, codes))
        at += used.width
    return [share / sum(between) for share in between]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_neither_numbers_nor_categories_decide_alone(seed: int) -> None:
    shares = parts(found := learned(seed), customers(seed))
    assert max(shares) < 0.6
    assert 0.2 < sum(shares[2:]) < 0.6
    assert not any("alone" in text for text in warning_sentences(found))


def test_a_salary_without_a_scale_decides_alone_and_that_is_said() -> None:
    found = learned(0, scale="none")
    assert parts(found, customers(0))[0] > 0.99
    assert any(
        "salary has scale: none and 100.0% of all spread" in t for t in warning_sentences(found)
    )


MORE = [pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)]


@pytest.mark.parametrize("seed", [0, *MORE])
def test_no_worse_than_cart_with_as_many_leaves(seed: int) -> None:
    X, found = customers(seed), learned(seed)
    Z = transform(X, found.features)
    centers = np.array(found.clusters.centers)
    clusters = ((Z[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)
    regions, plans = X[:, [2]] == np.arange(4), X[:, [3]] == np.arange(3)
    one_hot = np.column_stack([X[:, :2], regions, plans])
    cart = DecisionTreeClassifier(
        max_leaf_nodes=found.quality.leaves, min_samples_leaf=8, random_state=0
    ).fit(one_hot, clusters)
    ours = cost(Z, codes_of(found.tree, COLUMNS, X, LEVELS)) / cost(Z, clusters) - 1
    assert ours == pytest.approx(found.quality.loss, abs=1e-6)
    assert ours <= cost(Z, cart.predict(one_hot)) / cost(Z, clusters) - 1
    assert ours < 0.1
