from __future__ import annotations

from dataclasses import replace

from segkit.core.fit import CurvePoint, Fit
from segkit.report.curve import curve_section
from segkit.report.render_text import render_text
from tests.report.samples import FIT

CURVE = (
    CurvePoint(6, 0.0616, 0.94, 6),
    CurvePoint(7, 0.045, 0.951, 5),
    CurvePoint(10, 0.0004, 0.99, 2),
)


def fit_with(*curve: CurvePoint, leaves: int = 7, labels: str | None = None) -> Fit:
    return replace(
        FIT,
        quality=replace(FIT.quality, curve=curve, leaves=leaves),
        clusters=replace(FIT.clusters, labels=labels),
        segments=FIT.segments * 3,
    )


def test_a_line_a_number_of_leaves_and_the_chosen_one_marked() -> None:
    assert render_text(curve_section(fit_with(*CURVE))).split("\n") == [
        "What more leaves bring (loss: what the rules cost more than K-Means):",
        "   Leaves  Loss  As K-Means  Short rules",
        "        6  6.2%       94.0%       6 of 6",
        ">       7  4.5%       95.1%       5 of 6",
        "       10  0.0%       99.0%       2 of 6",
    ]


def test_without_a_choice_there_is_nothing_to_say() -> None:
    assert curve_section(fit_with(*CURVE[:1], leaves=6)) == ()
    assert curve_section(fit_with()) == ()


def test_given_clusters_are_not_those_of_kmeans() -> None:
    lines = render_text(curve_section(fit_with(*CURVE, labels="tier"))).split("\n")
    assert lines[0].endswith("(loss: customers whom the rules put into another cluster):")
    assert lines[1] == "   Leaves  Loss  As given  Short rules"
