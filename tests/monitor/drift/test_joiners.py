"""Joiners against earlier joiners, from the rows that are kept of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segkit.core.drift_result import EarlierBuild
from segkit.monitor.drift.evidence import Sums
from segkit.monitor.drift.joiners import check_joiners
from tests.monitor.drift.made import day, family

DRAW = np.random.default_rng(6)
EARLIER = [DRAW.normal(100, 3, n) for n in (40, 60, 50)]


def sums(x: object) -> dict[str, Sums]:
    values = np.asarray(x, float)
    return {"x": Sums(len(values), float(values.sum()), float((values**2).sum()))}


def before() -> list[EarlierBuild]:
    builds: list[EarlierBuild] = []
    for number, x in enumerate(EARLIER, start=1):
        checks = check_joiners(sums(x), family("joiners", number=number)).checks
        builds.append(EarlierBuild(day(number), (), checks))
    return builds


def test_they_are_compared_by_welch_with_all_who_joined_before() -> None:
    now = DRAW.normal(103, 4, 80)
    found = check_joiners(sums(now), family("joiners", before()))
    checks, (unseen,) = found.checks, found.unseen
    (row,) = [c for c in checks if c.check_name == "joiners"]
    pooled = np.concatenate(EARLIER)
    z = (now.mean() - pooled.mean()) / np.sqrt(now.var() / 80 + pooled.var() / 150)
    assert (found.untested, row.level) == ("", "watch")
    assert row.p == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-6)
    assert row.estimate == pytest.approx((now.mean() - pooled.mean()) / pooled.std())
    assert unseen.size > 0.2


def test_the_same_as_ever_is_no_alarm() -> None:
    checks = check_joiners(sums(DRAW.normal(100, 3, 80)), family("joiners", before())).checks
    assert [c.level for c in checks if c.check_name == "joiners"] == ["ok"]


def test_fewer_than_thirty_are_kept_and_not_compared() -> None:
    found = check_joiners(sums(EARLIER[0][:29]), family("joiners", before()))
    assert found.untested == "few"
    assert [c.check_name for c in found.checks] == ["joined", "joined n"]
    assert check_joiners({"x": Sums(0, 0, 0)}, family("joiners", before())).checks == []
