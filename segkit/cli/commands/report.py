"""The page, as a whole or a figure of it."""

from __future__ import annotations

import webbrowser
from enum import StrEnum
from typing import Annotated

from typer import Argument, Option

from segkit import pipeline
from segkit.cli.session import Session
from segkit.cli.values import usage_error


class ReportFormat(StrEnum):
    html = "html"
    svg = "svg"
    md = "md"
    json = "json"


class ShownRows(StrEnum):
    sample = "sample"
    full = "full"
    none = "none"


def report(
    session: Session,
    name: Annotated[
        str | None, Argument(metavar="S", help="A segmentation or bucket set; all without it.")
    ] = None,
    open_: Annotated[bool, Option("--open", help="Show it in the browser.")] = False,
    output: Annotated[
        ReportFormat, Option("--output", "-o", help="html is a file, all else is printed.")
    ] = ReportFormat.html,
    figure: Annotated[
        str | None, Option("--figure", metavar="NAME", help="One figure, as SVG.")
    ] = None,
    rows: Annotated[
        ShownRows,
        Option("--rows", help="Customers on it: with masked ids, with their ids, or none at all."),
    ] = ShownRows.sample,
) -> None:
    """Draw what is published: a page to open, to print, to send."""
    from segkit.pipeline.run_options import open_project
    from segkit.survey.privacy import Rows

    if (output is ReportFormat.svg) != (figure is not None):
        raise usage_error("--output svg is one figure", "segkit report --figure tree --output svg")
    if open_ and output is not ReportFormat.html:
        raise usage_error("--open is for the page", "segkit report --open")
    found = pipeline.report_project(session.options(), name, Rows(rows.value))
    if session.answer(found):
        return
    if figure is not None:
        from segkit.report.html.figure_file import figure_file

        session.screen.data(figure_file(found, figure).rstrip("\n"))
    elif output is ReportFormat.md:
        from segkit.report.markdown_page import markdown_page
        from segkit.report.render_markdown import render_markdown

        session.screen.data(render_markdown(markdown_page(found)))
    else:
        path = pipeline.write_page(open_project(session.options()), found)
        session.screen.say(f"wrote {path}")
        if open_ and not webbrowser.open(path.as_uri()):
            session.screen.talk("no browser to open it in")
