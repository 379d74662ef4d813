"""Draws of experiments, and moments made of them one by one."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from segkit.experiments.arm_moments import Floats, Moments


def others(name: str) -> Any:
    """A package of the extra `agreement`; where it has to be there (.ci/run) nothing is skipped."""
    if "SEGKIT_AGREEMENT" in os.environ:
        return importlib.import_module(name)
    return pytest.importorskip(name)


def moments_of(
    arms: Sequence[Sequence[Floats]],
    *,
    segment: Sequence[int] | None = None,
    known: Sequence[bool] | None = None,
    is_ratio: bool = False,
) -> Moments:
    """Of strata with arms, each an array (customers, values)."""
    d = arms[0][0].shape[1]
    shape = (len(arms), len(arms[0]))
    n, sums, products = np.zeros(shape), np.zeros((*shape, d)), np.zeros((*shape, d, d))
    for k, stratum in enumerate(arms):
        for a, rows in enumerate(stratum):
            n[k, a], sums[k, a], products[k, a] = len(rows), rows.sum(axis=0), rows.T @ rows
    segments = list(range(len(arms))) if segment is None else segment
    is_known = [True] * len(arms) if known is None else known
    return Moments.of_sums(n, sums, products, segments, is_known, is_ratio=is_ratio)


def two_arms(seed: int = 1, n: int = 400, effect: float = 0.5) -> tuple[Floats, Floats]:
    """Metric, denominator and covariate of two arms."""
    draw = np.random.default_rng(seed)
    found = []
    for arm, size in enumerate((n, n + 37)):
        x = draw.gamma(2.0, 5.0, size)
        y = 3 + 0.8 * x + draw.normal(0, 4, size) + effect * arm
        d = 1 + draw.poisson(2.0, size) + 0.05 * x
        found.append(np.column_stack([y, d, x]))
    return found[0], found[1]
