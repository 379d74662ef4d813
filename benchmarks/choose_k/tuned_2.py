"""More families to tune on, written before the third freeze: what others would draw."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_moons

from benchmarks.choose_k.make import Draw, Family, Rng, noisy, one_hot, place, scaled, standard
from segkit.learn.numbers import Floats


def far_blobs(k: int, d: int, spreads: tuple[float, ...] = (), least: float = 6.0) -> Draw:
    """As scikit-learn's make_blobs, centres anywhere in a box; none nearer than ``least``."""

    def draw(rng: Rng, rows: int) -> Floats:
        centers = [rng.uniform(-10, 10, d)]
        while len(centers) < k:
            new = rng.uniform(-10, 10, d)
            if min(np.linalg.norm(new - center) for center in centers) >= least:
                centers.append(new)
        group = rng.integers(0, k, rows)
        spread = np.array(spreads or (1.0,) * k)[group, None]
        return standard(np.array(centers)[group] + rng.normal(size=(rows, d)) * spread)

    return draw


def anisotropic(rng: Rng, rows: int) -> Floats:
    return standard(far_blobs(3, 2, least=8.0)(rng, rows) @ np.array([[0.6, -0.6], [-0.4, 0.8]]))


def with_outliers(k: int, d: int, share: float, wide: float) -> Draw:
    def draw(rng: Rng, rows: int) -> Floats:
        X = place(rng, k, d, 7.0)[rng.integers(0, k, rows)] + rng.normal(size=(rows, d))
        low, high = X.min(axis=0), X.max(axis=0)
        outside = rng.random(rows) < share
        box = rng.uniform(-wide, 1 + wide, (int(outside.sum()), d))
        X[outside] = low + (high - low) * box
        return standard(X)

    return draw


def moons(noise: float) -> Draw:
    def draw(rng: Rng, rows: int) -> Floats:
        return standard(make_moons(rows, noise=noise, random_state=int(rng.integers(10**6)))[0])

    return draw


def spikes(rng: Rng, rows: int) -> Floats:
    """One activity that moves three amounts; three in ten never bought, and recency is capped."""
    active = rng.normal(size=rows)
    orders = np.where(active < -0.5, 0, 1 + rng.poisson(np.exp(0.6 + 0.7 * active)))
    spend = np.where(orders > 0, orders * rng.lognormal(3.4, 0.6, rows), 0.0)
    recency = np.minimum(365, np.round(rng.lognormal(4.6 - 0.8 * active, 0.8)))
    return standard(np.column_stack([np.log1p(recency), np.log1p(orders), np.log1p(spend)]))


def copula(rng: Rng, rows: int) -> Floats:
    """Four correlated amounts, each with a share of zeros of its own and a most that it can be."""
    level = rng.multivariate_normal([0] * 4, 0.6 + 0.4 * np.eye(4), rows)
    amounts = np.exp(2 + level)
    amounts[level < np.array([-0.8, -0.3, -1.2, -0.6])] = 0.0
    return standard(np.log1p(np.minimum(amounts, np.exp([3.2, 3.5, 3.0, 3.8]))))


def one_time(rng: Rng, rows: int) -> Floats:
    """Half bought once, a fifth on one day of the year; log-normal spend; nothing else."""
    level = rng.gamma(1.0, 1.5, rows)
    orders = np.where(rng.random(rows) < 0.5, 1, 1 + rng.poisson(level))
    spend = orders * rng.lognormal(3.5, 0.8, rows)
    recency = np.where(rng.random(rows) < 0.2, 35, rng.integers(1, 366, rows))
    return standard(np.column_stack([recency, np.log1p(orders), np.log1p(spend)]))


def baskets(rng: Rng, rows: int) -> Floats:
    """Items of eight departments: most customers have none of most; one appetite moves all."""
    appetite = rng.gamma(0.9, 1.0, (rows, 1))
    return standard(np.log1p(rng.poisson(appetite * rng.uniform(0.2, 2.0, 8))))


def scale_mixture(rng: Rng, rows: int) -> Floats:
    """One peak: a narrow and a wide cloud about the same middle."""
    return standard(rng.normal(size=(rows, 4)) * np.where(rng.random(rows) < 0.15, 4, 1)[:, None])


