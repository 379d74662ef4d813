"""From counts and moments to what may be said; whole ones: tests/pipeline/steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest

from segkit.core.experiment_result import ArmFigures, Readout
from segkit.experiments.arm_moments import Floats
from segkit.experiments.cells import Cells, Value
from segkit.experiments.readout import (
    last_day,
    make_readout,
    ratio_checks,
    verdict,
)
from segkit.project.nodes import Experiment, Period
from tests.experiments.draws import moments_of
from tests.project.nodes.test_experiments import PRICE, REVENUE

FIXED = replace(PRICE, end=date(2026, 2, 2))
DONE, EARLY = datetime(2026, 3, 2), datetime(2026, 3, 1)
DAY = date(2026, 2, 1)


def cells_of(node: Experiment, effects: list[list[float]], n: int = 400, seed: int = 1) -> Cells:
    draw = np.random.default_rng(seed)
    arms = [[draw.normal(10 + e, 2, (n, 1)) for e in segment] for segment in effects]
    folds = [moments_of([[arm[f::5] for arm in segment] for segment in arms]) for f in range(5)]

    def stacked(name: str) -> Floats:
        return np.stack([getattr(each, name) for each in folds])

    names = tuple("ABCDEFGH"[: len(effects)])
    whole = moments_of(arms)
    many = replace(folds[0], n=stacked("n"), mean=stacked("mean"), cov=stacked("cov"))
    count = np.full(len(node.arms), float(n * len(effects)))
    strata = tuple((name, 1, True) for name in names)
    return Cells(Value(node.primary, 0), strata, names, whole, many, count, 0 * count)


def read(node: Experiment, effects: list[list[float]], as_of: datetime = DONE) -> Readout:
    cells = cells_of(node, effects)
    n = int(cells.complete[0] / len(effects))
    daily = [(DAY, s, 1, arm, n) for s in cells.segments for arm in node.arms]
    return make_readout(node, as_of, daily, [cells])


def test_it_ends_when_everybodys_time_is_over_or_so_many_are_there() -> None:
    assert last_day(FIXED) == DONE.date()
    assert read(FIXED, [[0, 0]], EARLY).status == "interim"
    assert read(FIXED, [[0, 0]]).status == "final"
    assert read(replace(FIXED, planned_n=800), [[0, 0]], EARLY).status == "final"
    assert read(replace(FIXED, planned_n=801), [[0, 0]], EARLY).status == "interim"
    sequence = replace(FIXED, planned_n=4000, analysis="sequential")
    assert read(sequence, [[0, 0]], EARLY).status == "running"  # type: ignore[arg-type]
    assert make_readout(FIXED, DONE, [], []).status == "empty"


def test_interim_tells_no_p_and_no_interval() -> None:
    found = read(FIXED, [[0, 3], [0, 3]], EARLY)
    for group in found.metrics[0].groups:
        arm = group.arms[1]
        assert arm.effect == pytest.approx(3, abs=0.5)
        assert (arm.low, arm.p, arm.q, arm.shrunk, arm.lift_low) == (None,) * 5
    assert found.metrics[0].differs == ()
    assert found.policy is None


def test_three_arms_are_adjusted_for_each_other() -> None:
    arms = {"control": 34.0, "a": 33.0, "b": 33.0}
    node = replace(FIXED, arms=arms, ramp=(Period(DAY, 100.0, dict.fromkeys(arms, 100 / 3)),))
    found = read(node, [[0, 0.3, 0.0]])
    _, a, b = found.metrics[0].overall.arms
    assert a.p is not None and b.p is not None and a.q is not None
    assert a.q == pytest.approx(min(1.0, 2 * a.p) if a.p < b.p else max(a.p, 2 * b.p))


def test_a_policy_by_segment_and_one_for_all() -> None:
    crossed = read(FIXED, [[0, 1], [0, -1]]).policy
    assert crossed is not None
    assert (crossed.by_segment, crossed.arms) == (True, {"A": "offer", "B": "control"})
    alike = read(FIXED, [[0, 1], [0, 1]]).policy
    assert alike is not None
    assert (alike.by_segment, alike.best, alike.for_all) == (False, "offer", "offer")
    nothing = read(FIXED, [[0, 0.0], [0, 0.0]]).policy
    assert nothing is not None and nothing.for_all == "control"


def test_lower_may_be_better() -> None:
    node = replace(FIXED, primary=replace(REVENUE, worse="higher"))  # type: ignore[arg-type]
    found = read(node, [[0, 1], [0, -1]]).policy
    assert found is not None
    assert found.arms == {"A": "control", "B": "offer"}
    assert found.low > 0


def test_ratios_are_held_against_their_shares_by_segment_and_period() -> None:
    later = Period(date(2026, 2, 8), 100.0, {"control": 20.0, "offer": 80.0})
    node = replace(FIXED, ramp=(Period(DAY, 10.0, dict(FIXED.arms)), later))
    rows = [(DAY, s, 1, arm, 100) for s in "AB" for arm in node.arms]
    rows += [
        (later.start, s, 2, arm, n) for s in "AB" for arm, n in (("control", 200), ("offer", 800))
    ]
    checks = [*ratio_checks(node, rows)]
    assert [(c.kind, c.subject) for c in checks] == [
        ("all", ""),
        *(("segment", s) for s in "AB"),
        *(("period", p) for p in "12"),
    ]
    assert all(check.p == pytest.approx(1) for check in checks)
    assert [check.level for check in checks] == [0.001, 0.0005, 0.0005, 0.0005, 0.0005]
    wrong = [(DAY, "A", 1, "control", 1200), (DAY, "A", 1, "offer", 1000)]
    assert not next(ratio_checks(FIXED, wrong)).ok


def test_missing_values_by_arm_hide_the_rest() -> None:
    cells = cells_of(FIXED, [[0, 0]])
    lost = replace(cells, missing=np.array([10.0, 80.0]))
    daily = [(DAY, "A", 1, arm, 400) for arm in FIXED.arms]
    found = make_readout(FIXED, DONE, daily, [lost])
    assert (found.status, found.metrics) == ("mismatch", ())
    assert [c.subject for c in found.balance if not c.ok] == ["revenue"]


@pytest.mark.parametrize(
    ("low", "high", "worse", "expected"),
    [
        (-0.01, 0.02, "higher", "held"),
        (-0.01, 0.021, "higher", "open"),
        (0.021, 0.05, "higher", "broken"),
        (-0.02, 0.5, "lower", "held"),
        (-0.05, -0.021, "lower", "broken"),
        (-0.05, 0.1, "lower", "open"),
        (None, None, "higher", "open"),
    ],
)
def test_a_guardrail(low: float | None, high: float | None, worse: str, expected: str) -> None:
    measure = replace(REVENUE, worse=worse, margin=0.02)  # type: ignore[arg-type]
    assert verdict(measure, ArmFigures("offer", 9, 1.0, lift_low=low, lift_high=high)) == expected
