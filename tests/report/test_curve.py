from __future__ import annotations

from segkit.core.fit import CurvePoint
from segkit.report.curve import render_curve

CURVE = (
    CurvePoint(6, 0.0616, 0.94, 6),
    CurvePoint(7, 0.045, 0.951, 5),
    CurvePoint(10, 0.0004, 0.99, 2),
)


def test_a_line_a_number_of_leaves_and_the_chosen_one_marked() -> None:
    assert render_curve(CURVE, 7, 6) == [
        "   Leaves  Loss  As K-Means  Short rules",
        "        6  6.2%       94.0%       6 of 6",
        ">       7  4.5%       95.1%       5 of 6",
        "       10  0.0%       99.0%       2 of 6",
    ]


def test_without_a_choice_there_is_nothing_to_say() -> None:
    assert render_curve(CURVE[:1], 6, 6) == []
    assert render_curve((), 6, 6) == []


def test_given_clusters_are_not_those_of_kmeans() -> None:
    assert render_curve(CURVE, 7, 6, is_given=True)[0] == "   Leaves  Loss  As given  Short rules"
