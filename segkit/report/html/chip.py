"""The letter of a segment in its colour."""

from __future__ import annotations

from markupsafe import Markup

from segkit.report.html.markup import tag
from segkit.report.html.palette import colour
from segkit.survey.results import SegmentationReport


def chip(report: SegmentationReport, id_: str) -> Markup:
    """The letter of a segment in its colour."""
    code = next((t.row.order for t in report.texts if t.row.id == id_), 0)
    return tag("span", id_, class_=f"chip {colour(code)}")
