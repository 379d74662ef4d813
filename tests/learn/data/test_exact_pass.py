"""The sums of the engine against the same in numpy, and what follows from them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from segkit.core.fit import FittedFeature, Quality
from segkit.core.tree import Below, Known, Leaf, Split
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.exact_pass import Tally, tally
from segkit.learn.data.prepare import fill_missing, transform
from segkit.learn.numbers import squared_distances
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.surrogate import cost_of
from tests.learn.conftest import MemoryEngine

FEATURES = (
    FittedFeature("spend", "", "", "log", "DOUBLE", 2.0, 1.5, 9.0, 2.0),
    FittedFeature("age", "", "", "standard", "INTEGER", 40.0, 10.0, 41.0),
    FittedFeature(
        "city", "", "", "category", "VARCHAR", 0.0, 1.0, 0.0, 0.5, ("O'Hara", "Rome"), "Rome"
    ),
)
TREE = Split(  # who has no age is left out
    "age",
    Known(),
    Split("spend", Below(Decimal(8)), Leaf(1), Split("age", Below(Decimal(45)), Leaf(2), Leaf(3))),
    Leaf(0),
    "no",
)
CENTERS = np.array([[0.0, 0.0, 0.0, 0.7], [1.0, 1.0, 0.7, 0.0], [-1.0, 2.0, 0.0, 0.7]])


@pytest.fixture(scope="module")
def found() -> tuple[Tally, dict[str, np.ndarray]]:
    engine = MemoryEngine()
    engine.execute(
        "CREATE TABLE customers AS SELECT i AS id, "
        "CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 'inf' ELSE exp(i % 7) END::DOUBLE "
        "AS spend, CASE WHEN i % 17 > 0 THEN 20 + i % 43 END AS age, "
        "['Rome', 'O''Hara', 'elsewhere', NULL][1 + i % 4] AS city FROM range(500) AS t(i)"
    )
    everyone = AllRows(engine, "customers", engine.columns("customers"))
    sums = tally(everyone, FEATURES, CENTERS, TREE, 3)
    rows = engine.query("SELECT spend, age, city FROM customers ORDER BY id")
    codes = {"O'Hara": 0.0, "Rome": 1.0, "elsewhere": 2.0, None: np.nan}
    nan = float("nan")
    X = np.array([[nan if s is None else s, nan if a is None else a, codes[c]] for s, a, c in rows])
    leaf = codes_of(TREE, ("spend", "age", "city"), X, {"city": ("O'Hara", "Rome")})
    scaled = transform(fill_missing(X, FEATURES), FEATURES)[leaf > 0]
    distances = squared_distances(scaled, CENTERS)
    return sums, {
        "scaled": scaled,
        "leaf": leaf[leaf > 0] - 1,
        "nearest": distances.argmin(axis=1),
        "least": distances.min(axis=1),
    }


def test_the_sums_are_those_of_all_rows(
    found: tuple[Tally, dict[str, np.ndarray]],
) -> None:
    sums, rows = found
    assert sums.counts.sum() == len(rows["leaf"]) == 470
    for center in range(3):
        for leaf in range(3):
            here = (rows["nearest"] == center) & (rows["leaf"] == leaf)
            assert sums.counts[center, leaf] == here.sum()
            assert sums.sums[center, leaf] == pytest.approx(rows["scaled"][here].sum(axis=0))
            assert sums.squares[center, leaf] == pytest.approx((rows["scaled"][here] ** 2).sum())
            assert sums.nearest[center, leaf] == pytest.approx(rows["least"][here].sum(), abs=1e-9)


def test_clusters_and_rules_cost_what_they_cost(
    found: tuple[Tally, dict[str, np.ndarray]],
) -> None:
    sums, rows = found
    assert sums.inertia == pytest.approx(rows["least"].sum())
    assert sums.sizes.tolist() == np.bincount(rows["nearest"], minlength=3).tolist()
    means = sums.means(CENTERS)
    for center in range(3):
        here = rows["nearest"] == center
        expected = rows["scaled"][here].mean(axis=0) if here.any() else CENTERS[center]
        assert means[center] == pytest.approx(expected)
    for segments in ((1, 2, 3), (2, 1, 2)):  # a segment may have two leaves
        of_row = np.array(segments)[rows["leaf"]]
        expected = cost_of(rows["scaled"], of_row, np.ones(len(of_row)))
        assert sums.cost(segments) == pytest.approx(expected)


def test_the_quality_is_that_of_all(found: tuple[Tally, dict[str, np.ndarray]]) -> None:
    sums, rows = found
    before = Quality(0.5, 0.5, 0.75, {}, 3, 2, 1, 0)
    after = sums.quality(before, (2, 1, 3), {1: "A", 2: "B", 3: "C"})
    code = np.array([2, 1, 3])[rows["leaf"]]
    right = code == rows["nearest"] + 1
    assert after.fidelity == pytest.approx(right.mean())
    by_segment = {name: right[code == place].mean() for place, name in enumerate("ABC", 1)}
    assert after.fidelity_by_segment == pytest.approx(by_segment)
    assert after.smallest_leaf == np.bincount(rows["leaf"]).min()
    cost = cost_of(rows["scaled"], code, np.ones(len(code)))
    assert after.loss == pytest.approx(cost / rows["least"].sum() - 1)
    assert (after.fidelity_held_out, after.leaves) == (0.75, 3)


def test_a_centre_without_customers_stays() -> None:
    sums = Tally(*(np.zeros((2, 1, *more)) for more in ((), (1,), (), ())))
    sums.counts[0, 0], sums.sums[0, 0, 0] = 4, 20
    assert sums.means(np.array([[1.0], [7.0]])).tolist() == [[5.0], [7.0]]
