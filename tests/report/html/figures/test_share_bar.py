"""The legend that filters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.report.html.figures.share_bar import share_bar, share_drawing
from segkit.report.html.standalone import figures_css
from segkit.survey.page_data import SegmentationReport, Total
from tests.report.html.figures.drawn import Element, drawings, parsed, words
from tests.report.html.reports import CASES


def widths(bar: Element) -> list[float]:
    return [float(part.attrib["style"].removeprefix("flex:").split()[0]) for part in bar]


def bars(report: SegmentationReport) -> list[Element]:
    return [e for e in parsed(share_bar(report)).iter("div") if e.get("class") == "bar"]


def with_totals(report: SegmentationReport, *sums: float) -> SegmentationReport:
    ids = [row.id for row in report.result.segments]
    totals = {"spend_next": {i: Total(9, s) for i, s in zip(ids, sums, strict=True)}}
    return replace(report, survey=replace(report.survey, totals=totals))


def test_two_rows_of_the_same_segments() -> None:
    report = CASES["plain"]()
    customers, money = bars(report)
    assert widths(customers) == pytest.approx(
        [100 * r.share for r in report.result.segments], abs=0.01
    )
    total = sum(t.sum for t in report.survey.totals["spend_next"].values())
    found = [
        100 * report.survey.totals["spend_next"][r.id].sum / total for r in report.result.segments
    ]
    assert widths(money) == pytest.approx(found, abs=0.01)
    assert {part.tag for part in customers} == {"button"}
    assert customers[0].attrib["aria-label"].startswith("A ")


def test_no_second_row_without_money() -> None:
    assert len(bars(CASES["no_metric"]())) == 1
    lost = with_totals(CASES["plain"](), -5, 1, 1, 1)
    assert len(bars(lost)) == 1


def test_the_unassigned_are_part_of_all_customers() -> None:
    report = CASES["own"]()
    rest = bars(report)[0][-1]
    assert rest.attrib["class"] == "none" and "data-s" not in rest.attrib
    assert sum(widths(bars(report)[0])) == pytest.approx(100, abs=0.05)


def test_a_narrow_part_has_no_text_that_would_be_cut_off() -> None:
    small = [part for part in bars(CASES["one_big"]())[0] if widths([part])[0] < 6]  # type: ignore[arg-type]
    assert small and all(part.find("span") is None for part in small)


def test_a_part_without_room_hides_its_figure_and_no_part_is_hidden() -> None:
    # a part of the second row is a span itself
    assert ".bar span{display:none}" not in figures_css()
    assert ".bar>* span{display:none}" in figures_css()


def test_a_file_has_the_same_parts() -> None:
    drawing = drawings(share_drawing(CASES["one_big"]()))[-1]
    widths = [float(rect.attrib["width"]) for rect in drawing.iter("rect")]
    shares = [row.share for row in CASES["one_big"]().result.segments]
    assert widths[:4] == pytest.approx([max(769 * share - 2, 1) for share in shares], abs=0.06)
    assert len(widths) == 8 and "88%" in words(share_drawing(CASES["one_big"]()))
