"""A/A tests of the past: an honest metric holds its intervals, a wild one does not."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.experiments.replays import REPLAYS, replays

HALVES = (50.0, 50.0)


def test_replays_of_a_tame_metric_hold_what_they_promise() -> None:
    draw = np.random.default_rng(1)
    sample = np.column_stack([np.arange(4000) % 4, draw.normal(20, 5, 4000)])
    found = replays(sample, HALVES)
    assert (found.runs, REPLAYS) == (200, 200)
    assert 0.90 <= found.coverage <= 0.99
    assert found.coverage + found.false_rate == pytest.approx(1, abs=0.01)


def test_replays_of_a_wild_metric_do_not() -> None:
    """One customer in a hundred spends a thousand times as much."""
    draw = np.random.default_rng(2)
    y = np.where(draw.random(400) < 0.01, np.exp(draw.normal(8, 2, 400)), 1.0)
    found = replays(np.column_stack([np.zeros(400), y]), (90.0, 10.0))
    assert not 0.90 <= found.coverage <= 0.99
