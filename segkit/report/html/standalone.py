"""A figure as one SVG file, with all that it needs to be seen alone."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from xml.etree import ElementTree

from markupsafe import Markup

from segkit.report.html.figures.table_drawing import table_drawing
from segkit.report.html.palette import mark_symbols, theme_css

_SVG = "http://www.w3.org/2000/svg"
_MARGIN, _GAP = 16.0, 14.0
_WIDEST = 1300.0  # of drawings side by side


@cache
def figures_css() -> str:
    """The looks of all figures, by the variables of ``theme_css``."""
    return files("segkit.report.html").joinpath("figures.css").read_text("utf-8")


def standalone_svg(figure: Markup, title: str = "") -> str:
    """Return the drawings of a figure as one SVG file, side by side as far as there is room.

    A table is drawn cell by cell.

    Raises
    ------
    ValueError
        If there is neither: an empty figure has nothing to show.
    """
    parsed = _parsed(figure)
    drawings = [each for each in parsed.iter("svg") if each.get("class", "").startswith("fig ")]
    drawings += [_parsed(table_drawing(table))[0] for table in parsed.iter("table")]
    if not drawings:
        raise ValueError("the figure has no drawing")
    top = _MARGIN + (24 if title else 0)
    width, height = _side_by_side(drawings, top)
    root = ElementTree.Element("svg", xmlns=_SVG, viewBox=f"0 0 {width:g} {height:g}")
    root.attrib |= {"width": f"{width:g}", "height": f"{height:g}"}
    style = ElementTree.SubElement(root, "style")
    style.text = f"{theme_css()}{figures_css()}"
    root.append(_parsed(mark_symbols())[0])
    ElementTree.SubElement(root, "rect", width="100%", height="100%", style="fill:var(--paper)")
    if title:
        heading = ElementTree.SubElement(root, "svg", {"class": "fig", "overflow": "visible"})
        place = {"x": f"{_MARGIN:g}", "y": "26", "class": "b", "style": "font-size:15px"}
        ElementTree.SubElement(heading, "text", place).text = _printable(title)
    root.extend(drawings)
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _parsed(figure: Markup) -> ElementTree.Element:
    """What the figure holds, in one element; it is well-formed because ``tag`` made it."""
    return ElementTree.fromstring(f"<div>{_printable(figure)}</div>")


def _printable(text: str) -> str:
    """Without the characters that XML cannot have, whatever data have."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or (char >= " " and not 0xD800 <= ord(char) <= 0xDFFF)
        if char not in "\ufffe\uffff"
    )


def _side_by_side(drawings: list[ElementTree.Element], top: float) -> tuple[float, float]:
    """Give each drawing its place; return the width and the height of all."""
    x, y, row, widest, kind = _MARGIN, top, 0.0, 0.0, drawings[0].get("class")
    for drawing in drawings:
        width, height = map(float, drawing.attrib["viewBox"].split()[2:])
        is_full = x > _MARGIN and x + width > _WIDEST + _MARGIN
        if is_full or drawing.get("class") != kind:  # a legend stands above what it is for
            x, y, row, kind = _MARGIN, y + row + _GAP, 0.0, drawing.get("class")
        drawing.attrib |= {"x": f"{x:g}", "y": f"{y:g}"}
        drawing.attrib |= {"width": f"{width:g}", "height": f"{height:g}"}
        drawing.attrib.pop("style", None)  # what it is on a page: as wide as its place
        drawing.set("style", f"width:{width:g}px;height:{height:g}px")
        x, row = x + width + _GAP, max(row, height)
        widest = max(widest, x - _GAP)
    return widest + _MARGIN, y + row + _MARGIN
