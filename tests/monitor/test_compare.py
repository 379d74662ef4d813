"""Two groupings of eight customers, counted by hand; and metrics made for one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from segkit.core.columns import Column, parse_type
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import Place
from segkit.learn.matching import adjusted_rand
from segkit.monitor.compare import (
    Group,
    MetricSource,
    Side,
    compare_groupings,
    counterparts,
    guess_columns,
)
from segkit.project.nodes import Metric

ID = Column("id", parse_type("INTEGER"))
ONE = Side("shoppers", "shoppers", ID, "segment_id", "segment_name", "segment_order")
OTHER = Side("bands.age", "bands", ID, "age", None, "age_order")


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        scratch.execute(
            "CREATE TABLE shoppers AS FROM (VALUES (1, 'B', 'Old', 2), (2, 'A', 'Young', 1), "
            "(3, 'A', 'Young', 1), (4, 'A', 'Young', 1), (5, 'unassigned', 'Unassigned', 0), "
            "(6, 'B', 'Old', 2), (9, 'B', 'Old', 2)) "
            "AS t(id, segment_id, segment_name, segment_order)"
        )
        scratch.execute(
            "CREATE TABLE bands AS FROM (VALUES (1, '30+', 2), (2, '<30', 1), (3, '<30', 1), "
            "(4, '30+', 2), (5, 'Unknown', 0), (6, '30+', 2), (7, '<30', 1), (8, '<30', 1)) "
            "AS t(id, age, age_order)"
        )
        yield scratch


def test_counts_in_the_order_of_the_groups(engine: DuckDBEngine) -> None:
    found = compare_groupings(engine, ONE, OTHER, ())
    assert found is not None
    assert found.rows == (
        Group("A", "Young"),
        Group("B", "Old"),
        Group("unassigned", "Unassigned"),
    )
    assert found.columns == (Group("<30"), Group("30+"), Group("Unknown"))
    assert found.counts == ((2, 1, 0), (0, 2, 0), (0, 0, 1))
    assert (found.shared, found.only_one, found.only_other) == (6, 1, 2)
    frame = found.frame()
    assert frame.to_dict("index")["A"] == {"<30": 2, "30+": 1, "Unknown": 0}
    assert (frame.index.name, frame.columns.name) == ("shoppers", "bands.age")
    assert repr(found) == (
        "<Comparison: shoppers (3 groups), bands.age (3 groups), 6 customers in both>"
    )
    assert (found.one, found.other) == ("shoppers", "bands.age")
    assert found.guess_other.knowing == 5 / 6  # <30 of A, 30+ of B, Unknown of the unassigned
    assert (found.guess_other.without, found.guess_one.without) == (0.5, 0.5)
    first = found.closest_to_rows[0]
    assert (first.place, first.share, first.of_other) == (0, 2 / 3, 1.0)


def test_the_other_way_round_is_the_same_turned(engine: DuckDBEngine) -> None:
    one, other = (compare_groupings(engine, a, b, ()) for a, b in ((ONE, OTHER), (OTHER, ONE)))
    assert one is not None and other is not None
    assert other.counts == tuple(zip(*one.counts, strict=True))
    assert other.rand == one.rand
    assert other.information == pytest.approx(one.information)
    assert (other.only_one, other.only_other) == (2, 1)
    assert other.guess_one == one.guess_other


def test_keys_of_other_types_meet_as_texts(engine: DuckDBEngine) -> None:
    engine.execute("CREATE TABLE texts AS SELECT id::VARCHAR AS id, age, age_order FROM bands")
    texts = replace(OTHER, view="texts", key=Column("id", parse_type("VARCHAR")))
    found = compare_groupings(engine, ONE, texts, ())
    assert found is not None and found.shared == 6


def test_nobody_on_both_sides(engine: DuckDBEngine) -> None:
    engine.execute("UPDATE bands SET id = id + 100")
    assert compare_groupings(engine, ONE, OTHER, ()) is None


def many(engine: DuckDBEngine) -> None:
    """400 customers; one side is by ``i % 2``, the other by ``i // 2 % 2``."""
    engine.execute("DROP TABLE shoppers")
    engine.execute("DROP TABLE bands")
    engine.execute(
        "CREATE TABLE shoppers AS SELECT i AS id, ['A', 'B'][1 + i % 2] AS segment_id, '' AS "
        "segment_name, 1 + i % 2 AS segment_order FROM range(400) AS t(i)"
    )
    engine.execute(
        "CREATE TABLE bands AS SELECT i AS id, 'x' || i // 2 % 2 AS age, 1 + i // 2 % 2 AS "
        "age_order FROM range(400) AS t(i)"
    )
    engine.execute(
        "CREATE TABLE facts AS SELECT i AS id, i % 2 AS mine, i // 2 % 2 AS yours, "
        "i % 2 + i // 2 % 2 AS both_of_us, 7 AS same FROM range(400) AS t(i)"
    )


def test_what_each_side_explains_of_a_metric(engine: DuckDBEngine) -> None:
    many(engine)
    place = Place("sql/a.yml")
    sources = [
        MetricSource(Metric(name, place), Column(name, parse_type("INTEGER")), "facts", ID)
        for name in ("mine", "yours", "both_of_us", "same")
    ]
    found = compare_groupings(engine, ONE, OTHER, sources)
    assert found is not None
    shares = [
        [round(part.value, 6) for part in (m.one, m.other, m.both, m.gain) if part]
        for m in found.metrics
    ]
    assert shares == [[1, 0, 1, -1], [0, 1, 1, 1], [0.5, 0.5, 1, 0], []]
    assert [m.known for m in found.metrics] == [400] * 4
    assert found.metrics[0].random == pytest.approx((1 / 399, 1 / 399, 3 / 399))


pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=80)


def crosstab(rows: list[tuple[int, int]]) -> np.ndarray:
    counts = np.zeros((5, 4), dtype=np.int64)
    for one, other in rows:
        counts[one, other] += 1
    counts = counts[counts.sum(axis=1) > 0]
    return counts[:, counts.sum(axis=0) > 0]


@given(pairs)
def test_the_adjusted_rand_index_is_that_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    one, other = zip(*rows, strict=True)
    assert adjusted_rand(crosstab(rows)) == pytest.approx(adjusted_rand_score(one, other))


def test_the_pairs_of_many_customers_do_not_overflow() -> None:
    counts = np.array([[4_000_000_000, 0], [0, 3_000_000_000]])
    assert adjusted_rand(counts) == 1.0
    assert adjusted_rand(np.full((2, 2), 2_000_000_000)) == pytest.approx(0.0, abs=1e-8)


@given(pairs)
def test_a_guess_is_right_as_often_as_guessing_finds(rows: list[tuple[int, int]]) -> None:
    best = {
        one: Counter(other for mine, other in rows if mine == one).most_common(1)[0][0]
        for one, _ in rows
    }
    right = sum(best[one] == other for one, other in rows) / len(rows)
    commonest = Counter(other for _, other in rows).most_common(1)[0][1] / len(rows)
    guess = guess_columns(crosstab(rows))
    assert guess.knowing == pytest.approx(right)
    assert guess.without == pytest.approx(commonest)
    assert guess.without <= guess.knowing + 1e-12


def test_the_closest_counterpart_holds_most_customers() -> None:
    found = counterparts(np.array([[6, 2, 2], [0, 5, 5], [0, 0, 8]]))
    assert [each.place for each in found] == [0, 1, 2]  # of two alike the first
    assert [each.share for each in found] == [0.6, 0.5, 1.0]
    assert [each.of_other for each in found] == [1.0, 5 / 7, 8 / 15]
