"""What holds and what is doubtful, and that each finding turns where its figure does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from segkit.core.usefulness import Estimate, Rival
from segkit.report.page_findings import FINDINGS, findings
from segkit.survey.page_data import SegmentationReport
from tests.report.html.reports import report
from tests.report.turned import (
    PLAIN,
    PLAIN_DECLARED,
    near,
    stable,
    turned,
    useful,
    verdict,
    with_fit,
    with_quality,
)


def _ahead(value: float, low: float) -> Rival:
    share = Estimate(0.3, 0.2, 0.4)
    return Rival("quantiles", "feature_1", 4, share, Estimate(value, low, value + 0.05))


@pytest.mark.parametrize(
    ("make", "good", "bad", "head"),
    [
        (useful, {}, {"explained": Estimate(0.005, 0.0, 0.01)}, " explained"),
        (useful, {"rival": _ahead(0.1, 0.05)}, {"rival": _ahead(0.099, 0.05)}, " without a model"),
        (useful, {"rival": _ahead(0.2, 0.01)}, {"rival": _ahead(0.2, -0.01)}, " without a model"),
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
        (PLAIN, "Worth is not measured:", False),
        (useful(declared_later=False), "Worth is not tested:", False),
        (PLAIN, "Stability is not measured:", False),
        (stable(0.95, 0.92, 0.89), "B is the least stable:", False),
        (verdict("apart"), "How many there are is clear:", True),
        (verdict("overlap"), "How many there are is a guess:", False),
        (verdict("columns"), "Buckets do the same:", False),
        (PLAIN_DECLARED, "How many there are was given:", False),
        (with_quality(fidelity_held_out=0.89), "89% of new customers", False),
    ],
)
def test_findings(made: SegmentationReport, head: str, holds: bool) -> None:
    assert [each.holds for each in findings(made) if each.head == head] == [holds]


@pytest.mark.parametrize(
    ("made", "head"),
    [
        (useful(), "Worth"),
        (stable(0.95, 0.92, 0.9), "least stable"),
        (with_quality(fidelity_held_out=0.9), "new customers"),
        (PLAIN, "unassigned"),
        (PLAIN, "without"),
    ],
)
def test_nothing_is_said_where_there_is_nothing(made: SegmentationReport, head: str) -> None:
    assert not [each for each in findings(made) if head in each.head]


def test_what_is_lost_today_is_said_where_it_is_not_what_was_lost_at_the_fit() -> None:
    """The rules stay and the customers change: a loss of the fit alone would be a lie."""
    said = {each.head: each for each in findings(PLAIN)}["4.1% lost"]
    assert said.holds and "at the fit" not in said.text
    (first, *rest), survey = PLAIN.survey.cuts, PLAIN.survey
    states = tuple(replace(state, loss=0.196) for state in first.states)
    later = replace(survey, cuts=(replace(first, states=states), *rest))
    said = {each.head: each for each in findings(replace(PLAIN, survey=later))}["4.1% lost"]
    assert not said.holds
    assert said.text.endswith("; that was at the fit, of today's customers it is 19.6%.")


def test_a_guess_says_which_other_numbers_may_do() -> None:
    made = verdict("overlap")
    clusters = replace(made.result.fit.clusters, alternatives=(5,))
    made = with_fit(clusters=clusters)
    said = {each.head: each.text for each in findings(made)}["How many there are is a guess:"]
    assert said.endswith("; 5 may do as well.")


def test_a_leaf_and_who_was_not_learned_are_told_where_they_are_counted() -> None:
    own = findings(report(segments=5, missing=0.1, own=True, unassigned=True, features=3))
    said = next(each.text for each in own if each.term == "leaf")
    assert said.startswith("(all but E, whose values are unknown) are each one rule of at most")


def test_missing_values_are_told_with_the_segments_that_are_made_of_them() -> None:
    found = {each.head: each.text for each in findings(report(missing=0.6, features=2))}
    said = next(text for head, text in found.items() if "without feature 1" in head)
    assert "who count as if they were usual in it; most of " in said
    own = findings(report(segments=5, missing=0.1, own=True, unassigned=True, features=3))
    heads = [each.head for each in own]
    assert not [head for head in heads if "without feature 1" in head]
    assert [head for head in heads if head.endswith("unassigned:")]


@pytest.mark.parametrize("kind", list(FINDINGS))
def test_every_finding_turns_with_its_verdict(kind: str) -> None:
    good, bad = (tuple(FINDINGS[kind](turned(good))) for good in (True, False))
    assert all(each.holds for each in good)
    assert bad and not any(each.holds for each in bad)
    assert not {(f.head, f.text) for f in good} & {(f.head, f.text) for f in bad}
