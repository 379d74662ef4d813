"""Two groupings side by side: a page for people, plain data for a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import accumulate
from typing import Any

from segkit.core.number_format import grouped, spelled
from segkit.monitor.compare import Comparison, Counterpart, ExplainedByBoth, Group, Guess
from segkit.report.page import Block, Page, Rows, Section, Sentence, line
from segkit.report.text import clip, count_of, percent, text_width, visible
from segkit.report.usefulness import as_shown, caps, fine_percent, points, with_interval

_WIDEST_HEAD, _LEAST_HEAD = 24, 12


def comparison_page(comparison: Comparison, width: int | None = None) -> Page:
    """The crosstab, who is closest to whom, how far the two agree, and what they explain.

    Parameters
    ----------
    width : int, optional
        Columns that the crosstab keeps to: where the labels of the other side do not fit,
        they are numbered, and where the numbers do not, the table comes in pieces.
    """
    counts = [[grouped(n) if n else "." for n in row] for row in comparison.counts]
    shares = [[percent(n / sum(row)) if n else "." for n in row] for row in comparison.counts]
    heads, legend = _column_heads(comparison, counts, width)
    title = f"Customers (rows: {visible(comparison.one)}, columns: {visible(comparison.other)}):"
    sections = [
        Section((Sentence(_who(comparison)),)),
        *_crosstab(comparison, heads, counts, width, title),
        *_crosstab(comparison, heads, shares, width, "Share of the row:"),
        *([Section((Sentence(legend),))] if legend else []),
        Section(_closest(comparison), "Closest counterparts:"),
        Section(tuple(map(Sentence, _agreement(comparison)))),
    ]
    if comparison.metrics:
        blocks = [block for each in comparison.metrics for block in _metric(comparison, each)]
        title = "Share of the variance that is explained (95% intervals):"
        sections.append(Section(tuple(blocks), title))
    return tuple(sections)


def _who(comparison: Comparison) -> str:
    said = f"{comparison.one} against {comparison.other}: "
    said += f"{count_of(comparison.shared, 'customer')} in both"
    sides = ((comparison.only_one, comparison.one), (comparison.only_other, comparison.other))
    only = [f"{grouped(n)} in {name} only" for n, name in sides if n]
    return f"{said}, {', '.join(only)} (left out)" if only else said


def _column_heads(
    comparison: Comparison, counts: Sequence[Sequence[str]], width: int | None
) -> tuple[list[str], str]:
    """What stands above the columns; and what it means, where it is not the whole label."""
    labels = [visible(group.label) for group in comparison.columns]
    used = sum(_widths(labels, counts)) + _LEAST_HEAD + 4
    if width is None or used <= width:
        named = [_named(group) for group in comparison.columns if group.title]
        return labels, f"Columns: {'; '.join(named)}" if named else ""
    meaning = "; ".join(
        f"{number} {(group.title and f'{visible(group.title)} ({label})') or label}"
        for number, (label, group) in enumerate(zip(labels, comparison.columns, strict=True), 1)
    )
    return [str(number) for number in range(1, len(labels) + 1)], f"Columns: {meaning}"


def _widths(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """Of columns, with the gap before each."""
    return [2 + max(map(text_width, column)) for column in zip(heads, *cells, strict=True)]


def _crosstab(
    comparison: Comparison,
    heads: Sequence[str],
    cells: Sequence[Sequence[str]],
    width: int | None,
    title: str,
) -> list[Section]:
    """The rows, in as many pieces as the width takes."""
    widths = _widths(heads, cells)
    names = [_named(group) for group in comparison.rows]
    room = sum(widths) + _WIDEST_HEAD + 2 if width is None else width
    longest = min(max(map(text_width, names)), _WIDEST_HEAD)
    head = max(min(longest, room - 2 - sum(widths)), min(longest, _LEAST_HEAD))
    pieces: list[Section] = []
    first = 0
    while first < len(heads):
        upto = accumulate(widths[first:], initial=2 + head)
        last = first + max(1, sum(used <= room for used in upto) - 1)
        rows = [
            (clip(name, head), *row[first:last])
            for name, row in zip(["", *names], [heads, *cells], strict=True)
        ]
        table = Rows(tuple(rows), "l" + "r" * (last - first), has_head=True, indent=2)
        pieces.append(Section((table,), "" if first else title))
        first = last
    return pieces


def _closest(comparison: Comparison) -> tuple[Block, ...]:
    one, other = comparison.rows, comparison.columns
    return (
        line(f"{comparison.one}:", 2),
        _counterparts(one, other, comparison.closest_to_rows),
        line(f"{comparison.other}:", 2),
        _counterparts(other, one, comparison.closest_to_columns),
    )


def _counterparts(
    groups: Sequence[Group], others: Sequence[Group], found: Sequence[Counterpart]
) -> Rows:
    rows = (
        (
            clip(_named(group), _WIDEST_HEAD),
            percent(each.share),
            f"in {clip(_named(others[each.place]), _WIDEST_HEAD)}",
            f"({percent(each.of_other)} of it)",
        )
        for group, each in zip(groups, found, strict=True)
    )
    return Rows(tuple(rows), "lrll", indent=4)


def _named(group: Group) -> str:
    return visible(f"{group.label} {group.title}" if group.title else group.label)


def _agreement(comparison: Comparison) -> list[str]:
    one, other = comparison.one, comparison.other
    return [
        f"Agreement: {_index(comparison.rand)} by pairs of customers (adjusted Rand index), "
        f"{_index(comparison.information)} by groups, where small ones count (adjusted mutual "
        "information): 1 is the same groups, 0 what chance gives.",
        _guess(one, other, comparison.guess_other),
        _guess(other, one, comparison.guess_one),
    ]


def _index(value: float) -> str:
    return spelled(f"{round(value, 2) + 0.0:.2f}")  # never -0.00


def _guess(given: str, asked: str, guess: Guess) -> str:
    return (
        f"Knowing the group of {given}, you guess that of {asked} right for "
        f"{percent(guess.knowing)} of the customers, against {percent(guess.without)} without."
    )


def _metric(comparison: Comparison, each: ExplainedByBoth) -> list[Block]:
    period = "of a later period" if each.metric.is_later else "of the same period, so no test"
    if each.made_of_it:
        period = f"{' and '.join(each.made_of_it)} made of it, so no test"
    label, unit = each.metric.words
    ends = caps(each.low_cap, each.high_cap, unit)
    blocks: list[Block] = [line(f"{label} ({period}{f'; {ends}' if ends else ''}):", 2)]
    digits, gain = 0, each.gain
    if each.one and each.other and gain:
        digits, gain = as_shown(each.other.value, each.one.value, gain)
    blocks.append(Rows(tuple(_shares(comparison, each, digits)), "lll", indent=4))
    if gain is not None:
        said = points(gain, digits)
        blocks.append(line(f"{comparison.other} minus {comparison.one}: {said}", 4))
    return blocks


def _shares(comparison: Comparison, each: ExplainedByBoth, digits: int) -> list[tuple[str, ...]]:
    """A row for each side, and for both crossed: its share, and that of random groups."""
    if each.one is None or each.other is None or each.both is None:
        why = "no values" if not each.known else "too few values, or all the same"
        return [("not measured", why, "")]
    names = (comparison.one, comparison.other, "both crossed")
    shares = (each.one, each.other, each.both)
    return [
        (name, with_interval(share, digits), f"random groups {fine_percent(chance)}")
        for name, share, chance in zip(names, shares, each.random, strict=True)
    ]


def comparison_entry(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data."""
    data = asdict(comparison)
    for entry, each in zip(data["metrics"], comparison.metrics, strict=True):
        period = "later" if each.metric.is_later else "same"
        entry["metric"] = {"name": each.metric.column, "period": period}
    return {**data, "shared": comparison.shared}
