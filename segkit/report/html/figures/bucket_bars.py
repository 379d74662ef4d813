"""The columns of a bucket set: how many customers each bucket has."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from segkit.core.number_format import grouped
from segkit.report.html.drawing import box, svg, text
from segkit.report.html.markup import tag
from segkit.report.text import percent
from segkit.survey.page_data import BucketColumnSurvey, BucketSetReport

_WIDTH, _ROW, _TOP = 360, 22, 24
_LABEL, _START, _END = 132, 138, 266


def bucket_bars(report: BucketSetReport) -> Markup:
    """Return a chart a column, buckets in their order, all to the same scale."""
    charts = (_chart(column, report.rows) for column in report.columns if column.buckets)
    return tag("div", *charts, class_="panels")


def _chart(column: BucketColumnSurvey, rows: int) -> Markup:
    height = _TOP + _ROW * len(column.buckets)
    said = f"Customers by {column.name}, {len(column.buckets)} buckets"
    head = text(0, 14, column.name, "b", width=_WIDTH)
    return svg("bk", (_WIDTH, height), said, head, *_bars(column, rows))


def _bars(column: BucketColumnSurvey, rows: int) -> Iterator[Markup]:
    for place, bucket in enumerate(column.buckets):
        y, share = _TOP + _ROW * place, bucket.n / max(rows, 1)
        width = max((_END - _START) * share, 1.0 if bucket.n else 0.0)
        yield text(0, y + 14, bucket.label, "o", width=_LABEL)
        yield box((_START, y + 4), (_END - _START, 13), "rest", rx=2)
        yield box((_START, y + 4), (width, 13), "in", rx=2)
        yield text(_WIDTH - 42, y + 14, grouped(bucket.n), "e", width=_WIDTH - _END - 48)
        yield text(_WIDTH, y + 14, percent(share), "eb")
