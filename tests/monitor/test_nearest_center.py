"""The nearest centre in SQL is the nearest one in the fit's own arithmetic."""

from __future__ import annotations

import random

import duckdb
import pytest

from segkit.dialects.table import DUCKDB
from segkit.monitor.nearest_center import nearest_center_sql, with_nearest_centers
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
    sql = nearest_center_sql(FEATURES, CENTERS, VALUES, DUCKDB)
    found = base.execute(f"SELECT {sql} FROM t ORDER BY i").fetchall()
    for row, (code,) in zip(rows, found, strict=True):
        point = [c for f, v in zip(FEATURES, row, strict=True) for c in f.coordinates(v)]
        away = [sum((a - b) ** 2 for a, b in zip(point, c, strict=True)) for c in CENTERS]
        assert away[code - 1] == pytest.approx(min(away))
    clusters = {"near3": CENTERS, "near2": CENTERS[:2], "none": CENTERS[:1]}
    both, names = with_nearest_centers("SELECT * FROM t", FEATURES, clusters, VALUES, DUCKDB)
    assert names == ("near3", "near2")
    again = base.execute(f"SELECT near3, near2 FROM ({both}) AS r ORDER BY i").fetchall()
    assert [three for three, _ in again] == [code for (code,) in found]
    two = nearest_center_sql(FEATURES, CENTERS[:2], VALUES, DUCKDB)
    assert base.execute(f"SELECT {two} FROM t ORDER BY i").fetchall() == [(n,) for _, n in again]


def test_codes_of_a_refit_need_not_follow_each_other() -> None:
    customer = "(SELECT 40.0 AS age, 20.0 AS spend, 'east' AS region)"
    codes = [5, 1, 8]
    place, code = (
        duckdb.sql(
            f"SELECT {nearest_center_sql(FEATURES, CENTERS, VALUES, DUCKDB, given)} FROM {customer}"
        ).fetchall()[0][0]
        for given in (None, codes)
    )
    assert code == codes[place - 1] != place


def test_where_there_is_no_cluster_of_its_own() -> None:
    built = {"age": "a", "spend": "s"}  # and region not yet
    assert nearest_center_sql(FEATURES, CENTERS, built, DUCKDB) is None
    assert nearest_center_sql(FEATURES, CENTERS[:1], VALUES, DUCKDB) is None
    rows = "SELECT * FROM t"
    assert with_nearest_centers(rows, FEATURES, {"n": CENTERS}, built, DUCKDB) == (rows, ())
