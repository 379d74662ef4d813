"""A figure as a file: complete, well-formed, with nothing from outside."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from segkit.report.html.drawing import svg, text
from segkit.report.html.figures.figure_table import FIGURES
from segkit.report.html.markup import joined, tag
from segkit.report.html.standalone import standalone_svg
from tests.report.html.reports import CASES

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", FIGURES)
def test_each_drawing_is_a_file_that_needs_no_other(name: str) -> None:
    file = standalone_svg(FIGURES[name].draw(CASES["mixed"]()), FIGURES[name].title)
    root = ElementTree.fromstring(file)
    assert root.tag == f"{SVG}svg"
    assert "http" not in file.replace("http://www.w3.org/2000/svg", "")
    # every variable that a look asks for has a value, and every mark is there
    asked = set(re.findall(r"var\((--\w+)", file))
    assert asked - set(re.findall(r"(--\w+):", file)) == set()
    ids = {element.get("id") for element in root.iter()}
    assert set(re.findall(r"url\(#([\w-]+)\)", file)) <= ids
    for child in root.findall(f"{SVG}svg"):
        if "viewBox" in child.attrib:
            right = float(child.attrib["x"]) + float(child.attrib["width"])
            low = float(child.attrib["y"]) + float(child.attrib["height"])
            assert right <= float(root.attrib["width"]) and low <= float(root.attrib["height"])


def test_drawings_flow_and_a_legend_stands_above() -> None:
    wide = [svg("pair", (800, 50), "a"), svg("pair", (700, 50), "b")]
    file = standalone_svg(joined([svg("lg", (60, 18), "l"), svg("lg", (60, 18), "m"), *wide]))
    found = ElementTree.fromstring(file).findall(f"{SVG}svg")
    assert [(float(e.attrib["x"]), float(e.attrib["y"])) for e in found] == [
        (16, 16),
        (90, 16),
        (16, 48),
        (16, 112),
    ]


def test_what_is_no_drawing_is_refused() -> None:
    for figure in (tag("button", "A"), joined([])):
        with pytest.raises(ValueError, match="no drawing"):
            standalone_svg(figure)


def test_characters_that_xml_cannot_have_are_left_out_and_text_stays_text() -> None:
    drawn = svg("k", (9, 9), "x", text(0, 0, "a\x00b\ufffe</text><script>1</script>"))
    root = ElementTree.fromstring(standalone_svg(drawn, "t\x07<b>"))
    said = [element.text for element in root.iter(f"{SVG}text")]
    assert said == ["t<b>", "ab</text><script>1</script>"]
