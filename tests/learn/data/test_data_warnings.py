"""Warnings that think: each fires on its case, and is silent beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from segkit.core.fact_english import warning_sentences
from segkit.files.names import code_by_name
from segkit.learn.data.sentinels import find_sentinels, query_ends
from tests.learn.conftest import MemoryEngine, blobs, feature, load, segmentation
from tests.learn.test_learn import fit
from tests.learn.unweighted import ends_of

USUAL = np.arange(18.0, 68.0)


def sentinels(values: Any) -> list[float]:
    return [found.value for found in find_sentinels("x", ends_of(np.array(values, dtype=float)))]


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ([-1.0, -1.0], [-1.0]),
        ([-999.0], [-999.0]),
        ([999.0], [999.0]),
        ([-1.0, 999.0], [-1.0, 999.0]),
        ([666666.0], [666666.0]),
        ([2147483647.0], [2147483647.0]),
        ([99.0], [99.0]),
        ([], []),
        ([68.0], []),  # the next number
        ([71.0], []),  # no number that people type for unknown
        ([-5.0, -1.0], []),  # there are other negative ones
        ([777.5], []),
        ([np.nan, np.inf], []),
    ],
)
def test_sentinels(extra: list[float], expected: list[float]) -> None:
    assert sentinels([*USUAL, *extra]) == expected


def test_an_amount_that_happens_to_be_written_so_is_none() -> None:
    assert sentinels(np.linspace(0, 999, 400)) == []
    assert sentinels([*np.linspace(0, 100, 50), 111.0]) == []  # within reach of the others
    assert sentinels([1.0, 999.0] * 30) == [999.0]
    assert sentinels([1.0, 2.0, 999.0]) == []  # too few to know what is usual


def test_the_engine_finds_the_same_ends(engine: MemoryEngine) -> None:
    values = [*USUAL, -1.0, 999.0, 999.0, None, None]
    engine.execute("CREATE TABLE t (x INTEGER)")
    engine.connection.executemany("INSERT INTO t VALUES (?)", [(v,) for v in values])
    array = np.array([np.nan if v is None else v for v in values])
    assert query_ends(engine, "t", "x") == ends_of(array)
    assert query_ends(engine, "(SELECT * FROM t WHERE x = 20)", "x") is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("zip_code", "a code"),
        ("customerId", "an id"),
        ("ZIP", "a code"),
        ("paid", None),
        ("code_lines", None),
        ("recency_days", None),
    ],
)
def test_codes_by_name(name: str, reason: str | None) -> None:
    assert code_by_name(name) == reason


def warnings_of(engine: MemoryEngine, *features: Any, **spec: Any) -> str:
    return " | ".join(warning_sentences(fit(engine, segmentation(*features, **{"k": 3, **spec}))))


def test_a_feature_with_sentinels_and_a_code(engine: MemoryEngine) -> None:
    X = np.column_stack([blobs(), np.arange(300) % 70 + 10000])
    X[:4, 0] = 999
    load(engine, X, ("age", "y", "zip_code"))
    said = warnings_of(engine, "age", "y", "zip_code")
    assert "age is 999 in 4 of 300 rows" in said
    assert "null_if_sentinel('age', [999])" in said
    assert "zip_code is learned from as a number, and looks like a code" in said
    assert "y is" not in said


def test_a_tail_of_sentinels_is_not_to_be_capped(engine: MemoryEngine) -> None:
    X = np.column_stack([blobs(), 18.0 + np.arange(300) % 60])
    X[:30, 2] = -99
    load(engine, X, ("x", "y", "age"))
    said = warnings_of(engine, "x", "y", "age")
    assert "age is -99 in 30 of 300 rows" in said and "winsorize" not in said


def test_a_number_of_two_values(engine: MemoryEngine) -> None:
    load(engine, np.column_stack([blobs(), np.arange(300) % 2]), ("x", "y", "flag"))
    assert "flag has two values: kind: category" in warnings_of(engine, "x", "y", "flag")


@pytest.mark.slow
def test_a_scale_that_drowns_the_others(engine: MemoryEngine) -> None:
    X = blobs()
    X[:, 1] *= 1000
    load(engine, X)
    bare = [feature("x", 7, scale="none"), feature("y", 8, scale="none")]
    said = warnings_of(engine, *bare)
    assert "y has scale: none and 100.0% of all spread: it decides alone" in said
    assert "y alone makes 100% of the difference between the segments" in said
    said = warnings_of(engine, "x", "y")
    assert "spread" not in said and "alone" not in said


@pytest.mark.slow
def test_a_heavy_weight_is_noticed_too(engine: MemoryEngine) -> None:
    load(engine, blobs())
    assert "x alone makes" in warnings_of(engine, feature("x", weight=100), feature("y", 8))


@pytest.mark.slow
def test_columns_that_share_a_weight_do_not_count_twice(engine: MemoryEngine) -> None:
    x = np.arange(300.0)
    load(engine, np.column_stack([x, x + np.tile([9.0, -9.0], 150)]))
    assert "it counts twice" in warnings_of(engine, "x", "y")
    half = [feature("x", 7, weight=0.5), feature("y", 8, weight=0.5)]
    assert "it counts twice" not in warnings_of(engine, *half)
