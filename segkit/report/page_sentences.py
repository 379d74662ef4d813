"""What a page says, computed: a title, what holds and what is doubtful, a finding a section.

A finding that holds and one that is doubtful come from the same function, by a bound; nothing
is said that is not worked out from the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from segkit.core.english import format_statistic, format_threshold, is_money, lower_first
from segkit.core.fact_english import how_many
from segkit.core.usefulness import Usefulness
from segkit.report.text import count_of, percent
from segkit.report.usefulness import (
    caps,
    fine_percent,
    interval_of,
    points,
    rival_words,
)
from segkit.results import SegmentText
from segkit.survey.page_data import SegmentationReport, Total

Term = Literal[
    "kmeans",
    "loss",
    "held out",
    "stability",
    "variance",
    "parity",
    "near",
    "fit",
    "cut",
    "silhouette",
]
GLOSSARY: dict[Term, str] = {
    "cut": "A number in the rules at which segments part, such as the 42 in “under 42 days”.",
    "fit": "What was learned, kept in a numbered file. It stays as it is until somebody learns "
    "again.",
    "held out": "Measured on customers who were set aside while the rules were learned, so that "
    "the figure is not flattered.",
    "kmeans": "K-Means: the method that finds groups of customers who are alike. The rules say in "
    "a few lines what it found.",
    "loss": "What short rules cost: how much wider the segments are than the groups that K-Means "
    "found. 0% is nothing.",
    "near": "A step of a fiftieth of what parts low from high customers would put them into "
    "another segment.",
    "parity": "The published SQL gives every customer the segment that the rules give; checked in "
    "each build.",
    "silhouette": "How much nearer customers are to their own group than to the next one: 1 is "
    "best, 0 is not at all.",
    "stability": "The share of customers who would be in the same segment if the rules were "
    "learned from other customers.",
    "variance": "Of all that customers differ in, the share that their segment tells: 100% would "
    "be a perfect forecast, 0% a coin.",
}

_HOLDS = 0.9  # of customers in the same place: an analyst would rely on it
_NEAR = 0.05  # of the customers near a line: one in twenty
_AHEAD = 0.1  # of the variance, ahead of the best plain rival: less is hardly worth a model
_HALF = 0.5
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Finding:
    """``head`` is the figure, ``text`` goes on from it; ``term`` is explained in the glossary."""

    holds: bool
    head: str
    text: str
    term: Term | None = None


# the title ---------------------------------------------------------------------------------------


def title(report: SegmentationReport) -> str:
    """One sentence: who brings the money, or what kinds of customers there are."""
    texts, count = report.texts, len(report.texts)
    if metric := main_metric(report):
        top = top_segments(report)
        share = sum(text.row.share for text in top)
        of_metric = sum(metric_share(report, metric, text.row.id) for text in top)
        if of_metric > share:
            who = f"{in_words(len(top)).capitalize()} segment{'s' if len(top) > 1 else ''}"
            verb = _verb(report, metric, len(top) > 1)
            what = f"{percent(of_metric)} of {metric_words(report, metric)}"
            return f"{who}, {percent(share)} of customers, {verb} {what}"
    if not texts:
        return f"{report.result.name}: no segments"
    largest = max(texts, key=lambda text: text.row.n)
    kinds = f"{in_words(count).capitalize()} kind{'s' if count > 1 else ''} of customers"
    return f"{kinds}: the largest, {percent(largest.row.share)}, is “{largest.row.name}”"


def lead(report: SegmentationReport) -> str:
    """What stands under the title."""
    rows, metric = report.result.rows, main_metric(report)
    everybody = count_of(rows, "customer")
    if metric is None:
        weight = [text.row.n for text in report.texts]
        spread = (
            f"from {percent(min(weight) / rows)} to {percent(max(weight) / rows)} of them"
            if rows
            else ""
        )
        segments = count_of(len(report.texts), "segment")
        return f"{everybody}, every one in exactly one of {segments}, {spread}."
    total = metric_total(report, metric)
    first = top_segments(report)[0]
    own = report.survey.totals[metric][first.row.id]
    each = (
        f"{amount(report, metric, own.sum / own.known)} each in {first.row.id}" if own.known else ""
    )
    low = [
        text
        for text in report.texts
        if metric_share(report, metric, text.row.id) < _HALF * text.row.share
    ]
    said = (
        f"{everybody}, {amount(report, metric, total.sum)} of {metric_words(report, metric)}: "
        f"{each}, {amount(report, metric, total.sum / max(total.known, 1))} on average."
    )
    if len(low) > 1:
        share = sum(text.row.share for text in low)
        little = sum(metric_share(report, metric, text.row.id) for text in low)
        said += (
            f" {in_words(len(low)).capitalize()} segments, {percent(share)} of customers, "
            f"have {percent(little)} of it together."
        )
    return said


def _verb(report: SegmentationReport, metric: str, many: bool) -> str:
    is_of_money = is_money(report.result.words.get(metric, ("", ""))[1])
    return ("bring" if many else "brings") if is_of_money else ("have" if many else "has")


# figures of metrics ------------------------------------------------------------------------------


def main_metric(report: SegmentationReport) -> str | None:
    """The first metric whose total can be shared out: above 0, and nobody's below."""
    for metric in report.survey.metrics:
        totals = report.survey.totals[metric].values()
        if sum(t.sum for t in totals) > 0 and all(t.sum >= 0 for t in totals):
            return metric
    return None


