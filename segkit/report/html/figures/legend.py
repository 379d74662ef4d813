"""Which mark is which segment, beside drawings of customers."""

from __future__ import annotations

from markupsafe import Markup

from segkit.report.html.drawing import BOLD, TEXT, svg, text
from segkit.report.html.markup import tag
from segkit.report.html.palette import mark
from segkit.report.html.scales import text_width
from segkit.survey.page_data import SegmentationReport

_WIDEST, _HEIGHT = 340.0, 18


def legend(report: SegmentationReport) -> Markup:
    """Return a small drawing a segment: they flow on a page, and in a file of their own."""
    entries = []
    for row in report.result.segments:
        start = 20 + text_width(row.id, TEXT * BOLD)
        width = min(start + text_width(row.name, TEXT) + 5, _WIDEST)
        entries.append(
            svg(
                "lg",
                (width, _HEIGHT),
                f"{row.id} {row.name}",
                mark(row.order, 7, 9),
                text(16, 13, row.id, "b"),
                text(start + 4, 13, row.name, "o", width=width - start - 4),
                data_s=row.id,
            )
        )
    return tag("div", *entries, class_="panels lgs")
