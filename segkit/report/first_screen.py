"""What a build says of a segmentation: one screen, most of it a table."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.english import default_label
from segkit.report.page import Block, Page, Rows, Section, Sentence, line
from segkit.report.text import count_of, percent
from segkit.report.usefulness import worth_sentences
from segkit.results import SegmentationResult

_LEAST_RULE = 30  # narrower than this a rule cannot be read: the line grows instead
_NAME = (1, 32)  # the column that shrinks before that, and its least width
_FEW = 3  # assumptions that are read in one sentence


def first_screen(result: SegmentationResult, next_steps: Sequence[str] = ()) -> Page:
    """The first screen: segments, proof, worth, weakest, assumptions, what to do next.

    ``next_steps`` are commands, most useful first; only such as exist.
    """
    blocks: list[Block] = [line(_title(result)), _segments(result), line(_parity(result))]
    blocks += worth_sentences(result)
    blocks += map(line, _weakest(result))
    if result.fit.adjustments:
        blocks.append(Sentence(f"By hand: {'; '.join(result.fit.adjustments)}."))
    blocks += _assumed(result)
    blocks += (Sentence(f"Warning: {warning}") for warning in result.warnings)
    blocks += (line(f"{'      ' if i else 'Next: '}{step}") for i, step in enumerate(next_steps))
    return (Section(tuple(blocks)),)


def _title(result: SegmentationResult) -> str:
    counts = f"{count_of(len(result.segments), 'segment')}, {count_of(result.rows, 'customer')}"
    if not result.unassigned:
        return f"{counts}: every one in exactly one"
    assigned = result.rows - result.unassigned
    return f"{counts}: {assigned:,} in exactly one, {result.unassigned:,} unassigned"


def _segments(result: SegmentationResult) -> Rows:
    metric = next((name for segment in result.segments for name in segment.metrics), None)
    label = result.words.get(metric or "", default_label(metric or ""))[0]
    widest = max(len(percent(segment.share)) for segment in result.segments)
    rows: list[tuple[str, ...]] = [("", "Segment", "Customers", label, "Rule")]
    for segment in result.segments:
        customers = f"{segment.n:,} {percent(segment.share):>{widest}}"
        share = segment.metrics.get(metric or "")
        of_metric = "" if share is None else percent(share)
        rows.append((segment.id, segment.name, customers, of_metric, segment.rule))
    align = "llrrl"
    if metric is None:
        align, rows = "llrl", [(*row[:3], row[4]) for row in rows]
    return Rows(tuple(rows), align, True, 2, least=_LEAST_RULE, shrinks=_NAME)


def _parity(result: SegmentationResult) -> str:
    rows = count_of(result.parity_rows, "row")
    cases = count_of(result.parity_cases, "edge case")
    return f"SQL checked on {rows} and {cases}: 0 differ."


def _weakest(result: SegmentationResult) -> list[str]:
    sentences = [f"Weakest: {result.weakest}."] if result.weakest else []
    known = [s.near_a_line for s in result.segments if s.near_a_line is not None]
    if known:
        near = sum(known)
        verb = "sits" if near == 1 else "sit"
        sentences.append(f"{count_of(near, 'customer')} {verb} within 2% of a line.")
    return [" ".join(sentences)] if sentences else []


def _assumed(result: SegmentationResult) -> list[Block]:
    """A sentence while they are few; a line each where nobody would read that."""
    said = result.assumptions
    if len(said) <= _FEW:
        return [Sentence(f"Assumed: {'; '.join(said)}.")] if said else []
    return [line("Assumed:"), *(Sentence(each, 2, 4) for each in said)]
