"""What `explain` says of a segmentation is so of the published rows."""

from __future__ import annotations

from segkit.pipeline import Options, explain_segmentation
from tests.conftest import MakeProject, build_first


def test_as_many_are_near_a_line_as_the_build_says(make_project: MakeProject) -> None:
    project = make_project()
    published = build_first(project).segmentations[0]
    near = [row.near_a_line or 0 for row in published.segments]
    explanation = explain_segmentation(Options(project), None)
    assert explanation.near_a_line == sum(near) > 0
    assert [s.row.n for s in explanation.segments] == [row.n for row in published.segments]
    segments = project / "sql/segments.yml"  # a feature that the relation does not have yet
    text = segments.read_text("utf-8")
    segments.write_text(text.replace("      - age\n", "      - age\n      - visits\n"), "utf-8")
    assert explain_segmentation(Options(project), None).near_a_line is None
