"""The chance to leave the engine, and that those who did stand for all."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.data.coreset import ALL_ROWS, DRAWN, Axis, chance
from segkit.learn.data.summary import read_sample
from segkit.learn.numbers import Floats
from tests.learn.conftest import MemoryEngine, load


def chances(engine: MemoryEngine, axes: tuple[Axis, ...], rows: int, drawn: int) -> Floats:
    some, likely = chance(engine, "customers", axes, rows, drawn)
    seen = ", ".join(["id", *(f"{a.sql(engine.dialect)} AS b{n}" for n, a in enumerate(some))])
    sql = f"SELECT {likely.sql} FROM (SELECT {seen} FROM customers) AS seen ORDER BY id"
    return np.array([float(p) for (p,) in engine.query(sql)])


def test_half_by_number_and_half_by_distance_to_the_mean(engine: MemoryEngine) -> None:
    X = np.exp(np.random.default_rng(0).normal(size=(400, 2)))
    X[7, 0] = np.nan
    load(engine, X)
    axes = (Axis.of("x", "log", 2.0), Axis.of("y", "standard", 1.0))
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
    found = chances(engine, (Axis.of("x", "none", 1.0), Axis.of("y", "none", 1.0)), 300, 30)
    assert found == pytest.approx(np.minimum(1, 30 * (1 / 600 + far / (2 * far.sum()))), rel=1e-6)


def test_who_is_far_from_nobody_is_as_likely_as_all(engine: MemoryEngine) -> None:
    X = np.stack([np.ones(50), np.ones(50) + 1e-12 * np.arange(50)], axis=1)
    load(engine, X)
    assert chance(engine, "customers", (Axis("x"), Axis("y")), 50, 10)[0] == ()
    assert chances(engine, (Axis("x"), Axis("y")), 50, 10).tolist() == [0.2] * 50


def test_up_to_100_000_are_all_read_and_of_more_about_50_000(engine: MemoryEngine) -> None:
    """The few far ones for certain; sums of what they stand for are those of all."""
    assert (ALL_ROWS, DRAWN) == (100_000, 50_000)
    for rows in (ALL_ROWS, ALL_ROWS + 1):
        engine.execute(
            f"CREATE OR REPLACE TABLE customers AS SELECT i AS id, "
            f"CASE WHEN i < 5 THEN 1000.0 ELSE sin(i) END AS x FROM range({rows}) AS t(i)"
        )
        columns = engine.columns("customers")[1:]
        found = read_sample(engine, "customers", "id", columns, axes=(Axis("x"),), salt="s")
        assert (found.column("x") == 1000).sum() == 5
        assert found.weight.sum() == pytest.approx(rows)
        if rows == ALL_ROWS:
            assert len(found.X) == rows and set(found.weight) == {1}
        else:  # the far ones take little of the half that is theirs
            assert 24_000 < len(found.X) < 26_000
            assert (found.column("x") * found.weight).sum() == pytest.approx(5000, abs=500)
