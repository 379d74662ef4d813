"""The table of kinds is whole, and nobody else knows which kinds there are."""

from __future__ import annotations

import re
from pathlib import Path

from segkit.project.buckets.bucket_set import BUILDERS, STORED
from segkit.project.nodes import BucketColumn, Score
from segkit.project.schema.buckets import BucketColumnSpec
from tests.project.buckets.bucket_columns import column

PACKAGE = Path(__file__).parents[3] / "segkit"
WRITTEN = {
    "edges": "column: x, edges: [1]",
    "bands": "column: x, bands: [{label: all}]",
    "width": "column: x, width: 10",
    "quantiles": "column: x, quantiles: 4",
    "rules": "rules: [{label: a, when: x > 1}], else: b",
    "rfm": "rfm: {recency: x, frequency: y, monetary: z}",
}


def test_every_way_to_write_a_column_is_built() -> None:
    ways = BucketColumnSpec.model_config["json_schema_extra"]["oneOf"]  # type: ignore[index, call-overload]
    assert {way["required"][0] for way in ways} == set(BUILDERS) == set(WRITTEN)
    for text in WRITTEN.values():
        built, problems = column(f"{{name: c, {text}}}")
        assert problems == []
        assert isinstance(built, BucketColumn)
        assert built.outputs[:2] == (("c", "VARCHAR"), ("c_order", "INTEGER"))


def test_stored_edges_of_every_kind_can_be_checked() -> None:
    """A file of edges says by a key of its definition which kind found them."""
    for text in WRITTEN.values():
        for score in column(f"{{name: c, {text}}}")[0].scores:
            assert len(set(STORED) & set(score.definition)) == 1
            assert score.as_stored({**score.definition, "column": "then"}).column == "then"
            assert score.as_stored({"column": "then"}) is None


def test_no_other_room_names_a_kind() -> None:
    kinds = {each.__name__ for base in (BucketColumn, Score) for each in base.__subclasses__()}
    assert len(kinds) == 7
    named = re.compile(rf"\b({'|'.join(kinds)})\b")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if named.search(path.read_text(encoding="utf-8"))
    }
    assert {path.rpartition("/")[0] for path in found} == {"project/buckets"}
