"""Twelve more hard families, written after the rule was frozen for the sixth time."""

from __future__ import annotations

import numpy as np

from benchmarks.choose_k.make import Family, Rng, noisy, one_hot, place, standard
from segkit.learn.numbers import Floats


def beside_ten(rng: Rng, rows: int) -> Floats:
    """Five groups of unequal size in five columns, beside ten idle ones of five kinds, raw."""
    group = rng.choice(5, rows, p=(0.34, 0.26, 0.18, 0.14, 0.08))
    idle = (
        rng.normal(size=(rows, 2)),
        rng.lognormal(0, 0.9, (rows, 2)),
        rng.poisson(1.5, (rows, 2)),
        (rng.random((rows, 2)) < 0.3) * 1.0,
        rng.standard_t(4, (rows, 2)),
    )
    return standard(np.hstack([place(rng, 5, 5, 8.0)[group] + rng.normal(size=(rows, 5)), *idle]))


def turned(rng: Rng, rows: int) -> Floats:
    """Three groups in two directions of seven; each column is a mixture of these and of noise."""
    groups = place(rng, 3, 2, 8.0)[rng.integers(0, 3, rows)] + rng.normal(size=(rows, 2))
    X = np.hstack([groups, rng.normal(size=(rows, 5))])
    return standard(X @ np.linalg.qr(rng.normal(size=(7, 7)))[0])


def hardly_any(rng: Rng, rows: int) -> Floats:
    """Four fifths never bought; some buy often and cheap, some seldom and dear; tenure and age."""
    kind = rng.choice(3, rows, p=(0.8, 0.12, 0.08))
    orders = np.where(kind == 0, 0, 1 + rng.poisson(np.array([0, 14.0, 1.2])[kind]))
    spend = orders * rng.lognormal(np.array([0, 2.2, 5.6])[kind], 0.45)
    ages = np.round(np.clip(rng.normal(45, 15, rows), 18, 90))
    idle = np.column_stack([rng.gamma(2.0, 14.0, rows), ages])
    return standard(np.column_stack([np.log1p(orders), np.log1p(spend), idle]))


def two_services(rng: Rng, rows: int) -> Floats:
    """A third use nothing, the others one of two services, or both; each shows in three columns."""
    kind = rng.choice(4, rows, p=(0.35, 0.3, 0.2, 0.15))
    uses = np.array([(0, 0), (1, 0), (0, 1), (1, 1)])[kind]
    minutes = rng.lognormal(np.array([4.0, 2.5, 3.0, 3.5, 2.0, 4.5]), 0.5, (rows, 6))
    stray = rng.random((rows, 6)) < 0.02
    return standard(np.log1p(np.where(stray, 0.0, minutes * np.repeat(uses, 3, axis=1))))


def overdispersed(rng: Rng, rows: int) -> Floats:
    """Four groups by four counts whose means differ much, each with an appetite of its own."""
    means = np.array([(2, 2, 40, 40), (40, 2, 2, 40), (2, 40, 2, 2), (60, 60, 60, 3)])
    group = rng.choice(4, rows, p=(0.4, 0.25, 0.2, 0.15))
    return standard(np.log1p(rng.poisson(means[group] * rng.gamma(4.0, 0.25, (rows, 1)))))


def of_any_shape(rng: Rng, rows: int) -> Floats:
    """Six groups in four columns: normal, with tails, even, skewed; the largest has six times the
    least.
    """
    group = rng.choice(6, rows, p=np.array([6, 5, 4, 3, 2, 1]) / 21)
    steps = np.stack(
        [
            rng.normal(size=(rows, 4)),
            rng.standard_t(4, (rows, 4)),
            rng.uniform(-1.8, 1.8, (rows, 4)),
            rng.gamma(2.0, 0.7, (rows, 4)) - 1.4,
        ]
    )
    return standard(place(rng, 6, 4, 9.0)[group] + steps[group % 4, np.arange(rows)])


