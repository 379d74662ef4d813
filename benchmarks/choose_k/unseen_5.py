"""Twelve harder families, written when the rule had been frozen for good (fbd9e02)."""

from __future__ import annotations

import numpy as np

from benchmarks.choose_k.make import Family, Mixture, Rng, noisy, one_hot, place, scaled, standard
from segkit.learn.numbers import Floats


def unequal_density(rng: Rng, rows: int) -> Floats:
    """Four groups, the widest eight times the narrowest, in no order of their sizes."""
    group = rng.choice(4, rows, p=(0.45, 0.3, 0.15, 0.1))
    spread = rng.permutation([0.25, 0.6, 1.2, 2.0])[group, None]
    return standard(place(rng, 4, 3, 9.0)[group] + rng.normal(size=(rows, 3)) * spread)


def beside_eight(rng: Rng, rows: int) -> Floats:
    """Four groups in four columns, beside eight that say nothing: normal, even, skewed."""
    groups = place(rng, 4, 4, 8.0)[rng.integers(0, 4, rows)] + rng.normal(size=(rows, 4))
    idle = rng.normal(size=(rows, 3)), rng.random((rows, 3)), rng.gamma(2.0, 1.0, (rows, 2))
    return standard(np.hstack([groups, *idle]))


def mostly_never(rng: Rng, rows: int) -> Floats:
    """Two thirds never bought; of the others some buy little, some often, some few dear things."""
    kind = rng.choice(4, rows, p=(0.66, 0.16, 0.1, 0.08))
    orders = np.where(kind == 0, 0, 1 + rng.poisson(np.array([0, 0.8, 22.0, 1.0])[kind]))
    spend = orders * rng.lognormal(np.array([0, 2.4, 2.6, 6.2])[kind], 0.35)
    items = np.where(orders > 0, 1 + rng.poisson(2 * orders), 0)
    return standard(np.log1p(np.column_stack([orders, spend, items])))


def steeply_sheared(rng: Rng, rows: int) -> Floats:
    """Five groups in four columns, stretched and turned by one triangular matrix."""
    X = place(rng, 5, 4, 8.0)[rng.integers(0, 5, rows)] + rng.normal(size=(rows, 4))
    return standard(X @ (np.eye(4) + np.tril(rng.uniform(-0.9, 0.9, (4, 4)), -1)))


def correlated(rng: Rng, rows: int) -> Floats:
    """Four groups in five columns that go together (r = .8) within each of them."""
    group = rng.choice(4, rows, p=(0.35, 0.3, 0.2, 0.15))
    steps = rng.multivariate_normal([0] * 5, 0.2 * np.eye(5) + 0.8, rows)
    return standard(place(rng, 4, 5, 8.0)[group] + steps)


def tiny(rng: Rng, rows: int) -> Floats:
    """Three large groups, and one of a customer in eighty."""
    group = rng.choice(4, rows, p=(0.4, 0.3375, 0.25, 0.0125))
    return standard(place(rng, 4, 3, 8.5)[group] + rng.normal(size=(rows, 3)))


def three_categories(rng: Rng, rows: int) -> Floats:
    """Four groups by two numbers, a region and a flag that follow them, and an idle channel."""
    group = rng.integers(0, 4, rows)
    numbers = standard(place(rng, 4, 2, 7.5)[group] + rng.normal(size=(rows, 2)))
    codes = ((noisy(rng, group, 4, 0.6), 4), (noisy(rng, group, 2, 0.6), 2))
    idle = one_hot(rng.integers(0, 3, rows), 3)
    return np.hstack([numbers, *(one_hot(code, wide) for code, wide in codes), idle])


def idle_categories(rng: Rng, rows: int) -> Floats:
    """Two amounts that go together, an age, and two categories that have nothing to do with it."""
    level = rng.normal(size=rows)
    amounts = level[:, None] + rng.gamma(2.0, 0.4, (rows, 2))
    numbers = standard(np.column_stack([amounts, rng.gamma(4.0, 9.0, rows)]))
    region = rng.choice(4, rows, p=(0.5, 0.25, 0.15, 0.1))
    return np.hstack([numbers, one_hot(region, 4), one_hot(rng.integers(0, 2, rows), 2)])


def heavy_cloud(rng: Rng, rows: int) -> Floats:
    """One cloud of four columns that go together, with the tails of Student's t of 2."""
    steps = rng.multivariate_normal([0] * 4, 0.4 * np.eye(4) + 0.6, rows)
    return standard(steps / np.sqrt(rng.chisquare(2, (rows, 1)) / 2))


def one_appetite(rng: Rng, rows: int) -> Floats:
    """Counts and spend by one appetite, of whom most have nothing of most; and a tenure."""
    appetite = rng.gamma(0.7, 1.0, (rows, 1))
    counts = rng.poisson(appetite * np.array([0.6, 1.2, 2.5]))
    spend = counts.sum(axis=1) * rng.lognormal(3.0, 0.5, rows)
    return standard(np.column_stack([np.log1p(counts), np.log1p(spend), rng.random(rows)]))


def bow(rng: Rng, rows: int) -> Floats:
    """One cloud, bent: the second column falls on both sides of the middle of the first."""
    along = rng.normal(size=rows)
    bent = -0.6 * along**2 + 0.8 * rng.normal(size=rows)
    return standard(np.column_stack([along, bent, 0.5 * along + rng.normal(size=rows)]))


UNSEEN_5 = (
    Family("5 with tails of t of 2.5", 5, scaled(Mixture(5, 3, 10.0, tails=2.5)), 1_500),
    Family("4, one eight times as wide", 4, unequal_density, 1_200),
    Family("4 beside eight idle columns", 4, beside_eight, 1_000),
    Family("two thirds never, 3 kinds", 4, mostly_never, 1_500),
    Family("5 steeply sheared", 5, steeply_sheared, 1_200),
    Family("4 with columns at r = .8", 4, correlated, 1_000),
    Family("4, one of 1.25 %", 4, tiny, 2_000),
    Family("4 with three categories", 4, three_categories, 1_000, categories=(4, 2, 3)),
    Family("cloud: idle categories", 1, idle_categories, 1_200, categories=(4, 2)),
    Family("cloud: tails of t of 2", 1, heavy_cloud, 1_200),
    Family("cloud: most have nothing", 1, one_appetite, 1_500),
    Family("cloud: bent", 1, bow, 1_000),
)
