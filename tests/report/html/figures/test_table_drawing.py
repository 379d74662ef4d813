"""A table as a drawing."""

from __future__ import annotations

from itertools import combinations

import pytest

from segkit.report.html.figures.crosstab import crosstab
from segkit.report.html.figures.heat_table import heat_table
from segkit.report.html.figures.table_drawing import table_drawing
from tests.report.html.figures.drawn import Element, box_of, corners, drawings, parsed, shown
from tests.report.html.reports import CASES


def table_of(case: str) -> Element:
    return next(parsed(heat_table(CASES[case]())).iter("table"))


@pytest.mark.parametrize("case", ["plain", "twelve", "long_names", "missing"])
def test_all_cells_are_there_and_none_on_another(case: str) -> None:
    table = table_of(case)
    drawing = drawings(table_drawing(table))[0]
    texts = list(drawing.iter("text"))
    assert len(texts) == 1 + sum(len(row) for row in table.iter("tr"))
    width = float(drawing.attrib["viewBox"].split()[2])
    assert all(0 <= x <= width for text in texts for x, _ in corners(text))
    assert not [1 for a, b in combinations(texts, 2) if box_of(a).meets(box_of(b))]


def test_shades_and_marks_are_those_of_the_cells() -> None:
    table = table_of("plain")
    drawing = drawings(table_drawing(table))[0]
    shades = [cell.attrib["class"] for cell in table.iter("td") if cell.get("class") != "usual"]
    assert [rect.attrib["class"] for rect in drawing.iter("rect")] == shades
    marks = [path.attrib["class"] for path in drawing.iter("path")]
    assert marks == ["m1 s0", "m1 s1", "m1 s2", "m1 s3"]


def test_the_diagonal_of_a_crosstab() -> None:
    table = next(parsed(crosstab(CASES["plain"]())).iter("table"))
    drawing = drawings(table_drawing(table))[0]
    assert [r.attrib["class"] for r in drawing.iter("rect")].count("v1") == 4
    assert shown(drawing.findall("text")[0]) == table.findtext("caption")
