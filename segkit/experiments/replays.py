"""A/A tests of the metric's past: whether the analysis is honest for customers like these."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segkit.core.experiment_result import Replays
from segkit.dialects.phrases import as_text, in_byte_order, md5
from segkit.engines.base import Reader
from segkit.experiments import power
from segkit.experiments.arm_moments import Floats, Moments, arm_means
from segkit.experiments.effects import effects

REPLAYS = 200
MOST = 50_000  # customers that replays are made of
LEAST = 200


def sample_of_past(engine: Reader) -> Floats:
    """(segment, value) of customers, in the order of a hash of their id."""
    dialect = engine.dialect
    order = in_byte_order(md5(as_text("id", dialect), dialect), dialect)
    rows = engine.query(
        "SELECT dense_rank() OVER (ORDER BY segment_id) - 1, y FROM segkit_past WHERE y IS NOT NULL"
        f" ORDER BY {order} LIMIT {MOST}"
    )
    return np.array(rows, dtype=float).reshape(-1, 2)


def explained_by_past(engine: Reader) -> float | None:
    """r^2 of the metric with itself in the period before; None where it has no time."""
    ((r,),) = engine.query("SELECT corr(y, before) FROM segkit_past")
    return None if r is None or not np.isfinite(r) else float(r) ** 2


def replays(sample: Floats, shares: tuple[float, float], seed: int = 19) -> Replays:
    """Deal the customers of the past to two arms, 200 times, where no arm did anything.

    Only sums of an arm are worked out: the other has what is left of the whole.
    """
    parts = _terms(sample)
    dealt = _dealt(parts, shares[1] / sum(shares), seed)
    whole = np.array([part.sum(axis=0) for part in parts])
    n, sums, squares = np.moveaxis(np.stack([whole - dealt, dealt], axis=2), -1, 0)
    moments = Moments.of_sums(
        n,
        sums[..., None],
        squares[..., None, None],
        np.arange(len(parts)),
        np.ones(len(parts), bool),
        is_ratio=False,
    ).usable()
    found = effects(arm_means(moments).overall())
    holds = (found.low <= 0) & (found.high >= 0)
    return Replays(REPLAYS, float(holds.mean()), float((found.p < power.ALPHA).mean()))


def _terms(sample: Floats) -> list[Floats]:
    """Of each segment 1, the value less the mean of all, and its square, a row a customer."""
    segment, centred = sample[:, 0].astype(int), sample[:, 1] - sample[:, 1].mean()
    terms = np.column_stack([np.ones(len(centred)), centred, centred**2])
    return [terms[segment == s] for s in range(segment.max() + 1)]


def _dealt(parts: Sequence[Floats], share: float, seed: int) -> Floats:
    """Sums of who gets the other arm, by replay and segment."""
    draw = np.random.default_rng(seed)
    sums = []
    for part in parts:
        chosen = draw.random((REPLAYS, len(part)), dtype=np.float32) < share
        sums.append(chosen.astype(float) @ part)  # of truth values numpy has no fast product
    return np.stack(sums, axis=1)
