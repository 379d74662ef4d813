"""What one is warned of; on a project: tests/pipeline/test_experiment.py."""

from __future__ import annotations

import pytest

from segkit.experiments.cautions import FEW, PROXY, _independence


def test_independence_of_arms() -> None:
    same = [("a", "x", 500), ("b", "y", 500)]
    p, v = _independence(same)
    assert p < 1e-9 and v == pytest.approx(1)
    p, v = _independence([(a, b, 250) for a in "ab" for b in "xy"])
    assert (p, v) == pytest.approx((1, 0))
    assert _independence([("a", "x", 9)]) == (1.0, 0.0)
    assert (FEW, PROXY) == (100, 0.3)
