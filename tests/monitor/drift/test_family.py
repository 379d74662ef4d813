"""One family: Bonferroni within, a gate, and the usual."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy import stats

from segkit.monitor.drift.family import Effect
from tests.monitor.drift.made import check, earlier, family


def test_each_test_has_its_part_of_the_familys_alpha() -> None:
    effects = [Effect(name, None, 0.2, 0.06) for name in ("x1", "x2", "x3")]
    p = 3 * 2 * stats.norm.sf(0.2 / 0.06)
    for alpha, level in ((1.01 * p, "watch"), (0.99 * p, "ok")):
        found = family("features", alpha=alpha).judge(effects)
        assert {c.level for c in found.checks} == {level}
        assert found.checks[0].p == pytest.approx(p)
        assert found.checks[0].low == pytest.approx(0.2 - 1.96 * 0.06)


@pytest.mark.parametrize(
    ("effect", "level"),
    [
        (Effect("x", None, 0.11, 0.001), "watch"),
        (Effect("x", None, 0.09, 0.001), "ok"),  # too small for anybody
        (Effect("x", None, -0.3, 0.001, excess=-0.05), "ok"),
        (Effect("x", None, 0.3, 0.0), "watch"),
        (Effect("x", None, 0.0, 0.0), "ok"),
    ],
)
def test_a_change_that_is_sure_must_be_large_as_well(effect: Effect, level: str) -> None:
    (row,) = family("features").judge([effect]).checks
    assert (row.level, row.against) == (level, "fit")


def test_a_fifth_less_is_as_far_off_as_a_quarter_more() -> None:
    before = earlier([[check("events", 0.3)], [check("events", -0.2)], [check("events", 0.04)]] * 2)
    (row,) = family("events", before).judge([Effect(None, None, -0.35, 0.001)]).checks
    assert (row.level, row.against) == ("ok", "previous")
    (row,) = family("events", before).judge([Effect(None, None, -0.5, 0.001)]).checks
    assert row.level == "watch"


def test_what_is_told_has_no_p_and_raises_no_alarm() -> None:
    found = family("shares").judge([], [Effect(None, "A", 0.5, 0.001)], "calendar")
    assert [(c.p, c.level) for c in found.checks] == [(None, "info")]
    assert (found.unseen, found.untested) == ([], "calendar")


def test_what_is_smaller_is_said_not_to_be_seen() -> None:
    (unseen,) = family("features").judge([Effect("x", None, 0.0, 0.1)]).unseen
    assert unseen.size == pytest.approx((stats.norm.isf(0.0012) + stats.norm.isf(0.2)) * 0.1)


@pytest.mark.parametrize(("moved", "level"), [({"A"}, "watch"), ({"B"}, "ok"), (set(), "ok")])
def test_a_share_that_flow_alarmed_of_needs_not_be_sudden(moved: set[str], level: str) -> None:
    before = earlier([[check("shares", each, segment="A")] for each in (0.0, 0.0, 0.0, 0.02)])
    shares = replace(family("shares", before), moved=frozenset(moved))
    (row,) = shares.judge([Effect(None, "A", 0.03, 0.001)]).checks
    assert row.level == level
