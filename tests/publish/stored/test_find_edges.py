"""Edges found in the data, against numpy on the raw values: of every type, with every oddity."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segkit.core.edges import ScoreEdges
from segkit.dialects.select import select_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import DataError
from segkit.project.load import load_project
from segkit.project.nodes import BucketSet
from segkit.publish.stored.find_edges import find_edges
from segkit.publish.stored.score_edges import check_label_counts, score_warnings
from segkit.publish.views.bucket_view import bucket_view
from tests.project.projects import write_project

TYPES = {
    "i": "INTEGER",
    "l": "BIGINT",
    "u": "UTINYINT",
    "h": "HUGEINT",
    "d": "DECIMAL(12,3)",
    "w": "DECIMAL(38,10)",
    "f": "FLOAT",
    "x": "DOUBLE",
}
ROWS = 403
ODD = (float("nan"), float("inf"), float("-inf"))


def value(draw: random.Random, type_: str) -> Any:
    """Negative, repeated, NULL, and not finite where the type has that."""
    if draw.random() < 0.1:
        return None
    if type_ in ("FLOAT", "DOUBLE") and draw.random() < 0.1:
        return draw.choice(ODD)
    number = round(draw.lognormvariate(2, 1.5) * draw.choice((-1, 1, 1)), draw.choice((0, 0, 2)))
    if type_ == "UTINYINT":
        return min(abs(int(number)), 255)
    if type_ in ("INTEGER", "BIGINT", "HUGEINT"):
        return int(number)
    return Decimal(str(number)) if type_.startswith("DECIMAL") else float(np.float32(number))


def rows(seed: int) -> list[tuple[Any, ...]]:
    draw = random.Random(seed)
    return [(i, *(value(draw, type_) for type_ in TYPES.values())) for i in range(ROWS)]


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        yield scratch


def fill(engine: DuckDBEngine, data: Sequence[Sequence[Any]]) -> None:
    columns = ", ".join(f"{name} {type_}" for name, type_ in TYPES.items())
    engine.execute(f"CREATE OR REPLACE TABLE t (id INTEGER, {columns})")
    marks = ", ".join("?" * (len(TYPES) + 1))
    engine.execute(
        f"INSERT INTO t VALUES {', '.join([f'({marks})'] * len(data))}",
        [item for row in data for item in row],
    )


def bucket_set(directory: Path, columns: Sequence[str], head: str = "") -> BucketSet:
    listed = "\n".join(f"      - {column}" for column in columns)
    yml = f"buckets:\n  - name: b\n    from: t\n    key: id\n{head}    columns:\n{listed}\n"
    files = {"sql/b.yml": yml, "sql/t.sql": "SELECT 1 AS id"}
    node: Any = load_project(write_project(directory, files)).nodes["b"]
    return node


def edges_of(engine: DuckDBEngine, node: BucketSet) -> dict[str, ScoreEdges]:
    columns = engine.columns("t")
    wanted = node.definitions()
    found: dict[str, ScoreEdges] = {}
    for score in node.scores:
        definition = wanted[score.name]
        found[score.name] = find_edges(engine, node, score, "t", columns, definition, found)
    return found


def published(engine: DuckDBEngine, node: BucketSet, edges: dict[str, ScoreEdges]) -> list[tuple]:
    view = bucket_view(node, engine.columns("t"), edges)
    return engine.query(f"SELECT * FROM ({select_sql(view, 't', DUCKDB)}) ORDER BY id")


def known_values(data: Sequence[Sequence[Any]], place: int) -> np.ndarray:
    """As doubles; what is missing or not finite is NaN."""
    found = np.array([np.nan if r[place] is None else float(r[place]) for r in data])
    return np.where(np.isfinite(found), found, np.nan)


@pytest.mark.parametrize("parts", [2, 4, 5, 7])
def test_scores_are_those_of_numpy(engine: DuckDBEngine, tmp_path: Path, parts: int) -> None:
    data = rows(parts)
    fill(engine, data)
    node = bucket_set(tmp_path, [f"{{name: q{n}, column: {n}, quantiles: {parts}}}" for n in TYPES])
    edges = edges_of(engine, node)
    found = published(engine, node, edges)
    for place, name in enumerate(TYPES, start=1):
        values = known_values(data, place)
        known = values[~np.isnan(values)]
        stored = edges[f"q{name}"]
        assert stored.rows == len(known) < ROWS
        quantiles = np.quantile(known, [i / parts for i in range(1, parts)])
        assert [float(e) for e in stored.edges] == pytest.approx(list(quantiles), rel=1e-8)
        distinct = np.unique([float(edge) for edge in stored.edges])
        scores = np.where(np.isnan(values), 0, 1 + (values[:, None] > distinct).sum(axis=1))
        assert [row[2 * place] for row in found] == list(scores), name
        labels = ["Unknown", *map(str, range(1, parts + 1))]
        assert [row[2 * place - 1] for row in found] == [labels[score] for score in scores]


def test_recency_is_turned_round_and_the_others_are_not(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    data = rows(1)
    fill(engine, data)
    node = bucket_set(tmp_path, ["{name: rfm, rfm: {recency: x, frequency: u, monetary: d}}"])
    edges = edges_of(engine, node)
    found = published(engine, node, edges)
    for column, score, turned in (("x", "rfm_r", True), ("u", "rfm_f", False), ("d", "rfm_m", 0)):
        values = known_values(data, 1 + list(TYPES).index(column))
        distinct = np.unique([float(edge) for edge in edges[score].edges])
        expected = 1 + (values[:, None] > distinct).sum(axis=1)
        expected = len(distinct) + 2 - expected if turned else expected
        here = [row[3 + ["rfm_r", "rfm_f", "rfm_m"].index(score)] for row in found]
        assert here == [
            None if np.isnan(v) else e for v, e in zip(values, expected, strict=True)
        ], score
    best = max(row[3] for row in found if row[3])
    assert best == len(edges["rfm_r"].distinct) + 1
    lowest = min(v for v in known_values(data, 8) if not np.isnan(v))
    assert {found[i][3] for i, v in enumerate(known_values(data, 8)) if v == lowest} == {best}


@pytest.mark.parametrize("parts", [2, 5])
def test_nested_scores_are_those_of_numpy(engine: DuckDBEngine, tmp_path: Path, parts: int) -> None:
    """Frequency among those of one recency, money among those of both; recency turned round."""
    data = rows(parts)
    fill(engine, data)
    column = "{name: rfm, rfm: {recency: x, frequency: u, monetary: d, bins: nested, quantiles: %d}"
    node = bucket_set(tmp_path, [column % parts + ", names: none, total: true}"])
    edges = edges_of(engine, node)
    found = published(engine, node, edges)
    assert [len(found[0]), *edges] == [5, "rfm_r", "rfm_f", "rfm_m"]
    inside = np.zeros(len(data), int)  # everybody
    expected = []
    for place, name in enumerate("xud"):
        values = known_values(data, 1 + list(TYPES).index(name))
        scores = np.zeros(len(data), int)
        for cell in set(inside) - {-1}:
            here = (inside == cell) & ~np.isnan(values)
            cuts = np.quantile(values[here], [i / parts for i in range(1, parts)])
            above = (values[here][:, None] > cuts + 1e-9 * np.abs(cuts)).sum(axis=1)
            scores[here] = parts - above if place == 0 else 1 + above
        inside = np.where(scores > 0, inside * 10 + scores, -1)
        expected.append(scores)
    total = np.where(np.all(expected, axis=0), np.sum(expected, axis=0), 0)
    for place, scores in enumerate([*expected, total], start=1):
        assert [row[place] for row in found] == [s or None for s in scores], place


def test_a_group_that_nobody_is_in_has_the_edges_of_those_around_it(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """All bought once on one of two days; who comes later has a score all the same."""
    engine.execute(
        "CREATE TABLE t AS SELECT i AS id, i % 2 AS days, 1 AS orders, i AS spend "
        "FROM range(40) AS r(i)"
    )
    rfm = "rfm: {recency: days, frequency: orders, monetary: spend, quantiles: 2, bins: nested}"
    node = bucket_set(tmp_path, [f"{{name: s, {rfm}, names: none}}"])
    edges = edges_of(engine, node)
    assert edges["s_r"].edges == (Decimal("0.5"),)
    assert edges["s_f"].nested == {(1,): (Decimal(1),), (2,): (Decimal(1),)}
    odd, even = (Decimal(20),), (Decimal(19),)  # the medians of 1, 3, ... 39 and 0, 2, ... 38
    assert edges["s_m"].nested == {(1, 1): odd, (1, 2): odd, (2, 1): even, (2, 2): even}
    engine.execute("INSERT INTO t VALUES (99, 1, 7, 21), (98, 0, 7, 19)")
    assert published(engine, node, edges)[-2:] == [(98, 2, 2, 1), (99, 1, 2, 2)]


@pytest.mark.parametrize("once", [45, 70, 90])
def test_five_is_the_best_however_many_bought_once(
    engine: DuckDBEngine, tmp_path: Path, once: int
) -> None:
    engine.execute(
        f"CREATE TABLE t AS SELECT i AS id, CASE WHEN i < {once} THEN 1 ELSE i END AS orders, "
        "i AS spend, 1000 - i AS days FROM range(100) AS r(i)"
    )
    rfm = "rfm: {recency: days, frequency: orders, monetary: spend}"
    node = bucket_set(tmp_path, [f"{{name: rfm, {rfm}}}"])
    edges = edges_of(engine, node)
    assert edges["rfm_f"].skips and not edges["rfm_m"].skips
    scores = {row[4] for row in published(engine, node, edges)}
    assert scores == {45: {1, 3, 4, 5}, 70: {1, 4, 5}, 90: {1, 5}}[once]
    (problem,) = score_warnings(node, edges)
    gone = {45: "2", 70: "2, 3", 90: "2, 3, 4"}[once]
    assert problem.message.endswith(f"nobody has a score of {gone}")
    before = {**edges, "rfm_f": replace(edges["rfm_f"], skips=False)}
    assert max(row[4] for row in published(engine, node, before)) == len(scores)
    (problem,) = score_warnings(node, before)
    assert problem.message.endswith(f"{len(scores)} scores instead of 5")
    assert "--refresh-edges" in str(problem.help)


def test_the_order_of_the_rows_is_nothing(engine: DuckDBEngine, tmp_path: Path) -> None:
    data = rows(2)
    node = bucket_set(tmp_path, [f"{{name: q{n}, column: {n}, quantiles: 5}}" for n in TYPES])
    results = []
    for seed in range(3):
        shuffled = random.Random(seed).sample(data, len(data))
        fill(engine, shuffled)
        edges = edges_of(engine, node)
        results.append((edges, published(engine, node, edges)))
    assert results[0] == results[1] == results[2]


def test_only_those_who_are_scored_count(engine: DuckDBEngine, tmp_path: Path) -> None:
    """Neither who has too little history, nor whom `where` keeps out; unknown is scored."""
    data = rows(3)
    fill(engine, data)
    column = "{name: rfm, rfm: {recency: x, frequency: i, monetary: d, not_scored: 'l < 0'}}"
    node = bucket_set(tmp_path, [column, "{name: q, column: i, quantiles: 5}"])
    edges = edges_of(engine, node)
    scored = [row for row in data if row[2] is None or row[2] >= 0]
    values = known_values(scored, 1)
    quantiles = np.nanquantile(values, [0.2, 0.4, 0.6, 0.8])
    assert [float(e) for e in edges["rfm_f"].edges] == pytest.approx(list(quantiles), rel=1e-8)
    assert edges["rfm_f"].rows == np.isfinite(values).sum()
    assert edges["q"].rows == np.isfinite(known_values(data, 1)).sum() > edges["rfm_f"].rows
    found = published(engine, node, edges)
    for row, out in zip(data, found, strict=True):
        gated = row[2] is not None and row[2] < 0
        assert (out[1] == "not_scored") == gated
        assert not gated or out[3:6] == (None, None, None)


def test_edges_that_differ_are_not_rounded_into_one(engine: DuckDBEngine, tmp_path: Path) -> None:
    """Seconds since 1970: the ninth digit is that of ten seconds, and four edges lie within two."""
    engine.execute("CREATE TABLE t AS SELECT i AS id, 1700000000 + i AS s FROM range(3) AS r(i)")
    node = bucket_set(tmp_path, ["{name: q, column: s, quantiles: 5}"])
    edges = edges_of(engine, node)
    wanted = [1700000000 + part for part in (0.4, 0.8, 1.2, 1.6)]
    assert [float(edge) for edge in edges["q"].edges] == pytest.approx(wanted, rel=1e-15)
    assert score_warnings(node, edges) == []
    assert [row[2] for row in published(engine, node, edges)] == [1, 3, 5]


def test_ties_give_fewer_scores_and_a_warning(engine: DuckDBEngine, tmp_path: Path) -> None:
    engine.execute(
        "CREATE TABLE t AS SELECT i AS id, CASE WHEN i < 50 THEN 1 ELSE i END AS n "
        "FROM range(100) AS r(i)"
    )
    node = bucket_set(
        tmp_path,
        [
            "{name: q, column: n, quantiles: 5, labels: [a, b, c, d, e]}",
            "{name: r, column: n, quantiles: 2}",
        ],
    )
    edges = edges_of(engine, node)
    assert edges["q"].edges == tuple(map(Decimal, ("1", "1", "59.4", "79.2")))
    (problem,) = score_warnings(node, edges)
    assert (problem.code, problem.severity) == ("SK207", "warning")
    assert "(1, 1, 59.4, 79.2): 4 scores instead of 5" in problem.message
    assert str(problem.place) == "sql/b.yml:6:27"
    with pytest.raises(DataError) as caught:
        check_label_counts(node, edges)
    assert [p.code for p in caught.value.problems] == ["SK203"]
    assert "5 labels for 4 scores" in caught.value.problems[0].message


@pytest.mark.parametrize("made", ["NULL::DOUBLE", "'nan'::DOUBLE", "'-inf'::FLOAT"])
def test_a_column_without_a_value_cannot_be_cut(
    engine: DuckDBEngine, tmp_path: Path, made: str
) -> None:
    engine.execute(f"CREATE TABLE t AS SELECT i AS id, {made} AS n FROM range(9) AS r(i)")
    node = bucket_set(tmp_path, ["{name: q, column: n, quantiles: 5}"])
    with pytest.raises(DataError) as caught:
        edges_of(engine, node)
    assert [(p.code, str(p.place)) for p in caught.value.problems] == [("SK306", "sql/b.yml:6:27")]


def test_large_and_small_numbers_keep_their_order(engine: DuckDBEngine, tmp_path: Path) -> None:
    for number in ("i * 1e300", "i * 1e-310", "-i * 1.7e306", "i + 1e15", "1 + i * 1e-12"):
        engine.execute(
            f"CREATE OR REPLACE TABLE t AS SELECT i AS id, {number} AS n FROM range(100) AS r(i)"
        )
        node = bucket_set(tmp_path, ["{name: q, column: n, quantiles: 4}"])
        found = published(engine, node, edges_of(engine, node))
        scores = [row[2] for row in found]
        assert scores == sorted(scores, reverse=number.startswith("-")), number
        assert np.bincount(scores)[1:].tolist() == [25, 25, 25, 25], number


def test_edges_are_those_of_quantile_cont(engine: DuckDBEngine, tmp_path: Path) -> None:
    """Rounded to nine digits where no customer lies between the two."""
    data = rows(4)
    fill(engine, data)
    node = bucket_set(tmp_path, [f"{{name: q{n}, column: {n}, quantiles: 6}}" for n in TYPES])
    edges = edges_of(engine, node)
    for name, type_ in TYPES.items():
        finite = f"isfinite({name})" if type_ in ("FLOAT", "DOUBLE") else "TRUE"
        column = f"CAST({name} AS DOUBLE)"
        for number, edge in enumerate(edges[f"q{name}"].edges, start=1):
            exact = f"(SELECT quantile_cont({column}, {number} / 6) FROM t WHERE {finite})"
            between = engine.query(
                f"SELECT count(*) FROM t WHERE {finite} AND "
                f"({column} <= {exact}) <> ({column} <= {float(edge)!r}::DOUBLE)"
            )
            assert between == [(0,)], (name, number)
            assert len(edge.as_tuple().digits) <= 9 or float(edge) == duckdb_value(engine, exact)


def duckdb_value(engine: DuckDBEngine, sql: str) -> float:
    found: float = engine.query(f"SELECT {sql}")[0][0]
    return found
