"""Two groupings side by side: for a terminal, for a page, for a program."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from segkit.monitor.agreement import Counterpart, Guess
from segkit.monitor.compare import Comparison, ExplainedByBoth, Group
from segkit.report.tables import render_table
from segkit.report.text import Align, align_rows, clip, count_of, percent, text_width, visible
from segkit.report.usefulness import caps, fine_percent, points, with_interval
from segkit.results import Table

_WIDEST_HEAD, _LEAST_HEAD = 24, 12
_RAND = "adjusted Rand index: 1 is the same groups, 0 what chance gives"


def render_comparison(comparison: Comparison, output: str, *, width: int = 80) -> str:
    """Return the comparison as text.

    Parameters
    ----------
    output : {"table", "md"}
        ``table`` keeps to ``width`` columns: where the labels of the other side do not fit,
        they are numbered, and where the numbers do not, the table comes in pieces.
    """
    return RENDERERS[output](comparison, width)


def _render_text(comparison: Comparison, width: int) -> str:
    counts = [[f"{n:,}" if n else "." for n in row] for row in comparison.counts]
    shares = [[percent(n / sum(row)) if n else "." for n in row] for row in comparison.counts]
    heads, legend = _column_heads(comparison, counts, width)
    out = [
        *_wrapped(_who(comparison), width),
        "",
        f"Customers (rows: {visible(comparison.one)}, columns: {visible(comparison.other)}):",
        *_crosstab(comparison, heads, counts, width),
        "",
        "Share of the row:",
        *_crosstab(comparison, heads, shares, width),
        *([""] if legend else []),
        *_wrapped(legend, width),
        "",
        "Closest counterparts:",
        *_closest(comparison, width),
        "",
        *[line for text in _agreement(comparison) for line in _wrapped(text, width)],
    ]
    if comparison.metrics:
        out += ["", "Share of the variance that is explained (95% intervals):"]
        out += _metric_lines(comparison)
    return "\n".join(out)


def _who(comparison: Comparison) -> str:
    said = f"{comparison.one} against {comparison.other}: "
    said += f"{count_of(comparison.shared, 'customer')} in both"
    sides = ((comparison.only_one, comparison.one), (comparison.only_other, comparison.other))
    only = [f"{n:,} in {name} only" for n, name in sides if n]
    return f"{said}, {', '.join(only)} (left out)" if only else said


def _column_heads(
    comparison: Comparison, counts: Sequence[Sequence[str]], width: int
) -> tuple[list[str], str]:
    """What stands above the columns; and what it means, where it is not the whole label."""
    labels = [visible(group.label) for group in comparison.columns]
    named = [f"{visible(g.label)} {visible(g.title)}" for g in comparison.columns if g.title]
    widths = [
        max(text_width(c) for c in (label, *cells))
        for label, *cells in zip(labels, *counts, strict=True)
    ]
    if sum(widths) + 2 * len(widths) + _LEAST_HEAD + 4 <= width:
        return labels, f"Columns: {'; '.join(named)}" if named else ""
    numbers = [str(place) for place in range(1, len(labels) + 1)]
    meaning = "; ".join(
        f"{number} {(group.title and f'{visible(group.title)} ({label})') or label}"
        for number, label, group in zip(numbers, labels, comparison.columns, strict=True)
    )
    return numbers, f"Columns: {meaning}"


def _crosstab(
    comparison: Comparison, heads: Sequence[str], cells: Sequence[Sequence[str]], width: int
) -> list[str]:
    """The rows, in as many pieces as the width takes."""
    widths = [max(text_width(c) for c in column) + 2 for column in zip(heads, *cells, strict=True)]
    names = [_named(group) for group in comparison.rows]
    longest = min(max(map(text_width, names)), _WIDEST_HEAD)
    head = max(min(longest, width - 2 - sum(widths)), min(longest, _LEAST_HEAD))
    lines: list[str] = []
    first = 0
    while first < len(heads):
        last, used = first + 1, 2 + head + widths[first]
        while last < len(heads) and used + widths[last] <= width:
            used, last = used + widths[last], last + 1
        rows = [["", *heads[first:last]]]
        rows += [
            [clip(name, head), *row[first:last]] for name, row in zip(names, cells, strict=True)
        ]
        align: list[Align] = ["left"]
        align += ["right"] * (last - first)
        lines += [*([""] if first else []), *(f"  {line}" for line in align_rows(rows, align))]
        first = last
    return lines


def _closest(comparison: Comparison, width: int) -> list[str]:
    one, other = comparison.rows, comparison.columns
    rows = [
        *_counterpart_rows(comparison.one, one, other, comparison.closest_to_rows),
        *_counterpart_rows(comparison.other, other, one, comparison.closest_to_columns),
    ]
    return [
        clip(f"  {line}", width) for line in align_rows(rows, ("left", "right", "left", "left"))
    ]


def _counterpart_rows(
    side: str, groups: Sequence[Group], others: Sequence[Group], found: Sequence[Counterpart]
) -> list[list[str]]:
    return [[f"{visible(side)}:", "", "", ""]] + [
        [
            f"  {clip(_named(group), _WIDEST_HEAD)}",
            percent(each.share),
            f"in {clip(_named(others[each.place]), _WIDEST_HEAD)}",
            f"({percent(each.of_other)} of it)",
        ]
        for group, each in zip(groups, found, strict=True)
    ]


def _named(group: Group) -> str:
    return visible(f"{group.label} {group.title}" if group.title else group.label)


def _agreement(comparison: Comparison) -> list[str]:
    one, other = comparison.one, comparison.other
    return [
        f"Agreement: {comparison.rand:.2f} ({_RAND}).",
        _guess(one, other, comparison.guess_other),
        _guess(other, one, comparison.guess_one),
    ]


def _guess(given: str, asked: str, guess: Guess) -> str:
    return (
        f"Knowing the group of {given}, you guess that of {asked} right for "
        f"{percent(guess.knowing)} of the customers, against {percent(guess.without)} without."
    )


def _metric_lines(comparison: Comparison) -> list[str]:
    lines = []
    for each in comparison.metrics:
        period = "of a later period" if each.metric.is_later else "of the same period, so no test"
        if each.made_of_it:
            period = f"{' and '.join(each.made_of_it)} made of it, so no test"
        label, unit = each.metric.words
        ends = caps(each.low_cap, each.high_cap, unit)
        period = f"{period}; {ends}" if ends else period
        lines.append(f"  {visible(label)} ({visible(period)}):")
        rows = _metric_rows(comparison, each)
        lines += [f"    {line}" for line in align_rows(rows, ("left", "left", "left"))]
        if each.gain is not None:
            sides = f"{visible(comparison.other)} minus {visible(comparison.one)}"
            lines.append(f"    {sides}: {points(each.gain)}")
    return lines


def _metric_rows(comparison: Comparison, each: ExplainedByBoth) -> list[list[str]]:
    """A row for each side, and for both crossed: its share, and that of random groups."""
    if each.one is None or each.other is None or each.both is None:
        why = "no values" if not each.known else "too few values, or all the same"
        return [["not measured", why, ""]]
    names = (visible(comparison.one), visible(comparison.other), "both crossed")
    shares = (each.one, each.other, each.both)
    return [
        [name, with_interval(share), f"random groups {fine_percent(chance)}"]
        for name, share, chance in zip(names, shares, each.random, strict=True)
    ]


def _render_markdown(comparison: Comparison, width: int) -> str:
    heads = tuple(_named(group) for group in comparison.columns)
    rows = [
        (_named(group), *(f"{n:,} ({percent(n / sum(row))})" if n else "." for n in row))
        for group, row in zip(comparison.rows, comparison.counts, strict=True)
    ]
    closest = [
        row
        for side, groups, others, found in (
            (comparison.one, comparison.rows, comparison.columns, comparison.closest_to_rows),
            (comparison.other, comparison.columns, comparison.rows, comparison.closest_to_columns),
        )
        for row in (
            (
                side,
                _named(group),
                _named(others[each.place]),
                percent(each.share),
                percent(each.of_other),
            )
            for group, each in zip(groups, found, strict=True)
        )
    ]
    tables = [
        f"{_who(comparison)}.",
        render_table(Table((comparison.one, *heads), tuple(rows)), "md"),
        render_table(
            Table(("side", "group", "closest", "share", "share of it"), tuple(closest)), "md"
        ),
        "\n".join(_agreement(comparison)),
    ]
    if comparison.metrics:
        measured = tuple(
            (each.metric.words[0], *row)
            for each in comparison.metrics
            for row in _metric_rows(comparison, each)
        )
        heads = ("metric", "groups", "variance explained", "by chance")
        tables.append(render_table(Table(heads, measured), "md"))
    return "\n\n".join(tables)


def comparison_entry(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data."""
    data = asdict(comparison)
    data["metrics"] = [_metric_entry(each) for each in comparison.metrics]
    return {**data, "shared": comparison.shared}


def _metric_entry(each: ExplainedByBoth) -> dict[str, Any]:
    metric = {"name": each.metric.column, "period": "later" if each.metric.is_later else "same"}
    return {**asdict(each), "metric": metric}


RENDERERS: dict[str, Callable[[Comparison, int], str]] = {
    "table": _render_text,
    "md": _render_markdown,
}


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(visible(text), width, subsequent_indent="  ", break_on_hyphens=False)