def near(rng: Rng, rows: int) -> Floats:
    """One peak: two normal clouds less than two standard deviations apart."""
    shift = (rng.random(rows) < 0.4)[:, None] * np.array([1.7, 0, 0])
    return standard(rng.normal(size=(rows, 3)) + shift)


def hidden(k: int, idle: int) -> Draw:
    """Groups in two columns, beside idle ones of any kind."""

    def draw(rng: Rng, rows: int) -> Floats:
        groups = place(rng, k, 2, 7.0)[rng.integers(0, k, rows)] + rng.normal(size=(rows, 2))
        return standard(np.hstack([groups, rng.gamma(2.0, 1.0, (rows, idle))]))

    return draw


def students(rng: Rng, rows: int) -> Floats:
    centers = place(rng, 3, 4, 12.0)
    tails = np.sqrt(rng.chisquare(3, rows) / 3)[:, None]
    root = np.linalg.cholesky(0.5 + 0.5 * np.eye(4))
    steps = rng.normal(size=(rows, 4)) @ root.T / tails
    return standard(centers[rng.choice(3, rows, p=(0.6, 0.3, 0.1))] + steps)


def regions(rng: Rng, rows: int) -> Floats:
    """Three groups by numbers, beside a region that says nothing of them."""
    group = rng.choice(3, rows, p=(0.5, 0.3, 0.2))
    numbers = standard(place(rng, 3, 3, 6.5)[group] + rng.normal(size=(rows, 3)))
    return np.hstack([numbers, one_hot(rng.integers(0, 4, rows), 4)])


def loyal_tiers(rng: Rng, rows: int) -> Floats:
    """A cloud of numbers, and a tier that is the third of one of them, mostly."""
    X = rng.normal(size=(rows, 3))
    tier = noisy(rng, np.digitize(X[:, 0], (-0.43, 0.43)), 3, 0.8)
    return np.hstack([X, one_hot(tier, 3)])


def sleepers(rng: Rng, rows: int) -> Floats:
    """Half have nothing in any column; of the others some buy little, and some much."""
    kind = rng.choice(3, rows, p=(0.5, 0.3, 0.2))[:, None]
    amounts = np.exp(rng.normal(np.array([0.0, 2.5, 5.0])[kind], 0.45, (rows, 3)))
    return standard(np.log1p(np.where(kind == 0, 0.0, amounts)))


TUNED_2 = (
    Family("3 anisotropic", 3, anisotropic, 1_500),
    Family("3 of varied variance", 3, far_blobs(3, 2, (1.0, 2.5, 0.5), 9.0), 1_500),
    Family("5 of 300 in 8 columns", 5, far_blobs(5, 8), 300),
    Family("4 of 10,000 in 15 columns", 4, far_blobs(4, 15), 10_000),
    Family("8 in 2 columns", 8, far_blobs(8, 2, least=5.0), 2_000),
    Family("3, 1 % outliers in the box", 3, with_outliers(3, 4, 0.01, 0.0)),
    Family("5, 1 % outliers near the box", 5, with_outliers(5, 4, 0.01, 0.5), 3_000),
    Family("3, 1 % far outliers", 3, with_outliers(3, 3, 0.01, 1.0), 2_000),
    Family("moons, sharp", 2, moons(0.05), 500),
    Family("moons, blurred", 2, moons(0.1), 2_000),
    Family("4 in two columns of seven", 4, hidden(4, 5), 1_500),
    Family("3 of Student's t, correlated", 3, students, 1_500),
    Family("3 with idle regions", 3, regions, categories=(4,)),
    Family("sleepers, some, much", 3, sleepers, 1_500),
    Family("cloud: a shop with spikes", 1, spikes, 4_000),
    Family("cloud: copula with spikes", 1, copula, 2_000),
    Family("cloud: one-time buyers", 1, one_time, 3_000),
    Family("cloud: baskets", 1, baskets, 2_000),
    Family("cloud: narrow and wide", 1, scale_mixture, 1_500),
    Family("cloud: two too near", 1, near, 1_000),
    Family("cloud: tiers", 1, loyal_tiers, 1_500, categories=(3,)),
    Family("cloud: cube of 10 columns", 1, scaled(lambda r, n: r.uniform(size=(n, 10))), 300),
    Family("cloud: square of 20,000", 1, scaled(lambda r, n: r.uniform(size=(n, 2))), 20_000),
    Family("cloud: Pareto", 1, scaled(lambda r, n: r.pareto(2.0, (n, 3))), 2_000),
)
