"""From relations to the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from segkit.core.drift_result import Check, Drift, DriftSettings, EarlierBuild
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.monitor.drift.assess import assess
from tests.monitor.drift.test_paired_sums import FEATURES, METRICS, NOW, RELATIONS, THEN, load, rows

BETWEEN = date(2026, 1, 16)


def assessed(shift: float, threads: int = 1, earlier: tuple[EarlierBuild, ...] = ()) -> Drift:
    base, now = rows(1, 900, 0), rows(2, 1000, 100)
    now.values["spend"][:] += shift  # type: ignore[index]
    with DuckDBEngine() as engine:
        engine.execute(f"SET threads = {threads}")
        load(engine, base, now)
        return assess(
            engine,
            RELATIONS,
            FEATURES,
            METRICS,
            as_of=NOW,
            base_as_of=THEN,
            earlier=earlier,
            settings=DriftSettings(),
        )


def test_a_shift_is_a_watch_with_its_sentence() -> None:
    drift = assessed(0.5)
    assert (drift.verdict, drift.alarms) == ("watch", ("features",))
    group = drift.explanation[0]
    assert group.conditions[0].column == "spend"
    assert not group.conditions[0].is_below
    assert group.share_now > group.share_before


def test_the_same_figures_for_any_number_of_threads() -> None:
    assert assessed(0.5, 1) == assessed(0.5, 4)


def test_without_a_shift_it_is_ok_and_needs_no_sentence() -> None:
    drift = assessed(0.0)
    assert (drift.verdict, drift.explanation) == ("ok", ())
    assert {c.subject for c in drift.checks if c.check_name == "psi"} == {v.name for v in FEATURES}


def test_ranges_are_looked_for_once() -> None:
    first = assessed(0.5)
    kept = [check for check in first.checks if check.check_name == "range"]
    assert {c.subject for c in kept} == {v.name for v in (*FEATURES, *METRICS) if not v.is_category}
    again = assessed(0.5, earlier=(EarlierBuild(THEN, (), kept),))
    assert "range" not in {check.check_name for check in again.checks}
    assert figures(again) == figures(first)
    # what is further off than a range counts as its end: so it is this one that is reckoned with
    narrow = [replace(check, low=0.0, high=0.1) for check in kept]
    assert figures(assessed(0.5, earlier=(EarlierBuild(THEN, (), narrow),))) != figures(first)


def figures(drift: Drift) -> list[Check]:
    return [check for check in drift.checks if check.check_name == "features"]


def test_customers_of_the_fit_are_counted_by_bin_once() -> None:
    first = assessed(0.5)
    kept = [check for check in first.checks if check.check_name in ("range", "bin")]
    again = assessed(0.5, earlier=(EarlierBuild(BETWEEN, (), kept),))
    assert not [check for check in again.checks if check.check_name == "bin"]
    assert told(again) == told(first)
    doubled = [replace(c, estimate=2 * (c.estimate or 0.0)) for c in kept if c.segment_id == "0"]
    other = [check for check in kept if check.segment_id != "0"]
    # kept with customers who were looked at before: they are counted anew
    assert told(assessed(0.5, earlier=(EarlierBuild(THEN, (), other + doubled),))) == told(first)
    assert told(assessed(0.5, earlier=(EarlierBuild(BETWEEN, (), other + doubled),))) != told(first)


def test_sums_of_the_customers_of_the_fit_are_found_once() -> None:
    first = assessed(0.5)
    kept = [c for c in first.checks if c.check_name == "range" or c.check_name.startswith("then: ")]
    again = assessed(0.5, earlier=(EarlierBuild(BETWEEN, (), kept),))
    assert not [check for check in again.checks if check.check_name.startswith("then: ")]
    pairs = list(zip(figures(again), figures(first), strict=True))
    assert len(pairs) > 4
    for found, expected in pairs:
        assert found.estimate == pytest.approx(expected.estimate, abs=1e-9)
        assert found.low == pytest.approx(expected.low, abs=1e-9)
    halves = [
        replace(c, estimate=(c.estimate or 0.0) / 2) if c.check_name == "then: sum" else c
        for c in kept
    ]
    other = assessed(0.5, earlier=(EarlierBuild(BETWEEN, (), halves),))
    assert figures(other)[0].estimate != pytest.approx(figures(first)[0].estimate, rel=0.01)


def told(drift: Drift) -> list[Check]:
    return [check for check in drift.checks if check.check_name == "psi"]
