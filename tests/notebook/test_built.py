"""What a build returns shows itself: what was published, and what failed."""

from __future__ import annotations

import pickle

import pytest

import segkit
from segkit import results
from segkit.errors import Problem
from segkit.notebook.built import BuildResult, SegmentationResult
from segkit.results import NodeResult
from tests.conftest import MakeProject
from tests.report.samples import SEGMENTATION, build_result


def shown(result: results.BuildResult) -> BuildResult:
    own = tuple(SegmentationResult(**vars(each)) for each in result.segmentations)
    return BuildResult(**{**vars(result), "segmentations": own})


@pytest.mark.slow
def test_a_build_shows_what_is_published(make_project: MakeProject) -> None:
    result = segkit.build(make_project())
    (found,) = result.segmentations
    assert isinstance(result, segkit.BuildResult) and isinstance(result, results.BuildResult)
    html = result._repr_html_()
    assert f"ok, published on dev: {len(result.nodes)} nodes" in html
    assert all(f"<td>{row.n:,}</td>" in html for row in found.segments)
    assert isinstance(found, SegmentationResult)
    assert found.plot_tree().title == "shopper_segments v0001: How the rules decide"
    again = pickle.loads(pickle.dumps(result))
    assert again == result and again._repr_html_() == html


def test_what_failed_comes_first_with_the_next_step() -> None:
    problem = Problem("SK301", "no rows in <b>customers</b>", help="load them")
    node = NodeResult("shoppers", "segmentation", "error", "fitting shoppers", problems=(problem,))
    html = shown(build_result(node, ok=False))._repr_html_()
    assert "failed, not published on dev: 1 node" in html
    said = "error: error[SK301]: no rows in &lt;b&gt;customers&lt;/b&gt;; load them"
    assert f"<li><b>shoppers</b> {said}</li>" in html
    fine = shown(build_result(NodeResult("a", "test", "pass", "tested a")))._repr_html_()
    assert "<li>" not in fine


def test_warnings_are_said() -> None:
    warned = SegmentationResult(**{**vars(SEGMENTATION), "warnings": ("few <rows>",)})
    assert "Warning: few &lt;rows&gt;." in warned._repr_html_()
    found = (Problem("SK604", "it was later", severity="warning"),)
    assert "it was later" in shown(build_result(warnings=found))._repr_html_()
    assert repr(warned).startswith("<SegmentationResult: shopper_segments v0001, 2 segments")
