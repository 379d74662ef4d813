"""Twelve more families, written after the rule was frozen for the fourth time."""

from __future__ import annotations

import numpy as np

from benchmarks.choose_k.make import Family, Rng, noisy, one_hot, place, standard
from segkit.learn.numbers import Floats


def sheared(rng: Rng, rows: int) -> Floats:
    """Four groups in five columns, each stretched and turned by one triangular matrix."""
    X = place(rng, 4, 5, 8.0)[rng.integers(0, 4, rows)] + rng.normal(size=(rows, 5))
    return standard(X @ (np.eye(5) + np.tril(rng.uniform(-0.7, 0.7, (5, 5)), -1)))


def correlated_each(rng: Rng, rows: int) -> Floats:
    """Three groups whose columns go together, in each group otherwise."""
    group = rng.choice(3, rows, p=(0.4, 0.35, 0.25))
    signs = np.array([(1, 1, 1), (1, -1, 1), (1, 1, -1)])[group]
    steps = np.sqrt(0.6) * rng.normal(size=(rows, 1)) + np.sqrt(0.4) * rng.normal(size=(rows, 3))
    return standard(place(rng, 3, 3, 8.0)[group] + steps * signs)


def two_percent(rng: Rng, rows: int) -> Floats:
    group = rng.choice(4, rows, p=(0.4, 0.33, 0.25, 0.02))
    return standard(place(rng, 4, 3, 8.0)[group] + rng.normal(size=(rows, 3)))


def visitors(rng: Rng, rows: int) -> Floats:
    """More than half never ordered; of the others some order little, and some much; and an age."""
    kind = rng.choice(3, rows, p=(0.55, 0.3, 0.15))
    orders = np.where(kind == 0, 0, 1 + rng.poisson(np.array([0, 1.0, 25.0])[kind]))
    spend = orders * rng.lognormal(np.array([0, 2.6, 4.2])[kind], 0.3)
    ages = np.round(np.clip(rng.normal(42, 13, rows), 18, 85))
    return standard(np.column_stack([np.log1p(orders), np.log1p(spend), ages]))


def pointed(rng: Rng, rows: int) -> Floats:
    """Four groups with tails of Student's t of 3 in each column by itself."""
    group = rng.choice(4, rows, p=(0.35, 0.3, 0.2, 0.15))
    return standard(place(rng, 4, 4, 11.0)[group] + rng.standard_t(3, size=(rows, 4)))


def of_any_density(rng: Rng, rows: int) -> Floats:
    """Five groups in a plane, of one twentieth to two fifths, the widest four times the least."""
    group = rng.choice(5, rows, p=(0.4, 0.25, 0.18, 0.12, 0.05))
    spread = rng.permutation([0.4, 0.6, 0.9, 1.2, 1.6])[group, None]
    return standard(place(rng, 5, 2, 8.5)[group] + rng.normal(size=(rows, 2)) * spread)


def with_noise(rng: Rng, rows: int) -> Floats:
    """Three groups in four columns, beside four even ones."""
    groups = place(rng, 3, 4, 8.0)[rng.integers(0, 3, rows)] + rng.normal(size=(rows, 4))
    return standard(np.hstack([groups, rng.random((rows, 4))]))


def loyal(rng: Rng, rows: int) -> Floats:
    """Four groups by three numbers, of which a flag knows something, and another nothing."""
    group = rng.integers(0, 4, rows)
    numbers = standard(place(rng, 4, 3, 7.5)[group] + rng.normal(size=(rows, 3)))
    flags = (noisy(rng, group // 2, 2, 0.8), rng.integers(0, 2, rows))
    return np.hstack([numbers, *(one_hot(flag, 2) for flag in flags)])


def in_fives(rng: Rng, rows: int) -> Floats:
    """Visits, minutes and items by one appetite, written down in steps of five."""
    appetite = rng.gamma(3.0, 1.0, (rows, 1))
    counts = rng.poisson(appetite * np.array([4.0, 9.0, 6.0]))
    return standard(5 * np.round(counts / 5))


def skewed_mixture(rng: Rng, rows: int) -> Floats:
    """Two gamma kinds that share their peak, one with a longer tail; raw amounts."""
    kind = (rng.random(rows) < 0.4)[:, None]
    return standard(rng.gamma(2.0, np.where(kind, 1.6, 1.0), (rows, 3)))


def spiked_copula(rng: Rng, rows: int) -> Floats:
    """Three amounts that go together: zeros below a level in two of them, the third is capped."""
    level = rng.multivariate_normal([0] * 3, 0.7 + 0.3 * np.eye(3), rows)
    amounts = np.log1p(np.exp(3 + level))
    amounts[:, 0][level[:, 0] < -0.4] = 0.0
    amounts[:, 1][level[:, 1] < 0.1] = 0.0
    amounts[:, 2] = np.minimum(amounts[:, 2], np.log1p(np.exp(3.8)))
    return standard(amounts)


def far_out(rng: Rng, rows: int) -> Floats:
    """One cloud of eight columns, and one customer in a hundred far out."""
    X = rng.normal(size=(rows, 8)) @ np.diag(rng.uniform(0.5, 2, 8))
    outside = rng.random(rows) < 0.01
    X[outside] *= 6
    return standard(X)


UNSEEN_4 = (
    Family("4 sheared in 5 columns", 4, sheared, 1_000),
    Family("3 correlated, each otherwise", 3, correlated_each, 900),
    Family("4, one of 2 %, in 3 columns", 4, two_percent, 1_500),
    Family("visitors, some orders, many", 3, visitors, 1_200),
    Family("4 with tails in each column", 4, pointed, 1_000),
    Family("5 of any density in a plane", 5, of_any_density, 1_000),
    Family("3 beside even columns", 3, with_noise, 800),
    Family("4 with two flags", 4, loyal, 1_000, categories=(2, 2)),
    Family("cloud: counts in fives", 1, in_fives, 1_500),
    Family("cloud: two kinds, one peak", 1, skewed_mixture, 1_200),
    Family("cloud: spikes in a copula", 1, spiked_copula, 1_500),
    Family("cloud: some far out", 1, far_out, 1_000),
)
