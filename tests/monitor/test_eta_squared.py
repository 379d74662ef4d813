"""The share of a variance, against definitions worked out in full and against scipy."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from segkit.monitor.eta_squared import (
    PARTS,
    GroupSums,
    estimate_difference,
    estimate_share,
    explained_share,
    random_share,
)


def sums_of(values: np.ndarray, groups: np.ndarray, parts: np.ndarray | None = None) -> GroupSums:
    """Sums by part and group; a part a customer without ``parts``."""
    parts = np.arange(len(values)) % PARTS if parts is None else parts
    tables = [np.zeros((PARTS, int(groups.max()) + 1)) for _ in range(3)]
    centred = values - values.mean()
    for table, weight in zip(tables, (np.ones(len(values)), centred, centred**2), strict=True):
        np.add.at(table, (parts, groups), weight)
    return GroupSums(*tables)


def by_definition(values: np.ndarray, groups: np.ndarray) -> float:
    means = np.array([values[groups == group].mean() for group in groups])
    whole = float(((values - values.mean()) ** 2).sum())
    return float(((means - values.mean()) ** 2).sum()) / whole if whole else 0.0


customers = st.lists(
    st.tuples(st.integers(-1000, 1000), st.integers(0, 4)), min_size=6, max_size=60
)


@given(customers)
def test_the_share_is_between_over_total(rows: list[tuple[int, int]]) -> None:
    values = np.array([value for value, _ in rows], dtype=float)
    groups = np.array([group for _, group in rows])
    sums = sums_of(values, groups)
    share = explained_share(*(part.sum(axis=0) for part in (sums.n, sums.total, sums.squares)))
    assert float(share) == pytest.approx(by_definition(values, groups), abs=1e-9)
    assert sums.known == len(rows)
    assert sums.groups == len(set(groups.tolist()))


def test_the_share_goes_with_the_f_test_of_scipy() -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 4, 300)
    values = rng.normal(size=300) + 0.3 * groups
    share = estimate_share(sums_of(values, groups)).value
    f = stats.f_oneway(*(values[groups == group] for group in range(4))).statistic
    assert f == pytest.approx((share / 3) / ((1 - share) / (300 - 4)))


def test_the_interval_is_the_jackknife_over_parts() -> None:
    rng = np.random.default_rng(2)
    groups, parts = rng.integers(0, 3, 400), rng.integers(0, 20, 400)
    values = rng.normal(size=400) + groups
    left_out = np.array(
        [by_definition(values[parts != part], groups[parts != part]) for part in range(20)]
    )
    error = np.sqrt(19 / 20 * ((left_out - left_out.mean()) ** 2).sum())
    reach = stats.t.ppf(0.975, 19) * error
    found = estimate_share(sums_of(values, groups, parts))
    assert (found.high - found.low) / 2 == pytest.approx(reach, rel=1e-6)
    assert found.low < by_definition(values, groups) < found.high


def test_a_grouping_is_not_ahead_of_itself_and_a_rival_that_sees_all_is_ahead() -> None:
    rng = np.random.default_rng(3)
    groups = rng.integers(0, 3, 500)
    values = groups + 0.1 * rng.normal(size=500)
    known, dealt = sums_of(values, groups), sums_of(values, rng.integers(0, 3, 500))
    same = estimate_difference(known, known)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    ahead, behind = estimate_difference(known, dealt), estimate_difference(dealt, known)
    assert 0.9 < ahead.low < ahead.value
    assert (behind.value, behind.low, behind.high) == (-ahead.value, -ahead.high, -ahead.low)


def test_what_random_groups_explain_is_exact_on_average() -> None:
    values = np.array([0.0, 1.0, 1.0, 4.0, 90.0, 2.0])  # whatever the tails
    groups = np.array([0, 0, 0, 1, 1, 2])
    shares = [by_definition(values, np.array(deal)) for deal in permutations(groups)]
    assert random_share(3, 6)[0] == pytest.approx(np.mean(shares), rel=1e-8)


@pytest.mark.slow
def test_what_random_groups_exceed_in_five_percent_is_the_f_test_turned_round() -> None:
    f = stats.f.ppf(0.95, 5, 994)
    assert random_share(6, 1000)[1] == pytest.approx(5 * f / (5 * f + 994), rel=1e-6)
    rng = np.random.default_rng(4)
    values, groups = rng.normal(size=200), rng.integers(0, 5, 200)
    dealt = [by_definition(values, rng.permutation(groups)) for _ in range(1000)]
    assert 0.03 < np.mean(np.array(dealt) > random_share(5, 200)[1]) < 0.07


@pytest.mark.parametrize(("groups", "known"), [(1, 100), (5, 5), (6, 3), (1, 0)])
def test_nothing_is_random_where_nothing_can_be_told(groups: int, known: int) -> None:
    assert random_share(groups, known) == (0.0, 0.0)


def test_one_part_alone_says_nothing_of_the_error() -> None:
    sums = sums_of(np.array([1.0, 2.0, 5.0]), np.array([0, 1, 1]), np.zeros(3, dtype=int))
    assert (estimate_share(sums).low, estimate_share(sums).high) == (0.0, 1.0)


def test_values_that_are_all_alike_have_no_share() -> None:
    estimate = estimate_share(sums_of(np.full(50, 7.0), np.arange(50) % 3))
    assert (estimate.value, estimate.low, estimate.high) == (0.0, 0.0, 0.0)
