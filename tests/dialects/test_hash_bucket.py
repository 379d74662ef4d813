"""The same customer has the same bucket everywhere: golden ids on every engine that we run."""

from __future__ import annotations

from hashlib import md5

import duckdb
import numpy as np
import pytest

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


def test_buckets_of_many_salts_are_uniform_and_have_nothing_in_common() -> None:
    """200 salts on 2,000 ids: no more uneven, nor more alike, than chance."""
    ids = [f"C{i:05d}" for i in range(2000)]
    found = np.array([[bucket(f"salt{s}", id_) for id_ in ids] for s in range(200)])
    shares = np.stack([(found // 1000 == i).sum(axis=1) for i in range(10)], axis=1)
    chi2 = ((shares - 200) ** 2 / 200).sum(axis=1)
    assert abs(chi2.mean() - 9) < 1
    pairs = np.corrcoef(found)[np.triu_indices(200, 1)]
    assert abs(pairs.mean()) < 0.002
    assert np.abs(pairs).max() < 5.5 / np.sqrt(2000)
