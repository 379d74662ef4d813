"""What effects by segment say together: whether they differ, and by how much to believe each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from segkit.experiments.arm_moments import Floats


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q with its p, I^2, and tau: how far true effects lie apart, in their own unit."""

    q: Floats
    p: Floats
    i2: Floats
    tau: Floats
    shrunk: Floats
    shrunk_se: Floats


def shrink(effect: Floats, se: Floats, scale: Floats, axis: int = -1) -> tuple[Floats, Floats]:
    """Effects drawn to their common mean in deviations of their segment, and their errors.

    Where some spend a hundred times as much as others, effects have no common mean as they
    are: the segments that are sure would say what those may be that move the most money.
    """
    there = np.where(scale > 0, scale, 1.0)
    found = heterogeneity(effect / there, se / there, axis)
    return found.shrunk * there, found.shrunk_se * there


def deviation(n: Floats, var: Floats) -> Floats:
    """The deviation of a customer in each segment, of arms (last axis) with these variances."""
    return np.asarray(np.sqrt((n * var).mean(axis=-1, keepdims=True)))


def heterogeneity(effect: Floats, se: Floats, axis: int = -1) -> Heterogeneity:
    """Q, and effects drawn to their common mean as far as they do not differ.

    tau^2 as DerSimonian and Laird (1986); the shrunk effects are those of the normal-normal
    model (Morris 1983), with the variance of the common mean in theirs. A segment without an
    effect (NaN) has none afterwards.
    """
    effect, se = np.moveaxis(effect, axis, -1), np.moveaxis(se, axis, -1)
    known = np.isfinite(effect) & (se > 0)
    v = np.where(known, se**2, 1.0)
    e = np.where(known, effect, 0.0)
    w = known / v
    total = np.maximum(w.sum(axis=-1), 1e-300)
    mean = (w * e).sum(axis=-1) / total
    q = (w * (e - mean[..., None]) ** 2).sum(axis=-1)
    df = np.maximum(known.sum(axis=-1) - 1, 0)
    scale = total - (w**2).sum(axis=-1) / total
    tau2 = np.where(scale > 0, np.maximum(q - df, 0.0) / np.where(scale > 0, scale, 1.0), 0.0)
    weight = known / (v + tau2[..., None])
    sum_weight = np.maximum(weight.sum(axis=-1), 1e-300)
    centre = (weight * e).sum(axis=-1) / sum_weight
    keep = tau2[..., None] / (v + tau2[..., None])
    shrunk = keep * e + (1 - keep) * centre[..., None]
    var = keep * v + (1 - keep) ** 2 / sum_weight[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        i2 = np.where(q > 0, np.maximum(q - df, 0.0) / q, 0.0)
    return Heterogeneity(
        q,
        np.where(df > 0, chdtrc(np.maximum(df, 1), q), 1.0),
        i2,
        np.sqrt(tau2),
        np.moveaxis(np.where(known, shrunk, np.nan), -1, axis),
        np.moveaxis(np.where(known, np.sqrt(var), np.nan), -1, axis),
    )


def benjamini_hochberg(p: Floats) -> Floats:
    """The false discovery rate at which each is found (Benjamini, Hochberg 1995); last axis.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    return _stepped(p, lambda m, rank: m / rank, descending=True)


def holm(p: Floats) -> Floats:
    """p adjusted for as many arms as there are (Holm 1979); last axis.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    return _stepped(p, lambda m, rank: m - rank + 1, descending=False)


def _stepped(p: Floats, factor, *, descending: bool) -> Floats:  # type: ignore[no-untyped-def]
    m = p.shape[-1]
    order = np.argsort(p, axis=-1)
    scaled = np.take_along_axis(p, order, axis=-1) * factor(m, np.arange(1, m + 1))
    if descending:
        stepped = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
    else:
        stepped = np.maximum.accumulate(scaled, axis=-1)
    out = np.empty_like(p)
    np.put_along_axis(out, order, np.minimum(stepped, 1.0), axis=-1)
    return out
