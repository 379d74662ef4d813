"""Twelve more families, written after the rule was frozen for the second time."""

from __future__ import annotations

import numpy as np

from benchmarks.choose_k.make import (
    Family,
    Rng,
    direction,
    noisy,
    one_hot,
    place,
    standard,
)
from segkit.learn.numbers import Floats


def triangles(rng: Rng, rows: int) -> Floats:
    """Six groups that are densest in a corner."""
    centers, group = place(rng, 6, 3, 6.0), rng.integers(0, 6, rows)
    return standard(
        centers[group] + 4 * np.sqrt(rng.random((rows, 3))) * rng.choice([-1, 1], (6, 3))[group]
    )


def beta_scores(rng: Rng, rows: int) -> Floats:
    """Three kinds of people by four scores between 0 and 100, whole."""
    levels = np.array([(0.15, 0.8, 0.5, 0.2), (0.8, 0.2, 0.3, 0.7), (0.5, 0.5, 0.9, 0.9)])
    mean = levels[rng.choice(3, rows, p=(0.5, 0.3, 0.2))]
    return standard(np.round(100 * rng.beta(14 * mean, 14 * (1 - mean))))


def sheared_pairs(rng: Rng, rows: int) -> Floats:
    """Four groups, turned and stretched as one by any matrix."""
    X = place(rng, 4, 3, 7.0)[rng.integers(0, 4, rows)] + rng.normal(size=(rows, 3))
    return standard(X @ (np.eye(3) + 0.35 * rng.normal(size=(3, 3))))


def contaminated(rng: Rng, rows: int) -> Floats:
    """Four groups, and one customer in fifty anywhere, far out."""
    centers = place(rng, 4, 4, 7.5)
    X = centers[rng.integers(0, 4, rows)] + rng.normal(size=(rows, 4))
    outside = rng.random(rows) < 0.02
    X[outside] = rng.uniform(-30, 30, (int(outside.sum()), 4))
    return standard(X)


def seven_of_any_size(rng: Rng, rows: int) -> Floats:
    """Seven groups whose shares are drawn: the largest is some five times the smallest."""
    shares = rng.uniform(1, 5, 7)
    group = rng.choice(7, rows, p=shares / shares.sum())
    spread = rng.uniform(0.6, 1.2, 7)[group, None]
    return standard(place(rng, 7, 5, 7.0)[group] + rng.normal(size=(rows, 5)) * spread)


def one_small(rng: Rng, rows: int) -> Floats:
    """Two large groups, and one of 3 % that is narrow."""
    group = rng.choice(3, rows, p=(0.55, 0.42, 0.03))
    spread = np.array([1.0, 1.3, 0.4])[group, None]
    return standard(place(rng, 3, 3, 6.5)[group] + rng.normal(size=(rows, 3)) * spread)


def plans(rng: Rng, rows: int) -> Floats:
    """Three groups by usage and bills, logged, of which a plan and a flag know something."""
    group = rng.choice(3, rows, p=(0.5, 0.3, 0.2))
    levels = np.array([(1.0, 5.0), (4.5, 2.0), (6.0, 6.5)])
    numbers = standard(levels[group] + rng.normal(0, 0.7, (rows, 2)))
    return np.hstack(
        [numbers, one_hot(noisy(rng, group, 3, 0.7), 3), one_hot(noisy(rng, group, 2, 0.7), 2)]
    )


def lapsed(rng: Rng, rows: int) -> Floats:
    """New, active and lapsed customers by days and orders; orders are few and whole."""
    kind = rng.choice(3, rows, p=(0.3, 0.4, 0.3))
    days = np.exp(rng.normal(np.array([2.2, 3.0, 6.2])[kind], 0.35))
    tenure = np.exp(rng.normal(np.array([3.0, 6.8, 6.9])[kind], 0.3))
    orders = 1 + rng.poisson(np.array([0.5, 14.0, 4.0])[kind])
    return standard(np.column_stack([np.log1p(days), np.log1p(tenure), np.log1p(orders)]))


def factor(rng: Rng, rows: int) -> Floats:
    """One cloud of eight columns that two hidden factors move."""
    shared = rng.normal(size=(rows, 2)) @ rng.normal(size=(2, 8))
    return standard(shared + rng.normal(0, 0.8, (rows, 8)))


def long_tails(rng: Rng, rows: int) -> Floats:
    """Amounts with Pareto tails, logged, that go together."""
    activity = rng.gamma(1.5, 1.0, rows)
    amounts = (1 + rng.pareto(2.5, (rows, 3))) * (0.2 + activity[:, None])
    return standard(np.log1p(amounts))


def disc(rng: Rng, rows: int) -> Floats:
    """Even within a circle, and a third column that says nothing."""
    radius, angle = np.sqrt(rng.random(rows)), rng.uniform(0, 2 * np.pi, rows)
    return standard(
        np.column_stack([radius * np.cos(angle), radius * np.sin(angle), rng.normal(size=rows)])
    )


def idle_flags(rng: Rng, rows: int) -> Floats:
    """Counts and an amount without groups, a share of zeros, and three flags that say nothing."""
    level = rng.gamma(2.0, 1.0, rows)
    orders = rng.poisson(1.5 * level)
    spend = np.where(orders > 0, orders * rng.lognormal(3, 0.5, rows), 0.0)
    numbers = standard(np.column_stack([np.log1p(orders), np.log1p(spend), direction(rng, rows)]))
    flags = [one_hot((rng.random(rows) < share).astype(int), 2) for share in (0.5, 0.2, 0.1)]
    return np.hstack([numbers, *flags])


UNSEEN_2 = (
    Family("6 with a dense corner", 6, triangles, 2_100),
    Family("3 by scores from 0 to 100", 3, beta_scores, 2_100),
    Family("4 sheared by any matrix", 4, sheared_pairs, 2_100),
    Family("4 and some far out", 4, contaminated, 2_500),
    Family("7 of any size", 7, seven_of_any_size, 3_000),
    Family("3, one of 3 %", 3, one_small, 2_100),
    Family("3 with plans and flags", 3, plans, 2_100, categories=(3, 2)),
    Family("new, active, lapsed", 3, lapsed, 2_500),
    Family("cloud: two factors", 1, factor, 2_500),
    Family("cloud: long tails", 1, long_tails, 3_000),
    Family("cloud: a disc", 1, disc, 2_100),
    Family("cloud: counts and idle flags", 1, idle_flags, 2_100, categories=(2, 2, 2)),
)
