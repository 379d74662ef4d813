"""PSI and Jensen-Shannon, beside their noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.monitor.drift.distributions import jensen_shannon, psi, psi_by_chance, told_distances
from tests.monitor.drift.made import evidence, snapshot

SAME = np.array([10.0, 20.0, 0.0, 70.0])


def test_equal_data_are_at_no_distance() -> None:
    assert psi(SAME, SAME) == 0
    assert jensen_shannon(SAME, 3 * SAME) == pytest.approx(0, abs=1e-15)


def test_an_empty_bin_is_finite() -> None:
    other = np.array([10.0, 0.0, 0.0, 90.0])
    assert 0 < psi(SAME, other) < 10
    assert 0 < jensen_shannon(SAME, np.array([0.0, 0, 1, 0])) <= np.log(2)


def test_a_change_in_missing_values_alone_is_seen() -> None:
    before, now = np.array([500.0, 500.0, 10.0]), np.array([450.0, 450.0, 110.0])
    assert psi(before, now) > 3 * psi_by_chance(before, now)[1]


def test_the_noise_is_that_of_unchanged_customers() -> None:
    draw = np.random.default_rng(2)
    shares = np.full(10, 0.1)
    found = [
        psi(*(draw.multinomial(n, shares).astype(float) for n in (1000, 500))) for _ in range(800)
    ]
    mean, high = psi_by_chance(1000 * shares, 500 * shares)
    assert mean == pytest.approx((1 / 1000 + 1 / 500) * 9)
    assert np.mean(found) == pytest.approx(mean, rel=0.1)
    assert np.mean(np.array(found) > high) == pytest.approx(0.05, abs=0.025)


def test_they_are_rows_for_information() -> None:
    made = evidence(snapshot([1, 2], [0, 0]), snapshot([1, 2], [0, 0]))
    nobody = np.zeros(4)
    made = replace(made, histograms={"x": (SAME, 2 * SAME), "z": (SAME, nobody)})
    rows = told_distances(made)
    assert [(r.check_name, r.subject, r.level) for r in rows] == [
        ("psi", "x", "info"),
        ("js", "x", "info"),
    ]
    assert rows[0].high == pytest.approx(0.015 * 5.991, rel=1e-3)
