"""The same customer has the same bucket everywhere: golden ids on every engine that we run."""

from __future__ import annotations

from hashlib import md5

import duckdb
import numpy as np
import pytest
from scipy import stats

from segkit.dialects.hash_bucket import BUCKETS, bucket_sql
from segkit.dialects.table import DIALECTS, DUCKDB
from segkit.errors import CompileError
from tests.warehouses.fixtures import OpenWarehouse

GOLDEN = {"1": 7670, "2": 8042, "12345": 4636}  # by salt exp1
RUN = ("duckdb", "postgres", "mysql", "spark", "clickhouse")
TEXTS = ("C00001", "Ümlaut", "it's", "a:b")


def bucket(salt: str, id_: str) -> int:
    return int(md5(f"{salt}:{id_}".encode()).hexdigest()[:8], 16) % BUCKETS


def test_golden_ids() -> None:
    for id_, expected in GOLDEN.items():
        assert bucket("exp1", id_) == expected
        (found,) = duckdb.sql(f"SELECT {bucket_sql('exp1', id_, DUCKDB)}").fetchall()
        assert found == (expected,)


@pytest.mark.warehouse
@pytest.mark.parametrize("name", RUN)
def test_golden_ids_on_the_warehouses(name: str, open_warehouse: OpenWarehouse) -> None:
    warehouse, dialect = open_warehouse(name), DIALECTS[name]
    warehouse.load("ids", {"id": "BIGINT"}, [(int(id_),) for id_ in GOLDEN])
    rows = warehouse.query(f"SELECT id, {bucket_sql('exp1', 'id', dialect)} FROM ids ORDER BY id")
    assert [(str(id_), int(found)) for id_, found in rows] == [*GOLDEN.items()]
    warehouse.load("texts", {"id": "VARCHAR"}, [(text,) for text in TEXTS])
    rows = warehouse.query(f"SELECT id, {bucket_sql('its', 'id', dialect)} FROM texts")
    assert {id_: int(found) for id_, found in rows} == {t: bucket("its", t) for t in TEXTS}


def test_a_dialect_without_md5_says_so() -> None:
    with pytest.raises(CompileError, match="no MD5"):
        bucket_sql("exp1", "id", DIALECTS["sqlite"])


def test_the_salt_is_quoted_and_has_its_separator() -> None:
    for name in RUN:
        assert "exp1:" in bucket_sql("exp1", "id", DIALECTS[name])
    assert "'it''s:'" in bucket_sql("it's", "id", DUCKDB)


@pytest.fixture(scope="module")
def by_salt() -> np.ndarray:
    """Buckets of 20,000 customers, a row for each of 200 salts."""
    salts = [bucket_sql(f"exp{i}", "id", DUCKDB) for i in range(200)]
    listed = ", ".join(f"CAST({sql} AS SMALLINT) AS b{i}" for i, sql in enumerate(salts))
    found = duckdb.sql(f"SELECT {listed} FROM (SELECT 'C' || range AS id FROM range(20000))")
    return np.stack([*found.fetchnumpy().values()])


def test_200_salts_are_uniform(by_salt: np.ndarray) -> None:
    """Of each salt 50 equal parts, by chi-square; the 200 p are uniform, too."""
    counts = np.stack([np.bincount(row // (BUCKETS // 50), minlength=50) for row in by_salt])
    p = stats.chisquare(counts, axis=1).pvalue
    assert p.min() > 0.05 / 200 / 10
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_pairs_of_salts_hang_together_no_more_than_chance(by_salt: np.ndarray) -> None:
    """Of all 19,900 pairs: correlations of halves, in errors, are a standard normal."""
    arms = np.where(by_salt < BUCKETS // 2, 1.0, -1.0)
    arms -= arms.mean(axis=1, keepdims=True)
    z = np.corrcoef(arms)[np.triu_indices(len(arms), 1)] * np.sqrt(arms.shape[1])
    assert len(z) == 19_900
    assert abs(z).max() < 5.5  # of as many normals 4.2 is usual, and 5.5 one in 1,300 times
    assert (z.mean(), z.std()) == pytest.approx((0, 1), abs=0.03)
