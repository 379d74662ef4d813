"""Experiments on a segmentation: whether the arms are right, what they did, which arm for whom."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from segkit.core.experiment_result import MetricReadout, Readout
from segkit.report.experiment import (
    NO_EFFECT,
    balance_text,
    data_end_text,
    effect_text,
    failed_checks,
    metric_notes,
    plan_page,
    policy_text,
    readout_page,
    status_text,
    worth_text,
)
from segkit.report.html.blocks import page_blocks
from segkit.report.html.figures.lift_bars import SHOWN, lifts_of
from segkit.report.html.markup import joined, tag, with_code
from segkit.report.text import count_of
from segkit.survey.page_data import ExperimentReport, SegmentationReport

_HOW = "A line is the lift with its interval; where the dot is hollow, no effect is shown."
_TWO = " Under a segment: its customers with the other arm, and with the control."


def experiments_finding(report: SegmentationReport) -> str:
    """What each has come to, in a sentence."""
    return " ".join(f"{each.name}: {_headline(each)}" for each in report.experiments)


def _headline(each: ExperimentReport) -> str:
    found = each.readout
    if each.trouble:
        return "it cannot be told."
    if found is None:
        return f"it starts on {each.start}."
    if failed_checks(found):
        return "broken, customers are not in the arms as they should be."
    if found.policy is not None:
        return f"{policy_text(found.policy)}."
    return "nobody is assigned." if found.status == "empty" else "not decided yet."


def experiment_panels(report: SegmentationReport) -> Markup:
    """Return a panel each; empty where no experiment is declared."""
    return joined(
        tag("div", *_panel(report, each), class_="panel wide") for each in report.experiments
    )


def _panel(report: SegmentationReport, each: ExperimentReport) -> Iterator[Markup]:
    control, *others = each.arms
    until = f" until {each.end}" if each.end else ""
    yield tag("h3", f"{each.name}: {', '.join(others)} against {control}")
    yield tag("p", f"Customers are taken from {each.start}{until}.", class_="sub")
    if each.trouble:
        yield tag("p", f"Nothing is shown: {each.trouble}.", class_="warn")
    elif each.readout is not None:
        yield from _readout(report, each.readout)
    elif each.planned is not None:
        yield page_blocks(plan_page(each.planned))


def _readout(report: SegmentationReport, found: Readout) -> Iterator[Markup]:
    said = status_text(found)
    if failed := failed_checks(found):
        yield tag("p", f"{said[:1].upper()}{said[1:]}", class_="warn")
        yield tag("ul", *(tag("li", f"{text}.") for text in failed), class_="facts")
        yield tag("p", NO_EFFECT)
        return
    arms = next((check.counts for check in found.balance if check.kind == "all"), {})
    dealt = ", ".join(
        count_of(n, f"customer with {arm}", f"customers with {arm}") for arm, n in arms.items()
    )
    right = f" {dealt}: {balance_text(found)}" if arms else ""
    yield tag("p", f"{said[:1].upper()}{said[1:]}{right}")
    for each in found.data_ends:
        yield tag("p", data_end_text(each), class_="warn")
    if found.policy is not None:
        yield tag("p", tag("b", policy_text(found.policy)), f". {worth_text(found)}", class_="do")
    drawn, how = lifts_of(report, found), _HOW + (_TWO if len(arms) == 2 else "")
    told = tag("ul", *map(_item, _told(found)), class_="facts")
    yield tag("div", tag("div", drawn, tag("p", how, class_="note")), told, class_="beside")
    if found.metrics:
        every = page_blocks(readout_page(found)[1:])
        yield tag("details", tag("summary", "All figures"), every)


def _item(text: str) -> Markup:
    return tag("li", with_code(text))


def _told(found: Readout) -> Iterator[str]:
    """Of each metric its effect over all customers, and what is noted of it."""
    for metric in found.metrics:
        kind = _KINDS[metric.role]
        for arm in metric.overall.arms[1:]:
            yield f"{kind}{effect_text(metric, arm)}"
        yield from _shown(metric) if metric.role == "primary" else ()
        yield from metric_notes(metric)


_KINDS = {"primary": "", "uncapped": "Without the cap: ", "guardrail": "Guardrail: "}


def _shown(metric: MetricReadout) -> Iterator[str]:
    """Of which segments it is shown that an arm does anything, all of them looked at together."""
    parts = metric.groups[1:]
    for place, arm in enumerate(metric.overall.arms[1:], 1):
        q = {group.segment_id or "": group.arms[place].q for group in parts}
        if q and None not in q.values():
            ids = [id_ for id_, value in q.items() if value is not None and value < SHOWN]
            where = f"{', '.join(ids) or 'none'} of {count_of(len(parts), 'segment')}"
            yield f"{arm.arm}: an effect is shown in {where}, looked at together (q under 5%)."
