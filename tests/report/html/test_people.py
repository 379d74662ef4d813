from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from importlib.resources import files

from segkit.report.html.people import ON_PAPER, people, people_finding
from segkit.survey.page_data import Example
from tests.report.html.reports import report


def test_paper_has_as_many_columns_as_the_style_says() -> None:
    assert "On paper" not in people(report(features=ON_PAPER - 1))
    assert f"On paper {ON_PAPER} of 9 columns." in people(report(features=8))
    style = files("segkit.report.html").joinpath("page.css").read_text("utf-8")
    # after the customer and the reason
    assert f".people tr>:nth-child(n+{2 + ON_PAPER + 1}){{display:none}}" in style


def odd(*others: str | None) -> str:
    made = report(segments=2, features=1)
    examples = {"A": tuple(Example("odd", "1", (), other=other) for other in others), "B": ()}
    return people_finding(replace(made, survey=replace(made.survey, examples=examples)))


def test_all_reasons_of_those_who_are_odd_are_said() -> None:
    elsewhere = "; odd is whom K-Means has in another segment"
    assert odd("B", "B").endswith(f"{elsewhere}.")
    assert odd(None).endswith("; odd is who is farthest from the others.")
    assert odd("B", None).endswith(
        f"{elsewhere}, or, where that is nobody, who is farthest from the others."
    )
    assert odd().endswith("; at the border a small change would move them.")


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
    # a phone has no head of a table: each value is told with its label
    assert '<td class="n" data-l="Feature 1">$319.59</td>' in shown
    assert "feature 1: $2.50 more makes it B" in shown
    assert '<tr data-values="[319.59]">' in shown  # of the features that rules ask for
    assert people(replace(made, survey=replace(made.survey, examples={}))) == ""
