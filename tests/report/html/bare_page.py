"""The parts that a script moves, on a page with nothing else."""

from __future__ import annotations

from markupsafe import Markup

from segkit.report.html.markup import tag
from segkit.report.html.payload import payload_script
from segkit.report.html.script import page_script
from segkit.report.html.what_if import sliders, sql_tabs, what_if
from segkit.survey.page_data import SegmentationReport


def bare_page(*reports: SegmentationReport) -> str:
    """Return the page; of each segmentation a bar of buttons stands for the share bar."""
    body = tag("body", *(_segmentation(report) for report in reports), page_script())
    return f"<!doctype html>\n{tag('html', tag('head', tag('title', 'bare')), body, lang='en')}"


def _segmentation(report: SegmentationReport) -> Markup:
    picks = (
        tag("button", row.id, type="button", data_pick=row.id, data_s=row.id)
        for row in report.result.segments
    )
    drawn = (tag("p", row.name, data_s=row.id) for row in report.result.segments)
    return tag(
        "article",
        tag("button", "Theme", class_="theme", type="button", hidden=True),
        tag("div", *picks, tag("span", class_="said", aria_live="polite")),
        *drawn,
        what_if(report),
        sliders(report),
        sql_tabs(report),
        payload_script(report),
        class_="segmentation",
        data_name=report.result.name,
    )
