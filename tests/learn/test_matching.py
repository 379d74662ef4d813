from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from segkit.learn.matching import adjusted_mutual_information, crosstab, match_groups


def test_the_largest_share_gives_way_where_together_more_is_shared() -> None:
    """0 shares most with 0 (5), but then 1 has nothing left: 4 + 4 is more than 5 + 0."""
    groups = np.repeat([0, 0, 1], [5, 4, 4])
    others = np.repeat([0, 1, 0], [5, 4, 4])
    assert match_groups(groups, others, np.ones(13), 2).tolist() == [1, 0]


def test_a_group_without_rows_gets_the_one_that_is_left() -> None:
    groups, others = np.array([2, 2, 0]), np.array([0, 0, 2])
    assert match_groups(groups, others, np.ones(3), 3).tolist() == [2, 1, 0]


@pytest.mark.parametrize("seed", range(10))
def test_no_other_pairing_shares_more_weight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups, others = rng.integers(0, 4, (2, 30))
    weight = rng.integers(0, 5, 30).astype(float)

    def shared(pairs: tuple[int, ...]) -> float:
        return float(weight[np.array(pairs)[groups] == others].sum())

    found = match_groups(groups, others, weight, 4)
    assert sorted(found) == [0, 1, 2, 3]
    assert shared(tuple(found)) == max(shared(pairs) for pairs in permutations(range(4)))


@pytest.mark.parametrize("seed", range(12))
def test_mutual_information_is_that_of_scikit_learn(seed: int) -> None:
    """Unequal groups, more of them on one side, and partly the same ones."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 3000))
    one = np.minimum(rng.geometric(0.4, n), 6) - 1
    other = np.where(rng.random(n) < seed / 12, one, rng.integers(0, 9, n))
    counts = crosstab(one, other, np.ones(n))
    expected = adjusted_mutual_info_score(one, other)
    assert adjusted_mutual_information(counts) == pytest.approx(expected, abs=1e-9)
    assert adjusted_mutual_information(counts.T) == pytest.approx(expected, abs=1e-9)


def test_mutual_information_of_many_customers() -> None:
    """As many as nobody writes down: a chance table says nothing, and the same groups all."""
    table = np.outer([1_000_000, 2_000_000, 500], [3, 5, 2]) * 1000
    assert abs(adjusted_mutual_information(table)) < 1e-6
    assert adjusted_mutual_information(np.diag([10**9, 10**6, 7])) == pytest.approx(1)
    assert adjusted_mutual_information(np.array([[5]])) == 1.0
