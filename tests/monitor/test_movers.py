from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path

from segkit.core.tree import Below, Known, Leaf, Split
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.monitor.movers import Adjustment, Flow, find_moves
from segkit.project.nodes import Segmentation
from segkit.publish.subject import read_subject
from tests.publish.shops import fill, node, shop
from tests.publish.stored.test_fits import FIT

YML = """\
segments:
  - {name: shoppers, from: customer_features, key: customer_id, features: [age],
     metrics: [spend, came], where: "age < 90 OR age IS NULL"}
"""
ROWS = """\
FROM (VALUES ('e', 70, 8, FALSE), ('a', 20, 1, TRUE), ('b', 41, 2.5, TRUE), ('d', 42, NULL, NULL),
  ('c', 41, 4, TRUE), ('f', NULL, 16, TRUE), ('g', 95, 32, TRUE), ('h', 50, 0.5, NULL))
  AS t(customer_id, age, spend, came)"""


def fit(cut: int, low: int = 1, high: int = 2) -> Split:
    tree = Split("age", Below(D(cut)), Leaf(low), Leaf(high), "yes")
    return Split("age", Known(), tree, Leaf(0))


def test_whoever_is_in_another_segment_moves_either_way(tmp_path: Path) -> None:
    """From a cut at 42 to one at 41, and whoever is 60 or older changes to the first."""
    project = shop(tmp_path, YML)
    segmentation = node(project, "shoppers", Segmentation)
    before = replace(FIT, tree=fit(42))
    older = Split("age", Below(D(60)), fit(41).yes, Leaf(1), "yes")
    after = replace(FIT, tree=Split("age", Known(), older, Leaf(0)))
    with DuckDBEngine() as engine:
        fill(engine, ROWS)
        subject = read_subject(engine, project, segmentation)
        found = find_moves(engine, subject, before, after)
        left = "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'seg%'"
        assert engine.query(left) == [(0,)]
    assert found.columns == ("customer_id", "segment_id", "new_segment_id", "age", "spend", "came")
    assert [mover[:4] for mover in found.movers] == [
        ("b", "A", "B", 41),
        ("c", "A", "B", 41),
        ("e", "B", "A", 70),
    ]
    assert (found.rows, found.moved) == (7, 3)  # g is not let in
    frame = found.frame()
    assert list(frame.columns) == list(found.columns)
    assert frame.iloc[0].tolist() == ["b", "A", "B", 41, 2.5, True]
    assert repr(found) == "<Moves: 3 of 7 customers>"
    assert repr(Adjustment(before, replace(after, version=2), found, 0.0, {})) == (
        "<Adjustment: shoppers v0001 -> v0002, <Moves: 3 of 7 customers>>"
    )
    assert found.metrics == ("spend", "came")
    assert found.flows == (
        Flow("unassigned", "unassigned", 1, {"spend": 16, "came": 1}, {"spend": 1, "came": 1}),
        Flow("A", "A", 1, {"spend": 1, "came": 1}, {"spend": 1, "came": 1}),
        Flow("A", "B", 2, {"spend": 6.5, "came": 2}, {"spend": 2, "came": 2}),
        Flow("B", "A", 1, {"spend": 8, "came": 0}, {"spend": 1, "came": 1}),
        Flow("B", "B", 2, {"spend": 0.5, "came": 0}, {"spend": 1, "came": 0}),
    )


def test_the_same_rules_move_nobody(tmp_path: Path) -> None:
    project = shop(tmp_path, YML)
    segmentation = node(project, "shoppers", Segmentation)
    fit_ = replace(FIT, tree=fit(42))
    with DuckDBEngine() as engine:
        fill(engine, ROWS)
        found = find_moves(engine, read_subject(engine, project, segmentation), fit_, fit_)
    assert (found.moved, found.rows, [flow.n for flow in found.flows]) == (0, 7, [1, 3, 3])
