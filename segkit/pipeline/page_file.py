"""The page as a file: the one place where the pipeline has something drawn."""

from __future__ import annotations

from pathlib import Path

from segkit.core.experiment_result import Readout
from segkit.pipeline.report import report_nodes, reported_nodes
from segkit.project.nodes import Project
from segkit.publish.stored.write_files import write_files
from segkit.report.html.whole_page import render_page
from segkit.results import BuildResult, SegmentationResult
from segkit.survey.page_data import ProjectReport

PAGE = "report.html"


def write_page(project: Project, report: ProjectReport) -> Path:
    """Write ``target/report.html`` and return its path."""
    path = project.directory / "target" / PAGE
    write_files({path: render_page(report)}, project.directory)
    return path


def write_page_of_build(project: Project, built: BuildResult) -> Path:
    """Write the page of what a build published."""
    found: tuple[SegmentationResult | Readout, ...] = (*built.segmentations, *built.experiments)
    known = {each.name: each for each in found}
    return write_page(project, report_nodes(project, reported_nodes(project), built.as_of, known))
