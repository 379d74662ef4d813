from __future__ import annotations

import numpy as np
import pytest

from segkit.learn.summary import fingerprint, read_sample, scan, summarise
from tests.learn.conftest import MemoryEngine, blobs, load


def test_a_sample_is_the_same_for_any_order_and_stands_for_all() -> None:
    X = blobs()
    found = []
    for seed in (1, 2):
        engine = MemoryEngine(seed)
        load(engine, X, order=np.random.default_rng(seed).permutation(300).tolist())
        columns = engine.columns("customers")[1:]
        found.append(read_sample(engine, "customers", "id", columns, limit=50, salt="s"))
    one, two = found
    assert one.keys == two.keys
    assert len(one.keys) == 50
    assert one.X.tobytes() == two.X.tobytes()
    assert one.rows == 300
    assert one.weight.sum() == pytest.approx(300)


def test_another_salt_draws_others(engine: MemoryEngine) -> None:
    load(engine, blobs())
    columns = engine.columns("customers")[1:]
    keys = [
        set(read_sample(engine, "customers", "id", columns, limit=50, salt=salt).keys)
        for salt in ("a", "b")
    ]
    assert len(keys[0] & keys[1]) < 25


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
    sample = read_sample(engine, "customers", "id", engine.columns("customers")[1:], salt="s")
    summary = summarise(x, sample.column("x"))
    assert (summary.mean, summary.median) == (0, 1)
    assert summary.sd == pytest.approx(2**0.5)


def test_a_fingerprint_sees_every_change_but_not_the_order() -> None:
    X = blobs()
    prints = []
    for seed in (1, 2):
        engine = MemoryEngine(2)
        load(engine, X, order=np.random.default_rng(seed).permutation(300).tolist())
        prints.append(fingerprint(engine, "customers", "id", engine.columns("customers")[1:]))
    assert prints[0] == prints[1]
    changes = (
        "UPDATE customers SET x = x + 0.1 WHERE id = 'c00007'",
        "UPDATE customers SET x = NULL WHERE id = 'c00007'",
        "UPDATE customers SET id = 'other' WHERE id = 'c00007'",
        "DELETE FROM customers WHERE id = 'c00008'",
    )
    for change in changes:
        engine.execute(change)
        prints.append(fingerprint(engine, "customers", "id", engine.columns("customers")[1:]))
    assert len(set(prints)) == 1 + len(changes)
