"""A page as lines for a terminal."""

from __future__ import annotations

import textwrap

from segkit.report.page import Block, Cards, Page, Rows, Section, Sentence
from segkit.report.text import align_rows, clip, pad, text_width, visible

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
    if rows.shrinks:
        cells = _shrunk(cells, rows, rows.shrinks, width)
    firsts = align_rows([row[:-1] for row in cells], rows.align[:-1], gap)
    used = max(map(text_width, firsts))
    room = max(rows.least, width - used - rows.indent - rows.gap)
    return [
        f"{indent}{pad(first, used)}{gap}{clip(row[-1], room)}".rstrip()
        for first, row in zip(firsts, cells, strict=True)
    ]


def _shrunk(
    cells: list[list[str]], rows: Rows, shrinks: tuple[int, int], width: int
) -> list[list[str]]:
    """The column that shrinks, clipped to its room; whole where what is cut tells rows apart."""
    column, least = shrinks
    widths = [max(map(text_width, texts)) for texts in zip(*cells, strict=True)]
    others = sum(widths[:-1]) - widths[column] + rows.indent + rows.gap * (len(widths) - 1)
    room = max(least, width - others - (rows.least or 0))
    short = [clip(row[column], room) for row in cells]
    if len(set(short)) < len({row[column] for row in cells}):
        return cells
    return [
        [*row[:column], text, *row[column + 1 :]] for row, text in zip(cells, short, strict=True)
    ]


def _cards(cards: Cards, width: int) -> list[str]:
    lines: list[str] = []
    heads = _rows(Rows(cards.heads, cards.align, indent=2), width)
    for head, body in zip(heads, cards.bodies, strict=True):
        lines += [*([""] if lines else []), head]
        for sentence in body:
            lines += _sentence(sentence, width)
    return lines
