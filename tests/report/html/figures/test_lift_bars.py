from __future__ import annotations

import re
from dataclasses import replace

from segkit.report.html.figures.lift_bars import lift_bars
from segkit.survey.page_data import SegmentationReport
from tests.report.html.figures.drawn import words
from tests.report.html.reports import CASES, readout, with_experiments


def made(**changes: float | None) -> SegmentationReport:
    """A test of which the offer in segment A has other figures."""
    found = readout(["A", "B"])
    metric = found.metrics[0]
    a = metric.groups[1]
    group = replace(a, arms=(a.arms[0], replace(a.arms[1], **changes)))  # type: ignore[arg-type]
    metric = replace(metric, groups=(metric.groups[0], group, *metric.groups[2:]))
    return with_experiments(CASES["plain"](), replace(found, metrics=(metric,)))


def dots(report: SegmentationReport) -> list[tuple[str, float]]:
    found = re.findall(r'<circle class="([^"]*)" cx="([\d.]+)"', str(lift_bars(report)))
    return [(look, float(x)) for look, x in found]


def test_twice_as_much_is_as_far_from_nothing_as_half() -> None:
    places = [x for _, x in dots(made(lift=-0.5, lift_low=-0.5, lift_high=-0.5))]
    other = [x for _, x in dots(made(lift=1.0, lift_low=1.0, lift_high=1.0))]
    assert places[1] < places[2] and other[1] > other[2]


def test_hollow_where_no_effect_is_shown() -> None:
    assert [look for look, _ in dots(made(q=0.049))] == ["dot un", "dot", "dot"]
    assert [look for look, _ in dots(made(q=0.05))] == ["dot un", "dot un", "dot"]


def test_a_lift_beyond_all_bounds_lies_at_the_end() -> None:
    drawn = words(lift_bars(made(lift=400.0, lift_low=-3.0, lift_high=9000.0)))
    assert "+40000.0%" in drawn


def test_without_a_lift_there_is_no_dot() -> None:
    none = made(lift=None, lift_low=None, lift_high=None)
    assert len(dots(none)) == 2 and "unknown" in words(lift_bars(none))


def test_several_arms_are_named() -> None:
    found = readout(["A"], arms=("offer", "gift"))
    drawn = words(lift_bars(with_experiments(CASES["plain"](), found)))
    assert "offer" in drawn and "gift" in drawn
