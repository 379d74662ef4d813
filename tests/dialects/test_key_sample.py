"""A share of many customers by their keys: near the share, the same ones, whatever the keys."""

import hashlib

import duckdb
import numpy as np
import pytest
from scipy import stats

from segkit.core.columns import Column, parse_type
from segkit.dialects.key_sample import in_sample, key_number
from segkit.dialects.table import DUCKDB, POSTGRES, Dialect
from tests.warehouses.fixtures import OpenWarehouse

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


FAMILIES = KEYS | {
    "in steps of 7": ("1000 + i * 7", "BIGINT"),
    "that end in 00": ("i * 100", "BIGINT"),
    "even": ("i * 2", "INTEGER"),
    "multiples of the prime": ("i * 2147483579", "BIGINT"),
    "multiples of the other": ("i * 2147483629", "BIGINT"),
    "of a step of one of both": ("i * 2147483579 * 4000", "BIGINT"),
    "powers of 2": ("i * 4294967296", "BIGINT"),
    "times with a counter": ("7130316800000000000 + i * 4194304", "BIGINT"),
    "days with a counter": ("(20240101 + i // 400) * 10000 + i % 400", "BIGINT"),
    "squares": ("i * i", "BIGINT"),
    "beyond 64 bits": ("170141183460469231731687303715884105727 - i", "HUGEINT"),
}
ROWS, PARTS = 100_000, 20


def number_sql(key: str, column: Column, salt: str, dialect: Dialect, rows: str) -> str:
    found = key_number("k", column, salt, dialect)
    made = f"(SELECT {key} AS k, i FROM {rows}) AS made"
    digits = f"(SELECT *, {found.digits} AS {found.name} FROM {made}) AS digits"
    return f"SELECT CAST({found.number} AS BIGINT), {found.below(0.25)} FROM {digits} ORDER BY i"


def in_python(key: int, salt: str) -> int:
    """The number of a whole one, reckoned without an end to integers."""
    drawn = hashlib.sha256(salt.encode()).digest()
    one, other, shift = (int.from_bytes(drawn[at : at + 8], "big") for at in (0, 8, 16))
    prime, second = 2_147_483_579, 2_147_483_629
    rests = [_remainder(key, each) + each for each in (prime, second)]
    x = rests[0] * (1 + one % (2**29 - 1)) + rests[1] * (1 + other % (2**29 - 1))
    return pow((x + shift % prime) % prime, 3, prime)


def _remainder(key: int, prime: int) -> int:
    """As SQL has it: of a number below 0 it is below 0."""
    return abs(key) % prime * (1 if key > 0 else -1)


@pytest.mark.parametrize(("key", "type_"), FAMILIES.values(), ids=FAMILIES)
def test_numbers_of_keys_fall_as_by_lot(key: str, type_: str) -> None:
    """Evenly, whatever the number before, in parts of the keys, and in odd and even places.

    Chi-squared of 6 salts together: a good one is refused once in 10,000 times.
    """
    column, rows = Column("k", parse_type(type_)), f"range({ROWS}) AS t (i)"
    found = []
    for salt in (f"segkit:{seed}" for seed in range(6)):
        above = key_number("k", column, salt, DUCKDB).above
        sql = number_sql(f"CAST({key} AS {type_})", column, salt, DUCKDB, rows)
        numbers, below = duckdb.sql(sql).fetchnumpy().values()
        assert numbers.min() >= 0 and numbers.max() < above
        assert (below == (numbers < round(0.25 * above))).all()
        part = numbers * PARTS // above
        after = np.bincount(part[:-1] * PARTS + part[1:], minlength=PARTS**2)
        drawn = (numbers < 0.02 * above).reshape(-1, 500).sum(axis=1)
        odd = np.bincount(part * 2 + np.arange(ROWS) % 2, minlength=2 * PARTS)
        found.append(
            [
                (stats.chisquare(np.bincount(part, minlength=PARTS)).statistic, PARTS - 1),
                (stats.chisquare(after).statistic, PARTS**2 - 1),
                (stats.chisquare(odd).statistic, 2 * PARTS - 1),
                (((drawn - 10) ** 2 / 9.8).sum(), len(drawn)),  # neither in heaps nor by turns
            ]
        )
    total = np.array(found).sum(axis=0)
    for statistic, freedom in total:
        assert 5e-5 < stats.chi2.sf(statistic, freedom) < 1 - 5e-5


SOME = [0, 1, -1, 7, 2**31 - 1, -(2**31), 2_147_483_579, 4 * 2_147_483_629, 2**53 + 1, 2**63 - 1]


@pytest.mark.parametrize("salt", ["segkit:1", "segkit:42"])
def test_the_number_of_a_whole_one_is_that_of_integers_without_end(salt: str) -> None:
    keys = [*SOME, -(2**63), *range(-300, 300)]
    rows = f"(SELECT unnest({keys}) AS key, unnest(range({len(keys)})) AS i) AS t"
    sql = number_sql("CAST(key AS BIGINT)", Column("k", parse_type("BIGINT")), salt, DUCKDB, rows)
    found = [number for number, _ in duckdb.sql(sql).fetchall()]
    assert found == [in_python(key, salt) for key in keys]
    small = number_sql(
        "CAST(i AS SMALLINT)", Column("k", parse_type("SMALLINT")), salt, DUCKDB, rows
    )
    assert duckdb.sql(small).fetchall()[5][0] == in_python(5, salt)


def test_another_salt_gives_other_numbers() -> None:
    assert len({in_python(7, f"segkit:{seed}") for seed in range(100)}) == 100


@pytest.mark.warehouse
def test_numbers_are_those_of_postgres(open_warehouse: OpenWarehouse) -> None:
    connection = open_warehouse("postgres")
    for type_, keys in {
        "bigint": [*SOME, *range(-50, 50)],
        "integer": range(-50, 50),
        "smallint": range(-50, 50),
        "varchar": range(50),
    }.items():
        column = Column("k", parse_type(type_))
        listed = ", ".join(f"(CAST('{key}' AS {type_}), {i})" for i, key in enumerate(keys))
        for salt in ("segkit:1", "segkit:42"):
            rows = f"(VALUES {listed}) AS t (key, i)"
            here, there = (number_sql("key", column, salt, d, rows) for d in (DUCKDB, POSTGRES))
            assert duckdb.sql(here).fetchall() == connection.query(there)
