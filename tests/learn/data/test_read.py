from __future__ import annotations

from dataclasses import replace
from hashlib import md5

import numpy as np
import pytest

from segkit.core.fact_english import sentences
from segkit.core.tree import Below, Leaf, OneOf, Split
from segkit.errors import DataError
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.read import Data, choose, read_data, sample_of
from segkit.project.nodes import ClusterSpec, Metric
from tests.learn.conftest import PLACE, MemoryEngine, feature, segmentation
from tests.publish.stored.test_fits import FIT

TABLE = """\
CREATE TABLE customers AS SELECT i AS id, CASE WHEN i % 10 > 0 THEN i / 8.0 END AS x,
  (i * 7) % 100 / 3.0 AS y, 5e0 AS same, ['east', 'west'][1 + i % 2] AS region, i > 50 AS flag,
  CASE WHEN i < 3 THEN NULL ELSE 'c' || i % 2 END AS cluster FROM range(100) AS t(i)"""


@pytest.fixture
def engine() -> MemoryEngine:
    made = MemoryEngine()
    made.execute(TABLE)
    return made


def read(engine: MemoryEngine, *features: object, previous: object = None, **spec: object) -> Data:
    node = segmentation(*features, **spec)  # type: ignore[arg-type]
    return read_data(node, AllRows(engine, "customers", engine.columns("customers")), previous)  # type: ignore[arg-type]


def test_declared_features_with_what_they_hold(engine: MemoryEngine) -> None:
    data = read(engine, "x", feature("region", kind="category"), "flag", "same")
    assert [f.column for f in data.features] == ["x", "region", "flag", "same"]
    assert [f.column for f in data.used] == ["x", "region", "flag"]  # one does not differ
    assert data.own.incomplete == 10
    assert data.sample.rows == 100
    assert data.levels(data.used[0]) is None
    assert data.levels(data.used[1]) == ("east", "west")
    assert data.levels(data.used[2]) == ("false", "true")
    assert data.column("x").type.sql == "DOUBLE"
    assert data.used[0].label == "X"  # from the name
    values = data.values(data.used[:1])[:, 0]
    assert np.isnan(values).sum() == 10
    assert sorted(values[np.isfinite(values)])[:2] == [1 / 8, 2 / 8]
    assert set(data.values(data.used[1:2])[:, 0].tolist()) == {0.0, 1.0}


def test_what_an_earlier_tree_asks_for_is_there_too(engine: MemoryEngine) -> None:
    region = replace(
        FIT.features[0], column="region", scale="category", levels=("north", "west"), mode="west"
    )
    inner = Split("region", OneOf(("north",)), Leaf(1), Leaf(2))
    tree = Split("gone", Below(FIT.tree.yes.test.cut), Leaf(1), inner)  # type: ignore[union-attr]
    data = read(engine, "x", previous=replace(FIT, tree=tree, features=(region,)))
    assert data.sample.columns == ("x", "region")
    assert data.sample.levels["region"] == ("north", "west")  # as that fit knows them
    assert set(data.sample.column("region").tolist()) == {1.0, 2.0}  # 2: it has not seen that


def test_labels_are_read_beside_the_features(engine: MemoryEngine) -> None:
    data = read(engine, "x", labels=feature("cluster"))
    assert data.sample.levels["cluster"] == ("c0", "c1")
    assert np.isnan(data.sample.column("cluster")).sum() == 3
    assert [f.column for f in data.features] == ["x"]


def test_all_problems_at_once(engine: MemoryEngine) -> None:
    with pytest.raises(DataError) as raised:
        read(engine, "gone", "region", key="no_key")
    assert [p.code for p in raised.value.problems] == ["SK104", "SK105", "SK104"]
    assert "key `no_key` is not in customers" in raised.value.problems[-1].message
    engine.execute("UPDATE customers SET id = 7 WHERE id = 8")
    engine.execute("ALTER TABLE customers ADD COLUMN empty DOUBLE")
    with pytest.raises(DataError) as raised:
        read(engine, "x", "empty")
    assert sorted(p.code for p in raised.value.problems) == ["SK305", "SK306"]


def test_nothing_in_which_customers_differ(engine: MemoryEngine) -> None:
    engine.execute("UPDATE customers SET same = same + 1e-12 * (id % 2)")  # that is noise
    with pytest.raises(DataError, match="has no column in which customers differ"):
        read(engine, "same")


def test_features_are_chosen_where_none_are_declared(engine: MemoryEngine) -> None:
    node = segmentation(metrics=(Metric("y", PLACE),))
    chosen, said = choose(node, AllRows(engine, "customers", engine.columns("customers")))
    kinds = {f.column: f.kind for f in chosen}
    assert kinds == {"x": None, "region": "category", "flag": "category", "cluster": "category"}
    text = sentences(said)
    assert text[0] == f"features: {', '.join(kinds)}"
    assert "same (constant)" in text[1] and "y" not in text[1].split("left out: ")[1].split(" ")
    engine.execute("CREATE OR REPLACE TABLE customers AS SELECT i AS id FROM range(9) AS t(i)")
    with pytest.raises(DataError, match="has no column that tells customers apart"):
        choose(node, AllRows(engine, "customers", engine.columns("customers")))
    engine.execute("CREATE OR REPLACE TABLE customers AS SELECT 1 AS id, 2.5 AS x")
    with pytest.raises(DataError, match="has one row, and segments are of several customers"):
        choose(node, AllRows(engine, "customers", engine.columns("customers")))
    engine.execute("DELETE FROM customers")
    with pytest.raises(DataError) as raised:
        choose(node, AllRows(engine, "customers", engine.columns("customers")))
    assert [p.code for p in raised.value.problems] == ["SK301"]


def test_the_seed_is_the_salt_of_the_sample(engine: MemoryEngine) -> None:
    everyone = AllRows(engine, "customers", engine.columns("customers"))
    for seed in (111, 7):
        node = replace(segmentation("x"), clusters=ClusterSpec(2, 5, seed))
        salted = [(md5(f"segkit:{seed}|{i}".encode()).hexdigest(), str(i)) for i in range(100)]
        sample = sample_of(node, everyone, [everyone.by_name["x"]])
        assert sample.keys == tuple(key for _, key in sorted(salted))
