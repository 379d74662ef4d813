"""What a page says, and that each sentence turns where its figure does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from segkit.core.facts import Fact
from segkit.core.fit import Stability
from segkit.core.usefulness import Estimate, Rival, Usefulness
from segkit.report.page_sentences import (
    findings,
    lead,
    main_metric,
    ranked,
    title,
    top_segments,
)
from segkit.survey.page_data import SegmentationReport, Total
from tests.report.html.reports import report

PLAIN = report(segments=4)


def with_fit(**changes: Any) -> SegmentationReport:
    fit = replace(PLAIN.result.fit, **changes)
    return replace(PLAIN, result=replace(PLAIN.result, fit=fit))


def with_quality(**changes: Any) -> SegmentationReport:
    return with_fit(quality=replace(PLAIN.result.fit.quality, **changes))


def with_totals(*sums: float) -> SegmentationReport:
    totals = {t.row.id: Total(t.row.n, s) for t, s in zip(PLAIN.texts, sums, strict=True)}
    survey = replace(PLAIN.survey, totals={"spend_next": totals})
    return replace(PLAIN, survey=survey)


def useful(**changes: Any) -> SegmentationReport:
    share = Estimate(0.41, 0.36, 0.46)
    rival = Rival(
        "quantiles", "feature_1", 4, Estimate(0.2, 0.15, 0.25), Estimate(0.21, 0.15, 0.27)
    )
    each = Usefulness("spend_next", True, 900, 0, 4, share, rival, 0.003, 0.01)
    return replace(PLAIN, result=replace(PLAIN.result, usefulness=(replace(each, **changes),)))


def near(n: int) -> SegmentationReport:
    rows = [replace(t.row, near_a_line=n if t.row.id == "A" else 0) for t in PLAIN.texts]
    texts = tuple(replace(t, row=row) for t, row in zip(PLAIN.texts, rows, strict=True))
    return replace(PLAIN, texts=texts)


def stable(mean: float, low: float, least: float = 0.95) -> SegmentationReport:
    return with_fit(stability=Stability(mean, low, 0.99, 800, {"A": 0.97, "B": least}))


def verdict(said: str) -> SegmentationReport:
    reason = (Fact(said, n=4, value=(2, 10)),)
    clusters = replace(PLAIN.result.fit.clusters, verdict=said, reason=reason)
    return with_fit(clusters=clusters)


PLAIN_DECLARED = with_fit(
    clusters=replace(PLAIN.result.fit.clusters, verdict="degrees", reason=(Fact("declared", n=4),))
)


def test_the_title_names_the_fewest_segments_with_half_of_the_money() -> None:
    sums = (100.0, 850.0, 30.0, 20.0)
    made = with_totals(*sums)
    share = PLAIN.texts[1].row.share
    assert title(made) == (
        f"One segment, {share:.0%} of customers, brings 85% of spend next 90 days"
    )
    assert [text.row.id for text in top_segments(made)] == ["B"]
    assert [text.row.id for text in ranked(made)] == ["B", "A", "C", "D"]
    two = with_totals(100.0, 450.0, 430.0, 20.0)
    assert title(two).startswith("Two segments, ")
    assert ", bring 88% of" in title(two)
    assert lead(made).startswith("900 customers, $1,000 of spend next 90 days: ")
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


def test_the_first_metric_that_can_be_shared_out() -> None:
    assert main_metric(with_totals(-1.0, 5.0, 5.0, 5.0)) is None
    assert main_metric(with_totals(0.0, 0.0, 0.0, 0.0)) is None
    assert main_metric(with_totals(0.0, 1.0, 0.0, 0.0)) == "spend_next"


def _ahead(value: float, low: float) -> Rival:
    share = Estimate(0.3, 0.2, 0.4)
    return Rival("quantiles", "feature_1", 4, share, Estimate(value, low, value + 0.05))


@pytest.mark.parametrize(
    ("make", "good", "bad", "head"),
    [
        (useful, {}, {"explained": Estimate(0.005, 0.0, 0.01)}, " explained"),
        (useful, {"rival": _ahead(0.1, 0.05)}, {"rival": _ahead(0.099, 0.05)}, "30% by "),
        (useful, {"rival": _ahead(0.2, 0.01)}, {"rival": _ahead(0.2, -0.01)}, "30% by "),
        (with_quality, {"loss": 0.05}, {"loss": 0.0501}, " lost"),
        (stable, {"mean": 0.92, "low": 0.85}, {"mean": 0.92, "low": 0.84}, " would stay"),
        (stable, {"mean": 0.95, "low": 0.9}, {"mean": 0.89, "low": 0.85}, " would stay"),
        (near, {"n": 44}, {"n": 45}, " near a line"),
        (with_quality, {"short_rules": 2}, {"short_rules": 1}, " of 4 segments"),
    ],
)
def test_a_finding_turns_where_its_figure_does(
    make: Callable[..., SegmentationReport], good: dict[str, Any], bad: dict[str, Any], head: str
) -> None:
    for values, holds in ((good, True), (bad, False)):
        found = [each for each in findings(make(**values)) if head in each.head]
        assert [each.holds for each in found] == [holds]


@pytest.mark.parametrize(
    ("made", "head", "holds"),
    [
        (PLAIN, "Worth is not measured", False),
        (useful(declared_later=False), "Worth is not tested", False),
        (PLAIN, "Stability is not measured", False),
        (stable(0.95, 0.92, 0.89), "B is the least stable", False),
        (verdict("apart"), "The number is clear", True),
        (verdict("overlap"), "The number is a guess", False),
        (verdict("columns"), "Buckets do the same", False),
        (PLAIN_DECLARED, "The number was given", False),
        (with_quality(fidelity_held_out=0.89), "89% held out", False),
    ],
)
def test_findings(made: SegmentationReport, head: str, holds: bool) -> None:
    assert [each.holds for each in findings(made) if each.head == head] == [holds]


@pytest.mark.parametrize(
    ("made", "head"),
    [
        (useful(), "Worth"),
        (stable(0.95, 0.92, 0.9), "least stable"),
        (with_quality(fidelity_held_out=0.9), "held out"),
        (PLAIN, "unassigned"),
        (PLAIN, "without"),
    ],
)
def test_nothing_is_said_where_there_is_nothing(made: SegmentationReport, head: str) -> None:
    assert not [each for each in findings(made) if head in each.head]


def test_missing_values_are_told_with_the_segments_that_are_made_of_them() -> None:
    found = {each.head: each.text for each in findings(report(missing=0.6, features=2))}
    said = next(text for head, text in found.items() if "without feature 1" in head)
    assert "who count as if they were usual in it; most of " in said
    own = findings(report(segments=5, missing=0.1, own=True, unassigned=True, features=3))
    heads = [each.head for each in own]
    assert not [head for head in heads if "without feature 1" in head]
    assert [head for head in heads if head.endswith("unassigned")]
