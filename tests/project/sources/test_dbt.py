"""What is read of a dbt project. A real one, made by dbt, is in tests/pipeline/test_dbt.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from segkit.errors import Place, Problem
from segkit.project.load import load_project
from segkit.project.nodes import DbtProject, ForeignRelation, Source
from segkit.project.schema.documents import SourceSpec
from segkit.project.sources.dbt import read_dbt_project
from segkit.project.yaml.marks import Document, Entry
from tests.project.projects import write_project

PLACE = Place("segkit.yml", 3, 5)
PROFILES = """\
config: {send_anonymous_usage_stats: false}
jaffle:
  target: "{{ env_var('JAFFLE_TARGET', 'dev') }}"
  outputs:
    dev: &dev {type: duckdb, path: data/dev.db.duckdb, threads: 4}
    prod: {<<: *dev, path: "{{ env_var('JAFFLE_PATH') }}"}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("DBT_PROFILES_DIR", "DBT_TARGET_PATH", "JAFFLE_TARGET", "JAFFLE_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


def node(unique_id: str, **more: Any) -> dict[str, Any]:
    kind, _, name = unique_id.split(".")[:3]
    entry = {
        "resource_type": kind,
        "name": name,
        "database": "dev",
        "schema": "main",
        "alias": name,
        "relation_name": f'"dev"."main"."{name}"',
        "config": {"materialized": "table"},
        **more,
    }
    return {unique_id: entry}


def manifest(*nodes: dict[str, Any], sources: dict[str, Any] | None = None) -> str:
    merged: dict[str, Any] = {}
    for each in nodes:
        merged |= each
    return json.dumps(
        {"metadata": {"adapter_type": "duckdb"}, "nodes": merged, "sources": sources or {}}
    )


def shop(folder: Path, **files: str) -> Path:
    texts = {
        "dbt_project.yml": "name: shop\nprofile: jaffle\n",
        "profiles.yml": PROFILES,
        "target/manifest.json": manifest(node("model.shop.customers")),
        **files,
    }
    for path, text in texts.items():
        target = folder / "shop" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder / "shop"


def project(folder: Path, target: str | None = None) -> DbtProject:
    found, _ = read(folder, target)
    assert isinstance(found, DbtProject), found
    return found


def read(folder: Path, target: str | None = None) -> tuple[DbtProject | Problem, set[str]]:
    """The project, or what is wrong with it; and the secrets."""
    document = Document("segkit.yml", "", values={("dbt_project",): PLACE})
    spec = SourceSpec(name="shop", dbt_project="../shop", dbt_target=target)
    entry = Entry(document)
    found, secrets = read_dbt_project(folder, spec, entry)
    return found or entry.problems[0], secrets


def test_the_file_is_that_of_the_profile(tmp_path: Path) -> None:
    found = project(shop(tmp_path))
    assert (found.name, found.target) == ("shop", "dev")
    assert found.path == tmp_path / "shop/data/dev.db.duckdb"
    assert found.database == "dev"


def test_another_target_and_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shop(tmp_path)
    monkeypatch.setenv("JAFFLE_PATH", "~/s3cret/prod.duckdb")
    found, secrets = read(folder, "prod")
    assert isinstance(found, DbtProject)
    assert found.path == tmp_path / "home/s3cret/prod.duckdb"
    assert secrets == {"~/s3cret/prod.duckdb"}
    monkeypatch.setenv("JAFFLE_TARGET", "prod")
    assert project(folder).target == "prod"
    # a variable that only another target needs need not be set
    monkeypatch.delenv("JAFFLE_PATH")
    assert project(folder, "dev").target == "dev"


def test_where_profiles_lie(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shop(tmp_path)
    (home / ".dbt").mkdir(parents=True)
    (home / ".dbt/profiles.yml").write_text(PROFILES.replace("data/dev", "data/home"))
    assert project(folder).database == "dev"
    (folder / "profiles.yml").unlink()
    assert project(folder).database == "home"
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path / "elsewhere"))
    problem, _ = read(folder)
    assert isinstance(problem, Problem) and problem.code == "SK107"
    assert problem.help is not None
    assert problem.help.startswith(f"looked in {tmp_path / 'elsewhere'};")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/profiles.yml").write_text(PROFILES.replace("data/dev", "data/given"))
    assert project(folder).database == "given"


