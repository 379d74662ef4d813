from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from segkit.report.html.people import people
from segkit.survey.page_data import Example
from tests.report.html.reports import report


def test_a_row_a_customer_with_the_reason() -> None:
    made = report(segments=2, features=1)
    column = made.survey.features[0].feature.column
    examples = {
        "A": (Example("borderline", "C00944", (319.59, None), column, Decimal("2.5"), "B"),),
        "B": (),
    }
    made = replace(made, survey=replace(made.survey, examples=examples))
    shown = str(people(made))
    assert shown.count("<table>") == 1
    assert "C00944" in shown
    assert "$319.59" in shown
    assert "unknown" in shown
    assert "feature 1: $2.5 more makes it B" in shown
    assert people(replace(made, survey=replace(made.survey, examples={}))) == ""
