from __future__ import annotations

import numpy as np
import pytest

from segkit.core.naming import Statement
from segkit.learn.names.choose_statements import options_of
from segkit.learn.names.name_counts import truth_of
from tests.learn.names.test_choose_statements import cut, feature, groups
from tests.learn.unweighted import counts_of


def test_two_columns_at_once_are_counted_row_by_row() -> None:
    rng = np.random.default_rng(3)
    codes, X = rng.integers(1, 4, 400), rng.integers(0, 6, (400, 2)).astype(np.float64)
    X[codes == 1] = np.minimum(X[codes == 1], 2)
    X[rng.random(400) < 0.1, 1] = np.nan
    features = [feature("orders", "BIGINT"), feature("spend")]
    counts = counts_of(codes, X, features, [cut(1, "orders", None, "3"), cut(1, "spend", "1", "4")])
    found = options_of(counts, 1)
    assert any(len(option.says) == 2 for option in found)
    for each in found:
        truth, sibling = truth_of(counts.people, 1, each.truth.says)
        assert (truth, sibling) == (each.truth, pytest.approx(each.sibling))


def test_what_was_said_is_said_of_todays_median() -> None:
    counts = groups([1] * 50, [9] * 50)
    assert counts.today(Statement("spend", "high", 70.0)) == Statement(
        "spend", "high", 5.0, lower_closed=False
    )
    fixed = Statement("spend", "cut", 70.0)
    assert counts.today(fixed) == fixed
    assert counts.today(Statement("gone", "cut", 70.0)) is None
    assert groups([1], [9]).today(Statement("spend", "mid", 1.0, 2.0)) is None
