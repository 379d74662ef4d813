"""Rules in English, and the path of one customer through them."""

from __future__ import annotations

import textwrap

from segkit.core.english import format_threshold
from segkit.core.fit import UNASSIGNED, Fit, Quality
from segkit.report.curve import render_curve
from segkit.report.panel import render_panel
from segkit.report.text import align_rows, count_of, percent, visible
from segkit.report.usefulness import render_usefulness
from segkit.results import CustomerPath, Explanation, NearestChange, SegmentText, Step

_LEAST_WIDTH = 60


def render_explanation(explanation: Explanation, *, width: int = 80) -> str:
    """Return the segmentation in English, a paragraph a segment."""
    width, fit = max(width, _LEAST_WIDTH), explanation.fit
    counts = f"{count_of(len(explanation.segments), 'segment')}, " + count_of(
        explanation.rows, "customer"
    )
    out = [f"{visible(explanation.name)}: {counts} (fit {explanation.fit.label})"]
    for fact in _facts(fit):
        out += textwrap.wrap(visible(fact), width, subsequent_indent="  ")
    heads = align_rows(
        [
            [visible(s.row.id), visible(s.row.name), f"{s.row.n:,}", percent(s.row.share)]
            for s in explanation.segments
        ],
        ("left", "left", "right", "right"),
    )
    for head, segment in zip(heads, explanation.segments, strict=True):
        out += ["", f"  {head}", *_rule_lines(segment, width)]
    if explanation.usefulness:
        out += ["", "Worth having? Shares of the variance that is explained (95% intervals):"]
        out += render_usefulness(
            explanation.usefulness,
            explanation.words,
            width=width,
            at_fit=fit.usefulness,
        )
    if panel := render_panel(fit.clusters.sweep, len(explanation.segments), width=width):
        out += ["", "What spoke for how many segments:", *panel]
    quality, is_given = fit.quality, bool(fit.clusters.labels)
    curve = render_curve(quality.curve, quality.leaves, len(explanation.segments), is_given)
    if curve:
        loss = "what the rules cost more than K-Means"
        if is_given:
            loss = "customers whom the rules put into another cluster"
        out += ["", f"What more leaves bring (loss: {loss}):", *curve]
    return "\n".join(out)


def _facts(fit: Fit) -> tuple[str, ...]:
    quality = fit.quality
    held_out = f", {quality.fidelity_held_out:.1%} held out" if quality.fidelity_held_out else ""
    on = f"{quality.fidelity:.1%} of the {sum(fit.clusters.sizes):,} customers of the fit"
    agreed = (
        f"The rules cost {quality.loss:.1%} more than K-Means itself "
        f"(inertia {fit.clusters.inertia:,.6g}), and agree with it on {on}"
    )
    if fit.clusters.labels:
        agreed = f"The rules put {on} into the cluster that was given"
    return (
        fit.clusters.reason,
        *(f"By hand: {change}." for change in fit.adjustments),
        f"{agreed}{held_out}.",
        *_by_segment(quality),
        f"{count_of(quality.leaves, 'leaf', 'leaves')}, the smallest with "
        f"{count_of(quality.smallest_leaf, 'customer')}; at most "
        f"{count_of(quality.depth, 'test')} for a customer{_short_rules(fit)}.",
        *fit.assumptions,
        *fit.warnings,
    )


def _by_segment(quality: Quality) -> tuple[str, ...]:
    """Fidelity held out by segment, the weakest first."""
    shares = sorted(quality.held_out_by_segment.items(), key=lambda item: (item[1], item[0]))
    listed = ", ".join(f"{id_} {share:.1%}" for id_, share in shares)
    return (f"Held out, by segment: {listed}.",) if listed else ()


def _short_rules(fit: Fit) -> str:
    short = fit.quality.short_rules
    if short is None:
        return ""
    total = len(fit.segments)
    many = "each segment is" if short == total else f"{short} of {total} segments are each"
    return f"; {many} one rule of at most three conditions"


def _rule_lines(segment: SegmentText, width: int) -> list[str]:
    lines: list[str] = []
    for position, rule in enumerate(segment.rules):
        text = f"{'or ' if position else ''}{visible(rule)}"
        lines += _indented(text, width)
    about = [
        visible(text) for text in (segment.action, segment.owner and f"({segment.owner})") if text
    ]
    return lines + (_indented("-> " + " ".join(about), width) if about else [])


def _indented(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=" " * 5, subsequent_indent=" " * 7, break_long_words=False
    )


def render_customer(path: CustomerPath) -> str:
    """Return the customer's way through the rules, a line a test."""
    where = f"{path.segment_id} {path.segment_name}"
    if path.segment_id == UNASSIGNED.id:
        where = "no segment: unassigned"
    out = [f"Customer {visible(path.id)} is in {visible(where)}"]
    rows = [
        [visible(step.label), visible(step.test), _answer(step, position, path.nearest)]
        for position, step in enumerate(path.steps)
    ]
    out += [f"  {line}" for line in align_rows(rows, ("left", "left", "left"))]
    if path.nearest and path.nearest.step is None:
        out.append(visible(change_text(path.nearest)))
    if centers := path.kmeans:
        verdict = "agrees" if centers.agrees else f"would say {centers.first}"
        out.append(
            f"K-Means {verdict} (distance {centers.distance:.2f} to {centers.first}, "
            f"next {centers.second} at {centers.second_distance:.2f})."
        )
    return "\n".join(out)


def _answer(step: Step, position: int, nearest: NearestChange | None) -> str:
    answer = "yes" if step.answer else "no"
    if step.is_missing:
        answer = f"unknown, taken as {answer}"
    if nearest and position == nearest.step:
        answer += f", {visible(change_text(nearest))}"
    return answer


def change_text(nearest: NearestChange) -> str:
    """What moves the customer, and where to; the feature where it stands on a line alone."""
    amount = format_threshold(nearest.change.copy_abs(), nearest.unit)
    where = "less" if nearest.change < 0 else "more"
    goes = f"{nearest.segment_id} {nearest.segment_name}"
    if nearest.segment_id == UNASSIGNED.id:
        goes = nearest.segment_id
    label = f"{nearest.label}: " if nearest.step is None else ""
    line = "near the line: " if nearest.is_near else ""
    return f"{line}{label}{amount} {where} would make it {goes}"
