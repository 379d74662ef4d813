"""A figure of the page, drawn of what a project has published."""

from __future__ import annotations

from pathlib import Path

from segkit.notebook.picture import Picture
from segkit.pipeline.report import report_project
from segkit.pipeline.run_options import Options
from segkit.report.html.figure_file import find_figure


def figure(
    name: str,
    project_dir: str | Path = ".",
    *,
    segmentation: str | None = None,
    target: str | None = None,
) -> Picture:
    """Return a figure of what a project has published; as ``segkit report --figure``.

    Parameters
    ----------
    name : str
        One of those of the page: ``tree``, ``cube``, ``inertia``, ``crosstab``, ...
    segmentation : str, optional
        Which, where the project has several.

    Raises
    ------
    ConfigError
        SK702 for a figure that there is not, or that has nothing to show.
    """
    report = report_project(Options(Path(project_dir), target=target), segmentation)
    return Picture(*find_figure(report, name))
