"""The figure of a project is that of ``segkit report --figure``."""

from __future__ import annotations

import pytest

import segkit
from segkit.errors import ConfigError
from tests.conftest import MakeProject, build_first


def test_a_figure_of_a_project(make_project: MakeProject) -> None:
    project = make_project()
    build_first(project)
    found = segkit.figure("crosstab", project)
    assert found.title == "shopper_segments: K-Means and the rules"
    assert "<table" in found._repr_html_()
    with pytest.raises(ConfigError, match="no figure is called `crostab`"):
        segkit.figure("crostab", project)
    with pytest.raises(ConfigError, match="SK101"):
        segkit.figure("tree", project, segmentation="nobody")
