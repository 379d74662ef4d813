"""What `explain` says of a segmentation is so of the published rows."""

from __future__ import annotations

from segkit.pipeline import Options, explain_customer, explain_segmentation
from segkit.pipeline.explain import look_at_customers
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


def test_a_where_that_waits_for_a_fit_changes_nothing_of_what_is_published(
    make_project: MakeProject,
) -> None:
    """Customers whom only the new `where` lets in, or out, are where they are published."""
    project = make_project()
    build_first(project)
    options = Options(project)
    before, examples = explain_segmentation(options, None), look_at_customers(options, None)
    paths = [explain_customer(options, None, id_, {}) for id_ in ("0001", "0002")]
    segments = project / "sql/segments.yml"
    text = segments.read_text("utf-8")
    where = 'key: customer_id\n    where: "age < 0"'
    segments.write_text(text.replace("key: customer_id", where), "utf-8")
    assert explain_segmentation(options, None) == before
    assert look_at_customers(options, None) == examples
    assert [explain_customer(options, None, id_, {}) for id_ in ("0001", "0002")] == paths
