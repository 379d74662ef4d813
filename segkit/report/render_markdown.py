"""A page as Markdown: for a wiki, a pull request, a mail."""

from __future__ import annotations

from collections.abc import Iterator

from segkit.report.page import Block, Cards, Page, Rows, Sentence
from segkit.report.text import visible

_RULES = {"l": "---", "r": "---:"}


def render_markdown(page: Page) -> str:
    """Return the page, its titles as headings of the second level."""
    return "\n\n".join(part for part in _parts(page) if part)


def markdown_text(text: str) -> str:
    """Return the text on one line, as it is: nothing in it is a mark, or ends a cell."""
    text = text.replace("\r", " ").replace("\n", " ")
    return visible(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _parts(page: Page) -> Iterator[str]:
    for section in page:
        if section.title:
            yield f"## {markdown_text(section.title).rstrip(':')}"
        yield from map(_block, section.blocks)


def _block(block: Block) -> str:
    match block:
        case Sentence():
            return markdown_text(block.text)
        case Rows():
            return _table(block)
        case Cards():
            return "\n\n".join(
                "\n".join(
                    [
                        f"### {' '.join(map(markdown_text, head))}\n",
                        *(f"- {markdown_text(each.text)}" for each in body),
                    ]
                )
                for head, body in zip(block.heads, block.bodies, strict=True)
            )


def _table(rows: Rows) -> str:
    head, *others = rows.cells if rows.has_head else (("",) * len(rows.align), *rows.cells)
    lines = [head, [_RULES[letter] for letter in rows.align], *others]
    return "\n".join(
        f"| {' | '.join(markdown_text(cell).strip() for cell in row)} |" for row in lines
    )
