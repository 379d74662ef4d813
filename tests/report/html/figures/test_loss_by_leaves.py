"""What more or fewer rules would have cost."""

from __future__ import annotations

from dataclasses import replace

from segkit.core.fit import CurvePoint
from segkit.report.html.figures.loss_by_leaves import declared_loss, loss_by_leaves
from segkit.survey.results import SegmentationReport
from tests.report.html.figures.drawn import parsed, words
from tests.report.html.reports import CASES

REPORT = CASES["plain"]()


def changed(max_loss: object, *losses: float) -> SegmentationReport:
    fit = REPORT.result.fit
    curve = tuple(CurvePoint(4 + n, loss, 0.9, 3) for n, loss in enumerate(losses))
    quality = replace(fit.quality, curve=curve or fit.quality.curve)
    rules = {"rules": {"max_loss": max_loss}}
    return replace(
        REPORT, result=replace(REPORT.result, fit=replace(fit, definition=rules, quality=quality))
    )


def test_the_chosen_tree_and_what_was_allowed_are_marked() -> None:
    drawn = loss_by_leaves(REPORT)
    assert [e.attrib["r"] for e in parsed(drawn).iter("circle")] == ["5.5", "3", "3", "3", "3"]
    assert "allowed: 5%" in words(drawn) and "9.0%" in words(drawn)


def test_a_bound_that_is_not_declared_or_far_away_is_no_line() -> None:
    assert "allowed" not in words(loss_by_leaves(changed(None)))
    assert "allowed" not in words(loss_by_leaves(changed(0.5)))
    assert "allowed: 20%" in words(loss_by_leaves(changed(0.2)))


def test_no_choice_no_figure() -> None:
    assert loss_by_leaves(changed(0.05, 0.04)) == ""
    assert loss_by_leaves(changed(0.05, 0.0, 0.0)) != ""


def test_the_bound_is_a_number_or_none() -> None:
    assert declared_loss(REPORT.result.fit) == 0.05
    assert declared_loss(changed("auto").result.fit) is None
    assert declared_loss(replace(REPORT.result.fit, definition={})) is None
