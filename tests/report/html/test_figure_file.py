from __future__ import annotations

from xml.etree import ElementTree

import pytest

from segkit.errors import ConfigError
from segkit.report.html.figure_file import figure_file
from segkit.report.html.figures.figure_table import FIGURES
from segkit.survey.page_data import ProjectReport
from tests.report.html.reports import CASES, project


@pytest.mark.parametrize("name", FIGURES)
def test_each_drawing_is_a_file(name: str) -> None:
    root = ElementTree.fromstring(figure_file(project(CASES["mixed"]()), name))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert FIGURES[name].title in "".join(root.itertext())


@pytest.mark.parametrize(
    ("report", "name", "message", "hint"),
    [
        (project(CASES["plain"]()), "tre", "no figure is called `tre`", "did you mean `tree`?"),
        (project(CASES["plain"]()), "xyz", "no figure is called `xyz`", "figures: share_bar, "),
        (project(CASES["given"]()), "panel", "panel has nothing to show for", "others: "),
        (project(), "tree", "tree is of a segmentation, and there is none", "segkit report"),
        (
            project(CASES["plain"](), CASES["two"]()),
            "tree",
            "tree is one of shopper_segments, shopper_segments",
            "segkit report NAME",
        ),
    ],
)
def test_what_cannot_be_drawn(report: ProjectReport, name: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        figure_file(report, name)
    (problem,) = refused.value.problems
    assert message in problem.message
    assert hint in str(problem.help)
