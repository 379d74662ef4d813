from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from segkit.learn.matching import match_groups


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
