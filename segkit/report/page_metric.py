"""Which metric is the money of a page, and its figures: totals, shares, amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from segkit.core.english import format_statistic, format_threshold, lower_first
from segkit.core.number_format import number_format
from segkit.report.text import percent
from segkit.results import SegmentText
from segkit.survey.page_data import SegmentationReport, Total

_HALF = 0.5  # of the metric: whoever brings that much is who a title is about
_SPENT = {"spend", "spent", "revenue", "sales", "turnover", "monetary", "purchases"}
_NO_SUM = {
    "avg",
    "average",
    "mean",
    "median",
    "max",
    "min",
    "score",
    "rate",
    "share",
    "per",
    "days",
}
_MORE = 0.005  # than the share of the customers: what is seen of it in whole percents
_MANY = 0.1  # of those of a mean who have nothing of it: it is nobody's usual value


@dataclass(frozen=True)
class Brought:
    """What segments have of a whole that is a sum, in its ``unit``; ``what`` says of what.

    ``is_estimate``: from the mean of a sample.
    """

    what: str
    unit: str
    sums: Mapping[str, float]
    is_estimate: bool = False

    @property
    def shares(self) -> Mapping[str, float]:
        whole = sum(self.sums.values())
        return {id_: part / whole for id_, part in self.sums.items()}


def are_parts(values: Iterable[float]) -> bool:
    """Whether they are parts of a whole: something is there, and nothing is below 0."""
    known = tuple(values)
    return sum(known) > 0 and min(known) >= 0


def main_metric(report: SegmentationReport) -> str | None:
    """The first metric whose total can be shared out among the segments."""
    totals = report.survey.totals
    metrics = report.survey.metrics
    return next((m for m in metrics if are_parts(t.sum for t in totals[m].values())), None)


def metric_total(report: SegmentationReport, metric: str) -> Total:
    return sum(report.survey.totals[metric].values(), Total(0, 0.0, 0))


def metric_share(report: SegmentationReport, metric: str, id_: str) -> float:
    whole = metric_total(report, metric).sum
    return report.survey.totals[metric][id_].sum / whole if whole else 0.0


def ranked(report: SegmentationReport) -> Sequence[SegmentText]:
    """Segments, most of the first metric first; by size where there is none."""
    metric = main_metric(report)
    if metric is None:
        return sorted(report.texts, key=lambda text: (-text.row.n, text.row.order))
    totals = report.survey.totals[metric]
    return sorted(report.texts, key=lambda text: (-totals[text.row.id].sum, text.row.order))


def top_by(report: SegmentationReport, shares: Mapping[str, float]) -> Sequence[SegmentText]:
    """The fewest segments that have half of a whole, by their shares of it.

    Where these have no more of it than of the customers, those who have more than the average.
    """
    ordered = sorted(report.texts, key=lambda text: (-shares[text.row.id], text.row.order))
    top, so_far = list[SegmentText](), 0.0
    for text in ordered:
        top.append(text)
        so_far += shares[text.row.id]
        if so_far >= _HALF:
            break
    if so_far > sum(text.row.share for text in top):
        return top
    rich = [text for text in ordered if shares[text.row.id] > text.row.share + _MORE]
    return rich or top


def brought(report: SegmentationReport) -> Brought | None:
    """What the segments have of the metric that is shared out; without one of what was spent."""
    if (metric := main_metric(report)) is None:
        return spent(report)
    unit = report.result.words.get(metric, ("", ""))[1]
    sums = {id_: total.sum for id_, total in report.survey.totals[metric].items()}
    return Brought(metric_words(report, metric), unit, sums)


def spent(report: SegmentationReport) -> Brought | None:
    """What the segments have of a feature that is a sum of money, by its name."""
    for feature in report.survey.features:
        words = set(re.findall("[a-z]+", feature.feature.column.lower()))
        if not words & _SPENT or words & _NO_SUM:
            continue
        means = {id_: (each.mean or 0.0) * each.known for id_, each in feature.segments.items()}
        sums = {text.row.id: means.get(text.row.id, 0.0) for text in report.texts}
        if are_parts(sums.values()):
            label, unit = lower_first(feature.feature.label), feature.feature.unit
            return Brought(label, unit, sums, report.survey.sampled is not None)
    return None


def metric_words(report: SegmentationReport, metric: str) -> str:
    return lower_first(report.result.words.get(metric, (metric, ""))[0])


def metric_notes(report: SegmentationReport) -> Iterator[tuple[str, str]]:
    """Each metric's label with what it is: by its column's description, and of which period."""
    for metric in report.survey.metrics:
        note = report.metrics.get(metric)
        if note is None:
            continue
        said = note.description.strip().rstrip(".") or f"the column {metric}"
        period = (
            "of a later period than what the rules read, so it tests them"
            if note.is_later
            else "of the same period as what the rules read, so it only describes"
        )
        yield report.result.words.get(metric, (metric, ""))[0], f"{said}. It is {period}."


def amount(report: SegmentationReport, column: str, value: float) -> str:
    """A sum or a mean in its unit, short: "$609k", "1.2M"."""
    unit = report.result.words.get(column, ("", ""))[1]
    return short_amount(value, unit)


def none_text(total: Total) -> str:
    """Return what belongs behind a mean where many have nothing of it.

    >>> none_text(Total(50, 1512.5, 27)), none_text(Total(50, 1512.5, 2)), none_text(Total(50, 9.0))
    (' (54% have none)', '', '')
    """
    share = total.share_of_none or 0.0
    return f" ({percent(share)} have none)" if share >= _MANY else ""


def short_amount(value: float, unit: str = "") -> str:
    """Return the number in three digits, thousands as k and millions as M.

    >>> short_amount(609_254.3, "$"), short_amount(34.13, "$"), short_amount(1_250_000)
    ('$609k', '$34.13', '1.25M')
    """
    if unit in ("", "$", "€", "£"):
        for size, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
            if abs(value) >= 9_995 and abs(value) >= size * 0.9995:
                digits = format_threshold(abs(Decimal(f"{value / size:.3g}"))) + letter
                sign = "-" if value < 0 else ""
                return number_format().with_symbol(sign, unit, digits) if unit else sign + digits
    return format_statistic(value, unit)
