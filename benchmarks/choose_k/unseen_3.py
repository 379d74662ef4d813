"""Twelve more families, written after the rule was frozen for the third time."""

from __future__ import annotations

import numpy as np

from benchmarks.choose_k.make import Family, Rng, noisy, one_hot, place, standard
from segkit.learn.numbers import Floats


def departments(rng: Rng, rows: int) -> Floats:
    """Four kinds of customers by the shares that five departments have of what they spend."""
    tastes = np.array([(8, 1, 1, 1, 1), (1, 8, 4, 1, 1), (1, 1, 1, 9, 3), (2, 2, 2, 2, 9)])
    group = rng.choice(4, rows, p=(0.4, 0.25, 0.2, 0.15))
    amounts = rng.gamma(2.5 * tastes[group])
    return standard(amounts / amounts.sum(axis=1, keepdims=True))


def skew_groups(rng: Rng, rows: int) -> Floats:
    """Five groups with a long side, each of its own density, the largest nine times the least."""
    group = rng.choice(5, rows, p=np.array([9, 6, 4, 2, 1]) / 22)
    spread = rng.permutation([0.5, 0.7, 1.0, 1.2, 1.4])[group, None]
    steps = (rng.gamma(3.0, 1.0, (rows, 6)) - 3) / np.sqrt(3)
    return standard(place(rng, 5, 6, 8.0)[group] + steps * spread)


def mixed_kinds(rng: Rng, rows: int) -> Floats:
    """A normal group, one with tails and a box, all sheared by one matrix."""
    steps = np.stack(
        [
            rng.normal(size=(rows, 3)),
            rng.standard_t(4, size=(rows, 3)),
            rng.uniform(-2, 2, (rows, 3)),
        ]
    )
    group = rng.choice(3, rows, p=(0.45, 0.35, 0.2))
    X = place(rng, 3, 3, 8.0)[group] + steps[group, np.arange(rows)]
    return standard(X @ (np.eye(3) + 0.4 * rng.uniform(-1, 1, (3, 3))))


def among_correlated(rng: Rng, rows: int) -> Floats:
    """Six groups in six columns, beside four idle ones that go together."""
    groups = place(rng, 6, 6, 8.0)[rng.integers(0, 6, rows)] + rng.normal(size=(rows, 6))
    idle = rng.multivariate_normal([0] * 4, 0.5 + 0.5 * np.eye(4), rows)
    return standard(np.hstack([groups, idle]))


def rfm_groups(rng: Rng, rows: int) -> Floats:
    """Regulars, lapsed regulars, new and one-time customers; whole days and orders, logged."""
    kind = rng.choice(4, rows, p=(0.2, 0.2, 0.25, 0.35))
    days = np.round(rng.lognormal(np.array([2.2, 5.6, 2.2, 5.6])[kind], 0.4))
    orders = 1 + rng.poisson(np.array([18, 15, 0.6, 0.4])[kind])
    spend = orders * rng.lognormal(3.4, 0.35, rows)
    return standard(np.log1p(np.column_stack([days, orders, spend])))


def one_and_a_half_percent(rng: Rng, rows: int) -> Floats:
    group = rng.choice(3, rows, p=(0.6, 0.385, 0.015))
    spread = np.array([1.0, 0.8, 0.6])[group, None]
    return standard(place(rng, 3, 5, 8.0)[group] + rng.normal(size=(rows, 5)) * spread)


def channels(rng: Rng, rows: int) -> Floats:
    """Five groups by three numbers, of which a channel knows something and a region nothing."""
    group = rng.integers(0, 5, rows)
    numbers = standard(place(rng, 5, 3, 7.0)[group] + rng.normal(size=(rows, 3)))
    return np.hstack(
        [numbers, one_hot(noisy(rng, group, 3, 0.6), 3), one_hot(rng.integers(0, 3, rows), 3)]
    )


def subscribers(rng: Rng, rows: int) -> Floats:
    """Nearly half use nothing; the others use the one half of four services, or the other."""
    kind = rng.choice(3, rows, p=(0.45, 0.3, 0.25))
    hours = np.array([(0, 0, 0, 0), (20, 14, 2, 1), (2, 1, 16, 30)])[kind]
    used = np.where(rng.random((rows, 4)) < 0.05, 0.0, hours * rng.lognormal(0, 0.4, (rows, 4)))
    return standard(np.log1p(used))


def one_skewed_peak(rng: Rng, rows: int) -> Floats:
    """Amounts of two kinds of customers who are too alike: one peak with a shoulder, logged."""
    kind = (rng.random(rows) < 0.3)[:, None]
    return standard(rng.normal(size=(rows, 4)) * np.where(kind, 1.6, 1.0) + 1.1 * kind)


def survey(rng: Rng, rows: int) -> Floats:
    """Five answers from 1 to 10 that go together, most of them high, and an age."""
    mood = rng.normal(size=(rows, 1))
    answers = np.clip(np.round(7.5 + 1.8 * mood + 1.6 * rng.normal(size=(rows, 5))), 1, 10)
    ages = np.round(np.clip(18 + rng.gamma(3.0, 9.0, rows), 18, 95))
    return standard(np.column_stack([answers, ages]))


def capped(rng: Rng, rows: int) -> Floats:
    """Gamma amounts by one activity: inactive ones have none of any, and the most is capped."""
    active = rng.normal(size=(rows, 1)) + 0.4 * rng.normal(size=(rows, 4))
    ranks = active.argsort(axis=0).argsort(axis=0) / rows
    amounts = -(np.log1p(-np.minimum(ranks, 0.999)) ** 2)
    amounts = np.where(ranks < 0.35, 0.0, np.abs(amounts))
    return standard(np.log1p(np.minimum(100 * amounts, 250)))


def skewed_box(rng: Rng, rows: int) -> Floats:
    """A sheared box of six columns, even inside, and one customer in a hundred far out."""
    X = rng.random((rows, 6)) @ (np.eye(6) + 0.3 * rng.normal(size=(6, 6)))
    outside = rng.random(rows) < 0.01
    X[outside] = rng.normal(0, 4, (int(outside.sum()), 6))
    return standard(X)


UNSEEN_3 = (
    Family("4 by shares of departments", 4, departments, 1_800),
    Family("5 with a long side", 5, skew_groups, 2_200),
    Family("3 of three kinds, sheared", 3, mixed_kinds, 1_500),
    Family("6 beside correlated columns", 6, among_correlated, 3_000),
    Family("4 by recency, orders, spend", 4, rfm_groups, 2_400),
    Family("3, one of 1.5 %", 3, one_and_a_half_percent, 4_000),
    Family("5 with channels and regions", 5, channels, 1_500, categories=(3, 3)),
    Family("half use nothing, two kinds", 3, subscribers, 2_000),
    Family("cloud: a peak with a shoulder", 1, one_skewed_peak, 2_000),
    Family("cloud: a survey", 1, survey, 2_500),
    Family("cloud: zeros and caps", 1, capped, 3_000),
    Family("cloud: a skewed box", 1, skewed_box, 1_200),
)
