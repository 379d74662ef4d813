from __future__ import annotations

import re

import pytest

from segkit.report.html.figures.flows import flows
from tests.report.html.reports import CASES


def test_both_sides_are_as_high_as_customers_are_many() -> None:
    made = CASES["mixed"]()
    changes = made.result.changes
    assert changes is not None
    drawn = str(flows(made))
    boxes = re.findall(r'<rect[^>]*x="(\d+)"[^>]*height="([\d.]+)"', drawn)
    heights = {x: sum(float(h) for at, h in boxes if at == x) for x, _ in boxes}
    assert list(heights.values()) == [pytest.approx(240, abs=1)] * 2
    assert "joined to A: 40" in drawn and "B to left: 5" in drawn
    stayers = len(re.findall(r" fl st", drawn))
    assert stayers == len(made.result.segments)


def test_the_first_build_has_none() -> None:
    assert flows(CASES["plain"]()) == ""