def test_where_the_manifest_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shop(
        tmp_path,
        **{
            "dbt_project.yml": "profile: jaffle\ntarget-path: \"{{ env_var('X_', 'built') }}\"\n",
            "built/manifest.json": manifest(node("model.shop.orders")),
            "given/manifest.json": manifest(node("model.shop.items")),
        },
    )
    assert list(project(folder).relations) == ["orders"]
    monkeypatch.setenv("DBT_TARGET_PATH", "given")
    assert list(project(folder).relations) == ["items"]


def test_names_of_relations(tmp_path: Path) -> None:
    text = manifest(
        node("model.shop.customers", alias="dim_customers", schema="main_marts"),
        node("seed.shop.countries", description="ISO"),
        node("snapshot.shop.orders_snapshot"),
        node("test.shop.unique_customers"),
        node("model.shop.orders.v1", alias="orders_v1", version=1, latest_version=2),
        node("model.shop.orders.v2", alias="orders_v2", version=2, latest_version=2),
        node("model.shop.step", relation_name=None, config={"materialized": "ephemeral"}),
        sources={
            **node("source.shop.raw.customers", name="customers", alias=None, identifier="c"),
            **node("source.shop.raw.a_file", name="a_file", relation_name="read_csv('x.csv')"),
        },
    )
    found = project(shop(tmp_path, **{"target/manifest.json": text})).relations
    assert {name: [(r.schema, r.name) for r in every] for name, every in found.items()} == {
        "customers": [("main_marts", "dim_customers"), ("main", "c")],
        "countries": [("main", "countries")],
        "orders_snapshot": [("main", "orders_snapshot")],
        "orders": [("main", "orders_v2")],
        "orders_v1": [("main", "orders_v1")],
        "orders_v2": [("main", "orders_v2")],
        "step": [("main", "step")],
        "a_file": [("main", "raw")],
    }
    assert [name for name, every in found.items() if not every[0].exists] == ["step", "a_file"]
    assert found["countries"][0].description == "ISO"


def test_in_a_project(tmp_path: Path) -> None:
    """A model wins over a source of its name; what nobody reads is no node."""
    text = manifest(
        node("model.shop.customers", schema="main_marts", description="All"),
        node("model.shop.orders"),
        node("model.other.orders", schema="other"),
        sources=node("source.shop.raw.customers", relation_name='"dev"."raw"."customers"'),
    )
    shop(tmp_path, **{"target/manifest.json": text})
    loaded = load_project(
        write_project(
            tmp_path / "segments",
            {
                "segkit.yml": "name: segments\nsources:\n"
                "  - name: dbt\n    dbt_project: ../shop\n    tables:\n"
                "      - {name: customers, columns: [{name: id, tests: [unique]}]}\n"
                "      - {name: orders, relation: other.orders, description: Own}\n"
                "  - {name: raw, path: ../x.duckdb, schema: s}\n",
                "sql/m.sql": "SELECT 1 FROM {{ source('dbt', 'customers') }}, "
                "{{ source('raw', 'My table') }}, {{ source('raw', 'staging.t') }}",
                "sql/tests/t.sql": "SELECT 1 FROM {{ source('raw', 'tested') }} WHERE false",
                "sql/b.yml": "buckets: [{name: b, from: raw.from, key: id, "
                "columns: [{name: x, column: y, edges: [1]}]}]\n",
            },
        )
    )
    sources = {n.name: n for n in loaded.nodes.values() if isinstance(n, Source)}
    path, file = tmp_path / "shop/data/dev.db.duckdb", tmp_path / "x.duckdb"
    assert {name: source.foreign for name, source in sources.items()} == {
        "dbt.customers": ForeignRelation(path, "main_marts", "customers"),
        "dbt.orders": ForeignRelation(path, "other", "orders"),
        "raw.My table": ForeignRelation(file, "s", "My table"),
        "raw.staging.t": ForeignRelation(file, "staging", "t"),
        "raw.tested": ForeignRelation(file, "s", "tested"),
        "raw.from": ForeignRelation(file, "s", "from"),
    }
    assert [sources[n].description for n in ("dbt.customers", "dbt.orders")] == ["All", "Own"]
    assert {name: str(source.read_at) for name, source in sources.items()} == {
        "dbt.customers": "None",
        "dbt.orders": "None",
        "raw.My table": "sql/m.sql:1:52",
        "raw.staging.t": "sql/m.sql:1:85",
        "raw.tested": "sql/tests/t.sql:1:18",
        "raw.from": "sql/b.yml:1:27",
    }
    assert loaded.nodes["m"].depends_on == (
        "dbt.customers",
        "raw.My table",
        "raw.staging.t",
    )
    assert [source.name for source in loaded.duckdb_sources] == ["dbt", "raw"]
