from __future__ import annotations

import math

import pytest

from segkit.core.fit import SweepPoint
from segkit.core.k_criteria import knee, knee_depths, log_inertias, picks_of


def test_the_knee_lies_farthest_below_the_chord() -> None:
    # a chord from (1, 10) to (5, 0) runs at 7.5, 5 and 2.5: 3.5, 4 and 2 above these points
    costs = {1: 10.0, 2: 4.0, 3: 1.0, 4: 0.5, 5: 0.0}
    assert knee_depths(costs) == pytest.approx({2: 0.35, 3: 0.4, 4: 0.2})
    assert knee(costs) == 3
    assert knee({k: 7 + 3 * cost for k, cost in costs.items()}) == 3  # whatever the unit


def test_a_tie_goes_to_the_smaller_k() -> None:
    assert knee({1: 3.0, 2: 1.5, 3: 0.5, 4: 0.0}) == 2


@pytest.mark.parametrize("costs", [{}, {1: 5.0, 2: 1.0}, {1: 2.0, 2: 2.0, 3: 2.0}])
def test_no_knee_without_a_curve(costs: dict[int, float]) -> None:
    assert knee(costs) is None


def test_the_logarithm_sees_a_later_knee_and_leaves_out_what_costs_nothing() -> None:
    costs = (1000.0, 300.0, 100.0, 30.0, 10.0, 9.0, 8.0, 0.0)
    panel = [SweepPoint(k, cost) for k, cost in enumerate(costs, 1)]
    assert log_inertias(panel)[2] == math.log(300)
    assert list(log_inertias(panel)) == [1, 2, 3, 4, 5, 6, 7]
    assert picks_of(panel)["inertia"] == 3
    assert picks_of(panel)["log_inertia"] == 5


def test_each_figure_picks_by_its_own_direction() -> None:
    panel = [
        SweepPoint(1, 100.0),
        SweepPoint(2, 60.0, 0.5001, 0.4, 50.0, 0.9, 0.99, 0.02),
        SweepPoint(3, 10.0, 0.5004, 0.2, 80.0, 0.4, 0.70, 0.05),
        SweepPoint(4, 9.0, 0.3, 0.1, 70.0, 0.5, 0.99, 0.01),
    ]
    assert picks_of(panel) == {
        "inertia": 3,
        "log_inertia": 3,
        "silhouette": 2,  # equal to three digits: the smaller
        "calinski_harabasz": 3,
        "stability": 2,
        "davies_bouldin": 3,
        "tree_loss": 4,
    }


def test_one_k_alone_is_no_pick() -> None:
    panel = [SweepPoint(1, 9.0), SweepPoint(2, 5.0, 0.5, stability=0.9), SweepPoint(3, 4.0, 0.4)]
    assert picks_of(panel)["silhouette"] == 2
    assert picks_of(panel)["stability"] is None
