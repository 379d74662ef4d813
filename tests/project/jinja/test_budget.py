"""What a template may do, and what all of them may."""

from __future__ import annotations

import pytest

from segkit.project.jinja.budget import MAX_TOTAL, MAX_WORK, Budget, LimitError


def test_a_rendering_may_spend_what_there_is_and_no_more() -> None:
    budget = Budget()
    budget.start()
    budget.spend(10_000_000)
    with pytest.raises(LimitError, match="is more than segkit allows") as caught:
        budget.spend(1)
    assert "loop over less" in caught.value.help


def test_all_renderings_share_what_there_is() -> None:
    """Five of the dearest: then even the first step of another one is too much."""
    assert (MAX_TOTAL, MAX_WORK) == (50_000_000, 10_000_000)
    budget = Budget()
    for _ in range(5):
        budget.start()
        budget.spend(MAX_WORK)
    budget.start()
    budget.spend(0)
    with pytest.raises(LimitError):
        budget.spend(1)


def test_what_is_large_weighs_more() -> None:
    budget = Budget()
    budget.start()
    weights = [budget.weight(value) for value in ("a", "a" * 1000, ["a" * 1000] * 10)]
    assert weights == sorted(weights)
    assert weights[0] < 10 < weights[1] < weights[2]
