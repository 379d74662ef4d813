from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from segkit.core.experiment_result import ArmFigures, Balance, Group, MetricReadout, Readout


def test_arms_are_right_down_to_the_level() -> None:
    found = Balance("all", "", 0.001, 0.001, {"control": 490, "offer": 510})
    assert found.ok and not replace(found, p=0.00099).ok


def test_the_first_group_is_everybody() -> None:
    all_, a = (Group(id_, 9, (ArmFigures("control", 9, 1.0),)) for id_ in (None, "A"))
    assert MetricReadout("revenue", "primary", (all_, a)).overall is all_


def test_final_is_one_state_of_five() -> None:
    made = Readout("price", datetime(2026, 3, 1), "final", "fixed", "control", 9, 9, None, None)
    states = ("empty", "mismatch", "interim", "running", "final")
    assert [replace(made, status=state).is_final for state in states] == [False] * 4 + [True]
