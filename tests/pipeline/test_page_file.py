"""The page that a build leaves, and what becomes of it where it cannot be written."""

from __future__ import annotations

import pytest

from segkit.pipeline import Options, run_build
from tests.conftest import T0, TWO_SEGMENTS_YML, MakeProject


@pytest.mark.usefixtures("drawn_pages")
def test_a_build_leaves_a_page(make_project: MakeProject) -> None:
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    built = run_build(Options(project, as_of=T0))
    assert built.ok
    page = project / "target/report.html"
    assert "as of 1 January 2026" in page.read_text("utf-8")
    assert 'id="buckets-customer_buckets"' in page.read_text("utf-8")
    before = page.read_bytes()
    run_build(Options(project, as_of=T0))
    assert page.read_bytes() == before  # of the same data at the same time, the same page


@pytest.mark.usefixtures("drawn_pages")
def test_a_page_that_cannot_be_written_fails_after_publishing(make_project: MakeProject) -> None:
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    (project / "target/report.html").mkdir(parents=True)
    built = run_build(Options(project, as_of=T0))
    assert (built.ok, built.published) == (False, True)
    assert [n.text for n in built.nodes if n.name == "report"] == ["writing target/report.html"]


@pytest.mark.usefixtures("drawn_pages")
def test_no_page_where_none_is_wanted(make_project: MakeProject) -> None:
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML})
    assert run_build(Options(project, as_of=T0, report=False)).ok
    assert not (project / "target/report.html").exists()
