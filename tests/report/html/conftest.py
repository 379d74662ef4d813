"""A browser for the tests of pages, and the example's results."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from segkit.pipeline import Options, run_build
from segkit.pipeline.report import report_project
from segkit.survey.page_data import ProjectReport
from tests.conftest import T0
from tests.report.html.browser import AXE, Browser, Missing, open_browser

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests; a test that asks for it wants ``@pytest.mark.browser``."""
    try:
        with open_browser() as opened:
            yield opened
    except Missing as missing:
        if AXE in os.environ:
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def example_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository's own project, built with the fit that is committed."""
    project = tmp_path_factory.mktemp("example")
    shutil.copy(ROOT / "segkit.yml", project)
    for folder in ("sql", "macros", "warehouse/seeds", "warehouse/fits"):
        shutil.copytree(ROOT / folder, project / folder)
    assert run_build(Options(project, as_of=T0, report=False)).ok
    return project


@pytest.fixture(scope="session")
def example(example_project: Path) -> ProjectReport:
    return report_project(Options(example_project, as_of=T0))
