"""Views of rules, quantiles and RFM: read by a person, run on a real engine, changed by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from segkit.core.edges import EdgeSet, ScoreEdges
from segkit.dialects.select import ViewSelect, select_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import DataError
from segkit.project.load import load_project
from segkit.project.nodes import BucketSet
from segkit.publish.checks.check_bucket_data import check_rules_in_data
from segkit.publish.proof import parity
from segkit.publish.proof.parity import check_parity
from segkit.publish.stored.find_edges import count_moved, find_edges
from segkit.publish.views.bucket_view import bucket_header, bucket_view
from tests.project.projects import write_project

GOLDEN = Path(__file__).parents[2] / "golden" / "buckets_scores.sql"
BUCKETS = """\
buckets:
  - name: customer_buckets
    from: customers
    key: customer_id
    where: "age > 17 OR age IS NULL"
    columns:
      - name: stage
        rules:
          - {label: New, when: "tenure_days < 30"}
          - {label: "It's loyal", when: 'tenure_days >= 30 AND "total spend ($)" >= 500'}
          - label: Quiet
            when: tenure_days >= 30 AND "total spend ($)" < 500 AND region IN ('north', 'south')
        else: Regular
      - {name: spend_quarter, column: total spend ($), quantiles: 4, labels: [low, mid, more, top]}
      - name: rfm
        rfm:
          recency: recency_days
          frequency: orders
          monetary: total spend ($)
          not_scored: "tenure_days < 7"
        names: grid
      - {name: rfm3, rfm: {recency: recency_days, frequency: orders, monetary: score}, names: full}
      - name: half
        rfm: {recency: recency_days, frequency: orders, monetary: score, quantiles: 2, bins: nested}
        names: none
        total: true
"""
BASE = """
CREATE TABLE customers AS SELECT
  'c' || i AS customer_id,
  CASE WHEN i % 17 = 0 THEN NULL ELSE 10 + (i * 7) % 80 END::INTEGER AS age,
  CASE WHEN i % 23 = 0 THEN NULL ELSE (i * 13) % 400 END::INTEGER AS tenure_days,
  CASE WHEN i % 7 = 0 THEN 'nan'::DOUBLE WHEN i % 11 = 0 THEN 'inf'::DOUBLE
    WHEN i % 13 = 0 THEN NULL ELSE (i * 37 % 1000) / 0.7 END AS "total spend ($)",
  CASE WHEN i % 19 = 0 THEN NULL ELSE (i * 31) % 365 END::BIGINT AS recency_days,
  (1 + (i * 7919) % 13)::UTINYINT AS orders,
  CASE WHEN i % 5 = 0 THEN NULL ELSE (i % 100 / 10.0)::FLOAT END AS score,
  ['north', 'south', 'it''s', NULL][1 + i % 4] AS region
