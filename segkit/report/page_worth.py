"""What the segments are worth, computed: what they explain of metrics, and who loses money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segkit.core.usefulness import Rival, Usefulness
from segkit.report.glossary import Term
from segkit.report.page_metric import amount, metric_words
from segkit.report.text import count_of, in_words, percent
from segkit.report.usefulness import (
    Words,
    as_shown,
    caps,
    column_words,
    fine_percent,
    interval_of,
    points,
    rival_words,
    why_unknown,
)
from segkit.survey.page_data import SegmentationReport

_AHEAD = 0.1  # of the variance, ahead of the best simple split: less is hardly worth a model


@dataclass(frozen=True)
class Finding:
    """``head`` is the figure, ``text`` goes on from it; ``term`` is explained in the glossary.

    ``is_grave``: with this alone nobody should rely on the segments.
    """

    holds: bool
    head: str
    text: str
    term: Term | None = None
    is_grave: bool = False


def worth(report: SegmentationReport) -> Iterator[Finding]:
    measured = report.result.usefulness
    tests = [each for each in measured if each.is_test and each.explained is not None]
    if not measured:
        metrics = [metric_words(report, metric) for metric in report.survey.metrics]
        said = (
            "no metric is declared, so what the segments will bring is not known; best is one of "
            "a later period (metrics in the YAML)."
        )
        if metrics:
            said = f"the segments were not held against {', '.join(metrics)}: a build does that."
        yield Finding(False, "Worth is not measured:", said)
    elif not tests:
        said = "; ".join(_no_test(report, each) for each in measured)
        yield Finding(False, "Worth is not tested:", f"{said}.")
    for each in tests[:1]:
        yield from _of_metric(report, each)


def _no_test(report: SegmentationReport, each: Usefulness) -> str:
    metric = metric_words(report, each.metric)
    if each.explained is None:
        return why_unknown(each, metric)
    if each.same_as:
        return f"{metric} is told already by {metric_words(report, each.same_as)}, a feature"
    return f"{metric} is of the same period, and describes; one of a later period would test"


def _of_metric(report: SegmentationReport, each: Usefulness) -> Iterator[Finding]:
    metric, words = metric_words(report, each.metric), report.result.words
    assert each.explained is not None
    digits, rival = 0, each.rival
    if rival and each.verdict != "nothing":
        digits, ahead = as_shown(each.explained.value, rival.explained.value, rival.ahead)
    share, between = percent(each.explained.value, digits), interval_of(each.explained)
    capped = caps(each.low_cap, each.high_cap, words.get(each.metric, ("", ""))[1])
    within = f" (counted {capped})" if capped else ""
    if each.verdict == "nothing":
        yield Finding(
            False,
            f"{share} explained",
            f"of the variance of {metric}{within}: no more than random groups would.",
            "variance",
            is_grave=True,
        )
        return
    yield Finding(
        True,
        f"{share} explained",
        f"of the variance of {metric}{within}, which the segments never saw ({between}); random "
        f"groups explain {fine_percent(each.random)}.",
        "variance",
    )
    if rival:
        theirs = f"{percent(rival.explained.value, digits)} by a simple split"
        is_ahead, only = rival.ahead.low > 0, "" if rival.ahead.value >= _AHEAD else " only"
        said = (
            f"the segments are ahead by{only} {points(ahead, digits)}."
            if is_ahead
            else (f"the segments are not ahead for certain: {points(ahead, digits)}.")
        )
        text = f"{_split(rival, words)}, without a model; {said}"
        yield Finding(is_ahead and not only, theirs, text, "simple split")


def _split(rival: Rival, words: Words) -> str:
    """How it parts customers, in words for somebody who knows no quantiles."""
    n, label = in_words(rival.groups), column_words(rival.name, words)
    match rival.kind:
        case "cross":
            return f"into {n} groups by {label} and {column_words(rival.other, words)}"
        case "quantiles":
            return f"into {n} equal groups by {label}"
        case "buckets":
            return f"by the {rival_words(rival, words)}"
    return f"by {label}"


def losses(report: SegmentationReport) -> Iterator[Finding]:
    """Whoever brings less than nothing has no share of the whole, and no bar."""
    for metric in report.survey.metrics:
        sums = {id_: total.sum for id_, total in report.survey.totals[metric].items()}
        id_, least = min(sums.items(), key=lambda item: (item[1], item[0]), default=("", 0.0))
        if least < 0:
            below = sum(each < 0 for each in sums.values())
            yield Finding(
                False,
                f"{id_}: {amount(report, metric, least)}",
                f"of {metric_words(report, metric)}; {below} of {count_of(len(sums), 'segment')} "
                "below 0, so there are no shares of it.",
            )
