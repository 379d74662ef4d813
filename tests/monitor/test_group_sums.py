"""Sums by part and group, against numpy on the same rows."""

from __future__ import annotations

import hashlib
import random

import duckdb
import numpy as np
import pytest

from segkit.core.columns import Column, parse_type
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.monitor.eta_squared import PARTS, estimate_share
from segkit.monitor.group_sums import MetricRange, number_sql, part_sql, read_ranges, read_sums

ROWS = "SELECT part, g, h, y FROM made"


def fill(engine: DuckDBEngine, rows: list[tuple[int, object, object, float | None]]) -> None:
    engine.execute("CREATE OR REPLACE TABLE made (part BIGINT, g VARCHAR, h INTEGER, y DOUBLE)")
    for first in range(0, len(rows), 500):
        values = ", ".join(
            f"({part}, {'NULL' if g is None else repr(g)}, {'NULL' if h is None else h}, "
            f"{'NULL' if y is None else f'CAST({y!r} AS DOUBLE)'})"
            for part, g, h, y in rows[first : first + 500]
        )
        engine.execute(f"INSERT INTO made VALUES {values}")


def some_rows(n: int = 1500, offset: float = 0.0) -> list[tuple[int, object, object, float | None]]:
    draw = random.Random(5)
    return [
        (
            draw.randrange(PARTS),
            draw.choice(["a", "b", None]),
            draw.choice([1, 2]),
            None if draw.random() < 0.1 else offset + draw.gauss(0, 1),
        )
        for _ in range(n)
    ]


@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_sums_are_those_of_the_rows_however_far_from_zero(offset: float) -> None:
    rows = some_rows(offset=offset)
    with DuckDBEngine() as engine:
        fill(engine, rows)
        range_ = read_ranges(engine, ROWS, ["y"])[0]
        by_g, by_h, crossed = (
            each["y"]
            for each in read_sums(engine, ROWS, [("g",), ("h",), ("g", "h")], {"y": range_})
        )
    known = [(part, (g, h), y) for part, g, h, y in rows if y is not None]
    assert (range_.known, range_.missing) == (len(known), len(rows) - len(known))
    assert (by_g.groups, by_h.groups, crossed.groups) == (3, 2, 6)
    parts = counts_by_part(known)
    assert by_g.n.sum(axis=1).tolist() == [parts.get(part, 0) for part in range(PARTS)]
    values = np.array([y for _, _, y in known]).clip(range_.least, range_.most)
    for sums, pick in ((by_g, 0), (by_h, 1)):
        labels = np.array([str(groups[pick]) for _, groups, _ in known])
        means = {label: values[labels == label].mean() for label in set(labels)}
        between = sum((means[label] - values.mean()) ** 2 for label in labels)
        share = between / ((values - values.mean()) ** 2).sum()
        assert estimate_share(sums).value == pytest.approx(share, rel=1e-5)


def counts_by_part(known: list[tuple[int, object, float]]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for part, _, _ in known:
        counts[part] = counts.get(part, 0) + 1
    return counts


def test_the_sums_are_the_same_for_any_order_and_any_number_of_threads() -> None:
    rows = some_rows(6000)
    found = []
    for threads in (1, 4):
        random.Random(threads).shuffle(rows)
        with DuckDBEngine() as engine:
            engine.execute(f"SET threads = {threads}")
            fill(engine, rows)
            range_ = read_ranges(engine, ROWS, ["y"])[0]
            sums = read_sums(engine, ROWS, [("g",)], {"y": range_})[0]["y"]
            found.append((range_, sums.n.tobytes(), sums.total.tobytes(), sums.squares.tobytes()))
    assert found[0] == found[1]


def range_of(values: list[float | None]) -> MetricRange:
    with DuckDBEngine() as engine:
        fill(engine, [(0, "a", 1, value) for value in values])
        return read_ranges(engine, ROWS, ["y"])[0]


def test_a_tail_that_would_decide_all_is_capped_outwards_to_three_digits() -> None:
    values = [0.0] * 500 + [float(i) for i in range(1, 1000)] + [280_206.02]
    range_ = range_of(list(values))
    assert (range_.low_cap, range_.high_cap) == (None, 991.0)
    assert (range_.least, range_.most) == (0.0, 991.0)


def test_both_ends_are_capped_where_both_are_long() -> None:
    values = [float(i) for i in range(-300, 301)] + [-9e6, 9e6]
    range_ = range_of(list(values))
    assert (range_.low_cap, range_.high_cap) == (-295.0, 295.0)


@pytest.mark.parametrize(
    "values",
    [
        [0.0] * 995 + [1.0] * 5,  # a rare event is no tail
        [float(i) for i in range(100)],
        [7.0] * 50,
        [0.0] * 50,
        [10.0] * 999 + [50.0],  # but for one, they are all the same
    ],
)
def test_what_has_no_long_tail_stays_as_it_is(values: list[float]) -> None:
    range_ = range_of(list(values))
    assert (range_.low_cap, range_.high_cap) == (None, None)
    assert (range_.least, range_.most) == (min(values), max(values))


def test_without_a_value_there_is_no_range() -> None:
    assert range_of([None, None]) == MetricRange(0, 2, 0.0, 0.0)


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("DOUBLE", "'NaN'", None),
        ("DOUBLE", "'-Infinity'", None),
        ("DOUBLE", "2e15", None),
        ("DOUBLE", "NULL", None),
        ("DOUBLE", "-1.5", -1.5),
        ("BOOLEAN", "true", 1.0),
        ("BOOLEAN", "NULL", None),
        ("DECIMAL(9,2)", "12.34", 12.34),
        ("HUGEINT", "170141183460469231731687303715884105727", None),
    ],
)
def test_what_is_no_number_to_reckon_with_is_missing(
    type_: str, value: str, expected: float | None
) -> None:
    column = Column("y", parse_type(type_))
    found = duckdb.sql(
        f"SELECT {number_sql('y', column, DUCKDB)} FROM (SELECT CAST({value} AS {type_}) AS y)"
    )
    assert found.fetchall() == [(expected,)]


def test_a_customer_is_dealt_by_the_md5_of_the_key() -> None:
    keys = ["0001", "12345", "é", "1"]
    listed = ", ".join(f"('{key}')" for key in keys)
    found = duckdb.sql(f"SELECT {part_sql('k', DUCKDB)} FROM (VALUES {listed}) AS t(k)").fetchall()
    digests = [hashlib.md5(f"segkit:parts|{key}".encode()).hexdigest() for key in keys]
    assert [part for (part,) in found] == [int(digest[:8], 16) % PARTS for digest in digests]
