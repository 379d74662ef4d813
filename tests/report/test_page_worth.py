"""What the page says of the worth of segments."""

from __future__ import annotations

import pytest

from segkit.core.usefulness import Estimate, Rival
from segkit.report.page_worth import losses, worth
from segkit.survey.page_data import SegmentationReport
from tests.report.html.reports import report
from tests.report.turned import PLAIN, useful, with_totals


def test_worth_that_is_not_measured_says_why() -> None:
    """A metric may be declared all the same: the sentence is about the page that it is on."""

    def said(made: SegmentationReport) -> str:
        return next(each.text for each in worth(made) if each.head.startswith("Worth is not"))

    assert said(report(metric=False)).startswith("no metric is declared")
    assert said(PLAIN) == (
        "the segments were not held against spend next 90 days: a build does that."
    )
    assert said(useful(explained=None, known=0)) == (
        "spend next 90 days has no value for any customer."
    )
    assert said(useful(same_as="feature_1")).startswith("spend next 90 days is told already by ")
    assert "is of the same period, and describes" in said(useful(declared_later=False))


def test_a_difference_is_that_of_the_shares_beside_it() -> None:
    """51.3 % and 43.7 % are 7.6 points apart; nobody sees 8 between 51 and 44."""
    rival = Rival(
        "quantiles", "feature_1", 4, Estimate(0.4367, 0.4, 0.47), Estimate(0.0763, 0.05, 0.1)
    )
    ours = useful(explained=Estimate(0.513, 0.49, 0.54), rival=rival)
    heads = {each.head: each.text for each in worth(ours)}
    assert "51.3% explained" in heads
    assert "ahead by only +7.6 points" in heads["43.7% by a simple split"]


@pytest.mark.parametrize(
    ("rival", "said"),
    [
        (("quantiles", "feature_1", 6, ""), "into six equal groups by feature 1"),
        (("cross", "feature_1", 9, "feature_2"), "into nine groups by feature 1 and feature 2"),
        (("buckets", "customer_buckets.age_band", 4, ""), "by the age band buckets"),
        (("category", "region", 4, ""), "by region"),
    ],
)
def test_the_rival_is_told_in_plain_words(rival: tuple[str, str, int, str], said: str) -> None:
    kind, name, groups, other = rival
    share = Estimate(0.3, 0.25, 0.35)
    made = useful(rival=Rival(kind, name, groups, share, share, other))  # type: ignore[arg-type]
    (found,) = [each for each in worth(made) if each.term == "simple split"]
    assert found.head.endswith("% by a simple split")
    assert found.text.startswith(f"{said}, without a model; the segments are ahead by ")


def test_who_brings_less_than_nothing_is_named() -> None:
    found = [f for f in losses(with_totals(-12_000.0, 5.0, -1.0, 5.0)) if f.head == "A: -$12k"]
    assert [f.text for f in found] == [
        "of spend next 90 days; 2 of 4 segments below 0, so there are no shares of it."
    ]
