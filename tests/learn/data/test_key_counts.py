from __future__ import annotations

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.learn.data.key_counts import count_keys, keys_rise


@pytest.mark.parametrize(
    ("keys", "counted", "rise"),
    [
        ([1, 2, 3], (3, 3, 3), True),
        ([1, 3, 2], (3, 3, 3), False),
        ([1, 2, 2], (3, 3, 2), False),
        ([1, 2, None], (3, 2, 2), False),
        ([None, 1, 2], (3, 2, 2), False),
        ([7], (1, 1, 1), True),
        ([], (0, 0, 0), True),
    ],
)
def test_keys_are_counted_in_any_order(
    keys: list[int | None], counted: tuple[int, int, int], rise: bool
) -> None:
    with DuckDBEngine() as engine:
        engine.execute('CREATE TABLE t ("Id" BIGINT)')
        for key in keys:
            engine.execute("INSERT INTO t VALUES ($1)", (key,))
        assert count_keys(engine, '"Id"', "t") == counted
        assert keys_rise(engine, '"Id"', "t") == rise
