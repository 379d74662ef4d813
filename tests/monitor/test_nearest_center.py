"""The nearest centre in SQL is the nearest one in the fit's own arithmetic."""

from __future__ import annotations

import random

import duckdb
import pytest

from segkit.dialects.table import DUCKDB
from segkit.monitor.nearest_center import with_nearest_centers
from tests.monitor.test_rivals import CENTERS, FEATURES

VALUES = {"age": "age", "spend": "spend", "region": "region"}


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
    clusters = {"near3": CENTERS, "near2": CENTERS[:2], "none": CENTERS[:1]}
    both, names = with_nearest_centers("SELECT * FROM t", FEATURES, clusters, VALUES, DUCKDB)
    assert names == ("near3", "near2")
    found = base.execute(f"SELECT near3, near2 FROM ({both}) AS r ORDER BY i").fetchall()
    for row, codes in zip(rows, found, strict=True):
        point = [c for f, v in zip(FEATURES, row, strict=True) for c in f.coordinates(v)]
        away = [sum((a - b) ** 2 for a, b in zip(point, c, strict=True)) for c in CENTERS]
        for code, among in zip(codes, (away, away[:2]), strict=True):
            assert among[code - 1] == pytest.approx(min(among))


def test_where_there_is_no_cluster_of_its_own() -> None:
    built = {"age": "a", "spend": "s"}  # and region not yet
    rows = "SELECT * FROM t"
    assert with_nearest_centers(rows, FEATURES, {"n": CENTERS}, built, DUCKDB) == (rows, ())
