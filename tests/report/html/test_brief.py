"""The first screen: who brings how much, and what is to be done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segkit.report.html.brief import brief
from segkit.survey.page_data import SegmentationReport
from tests.report.html.figures.drawn import parsed
from tests.report.html.reports import CASES, report
from tests.report.turned import PLAIN, with_totals


def rows(made: SegmentationReport) -> list[list[str]]:
    drawn = brief(made)
    assert drawn is not None
    return [["".join(cell.itertext()) for cell in row] for row in parsed(drawn).iter("tr")]


def doing(made: SegmentationReport, action: str | None, owner: str | None) -> SegmentationReport:
    texts = tuple(replace(text, action=action, owner=owner) for text in made.texts)
    return replace(made, texts=texts)


def test_who_brings_most_stands_first_with_the_money_and_what_to_do() -> None:
    made = with_totals(100.0, 850.0, 30.0, 20.0)
    head, first, *_ = rows(doing(made, "send a voucher", "Ann"))
    assert head == ["Segment", "customers", "spend next 90 days", "What to do · who"]
    assert rows(doing(made, "send a voucher", None))[0][-1] == "What to do"
    text = made.texts[1]
    share = f"{text.row.share:.0%}"
    assert first == [f"B {text.row.name}", share, "$850 85%", "send a voucher · Ann"]


def test_what_is_not_declared_has_no_column() -> None:
    made = doing(PLAIN, None, "Ann")
    assert rows(made)[0] == ["Segment", "customers", "spend next 90 days"]
    assert rows(doing(report(metric=False), None, None))[0] == ["Segment", "customers"]
    assert rows(doing(with_totals(-1.0, 5.0, 5.0, 5.0), None, None))[0] == ["Segment", "customers"]


@pytest.mark.parametrize(("segments", "named"), [(7, 7), (8, 6), (12, 6)])
def test_those_without_room_are_told_together(segments: int, named: int) -> None:
    made = CASES["twelve"]() if segments == 12 else report(segments=segments, features=4)
    _, *found = rows(made)
    assert len(found) == named + (named < segments)
    if named < segments:
        assert found[-1][0] == f"{segments - named} more"


def test_nobody_has_no_table() -> None:
    assert brief(replace(PLAIN, result=replace(PLAIN.result, rows=0))) is None


def test_what_was_spent_by_a_sample_is_about_so_much() -> None:
    """A metric is summed of all."""
    made = report(metric=False)
    first, *rest = made.survey.features
    named = replace(first, feature=replace(first.feature, column="total_spend"))
    for metrics in (("spend_next",), ()):
        found = PLAIN if metrics else made
        features = found.survey.features if metrics else (named, *rest)
        survey = replace(found.survey, sampled=300, features=features)
        _, *said = rows(replace(found, survey=survey))
        assert [row[2].startswith("about ") for row in said] == [not metrics] * len(said)
