"""What more or fewer rules would have cost."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from segkit.core.fit import CurvePoint
from segkit.report.html.figures.loss_by_leaves import declared_loss, loss_by_leaves
from segkit.survey.page_data import SegmentationReport
from tests.report.html.figures.drawn import box_of, drawings, parsed, words
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
    assert [e.attrib["r"] for e in parsed(drawn).iter("circle")] == ["3", "5.5", "3", "3", "3", "3"]
    assert "allowed: 5%" in words(drawn) and "4.1%" in words(drawn)


def test_a_bound_that_is_not_declared_or_far_away_is_no_line() -> None:
    assert "allowed" not in words(loss_by_leaves(changed(None)))
    assert "allowed" not in words(loss_by_leaves(changed(0.5)))
    assert "allowed: 20%" in words(loss_by_leaves(changed(0.2)))


@pytest.mark.parametrize("bound", [0.03, 0.05, 0.09, 0.2])
@pytest.mark.parametrize("chosen", [4, 5, 6, 7])
def test_the_labels_keep_apart_wherever_the_chosen_tree_is(chosen: int, bound: float) -> None:
    report = changed(bound, 0.12, 0.09, 0.07, 0.06)
    quality = replace(report.result.fit.quality, leaves=chosen)
    fit = replace(report.result.fit, quality=quality)
    made = replace(report, result=replace(report.result, fit=fit))
    drawing = drawings(loss_by_leaves(made))[0]
    width = float(drawing.attrib["viewBox"].split()[2])
    boxes = [box_of(text) for text in drawing.iter("text")]
    assert all(box.left >= 0 and box.right <= width and box.top >= 0 for box in boxes)
    assert not [1 for a, b in combinations(boxes, 2) if a.meets(b)]


def test_no_choice_no_figure() -> None:
    assert loss_by_leaves(changed(0.05, 0.04)) == ""
    assert loss_by_leaves(changed(0.05, 0.0, 0.0)) != ""


def test_the_bound_is_a_number_or_none() -> None:
    assert declared_loss(REPORT.result.fit) == 0.05
    assert declared_loss(changed("auto").result.fit) is None
    assert declared_loss(replace(REPORT.result.fit, definition={})) is None
