"""The nearest centre in SQL is the nearest one in the fit's own arithmetic."""

from __future__ import annotations

import random
from dataclasses import replace

import duckdb
import pytest

from segkit.core.fit import Fit
from segkit.dialects.table import DUCKDB
from segkit.monitor.rivals import nearest_center_sql
from tests.monitor.test_rivals import CENTERS, FEATURES
from tests.publish.stored.test_fits import FIT

VALUES = {"age": "age", "spend": "spend", "region": "region"}


def with_centers(centers: tuple[tuple[float, ...], ...] = CENTERS) -> Fit:
    clusters = replace(FIT.clusters, k=len(centers), centers=centers)
    return replace(FIT, features=FEATURES, clusters=clusters)


@pytest.mark.parametrize("seed", range(5))
def test_every_customer_is_in_the_cluster_of_the_fit(seed: int) -> None:
    draw = random.Random(seed)
    rows = [
        (
            draw.choice([None, draw.gauss(40, 12)]),
            draw.choice([None, -5.0, draw.expovariate(0.05)]),
            draw.choice([None, "east", "west", "it's new"]),
        )
        for _ in range(200)
    ]
    base = duckdb.connect()
    base.execute("CREATE TABLE t (i INTEGER, age DOUBLE, spend DOUBLE, region VARCHAR)")
    base.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [(i, *r) for i, r in enumerate(rows)])
    sql = nearest_center_sql(with_centers(), VALUES, DUCKDB)
    found = base.execute(f"SELECT {sql} FROM t ORDER BY i").fetchall()
    for row, (code,) in zip(rows, found, strict=True):
        point = [c for f, v in zip(FEATURES, row, strict=True) for c in f.coordinates(v)]
        away = [sum((a - b) ** 2 for a, b in zip(point, c, strict=True)) for c in CENTERS]
        assert away[code - 1] == pytest.approx(min(away))


def test_where_there_is_no_cluster_of_its_own() -> None:
    given = with_centers()
    assert nearest_center_sql(given, {"age": "a", "spend": "s"}, DUCKDB) is None  # not built yet
    assert nearest_center_sql(with_centers(CENTERS[:1]), VALUES, DUCKDB) is None
    labels = replace(given.clusters, labels=("x", "y", "z"))
    assert nearest_center_sql(replace(given, clusters=labels), VALUES, DUCKDB) is None