def few_with_a_plan(rng: Rng, rows: int) -> Floats:
    """Four groups by three numbers and a plan that follows them, beside three idle numbers."""
    group = rng.integers(0, 4, rows)
    known = place(rng, 4, 3, 8.0)[group] + rng.normal(size=(rows, 3))
    numbers = standard(np.hstack([known, rng.gamma(3.0, 1.0, (rows, 3))]))
    return np.hstack([numbers, one_hot(noisy(rng, group, 4, 0.7), 4)])


def partly_unknown(rng: Rng, rows: int) -> Floats:
    """Three groups by five columns; one value in eight of two of them is not known: the median."""
    group = rng.choice(3, rows, p=(0.5, 0.3, 0.2))
    X = place(rng, 3, 5, 8.5)[group] + rng.normal(size=(rows, 5))
    unknown = rng.random((rows, 2)) < 0.125
    X[:, :2] = np.where(unknown, np.median(X[:, :2], axis=0), X[:, :2])
    return standard(X)


def crescent(rng: Rng, rows: int) -> Floats:
    """One cloud along a third of a circle, and a third column that says nothing."""
    angle = rng.uniform(0, 2.1, rows)
    arc = 3 * np.column_stack([np.cos(angle), np.sin(angle)]) + 0.4 * rng.normal(size=(rows, 2))
    return standard(np.column_stack([arc, rng.normal(size=rows)]))


def zeros_and_regions(rng: Rng, rows: int) -> Floats:
    """One appetite moves visits, orders and spend, most have no order; regions say nothing."""
    appetite = rng.gamma(0.8, 1.0, rows)
    visits, orders = rng.poisson(6 * appetite), rng.poisson(0.6 * appetite)
    spend = orders * rng.lognormal(3.2, 0.7, rows)
    numbers = standard(np.log1p(np.column_stack([visits, orders, spend])))
    return np.hstack([numbers, one_hot(rng.choice(3, rows, p=(0.5, 0.3, 0.2)), 3)])


def one_factor(rng: Rng, rows: int) -> Floats:
    """Ten columns by one factor with tails, three of them cut to yes or no, two to fives."""
    level = rng.standard_t(4, (rows, 1)) + 0.8 * rng.normal(size=(rows, 10))
    level[:, :3] = level[:, :3] > (-0.5, 0.3, 1.0)
    level[:, 3:5] = np.clip(np.round(level[:, 3:5]), -2, 2)
    return standard(level)


def waves(rng: Rng, rows: int) -> Floats:
    """Days of a year with four waves of a fifth, and two amounts that go together."""
    days = rng.random(4 * rows)
    kept = days[rng.random(4 * rows) < (1 + 0.2 * np.sin(8 * np.pi * days)) / 1.2][:rows]
    level = rng.normal(size=(rows, 1)) + 0.7 * rng.normal(size=(rows, 2))
    return standard(np.column_stack([np.round(365 * kept), level]))


UNSEEN_6 = (
    Family("5 beside ten idle columns", 5, beside_ten, 1_800),
    Family("3 in two of seven directions", 3, turned, 1_200),
    Family("four fifths never, 2 kinds", 3, hardly_any, 2_000),
    Family("none, one, other, both", 4, two_services, 1_800),
    Family("4 by overdispersed counts", 4, overdispersed, 1_500),
    Family("6 of any shape", 6, of_any_shape, 2_000),
    Family("4 of 400, a plan, idle", 4, few_with_a_plan, 400, categories=(4,)),
    Family("3, one in eight unknown", 3, partly_unknown, 1_500),
    Family("cloud: a crescent", 1, crescent, 1_200),
    Family("cloud: zeros and regions", 1, zeros_and_regions, 1_500, categories=(3,)),
    Family("cloud: one factor, cut", 1, one_factor, 1_200),
    Family("cloud: a year with waves", 1, waves, 1_500),
)
