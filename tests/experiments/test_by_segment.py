from __future__ import annotations

import numpy as np
import pytest

from segkit.experiments.by_segment import (
    benjamini_hochberg,
    deviation,
    heterogeneity,
    holm,
    shrink,
)
from tests.experiments.draws import others

EFFECT, SE = np.array([0.2, 0.9, -0.3, 0.5]), np.array([0.2, 0.3, 0.25, 0.4])


def test_q_and_tau_are_those_of_statsmodels() -> None:
    meta = others("statsmodels.stats.meta_analysis")
    theirs = meta.combine_effects(EFFECT, SE**2, method_re="dl")
    found = heterogeneity(EFFECT, SE)
    assert found.q == pytest.approx(theirs.q, rel=1e-6)
    assert found.tau**2 == pytest.approx(theirs.tau2, rel=1e-6)
    assert found.i2 == pytest.approx(theirs.i2, rel=1e-6)
    assert found.p == pytest.approx(theirs.test_homogeneity().pvalue, rel=1e-6)


@pytest.mark.parametrize(("ours", "method"), [(benjamini_hochberg, "fdr_bh"), (holm, "holm")])
def test_adjusted_p_are_those_of_statsmodels(ours, method: str) -> None:  # type: ignore[no-untyped-def]
    multi = others("statsmodels.stats.multitest")
    p = np.array([0.01, 0.2, 0.03, 0.04, 0.9, 0.01])
    assert ours(p) == pytest.approx(multi.multipletests(p, method=method)[1], rel=1e-6)
    assert ours(np.array([p, p[::-1]]))[1] == pytest.approx(ours(p)[::-1])


def test_effects_that_do_not_differ_are_one() -> None:
    found = heterogeneity(np.array([0.5, 0.51, 0.49]), np.array([0.2, 0.2, 0.2]))
    assert found.tau == 0
    assert found.shrunk == pytest.approx([0.5, 0.5, 0.5])
    assert found.shrunk_se == pytest.approx([0.2 / np.sqrt(3)] * 3)


def test_the_winner_is_drawn_to_the_mean_and_the_least_sure_most() -> None:
    found = heterogeneity(EFFECT, SE)
    centre = (EFFECT / (SE**2 + found.tau**2)).sum() / (1 / (SE**2 + found.tau**2)).sum()
    kept = (found.shrunk - centre) / (EFFECT - centre)
    assert np.argsort(kept).tolist() == [3, 1, 2, 0]
    assert kept == pytest.approx(found.tau**2 / (found.tau**2 + SE**2))


def test_a_segment_without_an_effect_says_nothing() -> None:
    some = heterogeneity(np.array([*EFFECT, np.nan]), np.array([*SE, 0.0]))
    assert some.q == pytest.approx(heterogeneity(EFFECT, SE).q)
    assert np.isnan(some.shrunk[-1])
    alone = heterogeneity(np.array([0.4]), np.array([0.1]))
    assert (alone.q, alone.p, alone.tau) == pytest.approx((0, 1, 0), abs=1e-6)


def test_large_spenders_are_not_drawn_to_small_ones() -> None:
    """In deviations of the segment: as they are, four sure small effects would hide the large."""
    effect = np.array([9.0, 10.0, 12.0, 15.0, -180.0])
    scale = np.array([60.0, 45.0, 30.0, 42.0, 480.0])
    se = scale * 0.09
    assert heterogeneity(effect, se).shrunk[-1] > -60
    assert shrink(effect, se, scale)[0][-1] < -120


def test_the_deviation_of_a_customer() -> None:
    n, var = np.array([[100.0, 50.0]]), np.array([[0.04, 0.08]])
    assert deviation(n, var).tolist() == [[2.0]]