def metric_total(report: SegmentationReport, metric: str) -> Total:
    totals = report.survey.totals[metric].values()
    return Total(sum(t.known for t in totals), sum(t.sum for t in totals))


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


def top_segments(report: SegmentationReport) -> Sequence[SegmentText]:
    """The fewest segments that have half of the first metric."""
    metric, top, so_far = main_metric(report), [], 0.0
    for text in ranked(report):
        top.append(text)
        so_far += metric_share(report, metric, text.row.id) if metric else text.row.share
        if so_far >= _HALF:
            break
    return top


def metric_words(report: SegmentationReport, metric: str) -> str:
    return lower_first(report.result.words.get(metric, (metric, ""))[0])


def amount(report: SegmentationReport, column: str, value: float) -> str:
    """A sum or a mean in its unit, short: "$609k", "1.2M"."""
    unit = report.result.words.get(column, ("", ""))[1]
    return short_amount(value, unit)


def short_amount(value: float, unit: str = "") -> str:
    """Return the number in three digits, thousands as k and millions as M.

    >>> short_amount(609_254.3, "$"), short_amount(34.13, "$"), short_amount(1_250_000)
    ('$609k', '$34.1', '1.25M')
    """
    if unit in ("", "$", "€", "£"):
        for size, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
            if abs(value) >= 9_995 and abs(value) >= size * 0.9995:
                digits = format_threshold(Decimal(f"{value / size:.3g}"))
                sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
                return f"{sign}{unit}{digits}{letter}"
    return format_statistic(value, unit)


def in_words(n: int) -> str:
    """Small numbers in words.

    >>> in_words(1), in_words(6), in_words(14)
    ('one', 'six', '14')
    """
    return _WORDS[n] if n < len(_WORDS) else str(n)


# what holds and what is doubtful -----------------------------------------------------------------


def findings(report: SegmentationReport) -> tuple[Finding, ...]:
    """All findings, in the order in which they are read."""
    return tuple(found for make in _FINDINGS for found in make(report))


def _worth(report: SegmentationReport) -> Iterator[Finding]:
    measured = report.result.usefulness
    tests = [each for each in measured if each.is_test and each.explained is not None]
    if not measured:
        yield Finding(
            False, "Worth is not measured", "no metric is declared: best is one of a later period."
        )
    elif not tests:
        said = "the metrics describe the segments; only one of a later period tests them."
        yield Finding(False, "Worth is not tested", said)
    for each in tests[:1]:
        yield from _of_metric(report, each)


def _of_metric(report: SegmentationReport, each: Usefulness) -> Iterator[Finding]:
    metric, words = metric_words(report, each.metric), report.result.words
    assert each.explained is not None
    share, between = percent(each.explained.value), interval_of(each.explained)
    capped = caps(each.low_cap, each.high_cap, words.get(each.metric, ("", ""))[1])
    within = f" (counted {capped})" if capped else ""
    if each.verdict == "nothing":
        yield Finding(
            False,
            f"{share} explained",
            f"of the variance of {metric}{within}: no more than random groups would.",
            "variance",
        )
        return
    yield Finding(
        True,
        f"{share} explained",
        f"of the variance of {metric}{within}, which the segments never saw ({between}); random "
        f"groups explain {fine_percent(each.random)}.",
        "variance",
    )
    if rival := each.rival:
        ahead = rival.ahead
        theirs = f"{percent(rival.explained.value)} by {rival_words(rival, words)}"
        is_ahead = ahead.low > 0
        said = (
            f"the segments are ahead by {points(ahead)}."
            if is_ahead
            else (f"the segments are not ahead for certain: {points(ahead)}.")
        )
        text = f"the best plain rival, which needs no model; {said}"
        yield Finding(is_ahead and ahead.value >= _AHEAD, theirs, text)


def _rules(report: SegmentationReport) -> Iterator[Finding]:
    fit, quality = report.result.fit, report.result.fit.quality
    held_out = quality.fidelity_held_out
    if fit.clusters.labels:
        share = 1 - quality.loss
        yield Finding(share >= _HOLDS, f"{percent(share)} as given", "by the rules.")
    else:
        most = fit.definition.get("rules", {}).get("max_loss", 0.05)
        within = quality.loss <= most
        limit = f"the limit is {most:.3g}" if not within else f"of at most {most:.0%}"
        yield Finding(
            within,
            f"{quality.loss:.1%} lost",
            f"by saying K-Means' groups in {count_of(quality.leaves, 'rule')} ({limit}); the rules "
            f"put {percent(quality.fidelity)} of customers where K-Means has them.",
            "loss",
        )
    if held_out is not None and held_out < _HOLDS:
        yield Finding(
            False,
            f"{percent(held_out)} held out",
            "as K-Means, on customers not learned from.",
            "held out",
        )


