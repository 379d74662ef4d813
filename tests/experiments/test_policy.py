"""Which arm for whom; rates over thousands of experiments are in benchmarks/experiments."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.experiments.policy import FOLDS, PolicyValue, choose, policy_value


def drawn(effect: list[list[float]], n: float, seed: int, runs: int = 300) -> PolicyValue:
    """Experiments of which each segment's arms have these means; a customer's variance is 1."""
    means = np.array(effect)
    size = np.full((runs, FOLDS, *means.shape), n / FOLDS)
    mean = np.random.default_rng(seed).normal(means, np.sqrt(1 / size))
    return policy_value(size, mean, 1 / size)


def test_no_difference_is_one_arm_for_all() -> None:
    assert FOLDS == 5
    assert (~drawn([[0.0, 0.0]] * 8, 500, 1).by_segment).mean() >= 0.95
    assert drawn([[0.0, 0.0]] * 8, 500, 1).gain.mean() < 0  # in-sample: above
    same = drawn([[0.0, 0.3]] * 8, 500, 2)
    assert (~same.by_segment).mean() >= 0.95
    assert (same.best == 1).all()


def test_a_crossover_is_found_and_its_value_is_in_the_interval() -> None:
    found = drawn([[0.0, 0.3], [0.0, 0.3], [0.0, -0.3], [0.0, -0.3]], 1000, 3, runs=600)
    assert found.by_segment.mean() > 0.99
    assert (found.arms == [1, 1, 0, 0]).all(axis=1).mean() > 0.99
    worth = 0.5 * 0.3  # over either arm for all
    assert 0.92 <= ((found.low <= worth) & (worth <= found.high)).mean() <= 0.98


def test_three_arms() -> None:
    found = drawn([[0.0, 0.5, 0.0], [0.0, 0.0, 0.5]], 2000, 4, runs=20)
    assert (found.arms == [1, 2]).all()
    assert found.gain.mean() == pytest.approx(0.25, abs=0.03)


def test_who_is_unsure_goes_with_the_others() -> None:
    """Twenty customers seem to say otherwise: what all say together counts for more."""
    n = np.array([[500.0, 500.0], [500.0, 500.0], [10.0, 10.0]])
    mean = np.array([[0.0, 0.5], [0.0, 0.5], [0.0, -0.1]])
    arms, best = choose(n, mean, 1 / n, n.sum(axis=1) / n.sum())
    assert (arms.tolist(), int(best)) == ([1, 1, 1], 1)
