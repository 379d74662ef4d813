"""Columns whose missing values are a segment of their own: whom they take, what is guessed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from segkit.core.fact_english import sentences
from segkit.core.tree import Known, Leaf, Split
from segkit.learn.data import own_columns
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.own_columns import (
    OwnColumns,
    behind_known,
    find_own,
    guess_own,
    own_nobody,
    with_guessed,
)
from segkit.learn.data.summary import Sample, scan, summarise
from segkit.learn.numbers import Floats
from segkit.project.nodes import Metric
from tests.learn.conftest import PLACE, MemoryEngine, feature, load, segmentation

NULL = float("nan")


def test_the_first_column_comes_first() -> None:
    tree = behind_known(["a", "b"], [2, 3], Leaf(1))
    assert tree == Split("a", Known(), Split("b", Known(), Leaf(1), Leaf(3)), Leaf(2))
    assert behind_known([], [], Leaf(1)) == Leaf(1)


def test_who_is_taken_by_which_column() -> None:
    X = np.array([[1, NULL], [NULL, NULL], [NULL, 2], [3, 4]])
    sample = Sample((), ("a", "b"), X, np.ones(4), 4)
    assert OwnColumns(("a", "b"), 1, 0).places(sample).tolist() == [1, 0, 0, -1]
    assert OwnColumns(("b", "a"), 1, 0).places(sample).tolist() == [0, 0, 1, -1]
    assert OwnColumns((), 4, 3).places(sample).tolist() == [-1] * 4


def found(own: Collection[str], **columns: Sequence[float]) -> tuple[OwnColumns, tuple[str, ...]]:
    """What there is of ``own`` in these columns, and what is said of those without anybody."""
    engine, names = MemoryEngine(), list(columns)
    X = np.array(list(columns.values()), float).T
    load(engine, X, names)
    spec = segmentation(*names, own=dict.fromkeys(own, PLACE))
    counted = scan(engine, "customers", "id", names)
    ones = np.ones(len(X))
    summaries = [summarise(counted.counts(n), X[:, i], ones) for i, n in enumerate(names)]
    rows = AllRows(engine, "customers", engine.columns("customers"))
    own_ = find_own(spec, rows, spec.features, summaries, counted)
    return own_, sentences(own_nobody(spec, spec.features, own_))


def test_counts_are_of_those_whom_no_column_takes() -> None:
    x, y = [1, NULL, NULL, 4, 5, 6], [NULL, NULL, 3, 4, 5, NULL]
    assert found([], x=x, y=y)[0] == OwnColumns((), 6, 4, {"x": 2, "y": 3})
    assert found(["x"], x=x, y=y)[0] == OwnColumns(("x",), 4, 2, {"x": 0, "y": 2})
    assert found(["y"], x=x, y=y)[0] == OwnColumns(("y",), 3, 1, {"x": 1, "y": 0})
    assert found(["y", "x"], x=x, y=y)[0] == OwnColumns(("x", "y"), 2, 0, {"x": 0, "y": 0})


@pytest.mark.parametrize("y", [[1, 2, 3, 4], [NULL, 2, 3, 4]])
def test_a_column_that_takes_nobody_has_no_segment(y: list[float]) -> None:
    """Never missing, or only where an earlier one has taken the customer."""
    own, said = found(["x", "y"], x=[NULL, 2, 3, 4], y=y)
    assert own == OwnColumns(("x",), 3, 0, {"x": 0, "y": 0})
    assert said == (
        "y is own, and nobody is without it alone: it has no segment. A value that is missing "
        "later counts as the median, until a refit gives it one",
    )


# guesses ------------------------------------------------------------------------------------------

ROWS = 1000
DRAW = np.random.default_rng(5)
ORDERS = np.where(np.arange(ROWS) < 100, 0, 1 + DRAW.integers(0, 20, ROWS)).astype(float)
RECENCY = np.where(ORDERS > 0, DRAW.integers(1, 400, ROWS), NULL)
VISITS = DRAW.integers(1, 30, ROWS).astype(float)


def guessed(
    columns: Mapping[str, Floats], dates: Collection[str] = (), **changes: Any
) -> list[tuple[str | None, Any]]:
    engine = MemoryEngine()
    load(engine, np.array(list(columns.values())).T, list(columns))
    names = changes.pop("features", list(columns))
    rows = AllRows(engine, "customers", engine.columns("customers"))
    spec = segmentation(**changes)
    facts = guess_own(spec, rows, [feature(name) for name in names], dates)
    return [(fact.column, fact.value) for fact in facts]


def with_values(column: Floats, *values: tuple[int, float]) -> Floats:
    changed = column.copy()
    for place, value in values:
        changed[place] = value
    return changed


def test_recency_beside_no_orders_means_never() -> None:
    assert guessed({"recency": RECENCY, "orders": ORDERS}) == [("recency", "orders")]
    assert guessed({"recency": RECENCY, "visits": VISITS}) == []
    # the number itself need not be learned from
    columns = {"recency": RECENCY, "orders": ORDERS}
    assert guessed(columns, features=["recency"]) == [("recency", "orders")]
    assert guessed(columns, features=["orders"]) == []


def test_it_is_guessed_where_nobody_says_anything() -> None:
    engine = MemoryEngine()
    load(engine, np.array([RECENCY, ORDERS]).T, ["recency", "orders"])
    rows = AllRows(engine, "customers", engine.columns("customers"))
    features = [feature("recency"), feature("orders")]
    spec, said = with_guessed(segmentation(guesses_own=True), rows, features)
    assert (list(spec.own), [fact.column for fact in said]) == (["recency"], ["recency"])
    assert with_guessed(segmentation(), rows, features) == (segmentation(), ())


def test_it_is_said_with_the_count() -> None:
    engine = MemoryEngine()
    load(engine, np.array([RECENCY, ORDERS]).T, ["recency", "orders"])
    rows = AllRows(engine, "customers", engine.columns("customers"))
    facts = guess_own(segmentation(), rows, [feature("recency"), feature("orders")], ())
    assert sentences(facts) == (
        "100 customers without recency are a segment of their own: orders is 0 there",
    )


@pytest.mark.parametrize("place", [0, 500])
def test_one_customer_who_is_otherwise_is_enough_to_ask(place: int) -> None:
    """Either has no orders and a recency, or orders and none; a date may have a few."""
    value = 30.0 if place == 0 else NULL
    columns = {"recency": with_values(RECENCY, (place, value)), "orders": ORDERS}
    assert guessed(columns) == []
    expected = [] if place else [("recency", "orders")]
    assert guessed(columns, dates=["recency"]) == (expected or [("recency", "orders")])


@pytest.mark.parametrize(("bought", "is_own"), [(1, True), (2, False)])
def test_a_date_is_missing_for_nearly_all_without_orders(bought: int, is_own: bool) -> None:
    """99 of the 100 without a day have no order; 98 are too few."""
    orders = with_values(ORDERS, *((place, 3.0) for place in range(bought)))
    columns = {"recency": RECENCY, "orders": orders}
    assert guessed(columns, dates=["recency"]) == ([("recency", "orders")] if is_own else [])


@pytest.mark.parametrize(("zeros", "is_own"), [(450, True), (451, False)])
def test_a_number_that_is_mostly_0_says_nothing_of_a_date(zeros: int, is_own: bool) -> None:
    """Of the 900 with a day half may have none of it, too."""
    children = np.where(np.arange(ROWS) < 100 + zeros, 0, 1 + DRAW.integers(0, 4, ROWS))
    columns = {"recency": RECENCY, "children": children.astype(float)}
    assert guessed(columns, dates=["recency"]) == ([("recency", "children")] if is_own else [])


@pytest.mark.parametrize(("lacking", "is_own"), [(9, False), (10, True), (900, True), (901, False)])
def test_a_segment_has_a_size(lacking: int, is_own: bool) -> None:
    """At least min_share of the customers, and at most nine tenths."""
    orders = np.where(np.arange(ROWS) < lacking, 0, 1 + DRAW.integers(0, 20, ROWS)).astype(float)
    columns = {"recency": np.where(orders > 0, VISITS, NULL), "orders": orders}
    assert guessed(columns) == ([("recency", "orders")] if is_own else [])


def test_a_flag_an_outcome_and_a_code_are_no_quantities() -> None:
    flag = np.where(ORDERS > 0, 1.0, 0.0)
    assert guessed({"recency": RECENCY, "flag": flag}) == []
    metrics = (Metric("orders", PLACE),)
    columns = {"recency": RECENCY, "orders": ORDERS}
    assert guessed(columns, features=["recency"], metrics=metrics) == []
    assert guessed({"recency": RECENCY, "zip_code": ORDERS}, features=["recency"]) == []


def test_the_last_day_is_asked_first_and_nobody_is_taken_twice() -> None:
    average = np.where(ORDERS > 0, VISITS, NULL)
    columns = {"average": average, "since_last": RECENCY, "orders": ORDERS}
    assert guessed(columns) == [("since_last", "orders")]
    assert guessed(columns, dates=["average"]) == [("average", "orders")]


def test_two_things_that_were_never_done() -> None:
    clicks = np.where(np.arange(ROWS) % 5 == 0, 0, 1 + DRAW.integers(0, 9, ROWS)).astype(float)
    columns = {"recency": RECENCY, "orders": ORDERS, "clicks": clicks}
    columns["last_click"] = np.where(clicks > 0, VISITS, NULL)
    assert guessed(columns) == [("recency", "orders"), ("last_click", "clicks")]


def test_nothing_is_guessed_that_leaves_a_feature_without_a_value() -> None:
    lead = np.where(ORDERS > 0, NULL, VISITS)  # only who never bought has one
    assert guessed({"recency": RECENCY, "orders": ORDERS, "lead_days": lead}) == []


def test_what_decides_is_as_documented() -> None:
    assert (own_columns.NEVER, own_columns.ELSEWHERE) == (0.99, 0.5)
    assert (own_columns.FEWEST_VALUES, own_columns.MOST) == (3, 0.9)
