"""What a build says of a segmentation: one screen, most of it a table."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.english import default_label
from segkit.core.fact_english import how_many
from segkit.core.fit import Stability
from segkit.report.page import Block, Page, Rows, Section, Sentence, line
from segkit.report.text import count_of, percent
from segkit.report.usefulness import worth_sentences
from segkit.results import SegmentationResult

_LEAST_RULE = 50  # columns: with less of them a rule has a line of its own
_NAME = 1  # the column that shrinks where a page is too narrow even so
_FEW = 3  # assumptions that are read in one sentence


def first_screen(
    result: SegmentationResult, next_steps: Sequence[str] = (), other_k: str = ""
) -> Page:
    """The first screen: segments, how many, proof, worth, doubt, assumptions, what to do next.

    ``next_steps`` are commands, most useful first, and ``other_k`` what shows other numbers of
    segments; only such as exist.
    """
    blocks: list[Block] = [line(_title(result)), _segments(result)]
    if many := how_many(result.fit):
        blocks.append(Sentence(f"How many? {many}{f' ({other_k})' if other_k else ''}."))
    blocks.append(line(_parity(result)))
    blocks += worth_sentences(result)
    blocks += _doubt(result)
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


def _doubt(result: SegmentationResult) -> list[Block]:
    """Who would be elsewhere with other rules, and who nearly is."""
    said = []
    if found := result.fit.stability:
        least = result.weakest if len(found.by_segment) > 1 else None
        share = found.by_segment[least] if least else 1.0
        only = f"; least {least}, {percent(share)}" if share < 1 else ""
        said.append(f"{stable_share(found)}{only}.")
    elif result.weakest:
        said.append(f"Weakest: {result.weakest}, whose rules fit its cluster least.")
    known = [s.near_a_line for s in result.segments if s.near_a_line is not None]
    if known:
        near = sum(known)
        verb = "sits" if near == 1 else "sit"
        said.append(f"{count_of(near, 'customer')} {verb} within 2% of a line.")
    return [Sentence(" ".join(said))] if said else []


def stable_share(found: Stability) -> str:
    """``Stable? 88% (80-95%) stay with rules from 2,000 other customers``"""
    between = f" ({percent(found.low).rstrip('%')}-{percent(found.high)})"
    stay = f"{percent(found.mean)}{between if found.low < found.high else ''} would stay"
    return f"Stable? {stay} with rules from {found.customers:,} other customers"


def _assumed(result: SegmentationResult) -> list[Block]:
    """A sentence while they are few; a line each where nobody would read that."""
    said = result.assumptions
    if len(said) <= _FEW:
        return [Sentence(f"Assumed: {'; '.join(said)}.")] if said else []
    return [line("Assumed:"), *(Sentence(each, 2, 4) for each in said)]
