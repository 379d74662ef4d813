"""The verdict: one budget, two in a row, and a metric's change in parts that add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from segkit.core.drift_result import DriftSettings, EarlierBuild, Level
from segkit.monitor.drift.new_group import space_of
from segkit.monitor.drift.verdict import PACE, alpha_of, judge, mix_and_rate
from tests.monitor.drift.made import check, day, earlier, evidence, flows, snapshot

IDS = np.arange(3000)
DRAW = np.random.default_rng(1)
BASE = snapshot(IDS, IDS % 3, x=DRAW.normal(size=3000), y=DRAW.normal(10, 2, 3000))
SHIFTED = snapshot(IDS, IDS % 3, x=BASE.values["x"] + 0.3, y=BASE.values["y"])
SETTINGS = DriftSettings()


def test_all_families_of_a_quarters_builds_share_the_budget() -> None:
    made = evidence(BASE, BASE)
    monthly = 365.25 / 4 / 30
    assert alpha_of(made, [], SETTINGS) == pytest.approx(0.05 / 7 / monthly)
    with_clusters = replace(made, agreement=(made.cells, made.values["x"]))
    assert alpha_of(with_clusters, [], SETTINGS) == pytest.approx(0.05 / 8 / monthly)
    year = DriftSettings(0.1, "year")
    assert alpha_of(made, [], year) == pytest.approx(0.1 / 7 / monthly / 4)


def test_the_same_is_ok_and_what_is_not_tested_is_said() -> None:
    drift = judge(evidence(BASE, BASE), {}, None, [], SETTINGS)
    assert (drift.verdict, drift.alarms, drift.as_of) == ("ok", (), day(1))
    reasons = dict(drift.untested)
    assert reasons["flow"] == "learning 2"
    assert reasons["new group"] == "no steady feature"
    assert reasons["fidelity"] == "no clusters"
    assert {unseen.check_name for unseen in drift.unseen} == {"shares", "features", "metrics"}


@pytest.mark.parametrize(
    ("family", "verdict"), [("features", "act"), ("shares", "watch"), (None, "watch")]
)
def test_the_same_family_two_builds_in_a_row_is_act(family: str | None, verdict: str) -> None:
    rows = [[check(family, 1.0, level="watch")]] if family else [[]]
    drift = judge(evidence(BASE, SHIFTED, 2), {}, None, earlier(rows), SETTINGS)
    assert (drift.verdict, drift.alarms) == (verdict, ("features",))


@pytest.mark.parametrize(
    ("segment", "level", "verdict"),
    [("A", "watch", "act"), ("A", "act", "act"), ("A", "ok", "watch"), ("C", "watch", "watch")],
)
def test_a_share_that_flow_alarmed_of_before_is_act(
    segment: str, level: Level, verdict: str
) -> None:
    """Who has moved, stays: flow says it once, the share is another from then on."""
    now = snapshot(IDS, np.where(IDS < 300, 0, IDS % 3), x=BASE.values["x"], y=BASE.values["y"])
    rows = [[check("flow", 0.07, segment=segment, level=level)]]
    drift = judge(evidence(BASE, now, 2), {}, None, earlier(rows), SETTINGS)
    assert (drift.verdict, drift.alarms) == (verdict, ("shares",))


def test_mix_and_rate_add_up_also_of_segments_that_come_and_go() -> None:
    now = snapshot(IDS + 500, DRAW.integers(1, 4, 3000), x=IDS, y=DRAW.exponential(9, 3000))
    now.values["y"][:100] = np.nan  # type: ignore[index]
    (found,) = mix_and_rate(evidence(BASE, now))
    assert found.before == pytest.approx(BASE.values["y"].mean())
    assert found.now == pytest.approx(np.nanmean(now.values["y"]))
    assert [part.segment_id for part in found.parts] == ["A", "B", "C", "D"]
    whole = sum(part.mix + part.rate for part in found.parts)
    assert whole == pytest.approx(found.now - found.before, abs=1e-12)
    (same,) = mix_and_rate(evidence(BASE, SHIFTED))
    assert all(part.mix == 0 for part in same.parts)


def test_builds_of_another_pace_tell_nothing_of_what_is_done_in_between() -> None:
    """An hour after a monthly build hardly anybody did anything, and that is no alarm."""
    found = evidence(snapshot(IDS, IDS * 0), snapshot(IDS, IDS * 0), number=4)
    before = [
        EarlierBuild(day(number), flows({("A", "A"): 4000}, number, 0.5), ())
        for number in range(1, 4)
    ]
    quiet = tuple(flows({("A", "A"): 4000}, 4, 0.0))
    for as_of, alarms in ((day(4), ("events",)), (day(3) + timedelta(days=1), ())):
        drift = judge(replace(found, as_of=as_of, flows=quiet), {}, None, before, DriftSettings())
        assert drift.alarms == alarms
    assert drift.learning == {"flow": 2, "events": 2}
    assert PACE == 1.5


def test_nobody_left_is_no_crash() -> None:
    made = evidence(BASE, SHIFTED)
    nobody = replace(made, cells=replace(made.cells, now=(None,) * len(made.cells.now)))
    assert space_of(nobody, {}) is None
    assert judge(nobody, {}, None, [], SETTINGS).verdict == "ok"
