"""The legend that filters: customers by segment, and what part of a metric they bring."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from segkit.report.html.drawing import box, svg, text
from segkit.report.html.figures.legend import legend
from segkit.report.html.markup import joined, tag
from segkit.report.html.palette import colour_class
from segkit.report.page_metric import main_metric, metric_share, metric_words
from segkit.report.text import percent
from segkit.results import SegmentRow
from segkit.survey.page_data import SegmentationReport

_WIDTH, _START = 900, 130  # of the drawing, and where its bars begin
_LETTER, _SHARE = 0.03, 0.06  # of the bar: narrower parts have no room; figures.css has a bound


def shares_of(report: SegmentationReport) -> list[tuple[str, dict[str, float]]]:
    """Of what, and the part of each segment, by its id: of customers, then of money."""
    rows = report.result.segments
    found = [("customers", {row.id: row.share for row in rows})]
    if metric := main_metric(report):
        shares = {row.id: metric_share(report, metric, row.id) for row in rows}
        found.append((metric_words(report, metric), shares))
    return found


def share_bar(report: SegmentationReport) -> Markup:
    """Return a row of buttons, and below it one of the same segments by their part of a metric."""
    bars = (
        _bar(label, shares, report.result.segments, "span" if place else "button")
        for place, (label, shares) in enumerate(shares_of(report))
    )
    return tag("div", *bars, class_="shares", role="group", aria_label="Segments")


def share_drawing(report: SegmentationReport) -> Markup:
    """The same for a file of its own, with the names of the segments above."""
    return joined([legend(report), share_parts(report)])


def share_parts(report: SegmentationReport) -> Markup:
    """The same without names, and without a script."""
    rows, found = report.result.segments, shares_of(report)
    drawn: list[Markup] = []
    for place, (label, shares) in enumerate(found):
        top, at = 34.0 * place, float(_START)
        drawn.append(text(0, top + 18, label, "o", width=_START - 10))
        widths = [shares[row.id] for row in rows]
        unit = (_WIDTH - _START - 1) / max(sum(widths), 1.0)  # the last one is seen, too
        for row, width in zip(rows, (share * unit for share in widths), strict=True):
            part = [box((at, top), (max(width - 2, 1), 28), colour_class(row.order))]
            if shares[row.id] >= _SHARE:
                part += [text(at + 6, top + 18, row.id, "bt")]
                part += [text(at + width - 8, top + 18, percent(shares[row.id]), "et")]
            drawn.append(tag("g", *part, class_=colour_class(row.order), data_s=row.id))
            at += width
    said = "Parts of the segments of " + " and ".join(label for label, _ in found)
    return svg("parts", (_WIDTH, 34 * len(found)), said, *drawn)


def _bar(label: str, shares: dict[str, float], rows: tuple[SegmentRow, ...], kind: str) -> Markup:
    parts = tag("div", *_parts(label, shares, rows, kind), class_="bar")
    return tag("div", tag("span", label, class_="of"), parts, class_="row")


def _parts(
    label: str, shares: dict[str, float], rows: tuple[SegmentRow, ...], kind: str
) -> Iterator[Markup]:
    for row in rows:
        share = shares[row.id]
        said = f"{row.id} {percent(share)} of {label}: {row.name}"
        is_button = kind == "button"
        yield tag(
            kind,
            tag("b", row.id) if share >= _LETTER else None,
            " ",  # of the words that are read aloud
            tag("span", percent(share)) if share >= _SHARE else None,
            type="button" if is_button else None,
            aria_pressed="false" if is_button else None,
            aria_label=said if is_button else None,
            title=said,
            class_=colour_class(row.order),
            data_s=row.id,
            data_pick=row.id if is_button else None,
            style=f"flex:{share * 100:.2f} 1 0",
        )
    if kind == "button" and (rest := 1 - sum(shares.values())) > 1e-9:
        title = f"in no segment: {percent(rest)} of {label}"
        yield tag("span", class_=colour_class(0), title=title, style=f"flex:{rest * 100:.2f} 1 0")
