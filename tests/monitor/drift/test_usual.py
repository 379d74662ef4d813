"""What is usual, and what is not."""

from __future__ import annotations

from math import inf

import pytest

from segkit.monitor.drift.usual import (
    LIMITS,
    Limits,
    leaves_usual,
    past_figures,
    reach,
    visible,
)
from tests.monitor.drift.made import check, earlier

EVENTS = LIMITS["events"]


def test_limits_are_these() -> None:
    assert {
        "shares": Limits(0.01, 0.0125 / 3, 0.06, 0.0225, 0.06),
        "flow": Limits(0.01, 0.01 / 3, 0.02, 0.01, 0.05),
        "events": Limits(0.1, 0.045, 0.25, 0.14, 0.35),
        "joiners": Limits(0.2, 0, 0, 0, inf),
        "features": Limits(0.1, 0, 0, 0, inf),
        "metrics": Limits(0.1, 0.04, 0.3, 0.13, 0.5),
        "new group": Limits(0.01, 0, 0, 0, inf),
        "fidelity": Limits(0.02, 0, 0, 0, inf),
    } == LIMITS


@pytest.mark.parametrize(
    ("now", "past", "expected"),
    [
        (-0.22, [], False),  # nothing is known of the spread
        (-0.26, [], True),
        (-0.22, [0.01, -0.01, 0.02], True),
        (-0.22, [0.2, -0.2, 0.1], False),  # months differ
        (-0.22, [0.0, 0.0, -0.05, -0.1], False),  # by degrees: a season
        (-0.5, [0.0, -0.05, -0.1, -0.4], True),  # larger than any
        (-0.13, [0.0, 0.0, 0.0], False),  # three times 4.5 %
    ],
)
def test_a_change_is_sudden_or_larger_than_a_season(
    now: float, past: list[float], expected: bool
) -> None:
    assert leaves_usual(now, past, EVENTS) == expected


def test_what_chance_makes_is_no_spread() -> None:
    past = [0.1, -0.1, 0.1, -0.1, 0.0]
    # told by four builds, the last left out, and as if four more had told that of the floor
    assert reach(past, Limits(0.1), 0.0) == pytest.approx(3 * (0.04 / 7) ** 0.5)
    assert reach(past, Limits(0.1, 0.05), 0.0) == pytest.approx(3 * (0.05 / 7) ** 0.5)
    assert reach(past, Limits(0.1), 0.2) == 0
    # a step is none if chance makes as large ones
    limits = Limits(0.1, step=0.1)
    assert leaves_usual(0.3, [0.1, 0.1, 0.1, 0.1], limits, 0.05)
    assert not leaves_usual(0.3, [0.1, 0.1, 0.1, 0.1], limits, 0.11)


def test_builds_with_an_alarm_are_not_usual() -> None:
    rows = [[check("events", 0.1)], [check("events", 0.9, level="watch")], [check("events", None)]]
    assert past_figures(earlier(rows), "events", None, None) == [0.1]
    assert past_figures(earlier(rows), "events", "x", None) == []


def test_the_smallest_change_that_is_seen_is_found_four_times_in_five() -> None:
    assert visible(1.0, 0.05, 1) == pytest.approx(1.96 + 0.8416, abs=1e-3)
    assert visible(1.0, 0.05, 10) > visible(1.0, 0.05, 1)


def test_what_is_known_to_have_been_sudden_needs_not_be_so_again() -> None:
    past = [0.0, 0.0, 0.0, -0.1]
    assert not leaves_usual(-0.2, past, EVENTS)
    assert leaves_usual(-0.2, past, EVENTS, is_moved=True)
    assert not leaves_usual(-0.13, past, EVENTS, is_moved=True)  # as usual as before
