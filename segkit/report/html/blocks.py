"""Blocks of a page as HTML: what a terminal says, word for word."""

from __future__ import annotations

from markupsafe import Markup

from segkit.report.html.drawing import scrolled
from segkit.report.html.markup import joined, tag, with_code
from segkit.report.page import Block, Page, Rows, Sentence


def page_blocks(page: Page) -> Markup:
    """Return the sections one after the other, their titles as headings."""
    return joined(
        [
            tag("h4", section.title.rstrip(":")) if section.title else None,
            *map(_block, section.blocks),
        ]
        for section in page
    )


def _block(block: Block) -> Markup:
    match block:
        case Sentence():
            return tag("p", with_code(block.text), class_="note")
        case Rows():
            return _table(block)
        case _:
            raise TypeError(f"no page in HTML has {type(block).__name__}")


def _table(rows: Rows) -> Markup:
    looks = ["n" if letter == "r" else None for letter in rows.align]
    head, *others = rows.cells if rows.has_head else ((), *rows.cells)
    says = ", ".join(filter(None, head)) or "Figures"
    first = tag(  # an empty head says nothing to who listens
        "tr",
        *(
            tag("th" if cell else "td", cell, class_=c)
            for cell, c in zip(head, looks, strict=False)
        ),
    )
    body = (tag("tr", *map(_cell, row, looks)) for row in others)
    return scrolled(says, tag("table", first if head else None, *body))


def _cell(said: str, look: str | None) -> Markup:
    """An empty one has no look."""
    return tag("td", said, class_=look if said else None)
