"""What is counted over all rows: by hand, in any order, and of numbers that are none."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.tree import Below, Known, Leaf, OneOf, Split
from segkit.learn.data.all_rows import AllRows, exact_sums
from segkit.learn.data.levels import summarise_levels
from segkit.learn.data.summary import scan
from tests.conftest import insert_rows
from tests.learn.conftest import MemoryEngine, blobs, load
from tests.learn.unweighted import summarise


def fingerprint(engine: MemoryEngine, *numbers: str, categories: tuple[str, ...] = ()) -> str:
    counted = scan(engine, "customers", "id", numbers)
    summaries = [summarise(counted.counts(c), np.array([])) for c in numbers]
    levels = [summarise_levels(engine, "customers", c) for c in categories]
    everyone = AllRows(engine, "customers", engine.columns("customers"))
    return everyone.fingerprint([*summaries, *levels])


def test_a_fingerprint_sees_every_change_of_a_column_but_not_the_order() -> None:
    prints = []
    for seed in (1, 2):
        engine = MemoryEngine(2)
        load(engine, blobs(), order=np.random.default_rng(seed).permutation(300).tolist())
        engine.execute("ALTER TABLE customers ADD COLUMN region VARCHAR DEFAULT 'north'")
        prints.append(fingerprint(engine, "x", "y", categories=("region",)))
    assert prints[0] == prints[1]
    changes = (
        "UPDATE customers SET x = x + 1e-9 WHERE id = 'c00007'",
        "UPDATE customers SET x = NULL WHERE id = 'c00007'",
        "UPDATE customers SET x = 'inf' WHERE id = 'c00007'",
        "UPDATE customers SET region = 'south' WHERE id < 'c00007'",
        "UPDATE customers SET region = NULL WHERE id = 'c00001'",
        "DELETE FROM customers WHERE id = 'c00008'",
    )
    for change in changes:
        engine.execute(change)
        prints.append(fingerprint(engine, "x", "y", categories=("region",)))
    assert len(set(prints)) == 1 + len(changes)
    assert fingerprint(engine, "x", "y") != fingerprint(engine, "y", "x")


def test_the_fingerprint_is_this_one_for_good() -> None:
    """Fits that people have committed carry it, whatever database the next ones are learned on."""
    engine = MemoryEngine()
    load(engine, np.array([[0.1, 1e15], [-2.75, 3.0], [np.nan, 1e300]]))
    found = fingerprint(engine, "x", "y")
    assert found == "c600aaad67b870af98d929e0ec89eae743762eef29461727ed3a65c050cf8718"


@pytest.fixture(scope="module")
def shared_engine() -> MemoryEngine:
    """One for all examples: to open it takes longer than what is asked of it."""
    return MemoryEngine()


@given(st.lists(st.floats(-1e15, 1e15) | st.integers(-50, 50).map(float), min_size=1, max_size=20))
def test_the_sum_is_that_of_fractions_of_2_to_the_32(
    shared_engine: MemoryEngine, values: list[float]
) -> None:
    engine = shared_engine
    engine.execute("CREATE OR REPLACE TABLE t (x DOUBLE)")
    insert_rows(engine.connection, "t", [(value,) for value in values])
    whole = sum(math.floor(v) for v in values)
    part = sum(math.floor((v - math.floor(v)) * 2**32) for v in values)
    everyone = AllRows(engine, "t", engine.columns("t"))
    assert everyone.of_known(["x"], exact_sums("v0")) == (whole, part)
    exact = sum(Fraction(v) for v in values)
    assert abs(exact - whole - Fraction(part, 2**32)) <= Fraction(len(values), 2**31)


def test_what_lies_below_each_edge() -> None:
    engine = MemoryEngine()
    x = np.array([1.0, 2.0, 2.0, 3.5, -np.inf, np.inf, np.nan])
    engine.execute("CREATE TABLE customers (id VARCHAR, x DOUBLE, n INTEGER)")
    rows = [(str(place), float(value), place) for place, value in enumerate(x)]
    insert_rows(engine.connection, "customers", [*rows, ("none", None, None)])
    everyone = AllRows(engine, "customers", engine.columns("customers"))
    edges = {"x": (1.0, 2.0, 2.5, 1e30), "n": (0.5, 100.0), "id": ()}
    assert everyone.count_below(edges) == {"x": (0, 1, 3, 4), "n": (1, 7)}


def test_whole_numbers_are_counted_one_by_one_where_edges_lie_close() -> None:
    """And likewise where they lie far apart, or beyond what most integers hold."""
    edges = {
        "n": (-7.0, -2.5, 0.0, 31.25, 1000.0),
        "far": (-7.0, 0.5, 1e6),
        "big": (5e12, 5e12 + 9),
    }
    rng = np.random.default_rng(6)
    values = {
        "n": rng.integers(-20, 1200, 3000),
        "far": rng.integers(-20, 2_000_000, 3000),
        "big": rng.integers(5_000_000_000_000 - 5, 5_000_000_000_000 + 20, 3000),
    }
    engine = MemoryEngine()
    engine.execute("CREATE TABLE customers (n SMALLINT, far INTEGER, big BIGINT)")
    rows = list(zip(*(each.tolist() for each in values.values()), strict=True))
    insert_rows(engine.connection, "customers", [*rows, (None, None, None)])
    found = AllRows(engine, "customers", engine.columns("customers")).count_below(edges)
    for name, ends in edges.items():
        assert found[name] == tuple(int((values[name] < end).sum()) for end in ends)


@pytest.mark.parametrize("columns", [1, 29, 30, 31, 95])
def test_many_columns_are_counted_in_several_statements(columns: int) -> None:
    engine = MemoryEngine()
    names = [f"c{place}" for place in range(columns)]
    load(engine, np.arange(3.0 * columns).reshape(3, columns), names)
    everyone = AllRows(engine, "customers", engine.columns("customers"))
    middle = {name: (columns + place + 0.5,) for place, name in enumerate(names)}
    assert everyone.count_below(middle) == dict.fromkeys(names, (2,))


def test_codes_are_those_of_the_rules_on_all_rows() -> None:
    """Awkward names, NULL, NaN and infinities, an unseen level, and nobody in segment 3."""
    engine = MemoryEngine()
    engine.execute('CREATE TABLE "my rows" (id INTEGER, "a ""b" DOUBLE, r VARCHAR)')
    values = [1.0, 2.0, None, math.nan, math.inf, -math.inf, 9.0, 9.0]
    regions = ["n", "n", "n", "s", "s", "s", "?", None]
    rows = [(i, x, r) for i, (x, r) in enumerate(zip(values, regions, strict=True))]
    insert_rows(engine.connection, '"my rows"', rows)
    tree = Split(
        'a "b',
        Known(),
        Split(
            'a "b',
            Below(Decimal(5)),
            Leaf(1),
            Split("r", OneOf(("s",)), Leaf(3), Leaf(2), "no"),
            "yes",
        ),
        Leaf(0),
        "no",
    )
    everyone = AllRows(engine, '"my rows"', engine.columns('"my rows"'))
    assert everyone.count_codes(tree) == {0: 4, 1: 2, 2: 2}
    some = AllRows(engine, '(SELECT * FROM "my rows" WHERE id > 0)', everyone.columns)
    assert some.count_codes(tree) == {0: 4, 1: 1, 2: 2}
    assert everyone.count_codes(Leaf(1)) == {1: 8}


def test_pairs_of_codes_are_counted_over_all_rows() -> None:
    engine = MemoryEngine()
    load(engine, np.array([[1.0], [2.0], [3.0], [np.nan]]), ("x",))
    everyone = AllRows(engine, "customers", engine.columns("customers"))
    one = Split("x", Known(), Split("x", Below(Decimal(2)), Leaf(1), Leaf(2)), Leaf(0))
    other = Split("x", Below(Decimal(3)), Leaf(1), Leaf(2), missing="no")
    assert everyone.count_pairs(one, other) == {(1, 1): 1, (2, 1): 1, (2, 2): 1, (0, 2): 1}
