from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.core.facts import Sentinel
from segkit.learn.data.sentinels import (
    Ends,
    find_sentinels,
    query_ends,
    time_by_values,
)
from tests.learn.conftest import MemoryEngine, load
from tests.learn.unweighted import ends_of

# 1 to 50, half of them up to 20
PLAIN = Ends(100, 90, 1.0, 2.0, 1, 50.0, 49.0, 1, 20.0)


def values(ends: Ends) -> list[float]:
    return [found.value for found in find_sentinels("x", ends)]


@pytest.mark.parametrize(
    ("high", "before", "usual", "found"),
    [
        (999.0, 500.0, 0.0, []),  # 499 above the next, which lies 500 above what is usual
        (999.0, 499.0, 0.0, [999.0]),
        (99.0, 50.0, 40.0, [99.0]),
        (77.0, 50.0, 40.0, []),  # of two digits 99 alone
        (998.0, 50.0, 40.0, []),  # nobody types that
        (999.5, 50.0, 40.0, []),
        (111.0, 110.0, 110.0, []),  # one more is the next number
        (111.0, 109.5, 109.5, [111.0]),
        (32767.0, 50.0, 40.0, [32767.0]),
        (32766.0, 50.0, 40.0, []),
        (9999999999999999.0, 50.0, 40.0, []),
    ],
)
def test_high_values_that_people_write_for_unknown(
    high: float, before: float, usual: float, found: list[float]
) -> None:
    assert values(replace(PLAIN, high=high, before_high=before, usual=usual)) == found


@pytest.mark.parametrize(
    ("low", "after", "found"),
    [
        (-1.0, 0.0, [-1.0]),
        (-1.0, -0.5, []),  # others are negative, too
        (-99.0, 3.0, [-99.0]),
        (-2.0, 3.0, []),
    ],
)
def test_low_values(low: float, after: float, found: list[float]) -> None:
    assert values(replace(PLAIN, low=low, after_low=after)) == found


def test_too_few_values_say_nothing() -> None:
    ends = replace(PLAIN, low=-1.0, after_low=1.0)
    assert values(replace(ends, known=20)) == [-1.0]
    assert values(replace(ends, known=19)) == []
    assert list(find_sentinels("x", None)) == []


def test_it_is_said_of_how_many() -> None:
    found = Sentinel("age", 999.0, 91.0, 1200, 4128)
    assert str(found) == "age is 999 in 1,200 of 4,128 rows, and 91 is the next"
    assert found.advice.endswith("null_if_sentinel('age', [999])")


def test_the_engine_finds_the_same_ends(engine: MemoryEngine) -> None:
    x = np.array([5.0, 1, 1, np.nan, 9, 9, 7, 2])
    load(engine, x[:, None], ["x"])
    found = query_ends(engine, "customers", "x")
    assert found == ends_of(x) == Ends(8, 7, 1.0, 2.0, 2, 9.0, 7.0, 2, 2.0)
    engine.execute("UPDATE customers SET x = 4")
    assert query_ends(engine, "customers", "x") is None
    assert ends_of(np.array([4.0, 4, np.nan])) is None


@pytest.mark.parametrize(
    ("low", "high", "time"),
    [
        (1e9, 2.1e9, "seconds since 1970"),
        (1e9 - 1, 2.1e9, None),
        (1e9, 2.2e9, None),
        (1e12, 2.1e12, "milliseconds since 1970"),
        (20200101, 20231231, "dates written as numbers"),
        (20200101, 20231301, None),  # there is no month 13
        (20200101, 20200101, None),  # one day is no time that passes
    ],
)
def test_points_of_time(low: float, high: float, time: str | None) -> None:
    assert time_by_values(low, high) == time
