"""A share of many customers by their keys: near the share, the same ones, whatever the keys."""

import duckdb
import pytest

from segkit.core.columns import Column, parse_type
from segkit.dialects.key_sample import in_sample
from segkit.dialects.table import DUCKDB

KEYS = {
    "one after the other": ("i", "BIGINT"),
    "in steps": ("i * 44488", "BIGINT"),
    "from a thousand million on": ("1000000000 + i", "UBIGINT"),
    "below zero": ("-i", "INTEGER"),
    "as long as they get": ("9223372036854775807 - i * 65536", "BIGINT"),
    "texts": ("'c' || i", "VARCHAR"),
}


@pytest.mark.parametrize(("key", "type_"), KEYS.values(), ids=KEYS)
def test_a_share_is_met_and_has_no_pattern(key: str, type_: str) -> None:
    chosen = in_sample("k", Column("k", parse_type(type_)), 0.1, DUCKDB)
    rows = f"(SELECT CAST({key} AS {type_}) AS k, i FROM range(100_000) AS t (i))"
    counts = duckdb.sql(
        f"SELECT i // 10_000, i % 2, count(*) FILTER ({chosen}) FROM {rows} GROUP BY ALL"
    ).fetchall()
    assert sum(n for *_, n in counts) == pytest.approx(10_000, abs=300)  # 3.2 sigma
    assert all(n == pytest.approx(500, abs=90) for *_, n in counts)


def test_the_same_ones_in_every_engine() -> None:
    """The numbers that Python reckons."""
    chosen = in_sample("k", Column("k", parse_type("BIGINT")), 0.25, DUCKDB)
    found = duckdb.sql(f"SELECT k FROM range(1000) AS t (k) WHERE {chosen}").fetchall()
    expected = [
        k
        for k in range(1000)
        if k * 48_271 % 2_147_483_647 % 2_147_483_629 * 69_621 % 2_147_483_629
        < round(0.25 * 2_147_483_629)
    ]
    assert [k for (k,) in found] == expected
    assert not duckdb.sql(f"SELECT 1 FROM (SELECT NULL AS k) WHERE {chosen}").fetchall()
