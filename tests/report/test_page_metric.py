"""Which metric is the money, and its figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.report.first_screen import first_screen
from segkit.report.html.cards import cards
from segkit.report.html.figures.share_bar import share_bar
from segkit.report.html.whole_page import render_page
from segkit.report.markdown_page import markdown_page
from segkit.report.page_metric import (
    brought,
    main_metric,
    metric_notes,
    metric_share,
    ranked,
    spent,
    top_by,
)
from segkit.report.page_title import lead, title
from segkit.report.render_markdown import render_markdown
from segkit.report.render_text import render_text
from segkit.survey.page_data import MetricNote, SegmentationReport
from tests.report.html.reports import project, report
from tests.report.turned import with_totals


def test_the_first_metric_that_can_be_shared_out() -> None:
    assert main_metric(with_totals(-1.0, 5.0, 5.0, 5.0)) is None
    assert main_metric(with_totals(0.0, 0.0, 0.0, 0.0)) is None
    assert main_metric(with_totals(0.0, 1.0, 0.0, 0.0)) == "spend_next"


def test_segments_by_what_they_bring() -> None:
    made = with_totals(100.0, 850.0, 30.0, 20.0)
    assert [text.row.id for text in top_by(made, {"A": 0.1, "B": 0.85, "C": 0.03, "D": 0.02})] == [
        "B"
    ]
    assert [text.row.id for text in ranked(made)] == ["B", "A", "C", "D"]
    assert metric_share(made, "spend_next", "B") == 0.85


@pytest.mark.parametrize(
    ("sums", "is_money"),
    [
        ((1.0, 2.0, 3.0, 94.0), True),
        ((0.0, 0.0, 0.0, 1.0), True),
        ((-1.0, 2.0, 3.0, 94.0), False),
        ((-1.0, -2.0, -3.0, -94.0), False),
        ((0.0, 0.0, 0.0, 0.0), False),
    ],
)
def test_one_rule_for_all_that_is_drawn_and_said(sums: tuple[float, ...], is_money: bool) -> None:
    made = with_totals(*sums)
    words = "of spend next 90 days"
    said = (title(made), str(share_bar(made)), str(cards(made)))
    assert [words in each for each in said] == [is_money] * 3
    total = sum(sums)
    rows = tuple(
        replace(row, metrics={"spend_next": each / total if total else None})
        for row, each in zip(made.result.segments, sums, strict=True)
    )
    screen = render_text(first_screen(replace(made.result, segments=rows)), width=100)
    assert ("Spend next 90 days" in screen) is (is_money or total < 0)  # it has only shares
    text = render_markdown(markdown_page(project(made)))
    assert ("Of spend next 90 days" in text) is is_money


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (
            MetricNote("Orders less refunds. ", True),
            "Orders less refunds. It is of a later period than what the rules read, so it tests "
            "them.",
        ),
        (
            MetricNote("", False),
            "the column spend_next. It is of the same period as what the rules read, so it only "
            "describes.",
        ),
    ],
)
def test_what_a_metric_is_is_said_under_the_title(note: MetricNote, said: str) -> None:
    made = replace(report(segments=2), metrics={"spend_next": note})
    assert list(metric_notes(made)) == [("Spend next 90 days", said)]
    assert f"<b>Spend next 90 days</b>: {said}</p>" in render_page(project(made))
    assert f"Spend next 90 days: {said}" in render_markdown(markdown_page(project(made)))
    assert list(metric_notes(report(segments=2))) == []  # of a fit alone


def test_what_was_spent_is_known_by_its_name_and_is_a_sum() -> None:
    made = report(segments=2, metric=False)

    def named(column: str) -> SegmentationReport:
        first, *rest = made.survey.features
        feature = replace(first.feature, column=column, label="Total spend")
        spread = {
            "A": replace(first.everyone, known=60, mean=10.0),
            "B": replace(first.everyone, known=20, mean=90.0),
        }
        features = (replace(first, feature=feature, segments=spread), *rest)
        return replace(made, survey=replace(made.survey, features=features))

    assert spent(made) is None
    found = spent(named("total_spend"))
    assert found is not None and found == brought(named("total_spend"))
    assert (found.what, found.sums) == ("total spend", {"A": 600.0, "B": 1800.0})
    assert found.shares == {"A": 0.25, "B": 0.75}
    share = made.texts[1].row.share
    assert title(named("total_spend")) == (
        f"One segment, {share:.0%} of customers, has 75% of total spend"
    )
    said = f"B “{made.texts[1].row.name}” has 75% of total spend."
    assert lead(named("total_spend")).endswith(said)
    for column in ("spending_score", "avg_spend", "income", "spend_per_order"):
        assert spent(named(column)) is None
        assert title(named(column)).startswith("Two kinds of customers")
