"""Who brings the money, in a sentence and a few lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.report.page_title import lead, title
from segkit.survey.page_data import SegmentationReport
from tests.report.html.reports import CASES, report
from tests.report.turned import PLAIN, turned, with_totals


def test_the_title_names_the_fewest_segments_with_half_of_the_money() -> None:
    sums = (100.0, 850.0, 30.0, 20.0)
    made = with_totals(*sums)
    share = PLAIN.texts[1].row.share
    assert title(made) == (
        f"One segment, {share:.0%} of customers, brings 85% of spend next 90 days"
    )
    two = with_totals(100.0, 450.0, 430.0, 20.0)
    assert title(two).startswith("Two segments, ")
    assert ", bring 88% of" in title(two)
    assert lead(made).startswith("900 customers, $1,000 of spend next 90 days: ")
    # half comes from a segment of most customers: who brings more than their part is the news
    made = CASES["one_big"]()
    said = "Three segments, 12% of customers, bring 56% of spend next 90 days"
    assert title(made) == said and " each in D (19% have none), " in lead(made)
    made = with_totals(*sums)
    assert "Three segments, " in lead(made)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (report(metric=False), "Four kinds of customers: the largest, "),
        (with_totals(*(t.row.n * 1.0 for t in PLAIN.texts)), "Four kinds of customers: "),
        (with_totals(-1.0, 5.0, 5.0, 5.0), "Four kinds of customers: "),
    ],
)
def test_the_title_has_no_money_where_there_is_nothing_to_say(
    made: SegmentationReport, says: str
) -> None:
    assert title(made).startswith(says)
    assert lead(made).startswith("900 customers, ")


def test_nobody_is_said_to_be_in_a_segment_who_is_in_none() -> None:
    made = report(metric=False)
    assert lead(made).startswith("900 customers, every one in exactly one of 4 segments, from ")
    made = report(metric=False, missing=0.1, own=True, unassigned=True)
    said = f"900 customers, {900 - made.result.unassigned} of them in exactly one of 4 segments, "
    assert lead(made).startswith(said)


def test_both_turn_with_the_money() -> None:
    assert title(turned(good=True)) != title(turned(good=False))
    assert lead(turned(good=True)) != lead(turned(good=False))


def test_without_customers_there_is_no_kind_that_is_the_largest() -> None:
    nobody = replace(PLAIN, result=replace(PLAIN.result, rows=0), above=("customer_features",))
    assert title(nobody) == "No customers in 4 segments"
    assert lead(nobody).startswith("customer_features has no rows, so that nobody is in a segment")
