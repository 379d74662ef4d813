"""One figure as a file of its own: what ``segkit report --figure`` prints."""

from __future__ import annotations

from difflib import get_close_matches

from markupsafe import Markup

from segkit.core.number_format import numbers_as
from segkit.errors import ConfigError, Problem
from segkit.report.html.figures.figure_table import FIGURES
from segkit.report.html.standalone import standalone_svg
from segkit.survey.page_data import ProjectReport


def figure_file(report: ProjectReport, name: str) -> str:
    """Return the figure as SVG; see ``find_figure``."""
    title, drawn = find_figure(report, name)
    return standalone_svg(drawn, title)


def find_figure(report: ProjectReport, name: str) -> tuple[str, Markup]:
    """Return the title of a figure, and the figure.

    Raises
    ------
    ConfigError
        SK702 for a figure that there is not or that has nothing to show, and where it could be
        that of several segmentations.
    """
    figure = FIGURES.get(name)
    if figure is None:
        near = get_close_matches(name, FIGURES, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"figures: {', '.join(FIGURES)}"
        raise _refused(f"no figure is called `{name}`", hint)
    names = [each.result.name for each in report.segmentations]
    if len(names) != 1:
        which = f"one of {', '.join(names)}" if names else "of a segmentation, and there is none"
        raise _refused(
            f"{name} is {which}", "segkit report NAME --figure ..., in Python segmentation="
        )
    with numbers_as(report.numbers):
        drawn = figure.draw(report.segmentations[0])
    if not drawn:
        raise _refused(
            f"{name} has nothing to show for {names[0]}", f"others: {', '.join(FIGURES)}"
        )
    return f"{names[0]}: {figure.title}", drawn


def _refused(message: str, hint: str) -> ConfigError:
    return ConfigError(Problem("SK702", message, help=hint))
