"""The chance to leave the engine, and that those who did stand for all."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from segkit.core.columns import Column, parse_type
from segkit.learn.data.coreset import ALL_ROWS, DRAWN, Axis, chance
from segkit.learn.data.summary import read_sample
from segkit.learn.numbers import Floats
from tests.learn.conftest import MemoryEngine, load


def chances(engine: MemoryEngine, axes: Sequence[Axis], rows: int, drawn: int) -> Floats:
    likely = chance(engine, "customers", axes, rows, drawn)
    named = (f"{axis.sql(engine.dialect)} AS b{place}" for place, axis in enumerate(likely.axes))
    seen = ", ".join(["id", *named])
    sql = f"SELECT {likely.sql} FROM (SELECT {seen} FROM customers) AS seen ORDER BY id"
    return np.array([float(p) for (p,) in engine.query(sql)])


def test_half_by_number_and_half_by_distance_to_the_mean(engine: MemoryEngine) -> None:
    X = np.exp(np.random.default_rng(0).normal(size=(400, 2)))
    X[7, 0] = np.nan
    load(engine, X)
    ends = [
        (float(values.min()), float(values.max())) for values in (X[:, 0][X[:, 0] > 0], X[:, 1])
    ]
    axes = (Axis.of("x", ends[0], "log", 2.0), Axis.of("y", ends[1], "standard", 1.0))
    z = np.stack([np.log1p(X[:, 0]), X[:, 1]], axis=1)
    z = (z - np.nanmean(z, axis=0)) / np.nanstd(z, axis=0) * np.sqrt([2, 1])
    far = np.nansum(z**2, axis=1)  # a missing value is no distance
    expected = np.minimum(1, 60 * (1 / 800 + far / (2 * far.sum())))
    assert chances(engine, axes, 400, 60) == pytest.approx(expected, rel=1e-6)
    assert expected.max() == 1


def test_raw_values_are_far_by_what_they_are(engine: MemoryEngine) -> None:
    X = np.random.default_rng(0).normal(size=(300, 2)) * [1, 10]
    load(engine, X)
    far = ((X - X.mean(axis=0)) ** 2).sum(axis=1)
    axes = [Axis.of(name, (-50, 50), "none", 1.0) for name in "xy"]
    found = chances(engine, axes, 300, 30)
    assert found == pytest.approx(np.minimum(1, 30 * (1 / 600 + far / (2 * far.sum()))), rel=1e-6)


def test_who_is_far_from_nobody_is_as_likely_as_all(engine: MemoryEngine) -> None:
    X = np.stack([np.ones(50), np.ones(50) + 1e-12 * np.arange(50)], axis=1)
    load(engine, X)
    axes = [Axis("x", (1, 1)), Axis("y", (1, 1 + 1e-10))]
    assert chance(engine, "customers", axes, 50, 10).axes == ()
    assert chances(engine, axes, 50, 10).tolist() == [0.2] * 50


def test_up_to_100_000_are_all_read_and_of_more_about_50_000(engine: MemoryEngine) -> None:
    """The few far ones for certain; sums of what they stand for are those of all."""
    assert (ALL_ROWS, DRAWN) == (100_000, 50_000)
    for rows in (ALL_ROWS, ALL_ROWS + 1):
        engine.execute(
            f"CREATE OR REPLACE TABLE customers AS SELECT i AS id, "
            f"CASE WHEN i < 5 THEN 1000.0 ELSE sin(i) END AS x FROM range({rows}) AS t(i)"
        )
        columns = engine.columns("customers")[1:]
        key, axes = Column("id", parse_type("BIGINT")), [Axis("x", (-1, 1000))]
        found = read_sample(engine, "customers", key, columns, axes=axes, salt="s")
        assert (found.column("x") == 1000).sum() == 5
        assert found.weight.sum() == pytest.approx(rows)
        if rows == ALL_ROWS:
            assert len(found.X) == rows and set(found.weight) == {1}
        else:  # the far ones take little of the half that is theirs
            assert 24_000 < len(found.X) < 26_000
            assert (found.column("x") * found.weight).sum() == pytest.approx(
                5000, abs=1200
            )  # 3.1 sigma


@pytest.mark.parametrize("scale", ["log", "standard"])
def test_moments_are_the_same_for_any_order_and_any_threads(scale: str) -> None:
    """To the last bit, and as exact sums say; far from 0, and with one very far."""
    X = np.random.default_rng(3).pareto(1.2, (5000, 2))
    X[:, 1] += 1e9
    X[7] = np.nan
    X[9, 0] = 1e12
    axes = [
        Axis.of(name, (float(np.nanmin(x)), float(np.nanmax(x))), scale, 1.0)
        for name, x in zip("xy", X.T, strict=True)
    ]
    found = []
    for seed in (1, 2, 3):
        engine = MemoryEngine(seed)
        load(engine, X, order=np.random.default_rng(seed).permutation(5000).tolist())
        found.append(chance(engine, "customers", axes, 5000, 100))
    assert found[0] == found[1] == found[2]
    known = X[~np.isnan(X).any(axis=1)]
    values = np.log1p(known) if scale == "log" else known
    variances = []
    for place, (center, _) in enumerate(found[0].terms):
        exact = [Fraction(value) for value in values[:, place].tolist()]
        mean = sum(exact) / len(exact)
        variances.append(float(sum((value - mean) ** 2 for value in exact) / len(exact)))
        assert center == pytest.approx(float(mean), rel=1e-8, abs=1e-7 * variances[-1] ** 0.5)
    scales = [scale for _, scale in found[0].terms]
    assert len(scales) == 2
    assert scales[0] / scales[1] == pytest.approx(variances[1] / variances[0], rel=1e-6)


@pytest.mark.parametrize("scale", ["log", "standard", "none"])
def test_whoever_has_a_great_chance_is_looked_at(engine: MemoryEngine, scale: str) -> None:
    """Among those beside whom nobody is looked at there is none, whatever they miss."""
    X = np.random.default_rng(4).pareto(1.1, (20_000, 2)) - [0.2, 0.0]
    X[:300:3, 0], X[1:300:3, 1], X[2:300:3, 0] = np.nan, np.inf, -np.inf
    load(engine, X)
    axes = [Axis.of(name, (-0.2, float(X[300:].max())), scale, 1.0) for name in "xy"]
    likely = chance(engine, "customers", axes, 20_000, 20)
    tests = " OR ".join(likely.of_few_sql(engine.dialect))
    seen = engine.query(f"SELECT coalesce({tests}, FALSE) FROM customers ORDER BY id")
    is_seen = np.array([bool(one) for (one,) in seen])
    great = chances(engine, axes, 20_000, 20) > likely.of_few
    assert 5 < great.sum() < is_seen.sum() < 2000 and is_seen[great].all()