def _stability(report: SegmentationReport) -> Iterator[Finding]:
    found = report.result.fit.stability
    if found is None:
        yield Finding(
            False, "Stability is not measured", "of rules that were not learned so.", "stability"
        )
        return
    yield Finding(
        found.low >= _HOLDS or (found.mean >= _HOLDS and found.low >= _HOLDS - 0.05),
        f"{percent(found.mean)} would stay",
        f"in their segment with rules from {found.customers:,} other customers "
        f"({percent(found.low)} to {percent(found.high)}).",
        "stability",
    )
    id_, least = min(
        found.by_segment.items(), key=lambda item: (item[1], item[0]), default=("", 1.0)
    )
    if least < _HOLDS:
        yield Finding(
            False,
            f"{id_} is the least stable",
            f"{percent(least)} of “{name_of(report, id_)}” would stay with such rules.",
            "stability",
        )


_GIVEN = ("declared", "asked", "kept")
_NUMBER = {
    "apart": "The number is clear",
    "shape": "The number is clear",
    "overlap": "The number is a guess",
    "columns": "Buckets do the same",
    "degrees": "The number is a choice",
}


def _how_many(report: SegmentationReport) -> Iterator[Finding]:
    clusters, said = report.result.fit.clusters, how_many(report.result.fit)
    if clusters.verdict is None or said is None:
        return
    is_given = clusters.reason[0].code in _GIVEN
    head = "The number was given" if is_given else _NUMBER[clusters.verdict]
    yield Finding(clusters.verdict in ("apart", "shape"), head, f"{said}.")


def _lines(report: SegmentationReport) -> Iterator[Finding]:
    near = [(t.row.near_a_line, t) for t in report.texts if t.row.near_a_line is not None]
    total = sum(n for n, _ in near)
    if not near or not report.result.rows:
        return
    share = total / report.result.rows
    most, text = max(near, key=lambda each: (each[0] / max(each[1].row.n, 1), each[1].row.id))
    where = f"; most in {text.row.id} ({percent(most / max(text.row.n, 1))})" if most else ""
    yield Finding(
        share < _NEAR,
        f"{percent(share)} near a line",
        f"{count_of(total, 'customer')} {'is' if total == 1 else 'are'} a small step from another "
        f"segment{where}.",
        "near",
    )


def _filled(report: SegmentationReport) -> Iterator[Finding]:
    own = report.result.fit.own
    for feature in report.survey.features:
        everyone, column = feature.everyone, feature.feature.column
        label = lower_first(feature.feature.label)
        if not everyone.missing or column in own:
            continue
        mostly = [id_ for id_, s in feature.segments.items() if s.missing > s.known]
        where = f"; most of {', '.join(mostly)}" if mostly else ""
        share = everyone.missing / max(everyone.known + everyone.missing, 1)
        if share >= 0.01 or mostly:
            yield Finding(
                False,
                f"{count_of(everyone.missing, 'customer')} without {label}",
                f"{percent(share)} of all, who count as if they were usual in it{where}.",
            )


def _simple(report: SegmentationReport) -> Iterator[Finding]:
    quality, learned = report.result.fit.quality, report.result.fit.learned
    short = quality.short_rules
    if short is None:
        return
    holds = short >= len(learned) * _HALF
    tests = count_of(quality.depth, "test")
    yield Finding(
        holds,
        f"{short} of {len(learned)} segments",
        f"are one rule of at most three conditions; no customer needs more than {tests}.",
    )


def _small(report: SegmentationReport) -> Iterator[Finding]:
    least = report.result.fit.definition.get("rules", {}).get("min_share", 0.01)
    own = {segment.id for segment in report.result.fit.own.values()}
    for text in report.texts:
        if text.row.share < least and text.row.id not in own:
            yield Finding(
                False,
                f"{text.row.id} is small",
                f"{count_of(text.row.n, 'customer')}, {percent(text.row.share)}: under min_share.",
            )


def _unassigned(report: SegmentationReport) -> Iterator[Finding]:
    if n := report.result.unassigned:
        share = n / max(report.result.rows, 1)
        yield Finding(
            False,
            f"{count_of(n, 'customer')} unassigned",
            f"{percent(share)} of all are in no segment.",
        )


_FINDINGS: tuple[Callable[[SegmentationReport], Iterator[Finding]], ...] = (
    _worth, _rules, _stability, _how_many, _lines, _filled, _simple, _small, _unassigned,
)  # fmt: skip


def name_of(report: SegmentationReport, id_: str) -> str:
    return next((text.row.name for text in report.texts if text.row.id == id_), id_)
