"""The sums of the engine against the same in numpy, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

import numpy as np
import pytest

from segkit.core.columns import Column, parse_type
from segkit.core.fit import FittedFeature, Quality
from segkit.core.tree import Below, Known, Leaf, Split
from segkit.dialects.table import POSTGRES, Dialect
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.exact_pass import (
    ExactPass,
    Given,
    Tally,
    axes_sql,
    nearest_sql,
)
from segkit.learn.data.prepare import fill_missing, transform
from segkit.learn.data.summary import Counts, axis_of, count_values, read_sample
from segkit.learn.numbers import round_array, squared_distances
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.surrogate import cost_of
from tests.conftest import insert_rows
from tests.learn.conftest import MemoryEngine, load
from tests.warehouses.fixtures import OpenWarehouse

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


CODES = (7, 2, 9)  # of the segments, by centre


def counts(everyone: AllRows) -> Mapping[str, Counts]:
    return count_values(everyone.engine, everyone.relation, ["spend", "age"])


def with_codes(*codes: int) -> Split:
    """The tree with these codes in its leaves."""
    ages = Split("age", Below(Decimal(45)), Leaf(codes[1]), Leaf(codes[2]))
    return replace(TREE, yes=Split("spend", Below(Decimal(8)), Leaf(codes[0]), ages))


@pytest.fixture(scope="module")
def everyone() -> AllRows:
    engine = MemoryEngine()
    engine.execute(
        "CREATE TABLE customers AS SELECT i AS id, "
        "CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN 'inf' ELSE exp(i % 7) END::DOUBLE "
        "AS spend, CASE WHEN i % 17 > 0 THEN 20 + i % 43 END AS age, "
        "['Rome', 'O''Hara', 'elsewhere', NULL][1 + i % 4] AS city FROM range(500) AS t(i)"
    )
    return AllRows(engine, "customers", engine.columns("customers"))


@pytest.fixture(scope="module")
def found(everyone: AllRows) -> tuple[Tally, dict[str, np.ndarray]]:
    engine = everyone.engine
    sums = ExactPass(everyone, FEATURES, counts(everyone)).tally(
        CENTERS, with_codes(7, 2, 9), CODES
    )
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
            assert sums.apart[center, leaf] == pytest.approx(rows["least"][here].sum(), abs=1e-9)


def test_clusters_and_rules_cost_what_they_cost(
    found: tuple[Tally, dict[str, np.ndarray]],
) -> None:
    sums, rows = found
    assert sums.inertia == pytest.approx(rows["least"].sum())
    assert sums.sizes.tolist() == np.bincount(rows["nearest"], minlength=3).tolist()
    least = cost_of(rows["scaled"], rows["nearest"], np.ones(470))
    for segments in ((0, 1, 2), (1, 0, 1)):  # a segment may have two leaves
        of_row = np.array(segments)[rows["leaf"]]
        lost = cost_of(rows["scaled"], of_row, np.ones(470)) / least - 1
        assert replace(sums, segments=segments).loss(mistakes=False) == pytest.approx(lost)
        wrong = (of_row != rows["nearest"]).mean()
        assert replace(sums, segments=segments).loss(mistakes=True) == pytest.approx(wrong)


def test_the_quality_is_that_of_all(
    everyone: AllRows, found: tuple[Tally, dict[str, np.ndarray]]
) -> None:
    _, rows = found
    sums = ExactPass(everyone, FEATURES, counts(everyone)).tally(
        CENTERS, with_codes(2, 7, 9), CODES
    )
    before = Quality(0.5, 0.5, 0.75, {}, 3, 2, 1, 0)
    after = sums.quality(before, "ABC", mistakes=False)
    code = np.array([1, 0, 2])[rows["leaf"]]
    right = code == rows["nearest"]
    assert after.fidelity == pytest.approx(right.mean())
    by_segment = {name: right[code == place].mean() for place, name in enumerate("ABC")}
    assert after.fidelity_by_segment == pytest.approx(by_segment)
    assert after.smallest_leaf == np.bincount(rows["leaf"]).min()
    cost = cost_of(rows["scaled"], code, np.ones(len(code)))
    least = cost_of(rows["scaled"], rows["nearest"], np.ones(470))
    assert after.loss == pytest.approx(cost / least - 1)
    assert (after.fidelity_held_out, after.leaves) == (0.75, 3)


def test_the_next_centres_are_the_means_of_those_nearest(
    everyone: AllRows, found: tuple[Tally, dict[str, np.ndarray]]
) -> None:
    """Of who has a leaf; and a centre without customers stays."""
    _, rows = found
    centers = np.vstack([CENTERS, np.full(4, 99.0)])
    means = ExactPass(everyone, FEATURES, counts(everyone)).next_centers(
        centers, with_codes(7, 2, 9), (*CODES, 4)
    )
    for center in range(4):
        here = rows["nearest"] == center
        expected = rows["scaled"][here].mean(axis=0) if here.any() else centers[center]
        assert means[center] == pytest.approx(expected)


@pytest.mark.parametrize("k", range(1, 12))
def test_the_nearest_is_the_first_of_the_least(k: int) -> None:
    """However many there are: also where several are as near."""
    scores = np.random.default_rng(k).integers(0, 4, (300, k)).astype(float)
    engine = MemoryEngine()
    named = ", ".join(f"{name} DOUBLE" for name in (f"v{place}" for place in range(k)))
    engine.execute(f"CREATE TABLE scored (id INTEGER, {named})")
    insert_rows(engine.connection, "scored", [[i, *row] for i, row in enumerate(scores.tolist())])
    rows = nearest_sql("scored", [f"v{place}" for place in range(k)])
    found = engine.query(f"SELECT CAST(c AS INTEGER) FROM {rows} ORDER BY id")
    assert [c for (c,) in found] == scores.argmin(axis=1).tolist()


def test_sums_are_the_same_for_any_order_and_any_threads() -> None:
    """To the last bit, and what was counted never to be missing is not looked for."""
    X = np.random.default_rng(5).pareto(1.2, (4000, 2))
    features, tree = FEATURES[:2], with_codes(7, 2, 9)
    found, centers = [], CENTERS[:, :2]
    for seed in (1, 2, 3):
        engine = MemoryEngine(seed)
        load(engine, X, ("spend", "age"), np.random.default_rng(seed).permutation(4000).tolist())
        everyone = AllRows(engine, "customers", engine.columns("customers"))
        sums = ExactPass(everyone, features, counts(everyone)).tally(centers, tree, CODES)
        moved = ExactPass(everyone, features, counts(everyone)).next_centers(centers, tree, CODES)
        arrays = (sums.counts, sums.sums, sums.squares, sums.apart, moved)
        found.append([array.tobytes() for array in arrays])
    assert found[0] == found[1] == found[2]
    scaled = transform(X, features)
    nearest = squared_distances(scaled, centers).argmin(axis=1)
    for center in range(3):
        here = scaled[nearest == center]
        assert sums.sizes[center] == len(here)
        assert moved[center] == pytest.approx(here.mean(axis=0), rel=1e-10)
        assert sums.sums[center].sum(axis=0) == pytest.approx(here.sum(axis=0), rel=1e-10)
        assert sums.squares[center].sum() == pytest.approx((here**2).sum(), rel=1e-10)


@dataclass(frozen=True)
class Rows:
    """As much of an engine as the sums ask for."""

    query: Callable[[str], Any]
    dialect: Dialect


@pytest.mark.warehouse
def test_postgres_draws_the_same_customers_and_sums_as_duckdb(
    open_warehouse: OpenWarehouse,
) -> None:
    """Where nearly all are beside the few who are far, whole numbers for keys and texts."""
    rng = np.random.default_rng(8)
    pairs = zip(rng.pareto(1.3, 4000).tolist(), rng.poisson(40, 4000).tolist(), strict=True)
    cells = [
        f"({7 * i - 900}, {x!r}, {'NULL' if i % 13 == 0 else y})" for i, (x, y) in enumerate(pairs)
    ]
    relation = (
        "(SELECT CAST(i AS BIGINT) AS id, CAST(i AS VARCHAR(20)) AS name, "
        "CAST(s AS DOUBLE PRECISION) AS spend, CAST(a AS INTEGER) AS age "
        f"FROM (VALUES {', '.join(cells)}) AS t (i, s, a)) AS customers"
    )
    columns = tuple(
        Column(name, parse_type(type_))
        for name, type_ in (
            ("id", "BIGINT"),
            ("name", "VARCHAR"),
            ("spend", "DOUBLE"),
            ("age", "INTEGER"),
        )
    )
    features, tree = FEATURES[:2], with_codes(7, 2, 9)
    found: list[list[Any]] = []
    for engine in (MemoryEngine(), Rows(open_warehouse("postgres").query, POSTGRES)):
        everyone = AllRows(cast(Any, engine), relation, columns)
        counted, here = counts(everyone), []
        axes = [axis_of(counted[feature.column], feature) for feature in features]
        for key in columns[:2]:
            some = read_sample(
                everyone.engine,
                relation,
                key,
                columns[2:],
                axes=axes,
                all_up_to=100,
                drawn=100,
                salt="segkit:3",
            )
            assert 40 < len(some.keys) < 140
            here += [some.keys, some.X.tobytes(), np.round(some.weight, 9).tolist()]
        sums = ExactPass(everyone, features, counted).tally(CENTERS[:, :2], tree, CODES)
        moved = ExactPass(everyone, features, counted).next_centers(CENTERS[:, :2], tree, CODES)
        here += [sums.counts.tolist(), round_array(moved).tolist()]
        here += [round_array(each).tolist() for each in (sums.sums, sums.squares, sums.apart)]
        here += [everyone.count_below({"age": (30, 41.5), "spend": (0.2, 3.0)})]
        found.append(here)
    assert found[0] == found[1]


@pytest.mark.parametrize("far", [2147483647.0, 1e15])
def test_who_is_very_far_away_does_not_blur_the_others(far: float) -> None:
    """By quartiles a sentinel is 10^8 away, or more: its square has no bits left for a 1."""
    engine = MemoryEngine()
    engine.execute(
        f"CREATE TABLE t AS SELECT i AS id, CASE WHEN i < 5 THEN {far} ELSE i % 40 END::DOUBLE "
        "AS x, i % 3 AS y FROM range(1000) AS r(i)"
    )
    everyone = AllRows(engine, "t", engine.columns("t"))
    features = [FittedFeature(c, "", "", "robust", "DOUBLE", 19.5, 10.0, 19.0) for c in ("x", "y")]
    centers = np.array([[-1.0, -1.9], [1.0, -1.9], [(far - 19.5) / 10, -1.9]])
    counted = count_values(engine, "t", ["x", "y"])
    found = ExactPass(everyone, features, counted).tally(centers, Leaf(1), [1, 2, 3])
    rows = np.array(engine.query("SELECT x, y FROM t WHERE x < 100"), dtype=float)
    near = squared_distances((rows - 19.5) / 10, centers[:2])
    of_each = [near[near.argmin(axis=1) == c, c].sum() for c in (0, 1)]
    assert found.apart[:2, 0] == pytest.approx(of_each, rel=1e-4)
    moved = ExactPass(everyone, features, counted).next_centers(centers, Leaf(1), [1, 2, 3])
    means = [((rows - 19.5) / 10)[near.argmin(axis=1) == c].mean(axis=0) for c in (0, 1)]
    assert moved[:2] == pytest.approx(np.array(means), rel=1e-6)


def test_where_everybody_has_a_leaf_nobody_is_left_out(everyone: AllRows) -> None:
    with_all = replace(with_codes(7, 2, 9), no=Leaf(9))
    sums = ExactPass(everyone, FEATURES, counts(everyone)).tally(CENTERS, with_all, CODES)
    assert sums.counts.sum() == 500
    centers = ExactPass(everyone, FEATURES, counts(everyone)).next_centers(CENTERS, with_all, CODES)
    assert centers == pytest.approx(sums.sums.sum(axis=1) / sums.sizes[:, None])


def test_of_given_clusters_who_has_none_is_left_out(everyone: AllRows) -> None:
    """Rome should be below 8, O'Hara above, with whom spend is not known of."""
    given = Given("city", ("Rome", "O'Hara"))
    sums = ExactPass(everyone, FEATURES, counts(everyone), given).tally(
        CENTERS[:2], with_codes(4, 1, 1), (4, 1)
    )
    rows = everyone.engine.query(
        "SELECT city = 'O''Hara', coalesce(CASE WHEN isfinite(spend) THEN spend END, 9) >= 8 "
        "FROM customers WHERE city IN ('Rome', 'O''Hara') AND age IS NOT NULL"
    )
    assert sums.sizes.tolist() == [rows.count((c, True)) + rows.count((c, False)) for c in (0, 1)]
    right = rows.count((False, False)) + rows.count((True, True))
    assert sums.agreed.sum() == right
    assert sums.loss(mistakes=True) == pytest.approx(1 - right / len(rows))


@pytest.mark.parametrize("value", [-7.0, -0.5, 0.0, 12.0, None])
def test_a_number_lies_in_sql_where_it_lies_in_the_fit(value: float | None) -> None:
    """Below -1 there is no logarithm: a day's negative amount must not end a build."""
    said = "NULL" if value is None else repr(value)
    with DuckDBEngine() as engine:
        for feature in (FEATURES[0], replace(FEATURES[0], scale="none", spread=0.0)):
            (axis,) = axes_sql(feature, engine.dialect)
            found = engine.query(
                f"SELECT {axis} FROM (SELECT CAST({said} AS DOUBLE) AS spend) AS x"
            )
            assert found[0] == pytest.approx(feature.coordinates(value))