FROM range(2000) AS t(i)
"""


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        scratch.execute(BASE)
        yield scratch


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> BucketSet:
    directory = write_project(
        tmp_path_factory.mktemp("shop"), {"sql/buckets.yml": BUCKETS, "sql/empty.sql": "SELECT 1"}
    )
    found: Any = load_project(directory).nodes["customer_buckets"]
    return found


def edges_of(engine: DuckDBEngine, node: BucketSet) -> dict[str, ScoreEdges]:
    columns = engine.columns("customers")
    wanted = node.definitions()
    rows = f"(SELECT * FROM customers WHERE ({node.where.predicate.text}))" if node.where else ""
    found: dict[str, ScoreEdges] = {}
    for score in node.scores:
        definition = wanted[score.name]
        found[score.name] = find_edges(engine, node, score, rows, columns, definition, found)
    return found


@pytest.fixture(scope="module")
def edges(node: BucketSet) -> dict[str, ScoreEdges]:
    """Those of the rows of ``BASE``, found once."""
    with DuckDBEngine() as scratch:
        scratch.execute(BASE)
        return edges_of(scratch, node)


@pytest.fixture
def view(engine: DuckDBEngine, node: BucketSet, edges: dict[str, ScoreEdges]) -> ViewSelect:
    return bucket_view(node, engine.columns("customers"), edges)


ROWS = "(SELECT * FROM customers WHERE (age > 17 OR age IS NULL))"


def test_a_person_can_read_it(
    node: BucketSet, view: ViewSelect, edges: dict[str, ScoreEdges]
) -> None:
    header = bucket_header(node, EdgeSet(node.name, 1, "dev", edges))
    text = f"{header}\n{select_sql(view, 'customers', DUCKDB)}\n"
    if os.environ.get("SEGKIT_UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_right_sql_holds(engine: DuckDBEngine, view: ViewSelect) -> None:
    engine.execute(f"CREATE VIEW v AS {select_sql(view, 'customers', DUCKDB)}")
    found = check_parity(engine, view, "v", ROWS)
    assert found.holds
    assert found.rows == engine.query(f"SELECT count(*) FROM {ROWS}")[0][0] < 2000
    assert found.cases > 500


CHANGES = [
    ("tenure_days < 30 THEN 1", "tenure_days <= 30 THEN 1"),
    ("tenure_days < 30 THEN 1", "tenure_days < 30 THEN 2"),
    ("IN ('north', 'south') THEN 3", "IN ('north') THEN 3"),
    ("WHEN NOT (", "WHEN NOT FALSE AND NOT (tenure_days IS NULL) OR NOT ("),
    ("WHEN orders <= 6 THEN 2", "WHEN orders < 6 THEN 2"),
    ("WHEN tenure_days < 7 THEN 0", "WHEN tenure_days < 8 THEN 0"),
    ("WHEN tenure_days < 7 THEN 11", "WHEN tenure_days < 6 THEN 11"),
    ("IN (55, 54) THEN 10", "IN (55) THEN 10"),
    ("= 33 THEN 5", "= 33 THEN 4"),
    ("nullif(rfm_f, 0)", "rfm_f"),
    ("'champions',\n    'not_scored'", "'champion',\n    'not_scored'"),
    ("age > 17 OR age IS NULL", "age > 17"),
    ("CASE WHEN isfinite", "CASE WHEN TRUE OR isfinite"),
]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_a_view_changed_by_hand_is_found(
    engine: DuckDBEngine, view: ViewSelect, before: str, after: str
) -> None:
    sql = select_sql(view, "customers", DUCKDB)
    assert before in sql
    engine.execute(f"CREATE VIEW v AS {sql.replace(before, after)}")
    assert not check_parity(engine, view, "v", ROWS).holds


@pytest.mark.parametrize(
    ("before", "after"),
    [change for change in CHANGES if "age >" not in change[0] and "'champions'" not in change[0]],
)
def test_edge_cases_alone_find_it_too(
    engine: DuckDBEngine,
    view: ViewSelect,
    monkeypatch: pytest.MonkeyPatch,
    before: str,
    after: str,
) -> None:
    """Where there is not one row. Scores that are 0 instead of NULL are the same code."""
    if before.startswith("nullif"):
        pytest.skip("0 and NULL stand for the same score there")
    right = parity.select_sql
    engine.execute(f"CREATE VIEW v AS {right(view, 'customers', DUCKDB)}")
    engine.execute("DELETE FROM customers")
    monkeypatch.setattr(parity, "select_sql", lambda *given: right(*given).replace(before, after))
    found = check_parity(engine, view, "v", ROWS)
    assert found.rows == 0
    assert found.cases_differ > 0


# edges ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "type_", ["INTEGER", "BIGINT", "DECIMAL(12,2)", "DECIMAL(38,10)", "DOUBLE", "FLOAT", "UBIGINT"]
)
@pytest.mark.parametrize("parts", [2, 5, 10])
def test_a_score_is_one_more_than_the_edges_below(
    engine: DuckDBEngine, tmp_path: Path, type_: str, parts: int
) -> None:
    """Against quantile_cont and a count of edges, in SQL that is not ours."""
    engine.execute(
        f"CREATE TABLE t AS SELECT i AS customer_id, CASE WHEN i % 9 = 0 THEN NULL ELSE "
        f"((i * 7919) % 1000 * 1.37)::{type_} END AS x FROM range(997) r(i)"
    )
    yml = (
        "buckets:\n  - name: b\n    from: t\n    key: customer_id\n    columns:\n"
        f"      - {{name: q, column: x, quantiles: {parts}}}\n"
    )
    project = write_project(tmp_path, {"sql/b.yml": yml, "sql/t.sql": "SELECT 1 AS customer_id"})
    node: Any = load_project(project).nodes["b"]
    columns = engine.columns("t")
    edges = find_edges(engine, node, node.scores[0], "t", columns, node.definitions()["q"])
    shares = ", ".join(str(i / parts) for i in range(1, parts))
    expected = engine.query(f"SELECT quantile_cont(CAST(x AS DOUBLE), [{shares}]) FROM t")[0][0]
    assert [float(e) for e in edges.edges] == pytest.approx(expected, rel=1e-8)
    assert edges.rows == engine.query("SELECT count(x) FROM t")[0][0]
    view = bucket_view(node, columns, {"q": edges})
    below = " + ".join(
        f"(CAST(x AS DOUBLE) > {edge!r})::INTEGER" for edge in dict.fromkeys(expected)
    )
    wrong = engine.query(
        f"SELECT count(*) FROM ({select_sql(view, 't', DUCKDB)}) AS v JOIN t USING (customer_id) "
        f"WHERE q_order IS DISTINCT FROM CASE WHEN x IS NULL THEN 0 ELSE 1 + {below} END"
    )
    assert wrong == [(0,)]


def test_edges_are_short_where_that_moves_nobody(engine: DuckDBEngine, tmp_path: Path) -> None:
    engine.execute("CREATE TABLE t AS SELECT i AS customer_id, i / 3.0 AS x FROM range(99) r(i)")
    yml = (
        "buckets:\n  - name: b\n    from: t\n    key: customer_id\n    columns:\n"
        "      - {name: q, column: x, quantiles: 2}\n      - {name: r, column: x, quantiles: 7}\n"
    )
    project = write_project(tmp_path, {"sql/b.yml": yml, "sql/t.sql": "SELECT 1 AS customer_id"})
    node: Any = load_project(project).nodes["b"]
    half, seventh = (
        find_edges(engine, node, score, "t", engine.columns("t"), {}).edges for score in node.scores
    )
    assert half == (Decimal("16.333333333333332"),)  # a customer's own value: not rounded over it
    # between the values of two customers there is room to round
    digits = [len(edge.as_tuple().digits) for edge in seventh]
    assert min(digits) <= 9
    known = [x for (x,) in engine.query("SELECT x FROM t")]
    for edge, count in zip(seventh, digits, strict=True):
        assert count <= 9 or float(edge) in known


def test_who_moves_is_counted(
    engine: DuckDBEngine, node: BucketSet, edges: dict[str, ScoreEdges]
) -> None:
    before = EdgeSet(node.name, 1, "dev", edges)
    columns = engine.columns("customers")
    assert count_moved(engine, node, "customers", columns, before, before).counts == {}
    moved = replace(edges["rfm_f"], edges=(Decimal(2), Decimal(4), Decimal(6), Decimal(8)))
    after = EdgeSet(node.name, 2, "dev", {**edges, "rfm_f": moved})
    found = count_moved(engine, node, "customers", columns, before, after)
    names = [
        dict(
            engine.query(f"SELECT customer_id, rfm FROM ({select_sql(view, 'customers', DUCKDB)})")
        )
        for view in (bucket_view(node, columns, e.scores) for e in (before, after))
    ]
    assert found.counts == {"rfm": sum(names[0][key] != names[1][key] for key in names[0])}


def test_rules_that_only_the_data_can_judge(engine: DuckDBEngine, tmp_path: Path) -> None:
    yml = """\
buckets:
  - name: b
    from: customers
    key: customer_id
    columns:
      - name: s
        rules:
          - {label: a, when: "age % 2 = 0"}
          - {label: b, when: "orders % 5 = 0"}
          - {label: c, when: "age < 20 AND age % 2 = 1 AND orders % 5 = 1"}
        else: z
"""
    node: Any = load_project(write_project(tmp_path, {"sql/b.yml": yml})).nodes["b"]
    columns = engine.columns("customers")
    with pytest.raises(DataError) as caught:
        check_rules_in_data(engine, node, "customers", columns)
    (problem,) = caught.value.problems
    both = "age % 2 = 0 AND orders % 5 = 0"
    count = engine.query(f"SELECT count(*) FROM customers WHERE {both}")[0][0]
    assert problem.code == "SK201"
    assert f"{count} of 2,000 rows" in problem.message
    assert [(label.text, label.place.line) for label in problem.labels] == [("a", 8), ("b", 9)]
    engine.execute(f"DELETE FROM customers WHERE {both}")
    check_rules_in_data(engine, node, "customers", columns)
