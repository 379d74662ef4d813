"""Whole histories of simulated customers, a few of them; many are in benchmarks/drift."""

from __future__ import annotations

import pytest

from benchmarks.drift.calibrate import builds, plain_tests
from benchmarks.drift.shops import PlainShop, SeasonalShop
from segkit.core.drift_result import Drift
from segkit.monitor.drift.evidence import Kind


def kinds_told(drift: Drift) -> dict[str | None, float | None]:
    return {c.subject: c.estimate for c in drift.checks if c.check_name == "kind"}


def test_a_cohort_that_does_nothing_ages_and_that_is_ok() -> None:
    shop = PlainShop(1000, 0.9, 0.0, [11], still=True)
    found = list(builds(shop, 6, "still", 99))
    assert [drift.verdict for _, drift, _, _ in found] == ["ok"] * 6
    _, drift, base, now = found[-1]
    assert plain_tests(base, now, shop.features) == ["d1 chi-square", "d2 features"]
    assert kinds_told(drift)["x4"] == Kind.AGES
    moved = max(abs(c.estimate or 0) for c in drift.checks if c.check_name == "shares")
    assert moved > 0.3


def test_what_ages_and_accumulates_is_told_from_the_data() -> None:
    (*_, (_, drift, _, _)) = builds(SeasonalShop(1000, 0.9, 0.05, [12]), 3, "none", 99)
    told = kinds_told(drift)
    assert (told["x4"], told["x5"], told["x6"]) == (Kind.AGES, Kind.ACCUMULATES, Kind.ACCUMULATES)
    assert (told["x1"], told["x2"], told["y"]) == (Kind.STEADY,) * 3


@pytest.mark.parametrize(
    ("scenario", "family"),
    [("mean", "features"), ("group", "new group"), ("metric", "metrics"), ("events", "events")],
)
def test_a_change_is_watched_and_acted_upon_if_it_stays(scenario: str, family: str) -> None:
    found = list(builds(PlainShop(10_000, 0.9, 0.05, [13]), 7, scenario, 6))
    assert [drift.verdict for _, drift, _, _ in found] == ["ok"] * 5 + ["watch", "act"]
    assert all(family in drift.alarms for _, drift, _, _ in found[5:])
