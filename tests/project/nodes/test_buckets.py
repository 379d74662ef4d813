"""What every kind of bucket column tells of itself."""

from __future__ import annotations

from pathlib import Path

from segkit.project.load import load_project
from segkit.project.nodes import BucketSet
from tests.project.projects import write_project

YML = """\
buckets:
  - name: people
    from: customer_features
    key: customer_id
    where: age > 3
    columns:
      - {name: age_band, column: Age, edges: [25, 55]}
      - {name: half, column: income, quantiles: 2}
      - {name: stage, rules: [{label: Rich, when: "INCOME > 9 AND lower(town) = 'x'"}], else: z}
      - {name: rfm, rfm: {recency: age, frequency: n, monetary: income, not_scored: "n = 0"}}
"""


def loaded(tmp_path: Path, where: str = "age > 3") -> BucketSet:
    write_project(tmp_path, {"sql/b.yml": YML.replace("age > 3", where)})
    node = load_project(tmp_path).nodes["people"]
    assert isinstance(node, BucketSet)
    return node


def test_published_columns_and_what_they_are_made_of(tmp_path: Path) -> None:
    node = loaded(tmp_path)
    assert [[name for name, _ in column.outputs] for column in node.columns] == [
        ["age_band", "age_band_order"],
        ["half", "half_order"],
        ["stage", "stage_order"],
        ["rfm", "rfm_order", "rfm_r", "rfm_f", "rfm_m"],
    ]
    assert [set(column.source_columns) for column in node.columns] == [
        {"age"},
        {"income"},
        {"income", "town"},
        {"age", "n", "income"},
    ]
    assert [len(column.conditions) for column in node.columns] == [0, 0, 1, 1]
    assert [score.name for score in node.scores] == ["half", "rfm_r", "rfm_f", "rfm_m"]


def test_what_stored_edges_depend_on(tmp_path: Path) -> None:
    """Labels are not in it, nor how a condition is spaced."""
    found = loaded(tmp_path).definitions()
    assert found["half"] == {
        "from": "customer_features",
        "where": "age > 3",
        "column": "income",
        "quantiles": 2,
    }
    assert found["rfm_r"]["not_scored"] == "n = 0"
    assert loaded(tmp_path, "age   >  3").definitions() == found
    assert loaded(tmp_path, "age > 4").definitions() != found


def test_why_nearly_everybody_is_in_one_bucket(tmp_path: Path) -> None:
    edges, quantiles, *_ = loaded(tmp_path).columns
    hint = "that is where NULL goes: does the model fill what it is made of?"
    assert edges.why_crowded(edges.missing) == hint
    assert edges.why_crowded("<25") == edges.crowded != quantiles.crowded
    assert edges.about["age_band_order"] == "age_band as a number, for sorting; 0 is missing"
