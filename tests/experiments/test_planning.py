"""What is told before an experiment; on a project: tests/pipeline/test_experiment.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from segkit.experiments import planning
from segkit.experiments.planning import FEW, PROXY, REPLAYS
from tests.project.nodes.test_experiments import PRICE

HALVES = (50.0, 50.0)


def test_replays_of_a_tame_metric_hold_what_they_promise() -> None:
    draw = np.random.default_rng(1)
    sample = np.column_stack([np.arange(4000) % 4, draw.normal(20, 5, 4000)])
    found = planning._replays(sample, HALVES)
    assert (found.runs, REPLAYS) == (200, 200)
    assert 0.90 <= found.coverage <= 0.99
    assert found.coverage + found.false_rate == pytest.approx(1, abs=0.01)


def test_replays_of_a_wild_metric_do_not() -> None:
    """One customer in a hundred spends a thousand times as much."""
    draw = np.random.default_rng(2)
    y = np.where(draw.random(400) < 0.01, np.exp(draw.normal(8, 2, 400)), 1.0)
    found = planning._replays(np.column_stack([np.zeros(400), y]), (90.0, 10.0))
    assert not 0.90 <= found.coverage <= 0.99


def test_needed_are_customers_and_the_days_until_they_are_there() -> None:
    node = replace(PRICE, planned_n=800)
    few, *_ = planning._needed(node, 10.0, 5.0, 1000, 100.0, 1.0)
    assert few.lift == 0.02
    assert few.n == pytest.approx(4 * (2.8016 * 5 / 0.2) ** 2, rel=1e-3)
    assert few.days == int(np.ceil((few.n - 1000) / 100)) + 28
    never = next(planning._needed(node, 10.0, 5.0, 1000, 0.0, 1.0))
    assert never.days is None
    *_, there = planning._needed(node, 10.0, 1.0, 10_000, 0.0, 1.0)
    assert there.days == 28


def test_segments_have_their_share_of_what_is_planned() -> None:
    groups = [("A", 300, 10.0, 5.0), ("B", 100, 0.0, 1.0)]
    first, second = planning._segments(groups, 4000, HALVES, 1.0)
    assert (first.share, second.mde) == (0.75, None)
    assert first.mde == pytest.approx(2.8016 * 5 * np.sqrt(4 / 3000) / 10, rel=1e-4)
    assert planning._total(groups) == pytest.approx((7.5, np.sqrt(0.75 * 25 + 0.25)))


def test_how_many_there_will_be() -> None:
    node = replace(PRICE, end=date(2026, 2, 11), holdout=10.0)
    assert planning._at_n(node, 1000, 20.0) == int((1000 + 200) * 0.9)
    assert planning._at_n(replace(node, planned_n=77), 1000, 20.0) == 77
    assert planning._width(node, 1000) == 1
    assert planning._width(replace(node, analysis="sequential"), 1000) == pytest.approx(
        1.57, abs=0.02
    )


def test_independence_of_arms() -> None:
    same = [("a", "x", 500), ("b", "y", 500)]
    p, v = planning._independence(same)
    assert p < 1e-9 and v == pytest.approx(1)
    p, v = planning._independence([(a, b, 250) for a in "ab" for b in "xy"])
    assert (p, v) == pytest.approx((1, 0))
    assert planning._independence([("a", "x", 9)]) == (1.0, 0.0)
    assert (FEW, PROXY) == (100, 0.3)
