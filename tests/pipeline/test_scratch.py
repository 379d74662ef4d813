from __future__ import annotations

from pathlib import Path

import pytest

from segkit.engines.duckdb import open_scratch
from segkit.errors import EngineError, FitError, SegkitError
from segkit.pipeline.run_options import Options, open_project
from segkit.pipeline.scratch import fill_scratch, fill_with, open_relation
from tests.conftest import MakeProject

MORE = {
    "sql/segments.yml": None,
    "sql/features/more.sql": "SELECT *, age * 2 AS twice FROM {{ ref('customer_features') }}",
    "sql/other.sql": "{{ config(materialized='table') }}SELECT 1 AS one",
    "segkit.yml": """\
name: shop
sources:
  - name: crm
    tables:
      - {name: customers, path: data/customers.csv}
""",
}


def names(engine: object) -> set[str]:
    rows = engine.query("SELECT table_name FROM information_schema.tables")  # type: ignore[attr-defined]
    return {row[0] for row in rows}


def test_what_lies_above_is_there_and_nothing_else(make_project: MakeProject) -> None:
    project = open_project(Options(make_project(files=MORE)))
    with open_scratch() as engine:
        fill_scratch(project, engine, ["more"])
        assert names(engine) == {"customers", "customer_features"}
        assert engine.query("SELECT count(*) FROM customer_features") == [(240,)]
    with open_scratch() as engine:
        fill_with(project, engine, ["more", "other"])
        assert names(engine) == {"customers", "customer_features", "more", "other"}
        assert engine.query("SELECT count(*) FROM more WHERE twice = 2 * age") == [(240,)]


def test_buckets_are_made_as_they_would_be_published(make_project: MakeProject) -> None:
    project = open_project(Options(make_project(files=MORE)))
    with open_scratch() as engine:
        fill_with(project, engine, ["customer_buckets"])
        differ = "SELECT count(*) FROM customer_buckets JOIN customer_features USING (customer_id)"
        assert engine.query(f"{differ} WHERE (age < 25) <> (age_band = '<25')") == [(0,)]


def test_a_scratch_reads_no_files_once_it_is_filled(make_project: MakeProject) -> None:
    folder = make_project(files=MORE)
    project = open_project(Options(folder))
    with open_scratch() as engine:
        fill_with(project, engine, ["customer_features"])
        with pytest.raises(EngineError):
            engine.query(f"SELECT * FROM read_csv('{folder}/data/customers.csv')")


def test_without_a_build_a_relation_is_made_of_the_files(make_project: MakeProject) -> None:
    project = open_project(Options(make_project(files=MORE)))
    with open_relation(project, "customer_features") as engine:
        assert engine.query("SELECT count(*) FROM customer_features") == [(240,)]


def test_errors_point_to_where_it_is_written(make_project: MakeProject) -> None:
    broken = {**MORE, "sql/features/more.sql": "SELECT agee FROM {{ ref('customer_features') }}"}
    project = open_project(Options(make_project(files=broken)))
    with open_scratch() as engine, pytest.raises(SegkitError) as raised:
        fill_with(project, engine, ["more"])
    assert str(raised.value.problems[0].place) == "sql/features/more.sql:1:8"
    (project.directory / "data/customers.csv").unlink()
    with open_scratch() as engine, pytest.raises(SegkitError) as raised:
        fill_with(project, engine, ["customer_features"])
    assert str(raised.value.problems[0].place).startswith("segkit.yml:5:")


def test_segments_and_scores_need_what_was_learned(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = open_project(Options(make_project()))
    with open_scratch() as engine, pytest.raises(FitError, match="has no fit yet"):
        fill_with(project, engine, ["shopper_segments"])
