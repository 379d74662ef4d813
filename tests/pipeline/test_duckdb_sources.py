"""Sources that are whole DuckDB files: what is read is copied, and they stay as they are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.errors import ConfigError
from segkit.pipeline import (
    Options,
    compile_node,
    debug_project,
    fit_challengers,
    list_nodes,
    run_build,
    run_models,
    show_rows,
)
from segkit.results import Event
from tests.conftest import BUCKETS_YML, TWO_SEGMENTS_YML, MakeProject
from tests.engines.duckdb.test_foreign_files import HOLD, digest

T0, T1 = datetime(2026, 1, 1), datetime(2026, 2, 1)
SEGKIT_YML = "name: shop\nsources:\n  - {name: raw, path: ../dev.duckdb}\n"
MODEL = "SELECT customer_id, age, income, spend FROM {{ source('raw', 'customers') }}\n"


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    """The usual project on a table of ../dev.duckdb, which has a view and a table more."""
    project = make_project(
        files={
            "segkit.yml": SEGKIT_YML,
            "sql/features/customer_features.sql": MODEL,
            "sql/segments.yml": TWO_SEGMENTS_YML,
        }
    )
    with duckdb.connect(str(project.parent / "dev.duckdb")) as theirs:
        path = project / "data/customers.csv"
        theirs.execute(f"CREATE TABLE customers AS FROM read_csv('{path}')")
        theirs.execute("CREATE SCHEMA staging")
        theirs.execute("CREATE VIEW staging.adults AS SELECT * FROM customers WHERE age >= 30")
        theirs.execute("CREATE TABLE secrets AS SELECT 1 AS x")
    return project


def write(project: Path, path: str, text: str) -> None:
    (project / path).write_text(text, encoding="utf-8")


def query(project: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def tables(project: Path) -> set[str]:
    sql = "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
    return {name for (name,) in query(project, sql)}


@contextmanager
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), "60"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_what_is_published_needs_the_file_no_longer(project: Path) -> None:
    theirs = project.parent / "dev.duckdb"
    before = digest(theirs)
    result = run_build(Options(project, as_of=T0))
    assert result.ok, [p.message for n in result.nodes for p in n.problems]
    assert digest(theirs) == before
    theirs.unlink()
    assert query(project, "SELECT count(*) FROM shopper_segments") == [(240,)]
    assert query(project, "SELECT count(*) FROM customer_buckets") == [(240,)]
    assert "raw.customers" in tables(project)
    assert not {name for name in tables(project) if "secrets" in name}


def test_from_names_tables_in_segkit_yml_and_in_sql(project: Path) -> None:
    segments = TWO_SEGMENTS_YML.replace("customer_features", "raw.customers")
    write(project, "segkit.yml", SEGKIT_YML + segments)
    (project / "sql/segments.yml").unlink()
    buckets = BUCKETS_YML.replace("customer_features", "young.adults")
    write(project, "sql/buckets.yml", buckets + buckets_of_another_schema())
    source = "  - {name: young, path: ../dev.duckdb, schema: staging, description: Of age}\n"
    write(project, "segkit.yml", SEGKIT_YML + source + segments)
    (project / "sql/features/customer_features.sql").unlink()
    assert run_build(Options(project, as_of=T0)).ok
    assert query(project, "SELECT count(*) FROM shopper_segments") == [(240,)]
    adults = query(project, "SELECT count(*) FROM raw.customers WHERE age >= 30")
    assert query(project, "SELECT count(*) FROM customer_buckets") == adults
    names = {node.name for node in list_nodes(Options(project))}
    assert {name for name in names if "." in name} == {
        "young.adults",
        "raw.customers",
        "raw.staging.adults",
    }
    assert query(project, "SELECT count(*) FROM adult_buckets") == adults
    assert {n.name for n in list_nodes(Options(project, select=("source:young+",)))} == {
        "young.adults",
        "customer_buckets",
    }
    with show_rows(Options(project), "young.adults", limit=2, where=None, talk=print) as table:
        assert table.columns[0] == "customer_id"
    manifest = json.loads((project / "target/manifest.json").read_text())
    entry = manifest["nodes"]["source.shop.young.adults"]
    assert entry["description"] == "Of age"
    assert entry["config"]["database"] == {
        "file": "../dev.duckdb",
        "schema": "staging",
        "name": "adults",
    }


def buckets_of_another_schema() -> str:
    set_ = BUCKETS_YML.replace("customer_features", "raw.staging.adults")
    return set_.replace("customer_buckets", "adult_buckets").removeprefix("buckets:\n")


def test_a_listed_table_has_its_words_and_tests(project: Path) -> None:
    write(
        project,
        "segkit.yml",
        """\
name: shop
sources:
  - name: raw
    path: ../dev.duckdb
    tables:
      - name: customers
        relation: staging.adults
        columns:
          - name: customer_id
            tests: [unique, {relationships: {to: "source('raw', 'secrets')", field: x}}]
