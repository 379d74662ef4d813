"""What editors are told is what segkit accepts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from segkit.errors import Problem
from segkit.project.schema.documents import FILES, ProjectFile, ResourceFile, json_schema
from segkit.project.yaml.marks import Document, Entry
from segkit.project.yaml.validate import validate

ROOT = Path(__file__).resolve().parents[3]
VALIDATORS = {file: jsonschema.Draft202012Validator(json_schema(file)) for file in FILES}


def mistakes(spec: type[BaseModel], data: Any) -> list[Problem]:
    entry = Entry(Document("x.yml", ""))
    validate(spec, data, entry)
    return entry.problems


def complaints(file: str, data: Any) -> list[str]:
    return [error.message for error in VALIDATORS[file].iter_errors(data)]


@pytest.mark.parametrize("file", FILES)
def test_a_schema_is_one(file: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema(file))


@pytest.mark.parametrize("file", FILES)
def test_every_key_of_buckets_and_segments_is_explained(file: str) -> None:
    definitions = json_schema(file)["$defs"]
    for name in ("BucketColumnSpec", "SegmentationSpec", "FeatureSpec", "RfmSpec"):
        silent = {
            key
            for key, schema in definitions[name]["properties"].items()
            if "description" not in schema and "$ref" not in schema
        }
        assert silent <= {"description", "tags"}, name


def test_the_example_is_right() -> None:
    assert complaints("project", yaml.safe_load((ROOT / "segkit.yml").read_text())) == []
    for path in sorted((ROOT / "sql").rglob("*.yml")):
        assert complaints("resources", yaml.safe_load(path.read_text())) == [], path


COLUMN: dict[str, Any] = {"name": "b", "column": "x", "edges": [1]}
SET: dict[str, Any] = {"name": "s", "from": "c", "key": "id", "columns": [COLUMN]}
SEGMENTS: dict[str, Any] = {"name": "s", "from": "c", "key": "id"}


@pytest.mark.parametrize(
    "data",
    [
        {"buckets": [{**SET, "colums": []}]},
        {"buckets": [{**SET, "columns": [{"name": "b", "column": "x"}]}]},
        {"buckets": [{**SET, "columns": [{**COLUMN, "quantiles": 5}]}]},
        {"buckets": [{**SET, "columns": [{"name": "b", "column": "x", "quantiles": 1}]}]},
        {"buckets": [{**SET, "columns": [{**COLUMN, "closed": "both"}]}]},
        {"buckets": [{**SET, "columns": [{"name": "b", "rfm": {"recency": "r"}}]}]},
        {"segments": [{**SEGMENTS, "features": [{"column": "x", "scale": "loga"}]}]},
        {"segments": [{**SEGMENTS, "features": [{"column": "x", "weight": 0}]}]},
        {"segments": [{**SEGMENTS, "clusters": {"k": 0}}]},
        {"segments": [{**SEGMENTS, "clusters": {}, "labels": "x"}]},
        {"models": [{"name": "m", "columns": [{"name": "c", "tests": ["uniqe"]}]}]},
        {"models": [{"name": "m", "columns": [{"name": "c", "tests": [{}]}]}]},
    ],
)
def test_a_mistake_is_one_for_both(data: Any) -> None:
    assert complaints("resources", data)
    assert mistakes(ResourceFile, data)


@pytest.mark.parametrize(
    "data",
    [
        {"buckets": [{**SET, "where": "x > 1", "missing": "?"}]},
        {"buckets": [{**SET, "columns": [{"name": "b", "rules": [{"label": "a", "when": "x"}]}]}]},
        {
            "buckets": [
                {
                    **SET,
                    "columns": [
                        {
                            "name": "b",
                            "rfm": {"recency": "r", "frequency": "f", "monetary": "m"},
                            "names": {"a": ["[1-5][1-5]"], "b": 55, "c": "11 12"},
                        }
                    ],
                }
            ]
        },
        {"segments": [{**SEGMENTS, "features": ["x", {"column": "y", "kind": "category"}]}]},
        {"segments": [{**SEGMENTS, "labels": "cluster"}]},
        {"segments": [{**SEGMENTS, "clusters": {"k": "auto", "k_max": 5}}]},
        {"models": [{"name": "m", "columns": [{"name": "c", "tests": ["unique", "not_null"]}]}]},
    ],
)
def test_what_is_right_is_right_for_both(data: Any) -> None:
    assert complaints("resources", data) == []
    assert mistakes(ResourceFile, data) == []


TABLE = {"name": "t", "path": "t.csv"}


@pytest.mark.parametrize(
    ("source", "is_right"),
    [
        ({"path": "../dev.duckdb"}, True),
        ({"path": "../dev.duckdb", "schema": "staging"}, True),
        ({"path": "../dev.duckdb", "tables": [{"name": "t"}]}, True),
        ({"path": "../dev.duckdb", "tables": [{"name": "t", "relation": "s.t"}]}, True),
        ({"dbt_project": "../shop"}, True),
        ({"dbt_project": "../shop", "dbt_target": "prod", "tables": [{"name": "t"}]}, True),
        ({"tables": [TABLE, {"name": "u", "relation": "raw.u"}]}, True),
        ({}, False),
        ({"tables": []}, False),
        ({"tables": [{"name": "t", "path": "t.csv", "relation": "t"}]}, False),
        ({"tables": [TABLE], "schema": "staging"}, False),
        ({"tables": [TABLE], "dbt_target": "prod"}, False),
        ({"path": "../dev.duckdb", "dbt_project": "../shop"}, False),
        ({"path": "../dev.duckdb", "dbt_target": "prod"}, False),
        ({"dbt_project": "../shop", "schema": "staging"}, False),
    ],
)
def test_the_shapes_of_a_source(source: dict[str, Any], is_right: bool) -> None:
    data = {"name": "shop", "sources": [{"name": "s", **source}]}
    assert (complaints("project", data) == []) is is_right
    assert (mistakes(ProjectFile, data) == []) is is_right


def test_what_only_the_place_of_a_table_makes_wrong() -> None:
    """Tables are checked one by one, so that a mistake in one hides none in another."""
    for source in ({"tables": [{"name": "t"}]}, {"path": "d.duckdb", "tables": [TABLE]}):
        assert complaints("project", {"name": "shop", "sources": [{"name": "s", **source}]})


KEYS = st.sampled_from(
    ["column", "edges", "bands", "quantiles", "closed", "labels", "names", "else", "missing"]
)
VALUES = st.one_of(
    st.integers(-3, 120),
    st.sampled_from(["left", "grid", "x", ""]),
    st.lists(st.integers(0, 9), max_size=3),
    st.booleans(),
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_what_an_editor_flags_segkit_refuses(column: dict[str, Any]) -> None:
    """Never the other way round: no red line under what is right."""
    data = {"buckets": [{**SET, "columns": [{"name": "b", **column}]}]}
    if not mistakes(ResourceFile, data):
        assert complaints("resources", data) == []
