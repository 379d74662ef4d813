"""The families that the frozen rule was shown, written after it: see docs/choosing-k.md."""

from __future__ import annotations

import numpy as np

from benchmarks.choose_k.make import (
    Family,
    Rng,
    direction,
    noisy,
    one_hot,
    place,
    scaled,
    standard,
)
from segkit.learn.numbers import Floats


def boxes(rng: Rng, rows: int) -> Floats:
    """Five boxes of any widths, whose centres lie apart by more than the boxes are wide."""
    centers, group = place(rng, 5, 3, 5.0), rng.integers(0, 5, rows)
    widths = rng.uniform(1.0, 3.5, (5, 3))
    return standard(centers[group] + (rng.random((rows, 3)) - 0.5) * widths[group])


def amounts(rng: Rng, rows: int) -> Floats:
    """Four kinds of customers by gamma amounts, each of another size in each column; logged."""
    levels = np.array([(1, 1, 60), (30, 2, 2), (2, 40, 40), (60, 60, 1)], dtype=np.float64)
    group = rng.choice(4, rows, p=(0.35, 0.3, 0.2, 0.15))
    return standard(np.log1p(rng.gamma(6.0, levels[group] / 2)))


def any_covariance(rng: Rng, rows: int) -> Floats:
    """Six normal groups, each with a covariance of its own."""
    centers, group = place(rng, 6, 4, 8.0), rng.integers(0, 6, rows)
    roots = [
        np.linalg.cholesky(np.cov(rng.normal(size=(4, 9))) + 0.05 * np.eye(4)) for _ in centers
    ]
    steps = rng.normal(size=(rows, 4))
    return standard(centers[group] + np.einsum("nij,nj->ni", np.array(roots)[group], steps))


def laplace(rng: Rng, rows: int) -> Floats:
    """Five groups with pointed tops, each half as large as the one before."""
    centers = place(rng, 5, 3, 8.0)
    group = rng.choice(5, rows, p=np.array([16, 8, 4, 2, 2]) / 32)
    return standard(centers[group] + rng.laplace(size=(rows, 3)) / np.sqrt(2))


def tiny(rng: Rng, rows: int) -> Floats:
    """Three groups of two sizes and widths, and two of 1.5 %."""
    centers = place(rng, 5, 4, 7.0)
    group = rng.choice(5, rows, p=(0.5, 0.3, 0.17, 0.015, 0.015))
    spread = np.array([1.0, 0.8, 0.6, 0.5, 0.5])[group, None]
    return standard(centers[group] + rng.normal(size=(rows, 4)) * spread)


def among_others(rng: Rng, rows: int) -> Floats:
    """Three groups in three columns, beside uniform, exponential and normal ones without any."""
    centers = place(rng, 3, 3, 7.0)
    groups = centers[rng.integers(0, 3, rows)] + rng.normal(size=(rows, 3))
    others = (rng.random((rows, 2)), rng.exponential(size=(rows, 2)), rng.normal(size=(rows, 2)))
    return standard(np.hstack([groups, *others]))


def contracts(rng: Rng, rows: int) -> Floats:
    """Four groups told by two numbers, of which a contract and two flags know something."""
    group = rng.choice(4, rows, p=(0.4, 0.3, 0.2, 0.1))
    centers = place(rng, 4, 2, 6.5)
    numbers = standard(centers[group] + rng.normal(size=(rows, 2)))
    flags = [one_hot(noisy(rng, group // part, 2, 0.85), 2) for part in (1, 2)]
    return np.hstack([numbers, one_hot(noisy(rng, group, 3, 0.7), 3), *flags])


def shoppers(rng: Rng, rows: int) -> Floats:
    """Half never bought, some bought once or twice, few buy all the time."""
    kind = rng.choice(3, rows, p=(0.5, 0.3, 0.2))
    orders = np.choose(
        kind, (np.zeros(rows), 1 + rng.binomial(1, 0.3, rows), 8 + rng.poisson(12, rows))
    )
    spend = np.where(orders > 0, orders * rng.lognormal(3.2, 0.35, rows), 0.0)
    return standard(np.column_stack([np.log1p(orders), np.log1p(spend), rng.uniform(size=rows)]))


def skewed(rng: Rng, rows: int) -> Floats:
    """One cloud of amounts that go together, raw: long tails to one side."""
    shared = rng.normal(size=(rows, 1))
    return standard(np.exp(0.6 * (shared + rng.normal(size=(rows, 4)))))


def ellipsoid(rng: Rng, rows: int) -> Floats:
    """Even within an ellipsoid of any axes."""
    radius = rng.random((rows, 1)) ** (1 / 3)
    steps = rng.normal(size=(rows, 3))
    inside = radius * steps / np.linalg.norm(steps, axis=1, keepdims=True)
    axes = np.array([direction(rng, 3) for _ in range(3)])
    return standard(inside @ (axes * rng.uniform(1, 4, (3, 1))))


def whole_and_zero(rng: Rng, rows: int) -> Floats:
    """Ages, counts, and two amounts that most customers do not have; nothing goes together."""
    ages = np.round(np.clip(rng.normal(45, 14, rows), 18, 90))
    spend = [np.where(rng.random(rows) < 0.7, 0.0, rng.lognormal(3, 0.8, rows)) for _ in range(2)]
    return standard(np.column_stack([ages, rng.poisson(2, rows), *map(np.log1p, spend)]))


def bent(rng: Rng, rows: int) -> Floats:
    """A bent cloud: of the first column the second is the square, and more."""
    at = rng.normal(size=rows)
    return standard(
        np.column_stack([at, 0.5 * at**2 + rng.normal(0, 0.6, rows), rng.normal(size=rows)])
    )


UNSEEN = (
    Family("5 boxes", 5, boxes, 1_200),
    Family("4 of gamma amounts, logged", 4, amounts, 1_500),
    Family("6 of any covariance", 6, any_covariance, 1_500),
    Family("5 with pointed tops", 5, laplace, 2_000),
    Family("5, two of 1.5 %", 5, tiny, 4_000),
    Family("3 among idle columns", 3, among_others),
    Family("4 with contracts and flags", 4, contracts, 1_200, categories=(3, 2, 2)),
    Family("3 kinds of shoppers", 3, shoppers, 1_500),
    Family("cloud: skewed amounts", 1, skewed, 3_000),
    Family("cloud: an ellipsoid", 1, scaled(ellipsoid), 1_500),
    Family("cloud: whole numbers and zeros", 1, whole_and_zero, 2_000),
    Family("cloud: bent", 1, bent, 1_000),
)
