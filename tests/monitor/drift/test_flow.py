"""Moves and events, given where the calendar put customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from segkit.core.drift_result import Check, EarlierBuild, Flow, Unseen
from segkit.monitor.drift.family import Found
from segkit.monitor.drift.flow import check_events, check_flow, tabulate
from tests.monitor.drift.made import check, earlier, family, flows

USUAL = {("A", "A"): 800, ("A", "B"): 200, ("B", "A"): 100, ("B", "B"): 900}
OTHER = {("A", "A"): 600, ("A", "B"): 400, ("B", "A"): 100, ("B", "B"): 900}


def before(n: int = 4) -> list[EarlierBuild]:
    rows = [[check("flow", 0.0, segment="A"), check("flow", 0.0, segment="B")]] * n
    return earlier(rows, [flows(USUAL, number, 0.3) for number in range(1, n + 1)])


def events(now: list[Flow], builds: list[EarlierBuild]) -> tuple[list[Check], list[Unseen]]:
    found = check_events(now, family("events", builds))
    return list(found.checks), list(found.unseen)


def test_the_usual_is_no_alarm() -> None:
    found = check_flow(flows(USUAL, 5, 0.3), family("flow", before()))
    checks, unseen, why = found.checks, found.unseen, found.untested
    assert why == ""
    assert {c.level for c in checks} == {"ok"}
    assert [c.estimate for c in checks] == pytest.approx([0, 0])
    assert {c.p for c in checks} == {1.0}
    assert {u.segment_id for u in unseen} == {"A", "B"}
    assert min(u.size for u in unseen) >= 0.01


def test_moves_of_another_kind_alarm_by_where_they_lead() -> None:
    checks = check_flow(flows(OTHER, 5, 0.3), family("flow", before())).checks
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
    checks = check_flow(calendar, family("flow", earlier(rows, [usual] * 3))).checks
    assert [c.estimate for c in checks] == [0.0]


def test_two_builds_make_something_usual() -> None:
    now = flows(OTHER, 2, 0.5)
    assert check_flow(now, family("flow", before(1))) == Found(untested="learning 1")
    assert check_events(now, family("events", before(1))) == Found(untested="learning 1")


def test_a_build_with_an_alarm_is_not_usual() -> None:
    builds = before()
    bad = [replace(builds[0].checks[0], level="watch")]
    builds[2] = replace(builds[2], flows=flows(OTHER, 3), checks=bad)
    checks = check_flow(flows(USUAL, 5, 0.3), family("flow", builds)).checks
    assert [c.estimate for c in checks] == pytest.approx([0, 0])


def test_cells_that_hardly_anybody_was_in_are_left_out() -> None:
    now = [*flows(USUAL, 5, 0.3), *[replace(f, band=3) for f in flows({("A", "B"): 1000}, 5)]]
    checks = check_flow(now, family("flow", before())).checks
    assert [c.estimate for c in checks] == pytest.approx([0, 0])


def test_fewer_events_alarm_and_are_standardised_over_cells() -> None:
    builds = before()
    (row,), (unseen,) = events(flows(USUAL, 5, 0.3), builds)
    assert (row.level, row.estimate) == ("ok", pytest.approx(0.0))
    assert unseen.size == pytest.approx(0.25)  # nothing is known of the spread
    known = [replace(b, checks=(*b.checks, check("events", 0.0))) for b in builds]
    (row,), (unseen,) = events(flows(USUAL, 5, 0.24), known)
    assert (row.level, row.estimate) == ("watch", pytest.approx(-0.2))
    assert unseen.size == pytest.approx(0.148, abs=1e-3)
    # all of them from A: other starts, and as active as ever
    lively = [f for b in (0.1, 0.5) for f in flows({("A" if b == 0.1 else "B", "B"): 500}, 1, b)]
    usual = earlier([[check("events", 0.0)]] * 4, [lively] * 4)
    (row,), _ = events(flows({("A", "B"): 1000}, 5, 0.1), usual)
    assert row.estimate == pytest.approx(0.0)


def test_the_error_of_events_is_that_of_their_cells() -> None:
    """One cell in which hardly anybody does anything and one in which nearly all do: few vary."""
    apart = [
        flow
        for start, share in (("A", 0.1), ("B", 0.9))
        for flow in flows({(start, start): 1000}, 1, share)
    ]
    (row,), _ = events(apart, earlier([[]] * 4, [apart] * 4))
    error = np.sqrt(2 * 1000 * 0.1 * 0.9 * (1 + 1 / 4)) / 2000 / 0.5
    assert row.high == pytest.approx(1.96 * error)


def test_where_nobody_ever_did_anything_a_first_event_is_seen() -> None:
    builds = earlier([[]] * 3, [flows(USUAL, number, 0.0) for number in (1, 2, 3)])
    assert events(flows(USUAL, 4, 0.0), builds) == ([], [])
    (row,), _ = events(flows(USUAL, 4, 0.3), builds)
    assert row.level == "watch"


def test_activity_that_is_not_known_is_not_tested() -> None:
    assert check_events(flows(USUAL, 5), family("events")) == Found(untested="activity")


def test_who_joined_or_left_is_no_stayer() -> None:
    others = [replace(f, from_id=None, calendar_id=None) for f in flows({("A", "A"): 7})]
    left = [replace(f, to_id=None) for f in flows({("A", "A"): 7})]
    rows = tabulate(
        [[*flows(USUAL), *others, *left], flows(USUAL)], lambda f: f.from_id, lambda f: f.to_id
    )
    assert rows is not None
    assert rows.columns == ("A", "B")
    assert rows.now.tolist() == [[800, 200], [100, 900]]
    assert rows.usual.tolist() == [[0.8, 0.2], [0.1, 0.9]]


def test_a_season_in_which_more_buy_is_no_other_flow() -> None:
    """Who buys goes to B, and a third more do."""
    usual, now = (
        [
            replace(flow, to_id="B" if flow.active else "A")
            for flow in flows({("A", "A"): 1000}, 1, share)
        ]
        for share in (0.3, 0.4)
    )
    builds = earlier([[]] * 4, [usual] * 4)
    assert [c.estimate for c in check_flow(now, family("flow", builds)).checks] == [0.0, 0.0]
    assert events(now, builds)[0][0].estimate == pytest.approx(1 / 3)
