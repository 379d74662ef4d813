from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.learn.clusters.by_columns import idle_spikes, is_by_columns, is_filled_in
from segkit.learn.clusters.sweep import fit_clusters
from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import Rows


def amounts(rng: np.random.Generator, has: np.ndarray, mean: float | Floats = 5.0) -> Floats:
    return np.where(has, rng.normal(mean, 0.8, len(has)), 0.0)


def by_columns(X: Floats, k: int, weight: Floats | None = None) -> bool:
    rows = Rows.of_array(X)
    if weight is not None:
        rows = replace(rows, weight=weight)
    return is_by_columns(rows, fit_clusters(X, k=k, sample_weight=weight).centers)


def test_zeros_that_have_nothing_to_do_with_one_another() -> None:
    rng = np.random.default_rng(1)
    assert by_columns(np.column_stack([amounts(rng, rng.random(900) < 0.5) for _ in range(2)]), 4)


def test_who_never_bought_is_one_value_and_two_kinds_of_buyers_are_groups() -> None:
    rng = np.random.default_rng(2)
    has, much = rng.random(900) < 0.5, np.where(rng.random(900) < 0.5, 8.0, 0.0)
    assert by_columns(np.column_stack([amounts(rng, has) for _ in range(3)]), 2)
    kinds = np.column_stack([amounts(rng, has, 5.0 + much) for _ in range(3)])
    assert not by_columns(kinds, 3)


@pytest.mark.parametrize(("alike", "is_by"), [(1.0, False), (0.8, True)])
def test_who_uses_one_service_another_or_both_are_groups_if_their_columns_go_together(
    alike: float, is_by: bool
) -> None:
    """Each shows in three columns; where a fifth of these go their own way, columns do it."""
    rng = np.random.default_rng(9)
    use = np.repeat(rng.random((1_200, 2)) < 0.5, 3, axis=1)
    own = rng.random((1_200, 6)) < 0.5
    has = np.where(rng.random((1_200, 6)) < alike, use, own)
    assert by_columns(np.column_stack([amounts(rng, column) for column in has.T]), 4) == is_by


def test_a_value_that_nearly_all_share_makes_no_clusters() -> None:
    """Hardly anybody has returns: the zeros there are not what the three groups have alone."""
    rng = np.random.default_rng(5)
    groups = rng.normal(size=(900, 2)) + np.eye(2)[rng.integers(0, 2, 900)] * 8
    X = np.column_stack([groups, 0.1 * amounts(rng, rng.random(900) < 0.1)])
    assert not by_columns(X, 2)


def test_a_median_that_was_filled_in_is_no_group_and_zeros_may_be() -> None:
    rng = np.random.default_rng(6)
    X = np.column_stack([rng.normal(size=900), rng.choice([0.0, 30.0], 900) + rng.normal(size=900)])
    for value, is_filled in ((15.0, True), (-10.0, False)):
        X[:60, 1] = value
        centers = fit_clusters(X, k=3).centers
        assert is_filled_in(Rows.of_array(X), centers) == is_filled
    assert not is_filled_in(Rows.of_array(X), fit_clusters(X, k=2).centers)


def test_two_values_that_are_not_shared_are_no_such_columns() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(900, 2)) * 0.5 + rng.choice([0.0, 6.0], (900, 2))
    assert not by_columns(X, 4)
    scores = rng.integers(1, 6, (900, 2)).astype(float)
    assert not by_columns(scores, 4)


def test_weights_say_how_many_share_a_value() -> None:
    rng = np.random.default_rng(4)
    X = np.column_stack([amounts(rng, rng.random(900) < 0.95), rng.normal(size=900)])
    assert not by_columns(X, 2)
    assert by_columns(X, 2, np.where(X[:, 0] == 0, 20.0, 1.0))


def test_a_value_that_many_share_and_that_says_nothing_of_other_columns() -> None:
    rng = np.random.default_rng(7)
    group = rng.integers(0, 2, 900)
    numbers = rng.normal(size=(900, 2)) + 6 * group[:, None]
    alone, with_them = amounts(rng, rng.random(900) < 0.5), amounts(rng, group > 0)
    assert idle_spikes(Rows.of_array(np.column_stack([numbers, alone]))) == {2}
    assert not idle_spikes(Rows.of_array(np.column_stack([numbers, with_them])))
    # where there is nothing else, those are the columns that gaps are looked for along
    other = amounts(rng, rng.random(900) < 0.5)
    assert not idle_spikes(Rows.of_array(np.column_stack([alone, other])))
    assert not idle_spikes(Rows.of_array(alone[:, None]))


@pytest.mark.parametrize(("correlation", "is_idle"), [(0.095, True), (0.105, False)])
def test_from_a_correlation_of_a_tenth_on_a_value_says_something(
    correlation: float, is_idle: bool
) -> None:
    rng = np.random.default_rng(8)
    spike = amounts(rng, rng.random(900) < 0.5)
    has_it = (spike == 0) - (spike == 0).mean()
    rest = rng.normal(size=900)
    rest -= rest.mean() + has_it * (rest @ has_it) / (has_it @ has_it)
    other = correlation * has_it / has_it.std() + (1 - correlation**2) ** 0.5 * rest / rest.std()
    assert bool(idle_spikes(Rows.of_array(np.column_stack([other, spike])))) == is_idle
