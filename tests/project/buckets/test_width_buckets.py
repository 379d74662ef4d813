"""Bands of one width: which there are, what is stored, and every mistake."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.edges import EdgeSet, ScoreEdges
from segkit.core.evaluate import evaluate
from segkit.dialects.select import select_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import DataError
from segkit.project.buckets.width_buckets import WidthColumn, Widths, wrong_widths
from segkit.project.load import load_project
from segkit.project.nodes import BucketSet
from segkit.publish.checks.check_bucket_data import crowded_buckets
from segkit.publish.proof.parity import check_parity
from segkit.publish.stored.find_edges import find_edges
from segkit.publish.views.bucket_view import bucket_text
from tests.project.buckets.bucket_columns import column
from tests.project.projects import write_project

GOLDEN = Path(__file__).parents[2] / "golden" / "buckets_width.sql"


def widths(text: str) -> Widths:
    built, problems = column(f"{{name: w, column: x, {text}}}")
    assert problems == [] and isinstance(built, WidthColumn)
    (score,) = built.scores
    assert isinstance(score, Widths)
    return score


def numbers(*texts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, texts))


@pytest.mark.parametrize(
    ("text", "least", "most", "edges"),
    [
        ("width: 10", 12, 47, numbers("20", "30", "40")),
        ("width: 10", 10, 30, numbers("20", "30")),  # 30 is in the band that begins there
        ("width: 10, start: 5", 12, 47, numbers("15", "25", "35", "45")),
        ("width: 10, start: 100", -12, 7, numbers("-10", "0")),
        ("width: 0.1", 0.1, 0.3, numbers("0.2", "0.3")),  # no double is 0.1, nor 0.3
        ("width: 0.1, start: 0.05", 0.1, 0.3, numbers("0.15", "0.25")),
        ("width: 1000", 12, 47, ()),
        ("width: 1", 1e300, 1e300, ()),
        ("width: 1", 1, 50, numbers(*map(str, range(2, 51)))),  # 50 bands
    ],
)
def test_edges_reach_as_far_as_the_values(
    text: str, least: float, most: float, edges: tuple[Decimal, ...]
) -> None:
    assert widths(text).edges(least, most) == edges


@given(
    st.decimals("0.01", 1000, places=2),
    st.decimals(-1000, 1000, places=2),
    st.floats(-1e6, 1e6),
    st.floats(0, 1),
)
def test_each_value_is_within_a_width_of_its_edge(
    width: Decimal, start: Decimal, least: float, share: float
) -> None:
    most = least + share * 49 * float(width)
    score = widths(f"width: {width}, start: {start}")
    try:
        edges = score.edges(least, most)
    except DataError:  # the last value is in the 51st band
        assert Decimal(repr(most)) - Decimal(repr(least)) >= 49 * width
        return
    assert len(edges) < 50
    assert all(high - low == width and (low - start) % width == 0 for low, high in pairwise(edges))
    if edges:
        assert edges[0] - width <= Decimal(repr(least)) < edges[0]
        assert edges[-1] <= Decimal(repr(most)) < edges[-1] + width
    else:
        assert Decimal(repr(most)) - Decimal(repr(least)) < width


@pytest.mark.parametrize(
    ("text", "least", "most", "count", "advice"),
    [
        ("width: 1", 0, 50, "51", "width: 2"),
        ("width: 10", 0, 123456, "12,346", "width: 5000"),
        ("width: 0.001", 0.5, 3.5, "3,001", "width: 0.1"),
        ("width: 1", -1.7e308, 1.7e308, "", "width: 10000"),
    ],
)
def test_more_than_fifty_are_an_error(
    text: str, least: float, most: float, count: str, advice: str
) -> None:
    with pytest.raises(DataError) as caught:
        widths(text).edges(least, most)
    (problem,) = caught.value.problems
    assert problem.code == "SK316"
    assert f"{count} bands" in problem.message if count else True
    assert f"`{advice}" in str(problem.help)
    wider = str(problem.help).split("`")[1]
    assert len(widths(wider).edges(least, most)) < 50


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("width: 1e400", ["SK005"]),
        ("width: 5, start: 1e400", ["SK005"]),
        ("width: 5, start: -2.5", []),
    ],
)
def test_numbers_that_no_double_holds(text: str, codes: list[str]) -> None:
    assert column(f"{{name: w, column: x, {text}}}")[1] == codes


def stored(*edges: str) -> dict[str, ScoreEdges]:
    return {"w": ScoreEdges(numbers(*edges), 5, {})}


def test_the_first_and_the_last_band_are_open() -> None:
    built, _ = column("{name: w, column: x, width: 10, missing: none}")
    (coded,) = built.coded({}, stored("20", "30"))
    labels = {
        value: coded.case.outcome(evaluate(coded.case.decision, {"x": value})).name
        for value in (-1e9, 19.99, 20, 29.99, 30, 1e9, None, float("nan"), float("inf"))
    }
    assert [*labels.values()] == ["<20", "<20", "20-30", "20-30", "30+", "30+", *["none"] * 3]
    assert built.outputs == (("w", "VARCHAR"), ("w_order", "INTEGER"))
    assert list(built.edge_problems(stored("20", "30"))) == []


def test_a_label_that_is_also_that_of_missing_values() -> None:
    built, _ = column("{name: w, column: x, width: 10, missing: 30+}")
    assert [problem.code for problem in built.edge_problems(stored("20", "30"))] == ["SK205"]


@pytest.mark.parametrize(
    ("width", "edges", "said"),
    [
        ("10", numbers("20", "30"), ""),
        ("10", (), ""),
        ("0.1", numbers("0.2", "0.3"), ""),
        ("10", numbers("20", "31"), "2 edges make no bands of width '10'"),
        (10, numbers("20", "30"), "2 edges make no bands of width 10"),
        ("1", numbers(*map(str, range(50))), "50 edges make no bands of width '1'"),
    ],
)
def test_edges_on_disk_are_held_against_the_width(
    width: Any, edges: tuple[Decimal, ...], said: str
) -> None:
    assert wrong_widths(width, edges) == said


# in an engine -------------------------------------------------------------------------------------

BUCKETS = """\
buckets:
  - name: b
    from: customers
    key: customer_id
    columns:
      - {name: age_ten, column: age, width: 10}
      - {name: spend_band, column: spend, width: 2.5, start: 1.25, missing: none}
      - {name: one, column: age, width: 1000}
