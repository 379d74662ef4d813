"""The title of a page and what stands under it: who brings the money."""

from __future__ import annotations

from segkit.core.english import is_money
from segkit.core.number_format import grouped
from segkit.report.page_metric import (
    amount,
    main_metric,
    metric_share,
    metric_total,
    metric_words,
    top_segments,
)
from segkit.report.text import count_of, in_words, percent, together
from segkit.survey.page_data import SegmentationReport

_LITTLE = 0.5  # of their share of the customers: whose part of the metric is told together


def title(report: SegmentationReport) -> str:
    """One sentence: who brings the money, or what kinds of customers there are."""
    texts, count = report.texts, len(report.texts)
    if not report.result.rows:
        return f"No customers in {count_of(count, 'segment')}"
    if metric := main_metric(report):
        top = top_segments(report)
        shares = [text.row.share for text in top]
        brought = [metric_share(report, metric, text.row.id) for text in top]
        if sum(brought) > sum(shares):
            who = f"{in_words(len(top)).capitalize()} segment{'s' if len(top) > 1 else ''}"
            verb = _verb(report, metric, len(top) > 1)
            what = f"{together(brought)} of {metric_words(report, metric)}"
            return f"{who}, {together(shares)} of customers, {verb} {what}"
    if not texts:
        return f"{report.result.name}: no segments"
    largest = max(texts, key=lambda text: text.row.n)
    kinds = f"{in_words(count).capitalize()} kind{'s' if count > 1 else ''} of customers"
    return f"{kinds}: the largest, {percent(largest.row.share)}, is “{largest.row.name}”"


def lead(report: SegmentationReport) -> str:
    """What stands under the title."""
    rows, metric = report.result.rows, main_metric(report)
    everybody = count_of(rows, "customer")
    if not rows:
        read = " and ".join(report.above) or "what it reads"
        return f"{read} has no rows, so that nobody is in a segment: all shares of today are 0."
    if metric is None:
        weight = [text.row.n for text in report.texts]
        spread = f"from {percent(min(weight) / rows)} to {percent(max(weight) / rows)} of them"
        segments = count_of(len(report.texts), "segment")
        assigned = rows - report.result.unassigned
        who = "every one" if assigned == rows else f"{grouped(assigned)} of them"
        return f"{everybody}, {who} in exactly one of {segments}, {spread}."
    total = metric_total(report, metric)
    first = top_segments(report)[0]
    own = report.survey.totals[metric][first.row.id]
    each = (
        f"{amount(report, metric, own.sum / own.known)} each in {first.row.id}" if own.known else ""
    )
    low = [
        text
        for text in report.texts
        if metric_share(report, metric, text.row.id) < _LITTLE * text.row.share
    ]
    said = (
        f"{everybody}, {amount(report, metric, total.sum)} of {metric_words(report, metric)}: "
        f"{each}, {amount(report, metric, total.sum / max(total.known, 1))} on average."
    )
    if len(low) > 1:
        share = together([text.row.share for text in low])
        little = together([metric_share(report, metric, text.row.id) for text in low])
        said += (
            f" {in_words(len(low)).capitalize()} segments, {share} of customers, "
            f"have {little} of it together."
        )
    return said


def _verb(report: SegmentationReport, metric: str, many: bool) -> str:
    is_of_money = is_money(report.result.words.get(metric, ("", ""))[1])
    return ("bring" if many else "brings") if is_of_money else ("have" if many else "has")
