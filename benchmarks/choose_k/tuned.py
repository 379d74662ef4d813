"""The families that the rule was tuned on. Whoever changes the rule may look at all of them."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_moons

from benchmarks.choose_k.make import (
    Draw,
    Family,
    Mixture,
    Rng,
    blobs,
    noisy,
    one_hot,
    or_zero,
    place,
    scaled,
    standard,
)
from segkit.learn.numbers import Floats

SHEAR = np.array([[1, 0.6], [-0.3, 1]])
CORNERS = [(0, 0, 0), (7, 0, 0), (0, 7, 0), (7, 7, 7)]


def correlated_groups(rng: Rng, rows: int) -> Floats:
    root = np.linalg.cholesky(0.9 + 0.1 * np.eye(3))
    centers = np.array([(0, 0, 0), (4, -2, 0), (-2, 4, 1)], dtype=np.float64)
    return standard(centers[rng.integers(0, 3, rows)] + rng.normal(size=(rows, 3)) @ root.T)


def student_groups(rng: Rng, rows: int) -> Floats:
    centers = np.vstack([np.zeros(3), 10 * np.eye(3)])
    return standard(centers[rng.integers(0, 4, rows)] + rng.standard_t(2, size=(rows, 3)))


def with_noise_columns(rng: Rng, rows: int) -> Floats:
    groups = blobs([(0, 0, 0), (6, 0, 0), (0, 6, 0), (0, 0, 6)])(rng, rows)
    return standard(np.hstack([groups, rng.normal(size=(rows, 10))]))


def lognormal(is_logged: bool) -> Draw:
    centers = [(1, 1, 3), (3, 1, 5), (1, 3, 7), (4, 4, 4)]

    def draw(rng: Rng, rows: int) -> Floats:
        amounts = np.exp(blobs(centers, (0.5,) * 4)(rng, rows))
        return standard(np.log1p(amounts) if is_logged else amounts)

    return draw


def buyers(rng: Rng, rows: int) -> Floats:
    """Six in ten bought nothing; of the others some little, and some much."""
    kind = rng.choice(3, rows, p=(0.6, 0.25, 0.15))
    little, much = np.exp(rng.normal(3, 0.4, rows)), np.exp(rng.normal(6, 0.4, rows))
    few, many = rng.poisson(2, rows) + 1, rng.poisson(14, rows) + 1
    spend = np.where(kind == 0, 0.0, np.where(kind == 1, little, much))
    orders = np.where(kind == 0, 0, np.where(kind == 1, few, many))
    return standard(np.column_stack([np.log1p(spend), np.log1p(orders), rng.normal(size=rows)]))


def counts(rng: Rng, rows: int) -> Floats:
    group = rng.integers(0, 3, rows)
    means = np.array([(1, 8, 20), (10, 2, 10), (3, 3, 12)])
    return standard(np.sqrt(rng.poisson(means[:, group].T).astype(np.float64)))


def only_categories(rng: Rng, rows: int) -> Floats:
    group = rng.integers(0, 3, rows)
    return np.hstack([one_hot(noisy(rng, group + shift, 3, 0.8), 3) for shift in range(4)])


def numbers_and_categories(rng: Rng, rows: int) -> Floats:
    group = rng.integers(0, 4, rows)
    centers = np.array([(0, 0), (5, 0), (0, 5), (5, 5)], dtype=np.float64)
    numbers = standard(centers[group] + rng.normal(size=(rows, 2)))
    categories = (one_hot(noisy(rng, group, 4, 0.75), 4), one_hot(noisy(rng, group, 2, 0.8), 2))
    return np.hstack([numbers, *categories])


def idle_categories(rng: Rng, rows: int) -> Floats:
    """Numbers without groups beside a flag and a category that say nothing of them."""
    flags = one_hot(rng.choice(2, rows, p=(0.7, 0.3)), 2)
    regions = one_hot(rng.choice(4, rows, p=(0.4, 0.3, 0.2, 0.1)), 4)
    return np.hstack([rng.normal(size=(rows, 3)), flags, regions])


def whole_numbers(rng: Rng, rows: int) -> Floats:
    """Scores from 1 to 5 that go together by degrees."""
    level = rng.normal(size=(rows, 1))
    return standard(np.clip(np.round(3 + level + rng.normal(size=(rows, 4))), 1, 5))


def customers(rng: Rng, rows: int) -> Floats:
    """Recency, orders and spend as shops have them: skewed, counted, correlated; no groups."""
    active = rng.gamma(0.8, 1.0, rows)
    orders = 1 + rng.poisson(3 * active)
    spend = orders * np.exp(rng.normal(3.5, 0.6, rows))
    recency = np.minimum(365, np.round(rng.exponential(120 / (0.3 + active))))
    return standard(np.column_stack([np.log1p(recency), np.log1p(orders), np.log1p(spend)]))


def rounded_amounts(rng: Rng, rows: int) -> Floats:
    """One cloud whose values people round to tens and hundreds."""
    values = np.exp(rng.multivariate_normal([5, 4], [[1, 0.5], [0.5, 1]], rows))
    steps = rng.choice([1, 10, 50], size=values.shape, p=(0.3, 0.4, 0.3))
    return standard(np.log1p(np.round(values / steps) * steps))


def wide(rng: Rng, rows: int) -> Floats:
    """Five groups in twenty columns, of which each takes part in some."""
    centers = place(rng, 5, 20, 7.5)
    return standard(centers[rng.integers(0, 5, rows)] + rng.normal(size=(rows, 20)))


def wide_cloud(rng: Rng, rows: int) -> Floats:
    return standard(rng.normal(size=(rows, 20)) @ rng.normal(size=(20, 20)))


def long_line(rng: Rng, rows: int) -> Floats:
    at = rng.uniform(0, 30, rows)
    return standard(np.column_stack([at, 0.5 * at + rng.normal(0, 1, rows), rng.normal(size=rows)]))


CORRELATED = [[1, 0.7, -0.5], [0.7, 1, -0.4], [-0.5, -0.4, 1]]
TUNED = (
    Family("2 well apart", 2, Mixture(2, 3, 7.0), 600),
    Family("5 well apart", 5, Mixture(5, 4, 7.0), 600),
    Family("8 well apart", 8, Mixture(8, 6, 7.0), 600),
    Family("2 overlapping", 2, Mixture(2, 4, 3.5), 600),
    Family("4 overlapping", 4, Mixture(4, 2, 3.5), 600),
    Family("6 overlapping", 6, Mixture(6, 5, 4.0), 600),
    Family("6 overlapping, many", 6, scaled(Mixture(6, 3, 3.8)), 3_000),
    Family("4 of unequal size", 4, Mixture(4, 3, 6.0, shares=(0.6, 0.25, 0.1, 0.05)), 600),
    Family("4 of unequal spread", 4, Mixture(4, 2, 7.0, spreads=(0.4, 0.7, 1.0, 1.6)), 600),
    Family(
        "5 of unequal density",
        5,
        scaled(blobs([(0, 0), (6, 0), (0, 6), (9, 8), (-8, -4)], (0.3, 0.6, 1, 1.6, 2))),
    ),
    Family("3 elongated", 3, Mixture(3, 2, 8.0, stretch=3.0), 600),
    Family("5 with heavy tails", 5, Mixture(5, 3, 7.0, tails=3.0), 600),
    Family("4 with Student's t of 2", 4, student_groups),
    Family("5, one of 2 %", 5, Mixture(5, 3, 7.0, shares=(0.32, 0.26, 0.22, 0.18, 0.02)), 600),
    Family("4, one of 1 %", 4, scaled(blobs(CORNERS, shares=(0.4, 0.34, 0.25, 0.01))), 2_000),
    Family("4, two of 2 %", 4, scaled(blobs(CORNERS, shares=(0.6, 0.36, 0.02, 0.02))), 3_000),
    Family("6 in 3 pairs", 6, Mixture(6, 3, 5.0, pairs=True), 600),
    Family(
        "4 sheared",
        4,
        scaled(lambda rng, n: blobs([(0, 0), (7, 0), (0, 9), (8, 9)])(rng, n) @ SHEAR),
    ),
    Family(
        "3 sheared",
        3,
        scaled(
            lambda rng, n: (
                blobs([(-8.9, -5.5), (1.8, 4.5), (1.3, -1.5)])(rng, n)
                @ np.array([[0.6, -0.64], [-0.41, 0.85]])
            )
        ),
    ),
    Family("3 with columns correlated .9", 3, correlated_groups),
    Family("4 log-normal, logged", 4, lognormal(True)),
    Family("4 log-normal, raw", 4, lognormal(False)),
    Family(
        "two moons",
        2,
        scaled(lambda rng, n: make_moons(n, noise=0.06, random_state=int(rng.integers(10**6)))[0]),
    ),
    Family(
        "2 of 80 and 20 %", 2, scaled(blobs([(0, 0, 0, 0), (3.2, 3.2, 0, 0)], shares=(0.8, 0.2)))
    ),
    Family("12 well apart", 12, scaled(Mixture(12, 4, 6.5)), 1_500, 15),
    Family("4, and 10 columns of noise", 4, with_noise_columns),
    Family("3 of categories alone", 3, only_categories, categories=(3,) * 4),
    Family("4 of numbers and categories", 4, numbers_and_categories, categories=(4, 2)),
    Family("zeros and two kinds of buyers", 3, buyers),
    Family("5 of 200 customers", 5, scaled(Mixture(5, 3, 5.0)), 200),
    Family("7 of 20,000 customers", 7, scaled(Mixture(7, 5, 5.0)), 20_000),
    Family("3 of counts", 3, counts),
    Family("5 in 20 columns", 5, wide, 1_500),
    Family("cloud: normal", 1, lambda rng, n: rng.normal(size=(n, 4)), 600),
    Family(
        "cloud: normal, correlated",
        1,
        lambda rng, n: rng.multivariate_normal([0] * 3, CORRELATED, n),
        600,
    ),
    Family(
        "cloud: correlated .9",
        1,
        scaled(lambda rng, n: rng.multivariate_normal([0] * 3, 0.9 + 0.1 * np.eye(3), n)),
    ),
    Family("cloud: uniform", 1, scaled(lambda rng, n: rng.uniform(size=(n, 2))), 600),
    Family("cloud: uniform, many", 1, scaled(lambda rng, n: rng.uniform(size=(n, 3))), 5_000),
    Family("cloud: exponential", 1, scaled(lambda rng, n: rng.exponential(size=(n, 3))), 600),
    Family("cloud: log-normal", 1, scaled(lambda rng, n: np.exp(rng.normal(size=(n, 3)))), 2_000),
    Family("cloud: Student's t of 3", 1, scaled(lambda rng, n: rng.standard_t(3, size=(n, 4)))),
    Family("cloud: 20 columns", 1, wide_cloud, 1_500),
    Family("cloud: a long line", 1, long_line),
    Family(
        "cloud: three columns of zeros",
        1,
        lambda rng, n: standard(np.column_stack([or_zero(rng, n, 0.6, 4, 1) for _ in range(3)])),
    ),
    Family(
        "cloud: a column of zeros",
        1,
        lambda rng, n: standard(
            np.column_stack([or_zero(rng, n, 0.6, 4, 1), rng.normal(size=(n, 2))])
        ),
    ),
    Family("cloud: idle categories", 1, idle_categories, categories=(2, 4)),
    Family("cloud: scores of 1 to 5", 1, whole_numbers, 2_000),
    Family("cloud: a shop's customers", 1, customers, 4_000),
    Family("cloud: rounded amounts", 1, rounded_amounts, 3_000),
)
