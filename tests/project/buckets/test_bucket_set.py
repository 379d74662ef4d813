"""Bucket sets as they stand in a project."""

from __future__ import annotations

from pathlib import Path

from segkit.project.load import load_project
from segkit.project.nodes import BucketSet
from tests.project.buckets.bucket_columns import BANDS
from tests.project.projects import codes, problems_of, write_project


def test_a_set_in_a_project(tmp_path: Path) -> None:
    yaml = BANDS.format(column="age", closed="left", a=5, b=5) + "    missing: Not known\n"
    project = load_project(write_project(tmp_path, {"sql/buckets.yml": yaml}))
    node = project.nodes["customer_buckets"]
    assert isinstance(node, BucketSet)
    assert (node.relation, node.key, node.depends_on) == (
        "customer_features",
        "customer_id",
        ("customer_features",),
    )
    assert str(node.key_place) == "sql/buckets.yml:4:10"
    assert str(node.columns[0].column_place) == "sql/buckets.yml:6:30"
    assert node.columns[0].missing == "Not known"


def test_an_unknown_relation_cannot_be_counted(tmp_path: Path) -> None:
    yaml = BANDS.format(column="age", closed="left", a=5, b=3).replace(
        "from: customer_features", "from: nothing_like_it"
    )
    problems = problems_of(write_project(tmp_path, {"sql/buckets.yml": yaml}))
    assert sorted(codes(problems)) == ["SK101", "SK201"]
    assert [problem.affected for problem in problems] == [None, None]
