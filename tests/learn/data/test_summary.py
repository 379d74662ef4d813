from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from segkit.core.columns import Column, parse_type
from segkit.learn.data.coreset import Axis
from segkit.learn.data.summary import HEAD, MANY, Counts, Sample, Summary, read_sample, scan
from tests.learn.conftest import MemoryEngine, blobs, load
from tests.learn.unweighted import summarise

ID = Column("id", parse_type("VARCHAR"))


def some_of(
    engine: MemoryEngine,
    columns: Sequence[Column],
    salt: str,
    axes: Sequence[Axis] = (),
    drawn: int = 50,
) -> Sample:
    return read_sample(
        engine, "customers", ID, columns, axes=axes, all_up_to=drawn, drawn=drawn, salt=salt
    )


def test_a_sample_is_the_same_for_any_order_and_stands_for_all() -> None:
    X = blobs()
    found = []
    for seed in (1, 2):
        engine = MemoryEngine(seed)
        load(engine, X, order=np.random.default_rng(seed).permutation(300).tolist())
        columns = engine.columns("customers")[1:]
        axes = [Axis(name, (-50, 50)) for name in "xy"]
        found.append(some_of(engine, columns, "s", axes))
    one, two = found
    assert one.keys == two.keys
    assert 30 < len(one.keys) < 70
    assert one.X.tobytes() == two.X.tobytes()
    assert one.rows == 300
    assert one.weight.sum() == pytest.approx(300)


def test_another_salt_draws_others(engine: MemoryEngine) -> None:
    load(engine, blobs())
    columns = engine.columns("customers")[1:]
    keys = [set(some_of(engine, columns, salt).keys) for salt in ("a", "b")]
    assert len(keys[0] & keys[1]) < 25


def test_the_first_of_a_sample_are_a_sample(engine: MemoryEngine) -> None:
    """Where a row stands does not tell why it was drawn: the far ones lie all over."""
    X = np.concatenate([np.zeros((880, 2)), np.full((20, 2), 100.0)])
    load(engine, X)
    columns = engine.columns("customers")[1:]
    axes = [Axis(name, (0, 100)) for name in "xy"]
    sample = some_of(engine, columns, "s", axes, drawn=100)
    is_far = sample.column("x") == 100
    assert is_far.sum() == 20 and sample.weight[is_far] == pytest.approx(1, rel=0.3)
    places = np.flatnonzero(is_far)
    assert places.min() < len(is_far) / 4 and places.max() > len(is_far) * 3 / 4
    assert places.mean() / len(is_far) == pytest.approx(0.5, abs=0.2)


def test_counts(engine: MemoryEngine) -> None:
    engine.execute("CREATE TABLE customers (id INTEGER, x DOUBLE, d DECIMAL(10, 2))")
    engine.execute("""INSERT INTO customers VALUES
        (1, 1, 1.5), (2, -2, 2.5), (2, NULL, NULL), (NULL, 'nan', 2.5), (5, 'inf', 3), (6, 1, 1.5)
    """)
    found = scan(engine, "customers", "id", ["x", "d"])
    assert (found.rows, found.null_keys, found.distinct_keys) == (6, 1, 4)
    assert (found.complete_rows, found.distinct_rows) == (3, 2)
    x = found.counts("x")
    assert (x.nulls, x.non_finite, x.known, x.distinct) == (1, 2, 3, 2)
    assert (x.minimum, x.maximum, x.negative) == (-2, 1, 1)
    sample = read_sample(engine, "customers", ID, engine.columns("customers")[1:], salt="s")
    summary = summarise(x, sample.column("x"))
    assert summary.mean == 0
    assert summary.sd == pytest.approx(2**0.5)


def summary_of(skew: float, log_skew: float | None) -> Summary:
    counts = Counts("spend", 100, 0, 0, 100, 1.0, 9.0, 0, 0)
    return Summary(counts, 3.0, 1.0, skew, log_skew)


@pytest.mark.parametrize(
    ("skew", "log_skew", "wanted"),
    [
        (2.0, 0.0, False),  # not very skewed yet
        (2.01, 0.0, True),
        (9.0, None, False),  # there are negative values
        (3.0, 2.0, True),  # skewed on, but no longer very much
        (3.0, 2.01, False),
        (3.0, -2.01, False),  # bent too far: as skewed to the other side
        (10.0, 5.0, True),  # very skewed still, but half as much
        (10.0, 5.01, False),
        (10.0, -5.0, True),
    ],
)
def test_a_log_scale_is_for_what_it_makes_less_skewed(
    skew: float, log_skew: float | None, wanted: bool
) -> None:
    assert summary_of(skew, log_skew).wants_log is wanted


@pytest.mark.parametrize(
    ("skew", "log_skew", "better"),
    [(1.0, 0.0, False), (1.01, 0.505, True), (1.01, 0.506, False), (1.5, -0.75, True)],
)
def test_what_leans_is_better_in_log_if_that_halves_it(
    skew: float, log_skew: float, better: bool
) -> None:
    assert summary_of(skew, log_skew).is_better_in_log is better
    assert not summary_of(skew, log_skew).wants_log  # no warning where a scale is declared
    assert summary_of(3.0, 2.0).is_better_in_log  # as where it is very skewed


def test_infinite_values_are_missing_in_the_sample(engine: MemoryEngine) -> None:
    engine.execute("CREATE TABLE customers (id INTEGER, x DOUBLE)")
    engine.execute("INSERT INTO customers VALUES (1, 7), (2, '-inf'), (3, 'inf'), (4, 'nan')")
    sample = read_sample(engine, "customers", ID, engine.columns("customers")[1:], salt="s")
    x = dict(zip(sample.keys, sample.column("x").tolist(), strict=True))
    assert x["1"] == 7
    assert [key for key, value in sorted(x.items()) if np.isnan(value)] == ["2", "3", "4"]


def test_values_beyond_1e15_are_counted_and_not_summarised(engine: MemoryEngine) -> None:
    engine.execute("CREATE TABLE customers (id INTEGER, x DOUBLE)")
    engine.execute("INSERT INTO customers VALUES (1, 1e15), (2, -1e15), (3, 1.1e15), (4, -2e15)")
    found = scan(engine, "customers", "id", ["x"]).counts("x")
    assert (found.too_large, found.negative) == (2, 2)
    assert summarise(found, np.array([1e15, -1e15, 1.1e15, -2e15])).sd == 0


def test_beyond_the_first_rows_values_are_told_apart_where_their_number_decides(
    engine: MemoryEngine,
) -> None:
    """Few values that come late, and integers of which each row has its own but for two."""
    rows = HEAD + 5000
    engine.execute(
        f"CREATE OR REPLACE TABLE customers AS SELECT i AS id, (i >= {HEAD})::INT AS late, "
        f"CASE WHEN i = {rows - 1} THEN 0 ELSE i END AS own, i AS each, i % 5000 AS many "
        f"FROM range({rows}) AS t(i)"
    )
    found = scan(engine, "customers", "id", ["late", "own", "each", "many"])
    distinct = {counts.column: counts.distinct for counts in found.columns}
    assert distinct == {"late": 2, "own": rows - 1, "each": rows, "many": 5000}
    assert found.distinct_rows >= MANY
    assert scan(engine, "customers", "id", ["late"]).distinct_rows == 2
