from __future__ import annotations

import os
from pathlib import Path

import pytest

from segkit.engines.base import Draft, Reader
from segkit.engines.open import engine_of
from segkit.errors import EngineError, FitError, SegkitError
from segkit.pipeline import run_models
from segkit.pipeline.run_options import Options, open_project
from segkit.pipeline.stand_ins import node_states, open_relations, stand_in
from segkit.project.load import load_project
from segkit.project.nodes import Project
from tests.conftest import MakeProject, build_first
from tests.project.projects import write_project

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


def draft_of(project: Project) -> Draft:
    return engine_of(project.target).open_draft(project.name)


def names(engine: Reader) -> set[str]:
    rows = engine.query(
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'memory'"
    )
    return {row[0] for row in rows}


def test_what_lies_above_is_there_and_nothing_else(make_project: MakeProject) -> None:
    project = open_project(Options(make_project(files=MORE)))
    with open_relations(project, *project.nodes["more"].depends_on) as engine:
        assert names(engine) == {"customers", "customer_features"}
        assert engine.query("SELECT count(*) FROM customer_features") == [(240,)]
    with draft_of(project) as engine:
        stand_in(project, engine, ["more", "other"])
        assert names(engine) == {"customers", "customer_features", "more", "other"}
        assert engine.query("SELECT count(*) FROM more WHERE twice = 2 * age") == [(240,)]


def test_buckets_are_made_as_they_would_be_published(make_project: MakeProject) -> None:
    project = open_project(Options(make_project(files=MORE)))
    with draft_of(project) as engine:
        stand_in(project, engine, ["customer_buckets"])
        differ = "SELECT count(*) FROM customer_buckets JOIN customer_features USING (customer_id)"
        assert engine.query(f"{differ} WHERE (age < 25) <> (age_band = '<25')") == [(0,)]


def test_a_draft_reads_no_files_once_it_is_filled(make_project: MakeProject) -> None:
    folder = make_project(files=MORE)
    project = open_project(Options(folder))
    with draft_of(project) as engine:
        stand_in(project, engine, ["customer_features"])
        with pytest.raises(EngineError):
            engine.query(f"SELECT * FROM read_csv('{folder}/data/customers.csv')")


def test_without_a_build_a_relation_is_made_of_the_files(make_project: MakeProject) -> None:
    project = open_project(Options(make_project(files=MORE)))
    with open_relations(project, "customer_features") as engine:
        assert engine.query("SELECT count(*) FROM customer_features") == [(240,)]


def test_errors_point_to_where_it_is_written(make_project: MakeProject) -> None:
    broken = {**MORE, "sql/features/more.sql": "SELECT agee FROM {{ ref('customer_features') }}"}
    project = open_project(Options(make_project(files=broken)))
    with draft_of(project) as engine, pytest.raises(SegkitError) as raised:
        stand_in(project, engine, ["more"])
    assert str(raised.value.problems[0].place) == "sql/features/more.sql:1:8"
    (project.directory / "data/customers.csv").unlink()
    with draft_of(project) as engine, pytest.raises(SegkitError) as raised:
        stand_in(project, engine, ["customer_features"])
    assert str(raised.value.problems[0].place).startswith("segkit.yml:5:")


def test_segments_and_scores_need_what_was_learned(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = open_project(Options(make_project()))
    with draft_of(project) as engine, pytest.raises(FitError, match="has no fit yet"):
        stand_in(project, engine, ["shopper_segments"])


def tables(engine: Reader) -> dict[str, str]:
    """What lies in memory, and what is only a view."""
    rows = engine.query(
        "SELECT table_name, table_type FROM information_schema.tables "
        "WHERE table_catalog = 'memory'"
    )
    return dict(rows)


def test_what_is_published_is_read_where_it_lies(make_project: MakeProject) -> None:
    """No row is copied: neither of a source whose file is the same, nor of a table."""
    table = "{{ config(materialized='table') }}SELECT * FROM {{ ref('customer_features') }}"
    folder = make_project(files={**MORE, "sql/other.sql": table})
    assert build_first(folder).ok
    project = open_project(Options(folder))
    with draft_of(project) as engine:
        stand_in(project, engine, ["other", "more"])
        assert set(tables(engine).values()) == {"VIEW"}
        assert engine.query("SELECT count(*) FROM other") == [(240,)]


def test_an_edited_model_stands_in_and_so_does_what_reads_it(make_project: MakeProject) -> None:
    table = "{{ config(materialized='table') }}SELECT * FROM {{ ref('more') }}"
    folder = make_project(files={**MORE, "sql/other.sql": table})
    assert build_first(folder).ok
    edited = "SELECT *, age * 3 AS thrice FROM {{ ref('customer_features') }}"
    (folder / "sql/features/more.sql").write_text(edited)
    project = open_project(Options(folder))
    with draft_of(project) as engine:
        stand_in(project, engine, ["other"])
        assert tables(engine) == {
            "customers": "VIEW",
            "customer_features": "VIEW",
            "more": "VIEW",
            "other": "BASE TABLE",  # worked out once: that is why it is declared as one
        }
        assert engine.query("SELECT count(*) FROM other WHERE thrice = 3 * age") == [(240,)]


def test_a_file_that_changed_is_read_anew(make_project: MakeProject) -> None:
    folder = make_project(files=MORE)
    assert build_first(folder).ok
    path = folder / "data/customers.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-40]))
    project = open_project(Options(folder))
    with open_relations(project, "customer_features") as engine:
        assert tables(engine)["customers"] == "BASE TABLE"
        assert engine.query("SELECT count(*) FROM customer_features") == [(200,)]


def test_a_table_made_of_an_older_load_is_not_taken_for_one_of_the_file(
    make_project: MakeProject,
) -> None:
    """Built again by itself, without the source whose file has changed since."""
    table = "{{ config(materialized='table') }}SELECT * FROM {{ ref('customer_features') }}"
    folder = make_project(files={**MORE, "sql/other.sql": table})
    assert build_first(folder).ok
    path = folder / "data/customers.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-40]))
    assert run_models(Options(folder, select=("other",))).ok
    with open_relations(open_project(Options(folder)), "other") as engine:
        assert engine.query("SELECT count(*) FROM other") == [(200,)]


def test_a_state_is_that_of_the_files_below(tmp_path: Path) -> None:
    write_project(tmp_path, {"sql/other.sql": "SELECT 1 AS x"})
    before = node_states(load_project(tmp_path))
    assert before.keys() >= {"customers", "customer_features", "other"}
    assert len(set(before.values())) == len(before)
    assert node_states(load_project(tmp_path)) == before
    seed = tmp_path / "warehouse/seeds/customers.csv"
    os.utime(seed, ns=(1, 1))
    after = node_states(load_project(tmp_path))
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"customers", "customer_features"}
    seed.write_text(seed.read_text() + "2,31,41\n")
    os.utime(seed, ns=(1, 1))
    assert node_states(load_project(tmp_path))["customers"] != after["customers"]


def test_another_text_is_another_state(tmp_path: Path) -> None:
    write_project(tmp_path)
    before = node_states(load_project(tmp_path))
    model = tmp_path / "sql/customer_features.sql"
    model.write_text(model.read_text().replace("income", "income + 1 AS income"))
    after = node_states(load_project(tmp_path))
    assert {n for n in before if before[n] != after[n]} == {"customer_features"}


def test_of_a_file_that_is_gone_nothing_is_known(tmp_path: Path) -> None:
    write_project(tmp_path)
    project = load_project(tmp_path)
    (tmp_path / "warehouse/seeds/customers.csv").unlink()
    assert node_states(project) == {}
