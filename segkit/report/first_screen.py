"""What a build says of a segmentation: one screen, most of it a table."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from segkit.core.english import default_label
from segkit.report.text import Align, align_rows, clip, count_of, pad, percent, text_width, visible
from segkit.report.usefulness import worth_sentences
from segkit.results import SegmentationResult, SegmentRow

_LEAST_RULE = 30  # narrower than this a rule cannot be read: the line grows instead
_LONGEST_NAME = 32
_FEW = 3  # assumptions that are read in one sentence


def render_first_screen(
    result: SegmentationResult, *, width: int, next_steps: Sequence[str] = ()
) -> str:
    """Return the first screen: segments, proof, worth, weakest, assumptions, what to do next.

    Parameters
    ----------
    result : SegmentationResult
    width : int
        Columns of the terminal. Rules are clipped to it, but never below 30 columns.
    next_steps : sequence of str
        Commands, most useful first; only such as exist.
    """
    out = [_title(result), *_segment_lines(result, width), _parity(result)]
    out += [line for text in worth_sentences(result) for line in _wrapped(text, width)]
    out += _weakest(result)
    if result.fit.adjustments:
        out += _wrapped(f"By hand: {'; '.join(result.fit.adjustments)}.", width)
    out += _assumed(result, width)
    for warning in result.warnings:
        out += _wrapped(f"Warning: {warning}", width)
    if next_steps:
        out += [f"{'      ' if i else 'Next: '}{step}" for i, step in enumerate(next_steps)]
    return "\n".join(out)


def _title(result: SegmentationResult) -> str:
    counts = f"{count_of(len(result.segments), 'segment')}, {count_of(result.rows, 'customer')}"
    if not result.unassigned:
        return f"{counts}: every one in exactly one"
    assigned = result.rows - result.unassigned
    return f"{counts}: {assigned:,} in exactly one, {result.unassigned:,} unassigned"


def _segment_lines(result: SegmentationResult, width: int) -> list[str]:
    metric = next((name for segment in result.segments for name in segment.metrics), None)
    known = result.words.get(metric or "", default_label(metric or ""))
    metric_label = visible(known[0])
    rows = [["", "Segment", "Customers", metric_label]]
    names = [visible(segment.name) for segment in result.segments]
    short = [clip(name, _LONGEST_NAME) for name in names]
    names = short if len(set(short)) == len(set(names)) else names  # what is cut tells them apart
    rows += [
        _cells(segment, name, metric, result)
        for segment, name in zip(result.segments, names, strict=True)
    ]
    if metric is None:
        rows = [row[:3] for row in rows]
    align: tuple[Align, ...] = ("left", "left", "right", "right")
    lines = align_rows(rows, align[: len(rows[0])])
    used = max(text_width(line) for line in lines)
    room = max(_LEAST_RULE, width - used - 4)
    rules = ["Rule", *(clip(visible(segment.rule), room) for segment in result.segments)]
    return [
        f"  {pad(line, used)}  {rule}".rstrip() for line, rule in zip(lines, rules, strict=True)
    ]


def _cells(
    segment: SegmentRow, name: str, metric: str | None, result: SegmentationResult
) -> list[str]:
    share = None if metric is None else segment.metrics.get(metric)
    widest = max(len(percent(s.share)) for s in result.segments)
    return [
        visible(segment.id),
        name,
        f"{segment.n:,} {percent(segment.share):>{widest}}",
        "" if share is None else percent(share),
    ]


def _parity(result: SegmentationResult) -> str:
    rows = count_of(result.parity_rows, "row")
    cases = count_of(result.parity_cases, "edge case")
    return f"SQL checked on {rows} and {cases}: 0 differ."


def _weakest(result: SegmentationResult) -> list[str]:
    sentences = [f"Weakest: {visible(result.weakest)}."] if result.weakest else []
    known = [s.near_a_line for s in result.segments if s.near_a_line is not None]
    if known:
        near = sum(known)
        verb = "sits" if near == 1 else "sit"
        sentences.append(f"{count_of(near, 'customer')} {verb} within 2% of a line.")
    return [" ".join(sentences)] if sentences else []


def _assumed(result: SegmentationResult, width: int) -> list[str]:
    """A sentence while they are few; a line each where nobody would read that."""
    said = result.assumptions
    if len(said) <= _FEW:
        return _wrapped(f"Assumed: {'; '.join(said)}.", width) if said else []
    return ["Assumed:", *(f"  {line}" for each in said for line in _wrapped(each, width - 2))]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        visible(text),
        max(width, 60),
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
