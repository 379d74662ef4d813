"""Agreement of two groupings, against scikit-learn and against counting customer by customer."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from segkit.learn.matching import adjusted_rand
from segkit.monitor.agreement import counterparts, guess_columns

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=80)


def crosstab(rows: list[tuple[int, int]]) -> np.ndarray:
    counts = np.zeros((5, 4), dtype=np.int64)
    for one, other in rows:
        counts[one, other] += 1
    counts = counts[counts.sum(axis=1) > 0]
    return counts[:, counts.sum(axis=0) > 0]


@given(pairs)
def test_the_adjusted_rand_index_is_that_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    one, other = zip(*rows, strict=True)
    assert adjusted_rand(crosstab(rows)) == pytest.approx(adjusted_rand_score(one, other))


def test_the_pairs_of_many_customers_do_not_overflow() -> None:
    counts = np.array([[4_000_000_000, 0], [0, 3_000_000_000]])
    assert adjusted_rand(counts) == 1.0
    assert adjusted_rand(np.full((2, 2), 2_000_000_000)) == pytest.approx(0.0, abs=1e-8)


@given(pairs)
def test_a_guess_is_right_as_often_as_guessing_finds(rows: list[tuple[int, int]]) -> None:
    best = {
        one: Counter(other for mine, other in rows if mine == one).most_common(1)[0][0]
        for one, _ in rows
    }
    right = sum(best[one] == other for one, other in rows) / len(rows)
    commonest = Counter(other for _, other in rows).most_common(1)[0][1] / len(rows)
    guess = guess_columns(crosstab(rows))
    assert guess.knowing == pytest.approx(right)
    assert guess.without == pytest.approx(commonest)
    assert guess.without <= guess.knowing + 1e-12


def test_the_closest_counterpart_holds_most_customers() -> None:
    found = counterparts(np.array([[6, 2, 2], [0, 5, 5], [0, 0, 8]]))
    assert [each.place for each in found] == [0, 1, 2]  # of two alike the first
    assert [each.share for each in found] == [0.6, 0.5, 1.0]
    assert [each.of_other for each in found] == [1.0, 5 / 7, 8 / 15]
