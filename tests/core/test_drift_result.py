"""What is kept of a build, and how many builds there are in a quarter."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from segkit.core.drift_result import FAMILIES, Drift, builds_a_period
from tests.monitor.drift.made import check, day, earlier


@pytest.mark.parametrize(
    ("gap", "expected"), [(1, 91.3125), (7, 13.0446), (30, 3.04375), (400, 1.0)]
)
def test_builds_of_a_quarter_are_told_from_the_days_between_them(gap: int, expected: float) -> None:
    days = [date(2026, 1, 1) + timedelta(days=gap * number) for number in range(4)]
    assert builds_a_period(days[-1], days[:-1], "quarter") == pytest.approx(expected, rel=1e-4)
    assert builds_a_period(days[0], [], "quarter") == pytest.approx(3.04375)


def test_alarms_of_a_build_are_read_from_its_rows() -> None:
    rows = [
        check("shares", 0.02, level="watch"),
        check("flow", 0.0),
        check("events", 1, level="act"),
    ]
    (build,) = earlier([rows])
    assert build.alarms == {"shares", "events"}
    assert build.figure("shares", None, None) == 0.02
    assert build.figure("shares", "x", None) is None


def test_alarms_are_told_in_the_order_of_the_families() -> None:
    rows = (check("events", 1.0, level="act"), check("shares", 1.0, level="watch"))
    drift = Drift(day(1), "act", rows, 0.01)
    assert drift.alarms == ("shares", "events")
    assert len(FAMILIES) == 8
