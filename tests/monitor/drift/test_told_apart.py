"""The sentence about an alarm: what is more frequent now, on other rows."""

from __future__ import annotations

import numpy as np

from segkit.core.drift_result import Condition
from segkit.learn.numbers import Floats
from segkit.monitor.drift.told_apart import explain


def rows(seed: int, n: int = 3000) -> Floats:
    draw = np.random.default_rng([5, seed])
    return np.column_stack([draw.normal(size=(n, 3)), draw.integers(0, 2, n)])


def test_a_new_group_is_described_by_its_place() -> None:
    before, now = rows(1), rows(2)
    now[:150, 0], now[:150, 2] = 4, -4
    more = explain(["x1", "x2", "x3"], before, now)[0]
    assert {c.column for c in more.conditions} <= {"x1", "x3"}
    assert more.share_before < 0.01
    assert 0.04 < more.share_now < 0.07


def test_who_is_missing_is_described_too() -> None:
    before, now = rows(1), rows(2)
    now[:600, 1] = np.nan
    groups = explain(["x1", "x2", "x3"], before, now)
    assert groups[0].conditions == (Condition("x2", True),)
    assert groups[0].share_before == 0


def test_nothing_is_said_where_nothing_changed() -> None:
    assert explain(["x1", "x2", "x3"], rows(1), rows(2)) == ()
    assert explain(["x1", "x2", "x3"], rows(3), rows(3)) == ()