""",
    )
    result = run_build(Options(project, as_of=T0))
    assert {n.name: n.status for n in result.nodes if n.kind == "test" and "raw" in n.name} == {
        "unique_raw_customers_customer_id": "pass",
        "relationships_raw_customers_customer_id": "fail",
    }
    assert not result.published


def test_a_source_is_read_anew_by_what_reads_it(project: Path) -> None:
    (project / "sql/segments.yml").unlink()
    assert run_build(Options(project, as_of=T0)).ok
    with duckdb.connect(str(project.parent / "dev.duckdb")) as theirs:
        theirs.execute("DELETE FROM customers WHERE CAST(customer_id AS INTEGER) > 200")
    assert run_models(Options(project, as_of=T1, select=("customer_features",))).ok
    assert query(project, "SELECT count(*) FROM customer_buckets") == [(200,)]
    # nobody reads it any more: it goes
    model = MODEL.replace("source('raw', 'customers')", "source('raw', 'people')")
    write(project, "sql/features/customer_features.sql", model)
    with duckdb.connect(str(project.parent / "dev.duckdb")) as theirs:
        theirs.execute("ALTER TABLE secrets RENAME TO people_before")
        theirs.execute("CREATE TABLE people AS FROM customers")
    assert run_build(Options(project, as_of=T1)).ok
    assert {name for name in tables(project) if name.startswith("raw.")} == {"raw.people"}


def test_a_view_of_the_file_that_reads_another_file_is_refused(project: Path) -> None:
    with duckdb.connect(str(project.parent / "dev.duckdb")) as theirs:
        theirs.execute(f"CREATE VIEW peek AS FROM read_csv('{project / 'data/customers.csv'}')")
    write(project, "sql/features/customer_features.sql", MODEL.replace("customers", "peek"))
    with pytest.raises(ConfigError) as caught:
        run_build(Options(project))
    problem = caught.value.problems[0]
    assert problem.code == "SK106"
    assert "file system operations are disabled" in problem.message
    assert [str(label.place) for label in problem.labels] == [
        "segkit.yml:3:23",
        "sql/features/customer_features.sql:1:48",
    ]


@pytest.mark.slow  # tests/engines/duckdb/test_foreign_files.py waits for one too
def test_a_writer_is_waited_for(project: Path) -> None:
    told: list[str] = []
    theirs = project.parent / "dev.duckdb"
    with writer(theirs) as process:

        def listen(event: Event) -> None:
            if event.kind == "info" and "waiting" in event.text:
                told.append(event.text)
                process.kill()

        assert run_build(Options(project, as_of=T0), listen).ok
        assert told == [f"waiting for process {process.pid}, which has dev.duckdb open"]
    with duckdb.connect(str(theirs)) as connection:  # else what is published is read
        connection.execute("CREATE TABLE changed AS SELECT 1 AS one")
    with writer(theirs) as process:
        told.clear()
        assert fit_challengers(Options(project), [], False, listen)
        assert told == [f"waiting for process {process.pid}, which has dev.duckdb open"]


def test_patience_ends(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segkit.pipeline.run_options.LOCK_TIMEOUT_SECONDS", 0.2)
    with writer(project.parent / "dev.duckdb") as process:
        result = run_build(Options(project))
    problem = result.nodes[0].problems[0]
    assert problem.code == "SK601"
    assert problem.message == f"dev.duckdb is in use by process {process.pid}"
    assert str(problem.place) == "segkit.yml:3:23"
    assert not result.published


@pytest.mark.slow  # test_scores.py builds in such a file
def test_somebody_elses_file_as_target(project: Path) -> None:
    (project / "sql/segments.yml").unlink()
    (project / "warehouse").mkdir()
    with duckdb.connect(str(project / "warehouse/shop.duckdb")) as target:
        target.execute("CREATE TABLE theirs AS SELECT 42 AS answer")
        target.execute("CREATE TABLE customers AS SELECT 'not these' AS customer_id")
    for as_of in (T0, T1):
        result = run_build(Options(project, as_of=as_of))
        assert result.ok, [p.message for n in result.nodes for p in n.problems]
        assert query(project, "SELECT count(*) FROM customer_buckets") == [(240,)]
    assert query(project, "SELECT answer FROM theirs") == [(42,)]


def test_fit_compile_and_debug_without_a_build(project: Path) -> None:
    fit_challengers(Options(project), [], False)
    sql = compile_node(Options(project), "shopper_segments")
    assert "FROM customer_features" in sql
    assert "FROM raw.customers" in compile_node(Options(project), "customer_features")
    checks = {check.name: check for check in debug_project(Options(project))}
    assert checks["source raw"].ok
    assert checks["source raw"].detail == "dev.duckdb: 3 tables and views"
    (project.parent / "dev.duckdb").unlink()
    checks = {check.name: check for check in debug_project(Options(project))}
    assert not checks["source raw"].ok
    assert str(checks["source raw"].problems[0].place) == "segkit.yml:3:23"
