from __future__ import annotations

import numpy as np
import pytest

from segkit.experiments.power import customers, detectable, detectable_difference, factor
from tests.experiments.draws import others

HALVES = (0.5, 0.5)


def test_customers_are_those_of_statsmodels() -> None:
    power = others("statsmodels.stats.power")
    theirs = power.NormalIndPower().solve_power(0.1, alpha=0.05, power=0.8)
    assert customers(0.1, 1.0, 1.0, HALVES) / 2 == pytest.approx(theirs, rel=1e-3)


def test_a_conversion() -> None:
    """5 %, and 10 % more: 31,231 an arm."""
    p, q = 0.05, 0.055
    n = customers(q - p, np.sqrt(p * (1 - p)), np.sqrt(q * (1 - q)), HALVES) / 2
    assert n == pytest.approx(31_231, abs=5)


def test_what_is_seen_of_so_many_is_what_so_many_are_needed_for() -> None:
    assert detectable(2.0, customers(0.3, 2.0, 2.0, (10, 90)), (10, 90)) == pytest.approx(0.3)
    assert factor() == pytest.approx(2.8016, abs=1e-4)


def test_a_difference_of_two_halves_needs_four_times_as_many() -> None:
    whole = detectable(1.0, 1000, HALVES)
    half = detectable(1.0, 500, HALVES)
    pair = detectable_difference([half, half])[0, 1]
    assert (pair / whole) ** 2 == pytest.approx(4)
