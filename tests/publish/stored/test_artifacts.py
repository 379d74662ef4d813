from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from segkit.core.rules import Interval
from segkit.errors import Label, Place, Problem
from segkit.project.buckets.band_buckets import BandColumn
from segkit.project.buckets.band_errors import Band
from segkit.project.nodes import (
    About,
    BucketSet,
    ClusterSpec,
    DataTest,
    Feature,
    Model,
    Node,
    Project,
    RuleSpec,
    Seed,
    Segmentation,
    Source,
    Target,
)
from segkit.publish.stored.artifacts import node_entry, write_manifest, write_run_results
from segkit.results import NodeResult
from tests.report.samples import build_result

PLACE = Place("sql/features/customer_features.sql", 1)
YAML = Place("sql/segments.yml", 2, 5)
SECRET = "hunter2"


def project(directory: Path) -> Project:
    nodes: tuple[Node, ...] = (
        Source("crm.orders", "crm", "orders", YAML, path=directory.parent / "orders.parquet"),
        Seed("customers", directory / "warehouse/seeds/customers.csv", YAML),
        Model(
            "customer_features",
            PLACE,
            "SELECT '{{ env_var('PW') }}'",
            f"SELECT '{SECRET}'",
            "table",
            ("customers", "crm.orders"),
            ("daily",),
            "Features",
            {"customer_id": "The key"},
        ),
        BucketSet(
            "bands",
            "customer_features",
            "customer_id",
            (
                BandColumn(
                    name="age_band",
                    missing="Unknown",
                    place=YAML,
                    column="age",
                    bands=(
                        Band("<25", Interval(upper=Decimal("25")), YAML),
                        Band("25+", Interval(lower=Decimal("25")), YAML),
                    ),
                    column_place=YAML,
                ),
            ),
            YAML,
            YAML,
            ("customer_features",),
        ),
        Segmentation(
            "shoppers",
            "customer_features",
            "customer_id",
            (Feature("spend", YAML, "Spend"),),
            ClusterSpec(None, 10, 111),
            RuleSpec(None, 0.05, 0.01),
            "median",
            YAML,
            YAML,
            ("customer_features",),
            about={"A": About(PLACE, "Big", "call", "CRM")},
            metrics=(Feature("revenue", YAML),),
        ),
        DataTest(
            "unique x",
            "unique",
            ("customer_features",),
            YAML,
            "customer_features",
            "customer_id",
            {"since": date(2026, 1, 1)},
            sql=f"SELECT '{SECRET}'",
        ),
    )
    return Project(
        "shop",
        directory,
        Target("dev", "duckdb", directory / f"{SECRET}.duckdb"),
        {"password": SECRET},
        {node.name: node for node in nodes},
    )


def manifest(tmp_path: Path) -> dict[str, Any]:
    path = write_manifest(project(tmp_path / "shop"), tmp_path / "target")
    assert path == tmp_path / "target" / "manifest.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_manifest_lists_nodes_by_unique_id(tmp_path: Path) -> None:
    found = manifest(tmp_path)
    assert found["metadata"]["schema_version"] == 1
    assert list(found["nodes"]) == [
        "source.shop.crm.orders",
        "seed.shop.customers",
        "model.shop.customer_features",
        "buckets.shop.bands",
        "segmentation.shop.shoppers",
        "test.shop.unique x",
    ]
    model = found["nodes"]["model.shop.customer_features"]
    assert model == {
        "unique_id": "model.shop.customer_features",
        "resource_type": "model",
        "name": "customer_features",
        "path": "sql/features/customer_features.sql",
        "line": 1,
        "depends_on": {"nodes": ["seed.shop.customers", "source.shop.crm.orders"]},
        "tags": ["daily"],
        "description": "Features",
        "config": {"materialized": "table"},
        "columns": {"customer_id": {"name": "customer_id", "description": "The key"}},
    }


def test_every_kind_says_its_configuration(tmp_path: Path) -> None:
    nodes = manifest(tmp_path)["nodes"]
    configs = {key.split(".")[0]: node["config"] for key, node in nodes.items()}
    assert configs["source"]["file"] == "../orders.parquet"
    assert configs["seed"]["file"] == "warehouse/seeds/customers.csv"
    assert configs["buckets"]["columns"][0]["bands"][0] == {
        "label": "<25",
        "lower": None,
        "lower_closed": True,
        "upper": 25,
        "upper_closed": False,
    }
    assert configs["segmentation"]["clusters"] == {"k": "auto", "k_max": 10, "seed": 111}
    assert configs["segmentation"]["about"]["A"]["action"] == "call"
    assert configs["segmentation"]["metrics"] == ["revenue"]
    assert configs["test"]["arguments"] == {"since": "2026-01-01"}
    assert list(nodes["buckets.shop.bands"]["columns"]) == [
        "customer_id",
        "age_band",
        "age_band_order",
    ]
    assert "segment_order" in nodes["segmentation.shop.shoppers"]["columns"]


def test_nothing_rendered_and_no_variable_is_in_the_manifest(tmp_path: Path) -> None:
    assert SECRET not in json.dumps(manifest(tmp_path))


def test_the_same_project_gives_the_same_bytes_and_leaves_no_other_file(tmp_path: Path) -> None:
    manifest(tmp_path)
    before = (tmp_path / "target/manifest.json").read_bytes()
    manifest(tmp_path)
    assert (tmp_path / "target/manifest.json").read_bytes() == before
    assert [path.name for path in (tmp_path / "target").iterdir()] == ["manifest.json"]


def test_run_results_say_status_message_time_and_failures(tmp_path: Path) -> None:
    problem = Problem("SK501", "orders: 3 rows fail", (Label(YAML),), notes=("target/x.sql",))
    result = build_result(
        NodeResult("customers", "seed", "ok", "loaded seed customers", "4128", 0.25),
        NodeResult(
            "no orphans", "test", "fail", "no orphans", seconds=0.5, problems=(problem,), failures=3
        ),
        NodeResult("shoppers", "segmentation", "skip", "shoppers"),
        ok=False,
    )
    path = write_run_results(result, tmp_path / "target", "shop")
    found = json.loads(path.read_text(encoding="utf-8"))
    assert (found["success"], found["published"], found["elapsed_time"]) == (False, False, 0.75)
    assert found["metadata"]["as_of"] == "2026-01-01T00:00:00+00:00"
    seed, test, skipped = found["results"]
    assert (seed["unique_id"], seed["status"], seed["message"]) == (
        "seed.shop.customers",
        "ok",
        "4128",
    )
    assert (test["status"], test["failures"], test["message"], test["success"]) == (
        "fail",
        3,
        "orders: 3 rows fail",
        False,
    )
    assert test["problems"][0]["place"] == "sql/segments.yml:2:5"
    assert (skipped["status"], skipped["message"], skipped["execution_time"]) == ("skip", None, 0.0)


def test_a_node_entry_is_plain_data(tmp_path: Path) -> None:
    for node in project(tmp_path).nodes.values():
        entry = node_entry(node, tmp_path)
        assert entry["resource_type"] == node.kind
        json.dumps(entry, default=str)
