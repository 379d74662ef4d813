"""The title of a page and what stands under it: who brings the money."""

from __future__ import annotations

from collections.abc import Mapping

from segkit.core.english import is_money
from segkit.core.number_format import grouped
from segkit.report.page_metric import (
    amount,
    main_metric,
    metric_share,
    metric_total,
    metric_words,
    none_text,
    spent,
    top_by,
)
from segkit.report.text import count_of, in_words, percent, together
from segkit.survey.page_data import SegmentationReport

_LITTLE = 0.5  # of their share of the customers: whose part of the metric is told together


def title(report: SegmentationReport) -> str:
    """One sentence: who brings the money, or what kinds of customers there are."""
    texts, count = report.texts, len(report.texts)
    if not report.result.rows:
        return f"No customers in {count_of(count, 'segment')}"
    if not texts:
        return f"{report.result.name}: no segments"
    if metric := main_metric(report):
        of, what = _of_metric(report, metric), metric_words(report, metric)
        is_of_money = is_money(report.result.words.get(metric, ("", ""))[1])
        if said := _who(report, of, what, ("bring", "brings") if is_of_money else ("have", "has")):
            return said
    elif (found := spent(report)) and (
        said := _who(report, found.shares, found.what, ("have", "has"))
    ):
        return said
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
        said = f"{everybody}, {who} in exactly one of {segments}, {spread}."
        if found := spent(report):
            row = top_by(report, found.shares)[0].row
            said += f" {row.id} “{row.name}” has {percent(found.shares[row.id])} of {found.what}."
        return said
    total = metric_total(report, metric)
    first = top_by(report, _of_metric(report, metric))[0]
    own = report.survey.totals[metric][first.row.id]
    each = ""
    if own.known:
        mean = amount(report, metric, own.sum / own.known)
        each = f"{mean} each in {first.row.id}{none_text(own)}, "
    low = [
        text
        for text in report.texts
        if metric_share(report, metric, text.row.id) < _LITTLE * text.row.share
    ]
    said = (
        f"{everybody}, {amount(report, metric, total.sum)} of {metric_words(report, metric)}: "
        f"{each}{amount(report, metric, total.sum / max(total.known, 1))} on average"
        f"{none_text(total)}."
    )
    if len(low) > 1:
        share = together([text.row.share for text in low])
        little = together([metric_share(report, metric, text.row.id) for text in low])
        said += (
            f" {in_words(len(low)).capitalize()} segments, {share} of customers, "
            f"have {little} of it together."
        )
    return said


def _of_metric(report: SegmentationReport, metric: str) -> Mapping[str, float]:
    return {text.row.id: metric_share(report, metric, text.row.id) for text in report.texts}


def _who(
    report: SegmentationReport, of: Mapping[str, float], what: str, verbs: tuple[str, str]
) -> str:
    """Who has the most of it; nothing where that is no more than their part of the customers."""
    top = top_by(report, of)
    shares, brought = [text.row.share for text in top], [of[text.row.id] for text in top]
    if sum(brought) <= sum(shares):
        return ""
    who = f"{in_words(len(top)).capitalize()} segment{'s' if len(top) > 1 else ''}"
    verb = verbs[len(top) == 1]
    return f"{who}, {together(shares)} of customers, {verb} {together(brought)} of {what}"
