"""What is written of buckets otherwise, and when the rules of a side say nothing any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from segkit.core.edges import EdgeSet
from segkit.monitor.compare_rules import Side, compare_rules, untold
from segkit.monitor.rule_moves import RuleDiff
from segkit.pipeline import Options
from segkit.pipeline.run_options import open_project
from segkit.pipeline.stand_ins import open_relations
from segkit.project.nodes import BucketSet, Project, Segmentation
from segkit.publish.stored.score_edges import read_current
from tests.conftest import BUCKETS_YML, TWO_SEGMENTS_YML, build_first, write_project

COLUMNS = """\
      - {name: third, column: spend, quantiles: 3}
      - name: kind
        rules: [{label: Old, when: "age >= 50"}]
        else: Other
      - {name: rfm, rfm: {recency: age, frequency: income, monetary: spend}, names: none}
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"sql/buckets.yml": BUCKETS_YML + COLUMNS, "sql/segments.yml": TWO_SEGMENTS_YML}
    project = write_project(tmp_path_factory.mktemp("compare") / "shop", None, files)
    assert build_first(project).ok
    return project


def bucket_set(project: Project) -> BucketSet:
    node = project.nodes["customer_buckets"]
    assert isinstance(node, BucketSet)
    return node


def compared(directory: Path, old: str = "", new: str = "") -> dict[str, tuple[str, ...]]:
    """What is said of each column where the YAML has ``new`` instead of ``old``."""
    before = open_project(Options(directory))
    path = directory / "sql/buckets.yml"
    text = path.read_text()
    assert old in text
    try:
        path.write_text(text.replace(old, new))
        after = open_project(Options(directory))
    finally:
        path.write_text(text)
    found = sides(after, bucket_set(before), bucket_set(after))
    return {column.name.split(".")[1]: column.changes for column in found.columns if column.changes}


def sides(project: Project, before: BucketSet, after: BucketSet) -> RuleDiff:
    edges = read_current(project, after)
    with open_relations(project, "customer_features") as engine:
        return compare_rules(
            engine, project, Side(before, "one", edges), Side(after, "other", edges)
        )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("age >= 50", "age >= 60", {"kind": ("rules.Old: age >= 50 -> age >= 60",)}),
        ("else: Other", "else: Young", {"kind": ("else: Other -> Young",)}),
        ("to: 40}, {label: High, from: 40", "to: 45}, {label: High, from: 45",
         {"income_band": ("edges: 40 -> 45",)}),
        ("label: Low", "label: Small", {"income_band": ("bands: written otherwise",)}),
        ("quantiles: 3}", "quantiles: 3, labels: [a, b, c]}",
         {"third": ("labels:  -> a, b, c",)}),
        ("age >= 50", "age >= 50", {}),
    ],
)  # fmt: skip
def test_what_is_written_otherwise(
    directory: Path, old: str, new: str, said: dict[str, tuple[str, ...]]
) -> None:
    assert compared(directory, old, new) == said


def test_scores_without_a_name_are_compared_and_missing_ones_are_a_group(directory: Path) -> None:
    project = open_project(Options(directory))
    found = sides(project, bucket_set(project), bucket_set(project))
    columns = {column.name.split(".")[1]: column for column in found.columns}
    assert list(columns) == ["age_band", "income_band", "third", "kind", "rfm_r", "rfm_f", "rfm_m"]
    assert columns["rfm_f"].labels[0] == ("missing", "1", "2", "3", "4", "5")
    assert all(column.moved == 0 for column in found.columns)


def test_without_rules_nothing_is_told(directory: Path) -> None:
    project = open_project(Options(directory))
    node, segments = bucket_set(project), project.nodes["shopper_segments"]
    assert isinstance(segments, Segmentation)
    edges = read_current(project, node)
    assert edges is not None
    fewer = replace(edges, scores={"third": edges.scores["third"]})
    with open_relations(project, "customer_features") as engine:

        def why(before: Side, after: Side) -> tuple[str | None, str]:
            found = compare_rules(engine, project, before, after)
            assert found.columns == ()
            return found.untold, found.what

        whole = Side(node, "v0002", edges)
        assert why(Side(node, "v0001", fewer), whole) == ("unfitted", "v0001: rfm_r, rfm_f, rfm_m")
        unfitted = Side(segments, "now", None)
        assert why(unfitted, unfitted) == ("unfitted", "now")
        assert why(unfitted, whole) == ("kind", "a segmentation")
        assert isinstance(whole.found, EdgeSet) and whole.edges is edges.scores
        assert unfitted.edges == {}


def test_untold_names_who_reads_it(directory: Path) -> None:
    project = open_project(Options(directory))
    side = Side(bucket_set(project), "v0001", None)
    found = untold(project, side, side, "gone", "main")
    assert (found.name, found.kind, found.untold, found.what) == (
        "customer_buckets",
        "buckets",
        "gone",
        "main",
    )
