"""A page as lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from segkit.report.page import Block, Cards, Page, Rows, Section, Sentence
from segkit.report.text import align_rows, clip, pad, text_width, visible

_LEAST_CELL = 32  # likewise of a name
_LEAST_WIDTH = 60  # narrower than this nothing can be read: the lines grow instead


def render_text(page: Page, *, width: int = 80) -> str:
    """Return the page in lines of ``width`` columns, an empty one between its sections."""
    return "\n\n".join("\n".join(_section(section, width)) for section in page)


def _section(section: Section, width: int) -> list[str]:
    lines = [section.title] if section.title else []
    for block in section.blocks:
        lines += _block(block, width)
    return lines


def _block(block: Block, width: int) -> list[str]:
    match block:
        case Sentence():
            return _sentence(block, width)
        case Rows():
            return _rows(block, width)
        case Cards():
            return _cards(block, width)


def _sentence(sentence: Sentence, width: int) -> list[str]:
    text = visible(sentence.text)
    if not sentence.wraps:
        return [" " * sentence.indent + text]
    return textwrap.wrap(
        text,
        max(width, _LEAST_WIDTH),
        initial_indent=" " * sentence.indent,
        subsequent_indent=" " * sentence.hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _rows(rows: Rows, width: int) -> list[str]:
    cells = [[visible(cell) for cell in row] for row in rows.cells]
    gap, indent = " " * rows.gap, " " * rows.indent
    if rows.least is None:
        return [f"{indent}{text}".rstrip() for text in align_rows(cells, rows.align, gap)]
    if rows.shrinks is not None:
        cells = _shrunk(cells, rows, rows.shrinks, width)
    firsts = align_rows([row[:-1] for row in cells], rows.align[:-1], gap)
    used = max(map(text_width, firsts))
    room = width - used - rows.indent - rows.gap
    if room < min(rows.least, max(text_width(row[-1]) for row in cells)):
        return _rows_over_last(rows, cells, firsts, max(width, _LEAST_WIDTH))
    return [
        f"{indent}{pad(first, used)}{gap}{clip(row[-1], room)}".rstrip()
        for first, row in zip(firsts, cells, strict=True)
    ]


def _shrunk(cells: list[list[str]], rows: Rows, column: int, width: int) -> list[list[str]]:
    """The column clipped to its room on a line without the last one, if rows still differ."""
    widths = [max(map(text_width, texts)) for texts in zip(*cells, strict=True)]
    others = sum(widths[:-1]) - widths[column] + rows.indent + rows.gap * (len(widths) - 2)
    short = [clip(row[column], max(_LEAST_CELL, width - others)) for row in cells]
    if len(set(short)) < len({row[column] for row in cells}):
        return cells
    return [
        [*row[:column], text, *row[column + 1 :]] for row, text in zip(cells, short, strict=True)
    ]


def _rows_over_last(
    rows: Rows, cells: Sequence[Sequence[str]], firsts: Sequence[str], width: int
) -> list[str]:
    """Each row with its last cell on a line below, from the second column on."""
    below = " " * (rows.indent + max(text_width(row[0]) for row in cells) + rows.gap)
    lines = []
    for place, (first, row) in enumerate(zip(firsts, cells, strict=True)):
        lines.append(f"{' ' * rows.indent}{first}".rstrip())
        if row[-1] and not (rows.has_head and place == 0):
            lines.append(f"{below}{clip(row[-1], width - len(below))}")
    return lines


def _cards(cards: Cards, width: int) -> list[str]:
    lines: list[str] = []
    heads = _rows(Rows(cards.heads, cards.align, indent=2), width)
    for head, body in zip(heads, cards.bodies, strict=True):
        lines += [*([""] if lines else []), head]
        for sentence in body:
            lines += _sentence(sentence, width)
    return lines
