"""Which edges are published: those that are stored, or new ones under a new number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from segkit.core.edges import ScoreEdges
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import DataError, FitError
from segkit.project.nodes import BucketSet, Project
from segkit.publish.stored.edge_files import edge_files
from segkit.publish.stored.score_edges import (
    ChosenEdges,
    check_label_counts,
    choose_edges,
    current_edges,
    read_current,
    score_warnings,
)
from segkit.publish.stored.write_files import write_files
from segkit.publish.subject import read_subject
from tests.publish.shops import fill, node, shop

YML = """\
buckets:
  - name: scores
    from: customer_features
    key: customer_id
    columns:
      - {name: age_q, column: age, quantiles: 4}
"""
FIRST = "SELECT i AS customer_id, i + 1 AS age FROM range(101) AS t(i)"  # 1 to 101
SECOND = "SELECT i AS customer_id, 10 * i AS age FROM range(101) AS t(i)"


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        fill(scratch, FIRST)
        yield scratch


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return shop(tmp_path, YML)


def choose(project: Project, engine: DuckDBEngine, **options: Any) -> ChosenEdges:
    subject = read_subject(engine, project, node(project, "scores", BucketSet))
    asked = {"locked": False, "refresh": False, **options}
    found = choose_edges(engine, subject, **asked)
    assert found is not None
    return found


def store(project: Project, chosen: ChosenEdges) -> None:
    write_files(edge_files(chosen.edges, project.fits_directory), project.directory)


def test_edges_are_found_once_and_stay(project: Project, engine: DuckDBEngine) -> None:
    first = choose(project, engine)
    assert (first.new, first.before, first.edges.version) == (True, None, 1)
    assert first.edges.scores["age_q"].edges == (26, 51, 76)
    store(project, first)
    fill(engine, SECOND)
    again = choose(project, engine, locked=True)
    assert (again.new, again.edges) == (False, first.edges)


def test_a_refresh_has_the_next_number_and_old_edges_their_old_one(
    project: Project, engine: DuckDBEngine
) -> None:
    first = choose(project, engine)
    third = replace(first.edges, version=3)  # 2 was deleted, and its number is not used again
    store(project, first)
    store(project, replace(first, edges=third))
    fill(engine, SECOND)
    new = choose(project, engine, refresh=True)
    assert (new.edges.version, new.before) == (4, third)
    assert new.edges.scores["age_q"].edges == (250, 500, 750)
    store(project, new)
    fill(engine, FIRST)
    back = choose(project, engine, refresh=True)
    assert (back.edges.version, back.edges.scores) == (3, first.edges.scores)


def test_what_may_not_be_looked_for(project: Project, engine: DuckDBEngine) -> None:
    with pytest.raises(FitError, match="`age_q` of scores has no stored edges yet"):
        choose(project, engine, locked=True)
    with pytest.raises(FitError, match="is published, and has no stored edges"):
        choose(project, engine, published=("age_q",))
    assert choose(project, engine, published=("age_q",), refresh=True).new
    assert choose(project, engine, published=("other",)).new
    assert read_current(project, node(project, "scores", BucketSet)) is None


def test_another_definition_is_said(project: Project, engine: DuckDBEngine, tmp_path: Path) -> None:
    store(project, choose(project, engine))
    assert current_edges(project, node(project, "scores", BucketSet))["age_q"].rows == 101
    changed = shop(tmp_path, YML.replace("quantiles: 4", "quantiles: 5"))
    with pytest.raises(FitError) as raised:
        choose(changed, engine)
    assert raised.value.problems[0].notes == ("changed: quantiles: 4 -> 5",)
    assert "(v0001)" in raised.value.problems[0].message
    with pytest.raises(FitError, match="changed since its edges were stored"):
        current_edges(changed, node(changed, "scores", BucketSet))
    assert choose(changed, engine, refresh=True).edges.version == 2


def test_a_set_without_scores_has_no_edges(tmp_path: Path, engine: DuckDBEngine) -> None:
    bands = shop(tmp_path, YML.replace("quantiles: 4", "edges: [30]"))
    subject = read_subject(engine, bands, node(bands, "scores", BucketSet))
    for refresh in (True, False):
        assert choose_edges(engine, subject, locked=True, refresh=refresh) is None


@pytest.mark.parametrize(("edges", "scores"), [((1, 2, 3), 4), ((1, 1, 3), 3), ((1, 1, 1), 2)])
def test_edges_that_fall_together(project: Project, edges: tuple[int, ...], scores: int) -> None:
    buckets = node(project, "scores", BucketSet)
    stored = {"age_q": ScoreEdges(tuple(map(D, edges)), 9, {})}
    said = [problem.message for problem in score_warnings(buckets, stored)]
    listed = ", ".join(map(str, edges))
    assert said == [f"edges of `age_q` fall together ({listed}): {scores} scores instead of 4"] * (
        scores < 4
    )


def test_labels_are_as_many_as_scores(tmp_path: Path) -> None:
    yml = YML.replace("quantiles: 4", "quantiles: 3, labels: [low, mid, high]")
    buckets = node(shop(tmp_path, yml), "scores", BucketSet)
    check_label_counts(buckets, {"age_q": ScoreEdges((D(1), D(2)), 9, {})})
    with pytest.raises(DataError, match=r"has 3 labels for 2 scores: its edges fall together \(1"):
        check_label_counts(buckets, {"age_q": ScoreEdges((D(1), D(1)), 9, {})})
