"""A table as a drawing, for a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from markupsafe import Markup

from segkit.report.html.drawing import BOLD, TEXT, box, svg, text
from segkit.report.html.markup import tag
from segkit.report.html.scales import text_width

_ROW, _ROOM = 26, 20  # height of a row, and what a cell has beside its text
_MARK = 14  # what a mark takes
_WIDEST, _WIDE = 300.0, 130.0  # the first column, and the others


def table_drawing(table: Element) -> Markup:
    """Return each cell with its shade, its mark and its text, in columns as wide as they need."""
    rows = [list(row) for row in table.iter("tr")]
    widths = [
        min(max(map(_width, column)), _WIDE if place else _WIDEST)
        for place, column in enumerate(zip(*rows, strict=True))
    ]
    said = table.findtext("caption") or "A table"
    size = max(sum(widths), text_width(said, TEXT) + 4), _ROW * (len(rows) + 1)
    cells = (
        cell for place, row in enumerate(rows) for cell in _row(row, widths, _ROW * (place + 1.0))
    )
    return svg("tb", size, said, text(4, 16, said, "o"), *cells)


def _words(cell: Element) -> str:
    return " ".join("".join(cell.itertext()).split())


def _width(cell: Element) -> float:
    mark = _MARK if cell.find(".//path") is not None else 0
    return text_width(_words(cell), TEXT * BOLD) + mark + _ROOM


def _row(row: Sequence[Element], widths: Sequence[float], top: float) -> Iterator[Markup]:
    left = 0.0
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        shade = (cell.get("class") or "").split()[:1]
        if shade and shade[0].startswith("v"):
            yield box((left + 0.5, top + 0.5), (width - 1, _ROW - 1), shade[0])
        content, is_head = _words(cell), cell.tag == "th"
        x, look = (left + width / 2, "m") if place else (left + 4, "")
        if (mark := cell.find(".//path")) is not None:
            start = x - (text_width(content, TEXT * BOLD) + _MARK) / 2 if place else x
            move = f"translate({start:.1f} {top + 7:.1f})"
            yield tag("path", class_=mark.get("class"), d=mark.get("d"), transform=move)
            x, look = start + _MARK, ""
        is_bold = is_head and (place > 0 or cell.get("scope") != "row")
        yield text(x, top + 17, content, look + ("b" if is_bold else ""), width=width - 8)
        left += width