"""


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        scratch.execute(
            "CREATE TABLE customers AS SELECT 'c' || i AS customer_id, "
            "CASE WHEN i % 17 = 0 THEN NULL ELSE 18 + (i * 7) % 50 END::INTEGER AS age, "
            "CASE WHEN i % 7 = 0 THEN 'nan'::DOUBLE WHEN i % 11 = 0 THEN '-inf'::DOUBLE "
            "ELSE (i % 100) / 10 END AS spend FROM range(500) AS t(i)"
        )
        yield scratch


def test_a_view_that_a_person_can_read_and_that_is_right(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    files = {"sql/buckets.yml": BUCKETS, "sql/empty.sql": "SELECT 1"}
    node: Any = load_project(write_project(tmp_path, files)).nodes["b"]
    assert isinstance(node, BucketSet)
    columns, wanted = engine.columns("customers"), node.definitions()
    assert wanted["spend_band"] == {
        "from": "customers",
        "column": "spend",
        "width": "2.5",
        "start": "1.25",
    }
    edges = {
        score.name: find_edges(engine, node, score, "customers", columns, wanted[score.name])
        for score in node.scores
    }
    assert {name: found.edges for name, found in edges.items()} == {
        "age_ten": numbers("20", "30", "40", "50", "60"),
        "spend_band": numbers("1.25", "3.75", "6.25", "8.75"),
        "one": (),
    }
    text = bucket_text(node, columns, EdgeSet("b", 1, "dev", edges))
    sql = select_sql(text.view, "customers", DUCKDB)
    if os.environ.get("SEGKIT_UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(f"{text.header}\n{sql}\n", encoding="utf-8")
    assert f"{text.header}\n{sql}\n" == GOLDEN.read_text(encoding="utf-8")
    engine.execute(f"CREATE VIEW b AS {sql}")
    found = check_parity(engine, text.view, "b", "customers")
    assert found.holds
    assert crowded_buckets(node, text.view, found.scan) == []
    rows = "SELECT spend_band, spend_band_order, count(*) FROM b GROUP BY ALL ORDER BY 2"
    assert [row[:2] for row in engine.query(rows)] == [
        ("none", 0),
        ("<1.25", 1),
        ("1.25-3.75", 2),
        ("3.75-6.25", 3),
        ("6.25-8.75", 4),
        ("8.75+", 5),
    ]
