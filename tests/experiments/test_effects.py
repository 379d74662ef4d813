"""Intervals and p: those of scipy and statsmodels, and those that hold at any time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from segkit.experiments.arm_moments import arm_means
from segkit.experiments.effects import (
    FIELLER_WITHIN,
    effects,
    fieller,
    sequence_factor,
    sequential,
    tuned,
)
from tests.experiments.draws import moments_of, others, two_arms

CONTROL, OTHER = (arm[:, :1] for arm in two_arms())


def test_welch_is_that_of_scipy() -> None:
    found = effects(arm_means(moments_of([[CONTROL, OTHER]])))
    theirs = stats.ttest_ind(OTHER[:, 0], CONTROL[:, 0], equal_var=False)
    interval = theirs.confidence_interval(0.95)
    assert found.p[0, 0] == pytest.approx(theirs.pvalue, rel=1e-6)
    assert found.df[0, 0] == pytest.approx(theirs.df, rel=1e-6)
    assert found.low[0, 0] == pytest.approx(interval.low, rel=1e-6)
    assert found.high[0, 0] == pytest.approx(interval.high, rel=1e-6)


def test_welch_is_that_of_statsmodels() -> None:
    weightstats = others("statsmodels.stats.weightstats")
    found = effects(arm_means(moments_of([[CONTROL, OTHER]])))
    _, p, df = weightstats.ttest_ind(OTHER[:, 0], CONTROL[:, 0], usevar="unequal")
    assert (found.p[0, 0], found.df[0, 0]) == pytest.approx((p, df), rel=1e-6)


def test_half_of_a_metric_missing_is_not_counted_as_customers() -> None:
    """What is counted is what has a value; from SQL: tests/experiments/test_cells.py."""
    half = [arm[::2] for arm in (CONTROL, OTHER)]
    found = effects(arm_means(moments_of([half])))
    right = stats.ttest_ind(half[1][:, 0], half[0][:, 0], equal_var=False).pvalue
    assert found.p[0, 0] == pytest.approx(right, rel=1e-6)


def test_where_half_is_missing_tea_tasting_counts_rows() -> None:
    """So its errors are too small by the root of two: there we are not to be as it is."""
    tt = others("tea_tasting")
    arms = [(name, arm[:, 0]) for name, arm in enumerate((CONTROL, OTHER))]
    rows = [(name, v if i % 2 == 0 else None) for name, arm in arms for i, v in enumerate(arm)]
    metric = tt.Mean("y", use_t=True, equal_var=False)
    frame = pd.DataFrame(rows, columns=["variant", "y"])
    theirs = tt.Experiment(m=metric).analyze(frame)["m"]
    found = effects(arm_means(moments_of([[CONTROL[::2], OTHER[::2]]])))
    assert found.effect[0, 0] == pytest.approx(theirs.effect_size, rel=1e-6)
    t = found.effect[0, 0] / found.se[0, 0]
    assert theirs.statistic / t == pytest.approx(np.sqrt(2), rel=0.01)


def test_nothing_varies() -> None:
    same = moments_of([[np.ones((5, 1)), np.ones((5, 1))]])
    other = moments_of([[np.ones((5, 1)), 2 * np.ones((5, 1))]])
    assert effects(arm_means(same)).p[0, 0] == 1.0
    assert effects(arm_means(other)).p[0, 0] == 0.0


def test_fieller_near_zero_and_open_where_the_control_may_be_none() -> None:
    draw = np.random.default_rng(1)
    control = draw.normal(0, 1, (1000, 1))
    control = (control - control.mean()) / control.std() + 0.12
    assert control.mean() < FIELLER_WITHIN * control.std() / np.sqrt(1000)
    near = [control, draw.normal(0.4, 1, (1000, 1))]
    found = effects(arm_means(moments_of([near])))
    assert (found.lift_low[0, 0], found.lift_high[0, 0]) != (-np.inf, np.inf)
    nothing = [draw.normal(0.0, 1, (100, 1)), draw.normal(0.4, 1, (100, 1))]
    found = effects(arm_means(moments_of([nothing])))
    assert (found.lift_low[0, 0], found.lift_high[0, 0]) == (-np.inf, np.inf)


def test_fieller_by_its_definition() -> None:
    """Its ends are where a - r b is as far from 0 as t errors."""
    a, b, va, vb, t = 3.0, 2.0, 0.04, 0.05, 1.96
    for end in fieller(a, b, va, vb, t):
        assert abs(a - end * b) == pytest.approx(t * np.sqrt(va + end**2 * vb))


def test_fieller_is_used_below_five_errors_only() -> None:
    draw = np.random.default_rng(2)
    for mean, is_log in ((4.5, False), (6.0, True)):
        control = draw.normal(0, 1, (400, 1))
        control = (control - control.mean()) / control.std(ddof=1) + mean / 20
        other = control + 0.1
        found = effects(arm_means(moments_of([[control, other]])))
        low, high = found.lift_low[0, 0] + 1, found.lift_high[0, 0] + 1
        ratio = found.lift[0, 0] + 1
        assert (ratio / low == pytest.approx(high / ratio)) == is_log  # the log is symmetric


def test_the_sequence_is_wider_and_its_p_is_its_interval() -> None:
    means = arm_means(moments_of([[CONTROL, OTHER]]))
    n = len(CONTROL) + len(OTHER)
    fixed, found = effects(means), sequential(means, n)
    factor = float(sequence_factor(n, tuned(n / 2)))
    assert factor == pytest.approx(3.06, abs=0.1)
    assert found.high[0, 0] - found.low[0, 0] == pytest.approx(2 * factor * fixed.se[0, 0])
    at = sequential(means, n, alpha=float(found.p[0, 0]))
    rho2 = tuned(n / 2)  # p is of the sequence that was planned
    factor_at_p = float(sequence_factor(n, rho2, float(found.p[0, 0])))
    assert abs(found.effect[0, 0]) == pytest.approx(factor_at_p * fixed.se[0, 0], rel=1e-6)
    assert at.se == pytest.approx(found.se)


def test_a_segment_is_planned_for_its_share() -> None:
    draw = np.random.default_rng(8)
    small = [draw.normal(0, 1, (50, 1)) for _ in range(2)]
    large = [draw.normal(0, 1, (450, 1)) for _ in range(2)]
    found = sequential(arm_means(moments_of([small, large])), 1000)
    factor = (found.high - found.low) / 2 / found.se
    assert factor[0, 0] == pytest.approx(float(sequence_factor(100, tuned(50))))
    assert factor[0, 0] == pytest.approx(factor[1, 0])
