"""Mismatched ratios: chi-square, and alpha spent over days. Rates: benchmarks/experiments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from segkit.experiments.balance import (
    ALPHA,
    daily_mismatch,
    missing_mismatch,
    ratio_mismatch,
    spent,
)


def test_it_is_the_chi_square_of_scipy() -> None:
    counts = np.array([510.0, 480.0, 1010.0])
    theirs = stats.chisquare(counts, np.array([0.25, 0.25, 0.5]) * 2000).pvalue
    assert ratio_mismatch(counts, np.array([25.0, 25.0, 50.0])) == pytest.approx(theirs, rel=1e-6)
    assert ratio_mismatch(np.zeros(2), np.array([1.0, 1.0])) == 1


def test_little_is_spent_early_and_all_at_the_end() -> None:
    assert ALPHA == 0.001
    assert spent(np.array([0.0, 1.0, 2.0])) == pytest.approx([0.0, ALPHA, ALPHA])
    assert spent(0.5) < ALPHA / 300


def test_every_look_has_its_part_of_alpha() -> None:
    """With one look there is one test; a mismatch of an early day is not forgotten."""
    counts = np.array([[[5100.0, 4900.0]]])
    at_once = daily_mismatch(counts, np.array([1.0, 1.0]), 10_000)
    assert at_once[0] == pytest.approx(ratio_mismatch(counts[0, 0], np.array([1.0, 1.0])))
    two = np.array([[2600.0, 2400.0], [5090.0, 4910.0]])
    parts = np.diff(spent(np.array([0.0, 0.5, 1.0])))
    each = ratio_mismatch(two, np.array([1.0, 1.0])) * ALPHA / parts
    assert daily_mismatch(two, np.array([1.0, 1.0]), 10_000) == pytest.approx(min(*each, 1.0))
    assert each.min() < 1
    days = np.array([[4000.0, 3000.0], [5000.0, 5000.0]])
    assert daily_mismatch(days, np.array([1.0, 1.0]), 10_000) < ALPHA
    assert ratio_mismatch(days[-1], np.array([1.0, 1.0])) == 1


def test_half_and_half_is_found_over_thirty_days() -> None:
    draw = np.random.default_rng(1)
    daily = draw.binomial(3333, 0.52, (200, 30)).cumsum(axis=1)
    total = 3333 * np.arange(1, 31)
    counts = np.stack([daily, total - daily], axis=-1).astype(float)
    assert (daily_mismatch(counts, np.array([1.0, 1.0]), 100_000) < ALPHA).mean() > 0.99
    fair = draw.binomial(3333, 0.5, (200, 30)).cumsum(axis=1)
    counts = np.stack([fair, total - fair], axis=-1).astype(float)
    assert (daily_mismatch(counts, np.array([1.0, 1.0]), 100_000) < ALPHA).mean() < 0.02


def test_missing_values_are_those_of_scipys_table() -> None:
    missing, n = np.array([30.0, 60.0]), np.array([1000.0, 1000.0])
    table = np.array([missing, n - missing])
    theirs = stats.chi2_contingency(table, correction=False).pvalue
    assert missing_mismatch(missing, n) == pytest.approx(theirs, rel=1e-6)
    assert missing_mismatch(np.zeros(2), n) == 1
