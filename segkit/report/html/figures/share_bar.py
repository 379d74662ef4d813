"""The legend that filters: customers by segment, and what part of a metric they bring."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from segkit.core.english import lower_first
from segkit.report.html.markup import tag
from segkit.report.html.palette import colour_class
from segkit.report.html.telling import words_of
from segkit.report.text import percent
from segkit.results import SegmentRow
from segkit.survey.results import SegmentationReport

_LETTER, _SHARE = 0.03, 0.08  # of the bar: narrower parts have no room for them


def money_metric(report: SegmentationReport) -> str | None:
    """The first metric with a sum above 0: only of such a sum are there shares."""
    totals = report.survey.totals
    sums = ((m, sum(t.sum for t in totals[m].values())) for m in report.survey.metrics)
    return next((metric for metric, total in sums if total > 0), None)


def share_bar(report: SegmentationReport) -> Markup:
    """Return a row of buttons, and below it one of the same segments by their part of a metric."""
    rows = report.result.segments
    parts = [_bar("customers", {row.id: row.share for row in rows}, rows, "button")]
    if metric := money_metric(report):
        totals = report.survey.totals[metric]
        total = sum(each.sum for each in totals.values())
        shares = {row.id: totals[row.id].sum / total for row in rows}
        label, _ = words_of(report, metric)
        parts.append(_bar(lower_first(label), shares, rows, "span"))
    return tag("div", *parts, class_="shares", role="group", aria_label="Segments")


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
            # what is below 0 has no width; every part is seen
            style=f"flex:{max(share, 0.0) * 100:.2f} 1 0",
        )
    if kind == "button" and (rest := 1 - sum(shares.values())) > 1e-9:
        title = f"in no segment: {percent(rest)} of {label}"
        yield tag("span", class_=colour_class(0), title=title, style=f"flex:{rest * 100:.2f} 1 0")
