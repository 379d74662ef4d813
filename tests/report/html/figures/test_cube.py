"""Three features at once."""

from __future__ import annotations

import pytest

from segkit.report.html.figures.cube import cube, cube_with_legend, seen
from segkit.report.html.figures.pair_scatters import most_used
from tests.report.html.figures.drawn import drawings, parsed, points
from tests.report.html.reports import CASES


def test_the_three_numbers_that_decide_most() -> None:
    report = CASES["twelve"]()
    numbers = [f.feature for f in most_used(report) if not f.feature.is_category][:3]
    hook = parsed(cube(report))[0].attrib["data-cube"].split()
    columns = [f.feature.column for f in report.survey.features]
    assert [int(axis.split(":")[0]) for axis in hook] == [columns.index(f.column) for f in numbers]
    assert [axis.endswith(":1") for axis in hook] == [f.scale == "log" for f in numbers]


def test_everybody_is_drawn_who_is_a_dot() -> None:
    report = CASES["missing"]()
    dots = [e for e in parsed(cube(report)).iter("path") if "mk" in e.get("class", "")]
    assert sum(len(list(points(each))) for each in dots) == len(report.survey.dots)


def test_up_is_up_and_to_the_back_is_higher() -> None:
    (_, low), (_, high) = seen(0, -1, 0), seen(0, 1, 0)
    assert high < low
    assert seen(0, 0, 1)[1] < seen(0, 0, -1)[1] and seen(1, 0, 0)[0] > seen(-1, 0, 0)[0]
    assert seen(0, 0, 0) == pytest.approx((222, 205))


def test_a_file_of_its_own_has_a_legend() -> None:
    report = CASES["plain"]()
    assert len(drawings(cube(report))) == 1 and len(drawings(cube_with_legend(report))) == 5
    assert cube_with_legend(CASES["two"]()) == ""
