"""Moments to means: strata, covariates, ratios; held against tea-tasting where it is installed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segkit.experiments.arm_moments import arm_means
from segkit.experiments.effects import effects
from tests.experiments.draws import moments_of, others, two_arms

CONTROL, OTHER = two_arms()


def frame() -> pd.DataFrame:
    rows = np.vstack([CONTROL, OTHER])
    table = pd.DataFrame(rows, columns=["y", "d", "x"])
    table["variant"] = [0] * len(CONTROL) + [1] * len(OTHER)
    return table


def test_covariances_are_those_of_numpy() -> None:
    found = moments_of([[CONTROL, OTHER]])
    assert found.mean[0, 1] == pytest.approx(OTHER.mean(axis=0))
    assert found.cov[0, 0] == pytest.approx(np.cov(CONTROL.T))
    assert found.shifted(np.array([1.0, 2.0, 3.0])).mean[0, 0, 2] == pytest.approx(
        CONTROL[:, 2].mean() + 3
    )


def test_a_stratum_with_too_few_customers_is_left_out() -> None:
    found = moments_of([[CONTROL, OTHER], [CONTROL[:1], OTHER]], segment=[0, 1]).usable()
    assert found.segment.tolist() == [0]
    assert found.n.shape == (1, 2)


@pytest.mark.parametrize("columns", [[0], [0, 2]])
def test_the_mean_and_cuped_are_those_of_tea_tasting(columns: list[int]) -> None:
    tt = others("tea_tasting")
    rows = [[CONTROL[:, columns], OTHER[:, columns]]]
    found = effects(arm_means(moments_of(rows)))
    covariate = "x" if 2 in columns else None
    metric = tt.Mean("y", covariate, use_t=True, equal_var=False)
    theirs = tt.Experiment(m=metric).analyze(frame())["m"]
    assert found.effect[0, 0] == pytest.approx(theirs.effect_size, rel=1e-6)
    assert found.p[0, 0] == pytest.approx(theirs.pvalue, rel=1e-6)
    assert found.low[0, 0] == pytest.approx(theirs.effect_size_ci_lower, rel=1e-6)
    if covariate is None:
        assert found.lift_low[0, 0] == pytest.approx(theirs.rel_effect_size_ci_lower, rel=1e-6)
        assert found.lift_high[0, 0] == pytest.approx(theirs.rel_effect_size_ci_upper, rel=1e-6)


def test_a_ratio_is_that_of_tea_tasting() -> None:
    tt = others("tea_tasting")
    rows = [[CONTROL[:, :2], OTHER[:, :2]]]
    found = effects(arm_means(moments_of(rows, is_ratio=True)))
    metric = tt.RatioOfMeans("y", "d", use_t=True, equal_var=False)
    theirs = tt.Experiment(m=metric).analyze(frame())["m"]
    assert found.effect[0, 0] == pytest.approx(theirs.effect_size, rel=1e-6)
    assert found.p[0, 0] == pytest.approx(theirs.pvalue, rel=1e-6)
    assert found.low[0, 0] == pytest.approx(theirs.effect_size_ci_lower, rel=1e-6)


def test_covariates_take_off_what_they_explain() -> None:
    """With r = .7 half of the variance; the effect stays where it was."""
    draw = np.random.default_rng(3)
    arms = []
    for arm in range(2):
        x = draw.normal(0, 1, 20_000)
        y = 0.7 * x + draw.normal(0, np.sqrt(1 - 0.49), len(x)) + 0.1 * arm
        arms.append(np.column_stack([y, x]))
    moments = moments_of([arms])
    plain, adjusted = arm_means(moments, adjust=False), arm_means(moments)
    assert adjusted.var[0, 0] / plain.var[0, 0] == pytest.approx(0.51, abs=0.02)
    assert effects(adjusted).effect[0, 0] == pytest.approx(0.1, abs=0.03)


def test_who_has_no_covariate_is_a_stratum_and_not_adjusted() -> None:
    some = [arm[:, [0, 2]] for arm in (CONTROL, OTHER)]
    none = [np.column_stack([arm[:50, 0], np.zeros(50)]) for arm in (CONTROL, OTHER)]
    both = arm_means(moments_of([some, none], segment=[0, 0], known=[True, False]))
    first, second = (
        arm_means(moments_of([each], known=[is_known]))
        for each, is_known in ((some, True), (none, False))
    )
    n = np.array([len(CONTROL) + len(OTHER), 100])
    weights = n / n.sum()
    expected = weights[0] * first.mean[0] + weights[1] * second.mean[0]
    assert both.mean[0] == pytest.approx(expected)
    variance = weights[0] ** 2 * first.var[0] + weights[1] ** 2 * second.var[0]
    assert both.var[0] == pytest.approx(variance)
    assert second.mean[0] == pytest.approx([CONTROL[:50, 0].mean(), OTHER[:50, 0].mean()])


def test_a_ramp_does_not_turn_into_an_effect() -> None:
    """Simpson: the second period is richer and has more of the other arm; within both nothing."""
    draw = np.random.default_rng(5)
    early = [draw.normal(10, 1, (900, 1)), draw.normal(10, 1, (100, 1))]
    late = [draw.normal(20, 1, (500, 1)), draw.normal(20, 1, (500, 1))]
    strata = effects(arm_means(moments_of([early, late], segment=[0, 0])))
    together = [np.vstack(pair) for pair in zip(early, late, strict=True)]
    naive = effects(arm_means(moments_of([together])))
    assert naive.low[0, 0] > 3
    assert strata.low[0, 0] < 0 < strata.high[0, 0]


def test_all_segments_together_count_by_their_share() -> None:
    draw = np.random.default_rng(6)
    small = [draw.normal(mean, 1, (100, 1)) for mean in (1.0, 3.0)]
    large = [draw.normal(mean, 1, (300, 1)) for mean in (1.0, 1.0)]
    means = arm_means(moments_of([small, large]))
    parts, total = effects(means), effects(means.overall())
    assert total.effect[0, 0] == pytest.approx(
        0.25 * parts.effect[0, 0] + 0.75 * parts.effect[1, 0]
    )
    assert total.se[0, 0] == pytest.approx(
        np.sqrt(0.25**2 * parts.se[0, 0] ** 2 + 0.75**2 * parts.se[1, 0] ** 2)
    )
