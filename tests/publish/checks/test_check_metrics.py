"""Metrics are read before anything is learned, and `period: later` is held against the dates."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import DataError, Problem
from segkit.project.load import load_project
from segkit.project.nodes import Segmentation
from segkit.publish.checks.check_metrics import check_metrics, period_warnings
from segkit.publish.subject import Subject, read_subject
from tests.project.projects import write_project

YML = """\
segments:
  - name: s
    from: buyers
    key: id
    features: [age]
    metrics:
      - {column: spent, period: later}
      - returns
"""
MODEL = (
    "SELECT id, age, spent, returns FROM {{ ref('people') }} JOIN {{ ref('orders') }} USING (id)"
)


def shop(directory: Path, values: str, as_of: str = "") -> tuple[DuckDBEngine, Subject]:
    files = {
        "sql/s.yml": YML,
        "sql/buyers.sql": MODEL,
        "warehouse/seeds/people.csv": "id,age\n1,2\n",
        "warehouse/seeds/orders.csv": "id,at\n1,2025-12-30\n",
    }
    if as_of:
        files["segkit.yml"] = (
            "name: shop\ntarget: dev\ntargets: {dev: {type: duckdb, path: warehouse/shop.duckdb}}\n"
            f"vars: {{as_of: {as_of}}}\n"
        )
    project = load_project(write_project(directory, files))
    engine = DuckDBEngine()
    engine.execute(
        f"CREATE TABLE buyers AS SELECT * FROM (VALUES {values}) AS t(id, age, spent, returns)"
    )
    engine.execute("CREATE TABLE people AS SELECT DATE '1990-01-01' AS born, 1 AS id")
    engine.execute("CREATE TABLE orders AS SELECT TIMESTAMP '2025-12-30 10:00' AS at, 1 AS id")
    node = project.nodes["s"]
    assert isinstance(node, Segmentation)
    return engine, read_subject(engine, project, node)


def refused(engine: DuckDBEngine, subject: Subject) -> list[Problem]:
    with pytest.raises(DataError) as caught:
        check_metrics(engine, subject)
    return list(caught.value.problems)


def test_metrics_that_are_there(tmp_path: Path) -> None:
    engine, subject = shop(tmp_path, "(1, 2, 3.5, TRUE), (2, 3, NULL, NULL)")
    check_metrics(engine, subject)


@pytest.mark.parametrize(
    "nothing", ["NULL::DOUBLE", "'nan'::DOUBLE", "'inf'::FLOAT", "NULL::INTEGER"]
)
def test_a_metric_of_nothing_may_come_later(tmp_path: Path, nothing: str) -> None:
    engine, subject = shop(tmp_path, f"(1, 2, {nothing}, {nothing})")
    check_metrics(engine, subject)


def test_nobody_has_no_metric(tmp_path: Path) -> None:
    engine, subject = shop(tmp_path, "(1, 2, NULL::DOUBLE, NULL::DOUBLE)")
    engine.execute("DELETE FROM buyers")
    check_metrics(engine, subject)


def test_a_sum_that_overflows_names_its_metric(tmp_path: Path) -> None:
    huge = "99999999999999999999999999999999999999::DECIMAL(38,0)"
    engine, subject = shop(tmp_path, f"(1, 2, {huge}, 1), (2, 3, {huge}, 1), (3, 3, {huge}, 1)")
    (problem,) = refused(engine, subject)
    assert problem.code == "SK307" and problem.message.startswith("`spent` cannot be added up: ")
    assert str(problem.place) == "sql/s.yml:7:18"


@pytest.mark.parametrize(
    ("as_of", "is_said"),
    [("", False), ('"2025-12-30"', False), ('"2025-12-31"', True), ('"soon"', False)],
)
def test_a_later_period_in_which_nothing_happened(
    tmp_path: Path, as_of: str, is_said: bool
) -> None:
    engine, subject = shop(tmp_path, "(1, 2, 3, 4)", as_of)
    said = [(p.code, p.severity, str(p.place), p.message) for p in period_warnings(engine, subject)]
    message = (
        "`spent` is declared as of a later period, and nothing happened then: the newest date is "
        "2025-12-30, in `at` of orders, and the features are as of 2025-12-31"
    )
    assert said == [("SK323", "warning", "sql/s.yml:7:18", message)] * is_said


def test_without_dates_nothing_is_said(tmp_path: Path) -> None:
    engine, subject = shop(tmp_path, "(1, 2, 3, 4)", '"2026-01-01"')
    for table in ("people", "orders"):
        engine.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT 1 AS id")
    assert list(period_warnings(engine, subject)) == []


def test_a_metric_that_a_source_brings_may_look_ahead(tmp_path: Path) -> None:
    """Whoever made the file knows of which period it is; its dates are of other things."""
    engine, subject = shop(tmp_path, "(1, 2, 3, 4)", '"2026-01-01"')
    engine.execute("ALTER TABLE people ADD COLUMN spent INTEGER")
    assert list(period_warnings(engine, subject)) == []
