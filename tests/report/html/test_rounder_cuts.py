"""What the next round place on either side of a cut would change, read without a script."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from segkit.report.html.rounder_cuts import rounder_cuts
from segkit.survey.page_data import ProjectReport
from tests.report.html.reports import CASES
from tests.report.html.test_what_if import one_cut, read


@pytest.mark.parametrize(("most", "over"), [(0.015, 1), (0.02, 0), (0.001, 1), (None, 0)])
def test_which_rounder_cut_would_lose_more_than_was_allowed(most: float | None, over: int) -> None:
    """Above what was allowed, and above what is lost today: 1% now, 0% and 2% beside it."""
    report = one_cut()
    fit = replace(report.result.fit, definition={"rules": {"max_loss": most}})
    shown = str(rounder_cuts(replace(report, result=replace(report.result, fit=fit))))
    assert shown.count("<b> over</b>") == over
    assert ("(max_loss)" in shown) is bool(over)
    assert ("(max_loss), and above what is lost now." in shown) is (most == 0.001)


def test_a_rounder_cut_on_each_side_can_be_read_without_a_script(
    example: ProjectReport,
) -> None:
    text = read(rounder_cuts(example.segmentations[0])).text.split()
    assert " ".join(text[text.index("Cut") :]).startswith(
        "Cut at customers who move spend next 90d loss, now 4.5% from → to Orders under 7 6 "
    )
    said = " ".join(text)
    assert "8 31 $3,050 4.9% C → B 15, C → D 11, E → B 4, C → A 1" in said
    assert (
        "Days since last order under 42 40 8 $180 5.9% over D → B 8 45 1 $120 4.6% B → D 1" in said
    )


def test_of_many_flows_the_largest_are_told_each_in_one_line() -> None:
    told = re.findall(r"<td>([^<]*→[^<]*)</td>", str(rounder_cuts(CASES["twelve"]())))
    assert max(text.count("→") for text in told) == 4
    assert re.search(r", \d more$", max(told, key=len))
    assert all(" " not in flow or flow.endswith("more") for t in told for flow in t.split(", "))


def test_nobody_near_a_cut_is_said() -> None:
    text = read(rounder_cuts(one_cut(cells=()))).text
    assert "nobody is near it" in text
