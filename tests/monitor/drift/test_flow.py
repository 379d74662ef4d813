"""Moves and events, given where the calendar put customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from segkit.monitor.drift.flow import check_events, check_flow, intervals
from tests.monitor.drift.made import check, earlier, flows

USUAL = {("A", "A"): 800, ("A", "B"): 200, ("B", "A"): 100, ("B", "B"): 900}
OTHER = {("A", "A"): 600, ("A", "B"): 400, ("B", "A"): 100, ("B", "B"): 900}


def before(n: int = 4) -> list:  # type: ignore[type-arg]
    rows = [[check("flow", 0.0, segment="A"), check("flow", 0.0, segment="B")]] * n
    return earlier(rows, [flows(USUAL, number, 0.3) for number in range(1, n + 1)])


def test_the_usual_is_no_alarm() -> None:
    checks, unseen, why = check_flow(flows(USUAL, 5, 0.3), before(), 0.01)
    assert why == ""
    assert {c.level for c in checks} == {"ok"}
    assert [c.estimate for c in checks] == pytest.approx([0, 0])
    assert {c.p for c in checks} == {1.0}
    assert {u.segment_id for u in unseen} == {"A", "B"}
    assert min(u.size for u in unseen) >= 0.01


def test_moves_of_another_kind_alarm_by_where_they_lead() -> None:
    checks, _, _ = check_flow(flows(OTHER, 5), before(), 0.01)
    found = {c.segment_id: c for c in checks}
    assert found["B"].estimate == pytest.approx(200 / 2000)
    assert found["B"].level == "watch"
    # of two rows, with what is usual known from three builds
    error = np.sqrt((1000 * 0.2 * 0.8 + 1000 * 0.1 * 0.9) * (1 + 1 / 3)) / 2000
    assert found["B"].p == pytest.approx(4 * stats.norm.sf(0.1 / error), rel=1e-6)
    assert found["B"].high == pytest.approx(0.1 + 1.96 * error)
    assert found["B"].low < found["B"].estimate < found["B"].high  # type: ignore[operator]


def test_customers_whom_the_calendar_moved_are_no_flow() -> None:
    calendar = [replace(flow, calendar_id="B") for flow in flows({("A", "B"): 500}, 5)]
    usual = [replace(flow, calendar_id="B") for flow in flows({("A", "B"): 100, ("B", "B"): 900})]
    rows = [[check("flow", 0.0, segment="B")]] * 3
    checks, _, _ = check_flow(calendar, earlier(rows, [usual] * 3), 0.01)
    assert [c.estimate for c in checks] == [0.0]


@pytest.mark.parametrize("test", [check_flow, check_events])
def test_two_builds_make_something_usual(test: object) -> None:
    checks, unseen, why = test(flows(OTHER, 2, 0.5), before(1), 0.01)  # type: ignore[operator]
    assert (checks, unseen, why) == ([], [], "learning")


def test_a_build_with_an_alarm_is_not_usual() -> None:
    builds = before()
    bad = [replace(builds[0].checks[0], level="watch")]
    builds[2] = replace(builds[2], flows=flows(OTHER, 3), checks=bad)
    checks, _, _ = check_flow(flows(USUAL, 5), builds, 0.01)
    assert [c.estimate for c in checks] == pytest.approx([0, 0])


def test_cells_that_hardly_anybody_was_in_are_left_out() -> None:
    now = [*flows(USUAL, 5), *[replace(f, band=3) for f in flows({("A", "B"): 1000}, 5)]]
    checks, _, _ = check_flow(now, before(), 0.01)
    assert [c.estimate for c in checks] == pytest.approx([0, 0])


def test_fewer_events_alarm_and_are_standardised_over_cells() -> None:
    builds = before()
    (row,), (unseen,), why = check_events(flows(USUAL, 5, 0.3), builds, 0.01)
    assert (why, row.level, row.estimate) == ("", "ok", pytest.approx(0.0))
    assert unseen.size == pytest.approx(0.25)  # nothing is known of the spread
    known = [replace(b, checks=(*b.checks, check("events", 0.0))) for b in builds]
    (row,), (unseen,), _ = check_events(flows(USUAL, 5, 0.24), known, 0.01)
    assert (row.level, row.estimate) == ("watch", pytest.approx(-0.2))
    assert unseen.size == pytest.approx(0.15)
    # all of them from A: other starts, and as active as ever
    lively = [f for b in (0.1, 0.5) for f in flows({("A" if b == 0.1 else "B", "B"): 500}, 1, b)]
    usual = earlier([[check("events", 0.0)]] * 4, [lively] * 4)
    (row,), _, _ = check_events(flows({("A", "B"): 1000}, 5, 0.1), usual, 0.01)
    assert row.estimate == pytest.approx(0.0)


def test_where_nobody_ever_did_anything_a_first_event_is_seen() -> None:
    builds = earlier([[]] * 3, [flows(USUAL, number, 0.0) for number in (1, 2, 3)])
    assert check_events(flows(USUAL, 4, 0.0), builds, 0.01) == ([], [], "")
    (row,), _, _ = check_events(flows(USUAL, 4, 0.2), builds, 0.01)
    assert row.level == "watch"


def test_activity_that_is_not_known_is_not_tested() -> None:
    assert check_events(flows(USUAL, 5), before(), 0.01) == ([], [], "activity")


def test_who_joined_or_left_is_no_stayer() -> None:
    others = [replace(f, from_id=None, calendar_id=None) for f in flows({("A", "A"): 7})]
    starts, (found,) = intervals([[*flows(USUAL), *others]], ["A", "B"])
    assert starts == [("A", 0), ("B", 0)]
    assert found.moves.tolist() == [[800, 200], [100, 900]]
    assert np.array_equal(found.known, [0, 0])
