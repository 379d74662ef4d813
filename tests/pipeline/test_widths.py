"""Bands of one width through whole builds: found once, kept, and found anew when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import HEADER, T1, MakeProject, build_first, customers, write_csv
from tests.pipeline.test_build import build, problems, query

BUCKETS = """\
buckets:
  - name: bands
    from: customer_features
    key: customer_id
    columns:
      - {name: age_band, column: age, width: 20}
"""


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    return make_project(files={"sql/buckets.yml": BUCKETS, "sql/segments.yml": None})


def labels(project: Path) -> list[tuple]:
    return query(project, "SELECT age_band, count(*) FROM bands GROUP BY ALL ORDER BY 1")


def edit(project: Path, before: str, after: str) -> None:
    path = project / "sql/buckets.yml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_edges_are_found_once_and_values_beyond_are_in_the_last_band(project: Path) -> None:
    assert build_first(project).ok
    before = query(project, "SELECT customer_id, age_band FROM bands ORDER BY 1")
    assert [label for label, _ in labels(project)] == ["20-40", "40-60", "60+", "<20"]
    old = [("old", 119, 50000.0, 900.0), ("none", None, 50000.0, 900.0)]
    write_csv(project / "data/customers.csv", [*customers(), *old], HEADER)
    assert build(project, T1).ok
    after = dict(query(project, "SELECT customer_id, age_band FROM bands"))
    assert {key: after[key] for key, _ in before} == dict(before)
    assert (after["old"], after["none"]) == ("60+", "Unknown")
    assert not (project / "warehouse/fits/bands/v0002.json").exists()


def test_new_edges_come_when_asked_and_say_who_moves(project: Path) -> None:
    assert build_first(project).ok
    old = [("old", 119, 50000.0, 900.0), ("older", 125, 50000.0, 900.0)]
    write_csv(project / "data/customers.csv", [*customers(), *old], HEADER)
    result = build(project, T1, refresh_edges=True)
    assert result.ok, problems(result)
    detail = next(node.detail for node in result.nodes if node.name == "bands")
    assert detail.startswith("edges v0002: age_band moves 2 (")
    found = dict(labels(project))
    assert (found["100-120"], found["120+"]) == (1, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("width: 25", "changed: width: 20 -> 25"),
        ("width: 20, start: 5", "changed: start: 0 -> 5"),
        ("quantiles: 4", "changed: quantiles: nothing -> 4"),
    ],
)
def test_a_changed_definition_publishes_nothing(project: Path, change: str, said: str) -> None:
    assert build_first(project).ok
    edit(project, "width: 20", change)
    result = build(project, T1)
    assert not result.published
    notes = [note for node in result.nodes for p in node.problems for note in p.notes]
    assert said in notes
    result = build(project, T1, refresh_edges=True)
    assert result.ok, problems(result)


def test_too_many_bands_publish_nothing(project: Path) -> None:
    edit(project, "age, width: 20", "income, width: 1")
    result = build(project, T1)
    assert not result.published
    assert any("50 is the most" in message for message in problems(result))
