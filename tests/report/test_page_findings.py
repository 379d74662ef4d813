"""What holds and what is doubtful, and that each finding turns where its figure does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from segkit.core.facts import Fact
from segkit.core.usefulness import Estimate, Rival
from segkit.report import page_findings
from segkit.report.html.figures.tree_outline import Node, node_of
from segkit.report.html.sections import rules_finding
from segkit.report.html.whole_page import render_page
from segkit.report.markdown_page import markdown_page
from segkit.report.page_findings import FINDINGS, age, findings, trust_text
from segkit.report.render_markdown import render_markdown
from segkit.report.text import count_of
from segkit.survey.page_data import MetricNote, SegmentationReport
from tests.report.html.reports import CASES, project, report
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
        (
            useful,
            {"rival": _ahead(0.1, 0.05)},
            {"rival": _ahead(0.099, 0.05)},
            " by a simple split",
        ),
        (useful, {"rival": _ahead(0.2, 0.01)}, {"rival": _ahead(0.2, -0.01)}, " by a simple split"),
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


@pytest.mark.parametrize(
    ("mean", "low", "said"),
    [
        (0.92, 0.85, " (85% to 99%)."),
        (0.999, 0.997, " customers."),
        (0.985, 0.98, " (98% to 99%)."),
    ],
)
def test_a_range_whose_ends_read_alike_is_none(mean: float, low: float, said: str) -> None:
    made = stable(mean, low)
    fit = made.result.fit
    assert fit.stability is not None
    if low > 0.99:
        fit = replace(fit, stability=replace(fit.stability, high=0.9996))
        made = replace(made, result=replace(made.result, fit=fit))
    (found,) = (each for each in findings(made) if each.head.endswith("would stay"))
    assert said in found.text and ">99% to >99%" not in found.text


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


@pytest.mark.parametrize(
    ("code", "head", "said"),
    [
        ("overlap", "How many there are is a guess:", "4 overlapping groups"),
        ("useful", "How many there are is a choice:", "by degrees, no gaps: 4 is useful"),
    ],
)
def test_a_tie_may_do_too_and_the_next_is_next(code: str, head: str, said: str) -> None:
    """Both are alternatives, and only a tie is as good."""
    kind = "overlap" if code == "overlap" else "degrees"
    first = Fact(code, n=4, value=(2, 10, "degrees", 0.9))
    reason = (first, Fact("as_stable", n=5), Fact("next", n=3))
    clusters = replace(PLAIN.result.fit.clusters, verdict=kind, reason=reason, alternatives=(3, 5))
    found = {each.head: each.text for each in findings(with_fit(clusters=clusters))}
    assert found[head] == f"{said}; 5 may do too; next best 3."
    alone = replace(clusters, reason=(first, Fact("next", n=3), Fact("next", n=5)))
    found = {each.head: each.text for each in findings(with_fit(clusters=alone))}
    assert found[head] == f"{said}; next best 3, 5."


@pytest.mark.parametrize(
    ("day", "head"),
    [
        (date(2026, 3, 17), None),
        (date(2026, 3, 16), "The data are 46 days old:"),
        (date(2022, 1, 1), "The data are 1,581 days old:"),
        (None, None),
    ],
)
def test_old_data_are_doubtful(day: date | None, head: str | None) -> None:
    note = {"spend_next": MetricNote("", True)}
    made = replace(PLAIN, metrics=note)
    found = list(age(replace(project(made), data_day=day), made))
    assert [each.head for each in found] == [head] * (head is not None)
    assert not any(each.holds for each in found)


def test_what_is_said_of_old_data_is_on_the_page_and_in_markdown() -> None:
    made = replace(PLAIN, metrics={"spend_next": MetricNote("", True)})
    old = replace(project(made), data_day=date(2026, 1, 1))
    seen = "customers are seen as of 1 January 2026"
    said = f"{seen}, and spend next 90 days is of days from then on."
    assert said in render_page(old) and said in render_markdown(markdown_page(old))
    assert "days old" not in render_page(project(made))
    same = replace(PLAIN, metrics={"spend_next": MetricNote("", False)})
    assert [each.text for each in age(old, same)] == [f"{seen}."]
    assert [each.text for each in age(old, report(metric=False))] == [f"{seen}."]


def test_the_tests_of_whom_most_are_asked_are_those_of_the_drawing() -> None:
    """A group of its own is a test more, and the page draws it."""
    for each in CASES.values():
        made = each()
        drawn = max(_ways(node_of(made)))
        said = next(each.text for each in findings(made) if each.term == "leaf")
        assert said.endswith(f"no customer needs more than {count_of(drawn, 'test')}.")
        assert f"at most {count_of(drawn, 'test')} for a customer." in rules_finding(made)


def _ways(node: Node) -> Iterator[int]:
    """Boxes on the way to each leaf."""
    todo = [(node, 0)]
    while todo:
        node, passed = todo.pop()
        todo += [(side, passed + 1) for side in node.sides]
        if not node.sides:
            yield passed


def test_a_leaf_and_who_was_not_learned_are_told_where_they_are_counted() -> None:
    own = findings(report(segments=5, missing=0.1, own=True, unassigned=True, features=3))
    said = next(each.text for each in own if each.term == "leaf")
    assert said.startswith("(besides E, feature 1 unknown) are each one rule of at most")


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


def _trusted(made: SegmentationReport) -> str:
    return trust_text(project(made), made)


def test_whether_to_trust_them_is_said_in_a_word_with_all_that_is_in_doubt() -> None:
    good, bad = (_trusted(turned(each)) for each in (True, False))
    n = len(findings(turned(True)))
    assert good == f"Can they be trusted? Yes: all {n} findings hold."
    assert bad.startswith("Can they be trusted? Not yet: 0 of ")
    assert bad.endswith(
        "In doubt: whether they are worth a model, who loses money, how well rules say the "
        "groups, how stable they are and 7 more."
    )


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (stable(0.95, 0.94, 0.89), "With care"),  # worth is not measured
        (PLAIN, "Not yet"),  # nor is stability
        (replace(useful(), result=replace(useful().result, fit=stable(1, 1).result.fit)), "Yes"),
        (
            replace(useful(), result=replace(useful().result, fit=stable(1, 1, 0.8).result.fit)),
            "Mostly",
        ),
        (useful(explained=Estimate(0.005, 0.0, 0.01)), "Not yet"),
    ],
)
def test_the_word_hangs_on_worth_loss_and_stability(made: SegmentationReport, word: str) -> None:
    assert _trusted(made).startswith(f"Can they be trusted? {word}: ")


def test_where_one_segment_is_unstable_it_is_named() -> None:
    """All of them together would stay."""
    made = replace(useful(), result=replace(useful().result, fit=stable(1, 1, 0.8).result.fit))
    found = next(each for each in findings(made) if each.head.endswith("is the least stable:"))
    assert _trusted(made).endswith(f"In doubt: how stable {found.head[0]} is.")


def test_segments_that_tell_no_more_than_chance_are_not_to_be_trusted() -> None:
    """With all else as it should be."""
    nothing = useful(explained=Estimate(0.005, 0.0, 0.01))
    made = replace(nothing, result=replace(nothing.result, fit=stable(1, 1).result.fit))
    assert _trusted(made).startswith("Can they be trusted? Not yet: ")


def test_old_data_are_in_doubt_and_no_customers_are_no_question() -> None:
    old = replace(project(PLAIN), data_day=date(2026, 1, 1))
    assert " In doubt: old data, whether" in trust_text(old, PLAIN)
    nobody = replace(PLAIN, result=replace(PLAIN.result, rows=0))
    assert _trusted(nobody) == ""


def test_every_finding_has_a_word_for_its_doubt() -> None:
    assert {*page_findings._IN_DOUBT} == {*FINDINGS, "age"}
