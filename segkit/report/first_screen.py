"""What a build says of a segmentation: one screen, most of it a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from segkit.core.english import default_label
from segkit.core.fact_english import how_many
from segkit.core.fit import Stability
from segkit.core.number_format import grouped, numbers_as
from segkit.report.about import about_section
from segkit.report.moved_line import change_line
from segkit.report.page import Block, Page, Rows, Section, Sentence, line
from segkit.report.page_metric import are_parts
from segkit.report.text import count_of, percent
from segkit.report.usefulness import worth_sentence
from segkit.results import HistoryOrigin, SegmentationResult

_LEAST_RULE = 50  # columns: with less of them a rule has a line of its own
_NAME = 1  # the column that shrinks where a page is too narrow even so
# of 24 lines those for segments, a row and a rule each, for assumptions and for warnings
_LINES, _LEAST = 15, 3
_LINE, _WIDTH = 70, 80  # characters of a line that wraps at 80 columns


def first_screen(
    result: SegmentationResult,
    next_steps: Sequence[str] = (),
    other_k: str = "",
    rest: str = "",
) -> Page:
    """The first screen: segments, how many, proof, worth, doubt, assumptions, what to do next.

    Of six segments it is at most 24 lines of 80 columns.

    Parameters
    ----------
    next_steps : sequence of str
        Commands, the most useful first; only such as exist.
    other_k : str
        What shows other numbers of segments.
    rest : str
        The command that says what has no room here; without one all is said.
    """
    with numbers_as(result.numbers):
        return (Section(tuple(_blocks(result, next_steps, other_k, rest))),)


def _blocks(
    result: SegmentationResult, next_steps: Sequence[str], other_k: str, rest: str
) -> list[Block]:
    blocks: list[Block] = [line(_title(result)), _segments(result)]
    if many := how_many(result.fit):
        blocks.append(Sentence(f"How many? {many}{f' ({other_k})' if other_k else ''}."))
    worth = worth_sentence(result.usefulness, result.words)
    blocks += [line(parity_text(result)), worth]
    blocks += _doubt(result)
    changed = change_line(result.changes, result.drift) if result.changes else None
    blocks += [changed] if changed else []
    origin = Sentence(history_text(result.history)) if result.history else None
    blocks += [origin] if origin else []
    if result.fit.adjustments:
        blocks.append(Sentence(f"By hand: {'; '.join(result.fit.adjustments)}."))
    taken = _more(worth) + sum(1 + _more(said) for said in (changed, origin) if said)
    blocks += _notes(result, rest, taken)
    blocks += (line(f"{'      ' if i else 'Next: '}{step}") for i, step in enumerate(next_steps))
    return blocks


def _more(sentence: Sentence) -> int:
    """Lines beyond the first one."""
    return (len(sentence.text) - 1) // _WIDTH


def trial_page(result: SegmentationResult, next_steps: Sequence[str]) -> Page:
    """What was taken for what, a line each; the first screen; and names to paste."""
    said = tuple(Sentence(each, 2, 4) for each in result.assumptions)
    screen = first_screen(replace(result, assumptions=()), next_steps, "--k N")
    return (
        *([Section(said, "Assumed:")] if said else []),
        *screen,
        *about_section(result.segments),
    )


def _title(result: SegmentationResult) -> str:
    counts = f"{count_of(len(result.segments), 'segment')}, {count_of(result.rows, 'customer')}"
    if not result.rows:
        return counts
    if not result.unassigned:
        return f"{counts}: every one in exactly one"
    assigned = result.rows - result.unassigned
    return f"{counts}: {grouped(assigned)} in exactly one, {grouped(result.unassigned)} unassigned"


def _segments(result: SegmentationResult) -> Rows:
    metric = _shared_metric(result)
    label = result.words.get(metric or "", default_label(metric or ""))[0]
    widest = max(len(percent(segment.share)) for segment in result.segments)
    rows: list[tuple[str, ...]] = [("", "Segment", "Customers", label, "Rule")]
    for segment in result.segments:
        customers = f"{grouped(segment.n)} {percent(segment.share):>{widest}}"
        share = segment.metrics.get(metric or "")
        of_metric = "" if share is None else percent(share)
        rows.append((segment.id, segment.name, customers, of_metric, segment.rule))
    align = "llrrl"
    if metric is None:
        align, rows = "llrl", [(*row[:3], row[4]) for row in rows]
    return Rows(tuple(rows), align, True, 2, least=_LEAST_RULE, shrinks=_NAME)


def _shared_metric(result: SegmentationResult) -> str | None:
    """The first metric that is shared out; one of which somebody has less than nothing is not."""
    segments = result.segments
    names = dict.fromkeys(name for segment in segments for name in segment.metrics)
    shares = {name: [s.metrics.get(name) or 0.0 for s in segments] for name in names}
    return next((name for name in names if are_parts(shares[name])), None)


def parity_text(result: SegmentationResult) -> str:
    """What the published SQL was compared with."""
    rows = count_of(result.parity_rows, "row")
    cases = count_of(result.parity_cases, "edge case")
    return f"SQL checked on {rows} and {cases}: 0 differ."


def history_text(origin: HistoryOrigin) -> str:
    """That it is from a copy, or that it is gone."""
    if origin.copy is None:
        return "History: of earlier builds none is here, nor a copy; it begins with this one."
    until = f" until {origin.until:%Y-%m-%d}" if origin.until else ""
    return f"History: restored from {origin.copy}, {count_of(origin.builds, 'build')}{until}."


def _doubt(result: SegmentationResult) -> list[Block]:
    """Who would be elsewhere with other rules; where that was not measured, what fits least."""
    found = result.fit.stability
    if found is None:
        said = f"Weakest: {result.weakest}, whose rules fit its cluster least."
        return [Sentence(said)] if result.weakest else []
    least = result.weakest if len(found.by_segment) > 1 else None
    share = found.by_segment[least] if least else 1.0
    only = f"; least {least}, {percent(share)}" if share < 1 else ""
    return [Sentence(f"Stable? {stable_share(found)} with rules from other customers{only}.")]


def stable_share(found: Stability) -> str:
    """``88% (80-95%) would stay``"""
    low, high = percent(found.low), percent(found.high)
    # 94->99% would be an arrow
    between = f"{low} to {high}" if high.startswith(">") else f"{low.rstrip('%')}-{high}"
    return f"{percent(found.mean)}{f' ({between})' if low != high else ''} would stay"


def _notes(result: SegmentationResult, rest: str, taken: int) -> list[Block]:
    """What was assumed, and warnings: all of it, or what there is room for, and how much more.

    ``taken``: lines that what comes before has beyond one a sentence.
    """
    room = max(_LEAST, _LINES - 2 * len(result.segments)) - taken
    assumed, warned = len(result.assumptions), len(result.warnings)
    if rest:
        lines = [0, *accumulate(1 + len(each) // _LINE for each in result.warnings)]
        free = room - bool(result.assumptions)
        if lines[-1] > free:  # one line says how many more there are
            warned = sum(used < free for used in lines[1:])
        left = _LINE * max(1, room - lines[warned] - (lines[-1] > free))
        lengths = accumulate(len(each) + 2 for each in result.assumptions)
        assumed = sum(length <= left - len(rest) for length in lengths)
    said = list(result.assumptions[:assumed])
    if hidden := len(result.assumptions) - assumed:
        said.append(f"{hidden} more: {rest}" if said else f"{count_of(hidden, 'thing')}: {rest}")
    blocks: list[Block] = [Sentence(f"Assumed: {'; '.join(said)}.")] if said else []
    blocks += (Sentence(f"Warning: {warning}") for warning in result.warnings[:warned])
    if hidden := len(result.warnings) - warned:
        blocks.append(line(f"{count_of(hidden, 'more warning')}: {rest}"))
    return blocks
