"""Drawings read back: what stands where."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from xml.etree import ElementTree

from markupsafe import Markup

from segkit.report.html.drawing import BOLD, SMALL, TEXT
from segkit.report.html.scales import text_width

Element = ElementTree.Element
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def parsed(figure: Markup) -> Element:
    """The figure as elements; it is well-formed, or this fails."""
    return ElementTree.fromstring(f"<div>{figure}</div>")


def drawings(figure: Markup) -> list[Element]:
    return [e for e in parsed(figure).iter("svg") if e.get("class", "").startswith("fig ")]


def shown(text: Element) -> str:
    """Its words, without those of its title."""
    return (text.text or "").strip()


def words(figure: Markup) -> str:
    return " ".join(part.strip() for part in parsed(figure).itertext())


def box_of(text: Element) -> Box:
    """Where a text that is not turned lies: its letters, from the top of capitals down."""
    look = (text.get("class") or "").split()
    size = SMALL if "x" in look else TEXT
    width = text_width(shown(text), size) * (BOLD if "b" in look else 1)
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    left = x - width if "e" in look else x - width / 2 if "m" in look else x
    return Box(left, y - 0.72 * size, left + width, y + 0.2 * size)


def corners(text: Element) -> list[tuple[float, float]]:
    """The corners of a text, turned as it is."""
    box = box_of(text)
    found = [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    if turn := text.get("transform"):
        angle, x, y = map(float, _NUMBER.findall(turn))
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        found = [
            (x + (a - x) * cos - (b - y) * sin, y + (a - x) * sin + (b - y) * cos) for a, b in found
        ]
    return found


def points(element: Element) -> Iterator[tuple[float, float]]:
    """The places that a shape has, of a path those that are absolute, or steps from the first."""
    get = {key: float(v) for key, v in element.attrib.items() if _NUMBER.fullmatch(v)}
    if element.tag == "rect":
        x, y = get["x"], get["y"]
        yield from ((x, y), (x + get["width"], y + get["height"]))
    elif element.tag == "circle":
        x, y, r = get["cx"], get["cy"], get["r"]
        yield from ((x - r, y - r), (x + r, y + r))
    elif element.tag == "path":
        for letter, rest in _STEP.findall(element.attrib["d"]):
            numbers = [float(each) for each in _NUMBER.findall(rest)]
            if letter in "MLC":
                yield from zip(numbers[::2], numbers[1::2], strict=True)
            elif element.attrib["d"].startswith(letter + rest):  # of customers: from the corner on
                yield from zip(*map(accumulate, (numbers[::2], numbers[1::2])), strict=True)
