"""Rules in English, and the path of one customer through them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

from segkit.core.fit import CurvePoint, SweepPoint
from segkit.core.usefulness import Usefulness
from segkit.report.curve import render_curve
from segkit.report.panel import render_panel
from segkit.report.text import align_rows, count_of, percent, visible
from segkit.report.usefulness import render_usefulness
from segkit.results import SegmentRow

_LEAST_WIDTH = 60


@dataclass(frozen=True)
class SegmentText:
    """One segment and its rules in English: a customer is in it if one of them holds."""

    row: SegmentRow
    rules: tuple[str, ...]
    action: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Explanation:
    """A segmentation in words. ``facts`` are sentences on how good the fit is.

    ``panel`` is what spoke for each number of segments, of clusters that were
    learned; ``curve`` is what each number of leaves brings, ``leaves`` the one chosen.
    """

    name: str
    fit: str  # v0001
    rows: int
    facts: tuple[str, ...]
    segments: tuple[SegmentText, ...]
    panel: tuple[SweepPoint, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    leaves: int = 0
    is_given: bool = False  # the clusters, by a column
    usefulness: tuple[Usefulness, ...] = ()
    usefulness_at_fit: tuple[Usefulness, ...] = ()
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # column -> label, unit


@dataclass(frozen=True)
class Step:
    """One test on the way: "Spending score 47" "is under 61" yes.

    ``is_missing``: the value is NULL or not finite, so the rules' side for
    missing values was taken.
    """

    label: str
    test: str
    answer: bool
    is_missing: bool = False


@dataclass(frozen=True)
class CustomerPath:
    """Why one customer is where they are.

    ``nearest`` says what would move them; it stands beside ``nearest_step``
    (position in ``steps``), or on a line of its own where that is None.
    """

    id: str
    segment_id: str
    segment_name: str
    steps: tuple[Step, ...]
    nearest: str | None = None
    kmeans: str | None = None
    nearest_step: int | None = None


def render_explanation(explanation: Explanation, *, width: int = 80) -> str:
    """Return the segmentation in English, a paragraph a segment."""
    width = max(width, _LEAST_WIDTH)
    counts = f"{count_of(len(explanation.segments), 'segment')}, " + count_of(
        explanation.rows, "customer"
    )
    out = [f"{visible(explanation.name)}: {counts} (fit {explanation.fit})"]
    for fact in explanation.facts:
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
            at_fit=explanation.usefulness_at_fit,
        )
    if panel := render_panel(explanation.panel, len(explanation.segments), width=width):
        out += ["", "What spoke for how many segments:", *panel]
    curve = render_curve(
        explanation.curve, explanation.leaves, len(explanation.segments), explanation.is_given
    )
    if curve:
        loss = "what the rules cost more than K-Means"
        if explanation.is_given:
            loss = "customers whom the rules put into another cluster"
        out += ["", f"What more leaves bring (loss: {loss}):", *curve]
    return "\n".join(out)


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
    if path.segment_id == "unassigned":
        where = "no segment: unassigned"
    out = [f"Customer {visible(path.id)} is in {visible(where)}"]
    rows = [
        [visible(step.label), visible(step.test), _answer(step, position, path)]
        for position, step in enumerate(path.steps)
    ]
    out += [f"  {line}" for line in align_rows(rows, ("left", "left", "left"))]
    if path.nearest and path.nearest_step is None:
        out.append(visible(path.nearest))
    if path.kmeans:
        out.append(visible(path.kmeans))
    return "\n".join(out)


def _answer(step: Step, position: int, path: CustomerPath) -> str:
    answer = "yes" if step.answer else "no"
    if step.is_missing:
        answer = f"unknown, taken as {answer}"
    if path.nearest and position == path.nearest_step:
        answer += f", {visible(path.nearest)}"
    return answer
