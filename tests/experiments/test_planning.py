"""What is told before an experiment; on a project: tests/pipeline/test_experiment.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from segkit.experiments import planning
from tests.project.nodes.test_experiments import PRICE

HALVES = (50.0, 50.0)


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
