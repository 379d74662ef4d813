"""Twelve families of other kinds, written after the rule was frozen for the seventh time."""

from __future__ import annotations

import numpy as np

from benchmarks.choose_k.make import Family, Rng, direction, noisy, one_hot, place, standard
from segkit.learn.numbers import Floats

PRICES = np.array([4.99, 9.99, 14.99, 19.99, 29.99, 49.99, 79.99, 99.99, 149.99, 249.99])


def bent_groups(rng: Rng, rows: int) -> Floats:
    """Three groups in three columns, each bent in a direction of its own."""
    group = rng.choice(3, rows, p=(0.45, 0.35, 0.2))
    steps = rng.normal(size=(rows, 3))
    along, to = (np.array([direction(rng, 3) for _ in range(3)])[group] for _ in range(2))
    at = (steps * along).sum(axis=1)[:, None]
    return standard(place(rng, 3, 3, 9.0)[group] + steps + (0.6 * at**2 - 0.6) * to)


def families(rng: Rng, rows: int) -> Floats:
    """Two groups that are near one another, and far from them three that are, too."""
    near = np.vstack([place(rng, 2, 4, 6.5), place(rng, 3, 4, 6.5) + 22 * direction(rng, 4)])
    group = rng.choice(5, rows, p=(0.3, 0.25, 0.2, 0.15, 0.1))
    return standard(near[group] + rng.normal(size=(rows, 4)))


def own_columns(rng: Rng, rows: int) -> Floats:
    """Four groups, of which each has more than all others of three columns; twelve are idle."""
    group = rng.choice(4, rows, p=(0.4, 0.3, 0.2, 0.1))
    more = 5.0 * np.repeat(np.eye(4), 3, axis=1)[group]
    idle = rng.normal(size=(rows, 6)), rng.gamma(2.0, 1.0, (rows, 6))
    return standard(np.hstack([more + rng.normal(size=(rows, 12)), *idle]))


def seasons(rng: Rng, rows: int) -> Floats:
    """Four seasons of buying as sine and cosine of the day, and what is spent, which says nothing.

    The winter's share is eight times that of the autumn.
    """
    group = rng.choice(4, rows, p=(0.4, 0.3, 0.25, 0.05))
    day = np.array([0.1, 1.7, 3.2, 4.8])[group] + rng.normal(0, 0.2, rows)
    spend = rng.normal(size=rows)
    return standard(np.column_stack([np.sin(day), np.cos(day), spend]))


def weekdays(rng: Rng, rows: int) -> Floats:
    """Visits by the day of the week: commuters, weekend people, and who comes each day."""
    week = np.array([(5, 5, 5, 5, 5, 0.4, 0.2), (0.4, 0.3, 0.3, 0.4, 1, 8, 7), (7,) * 7])
    group = rng.choice(3, rows, p=(0.5, 0.3, 0.2))
    return standard(np.sqrt(rng.poisson(week[group] * rng.gamma(12.0, 1 / 12, (rows, 1)))))


def priced(rng: Rng, rows: int) -> Floats:
    """Four groups by orders and by two prices, which are among ten points; logged."""
    level = np.array([(0.5, 2.3, 2.0), (2.8, 2.3, 4.8), (0.5, 4.8, 4.8), (2.8, 4.8, 2.0)])
    group = rng.choice(4, rows, p=(0.4, 0.3, 0.2, 0.1))
    at = level[group] + rng.normal(0, 0.4, (rows, 3))
    nearest = np.abs(at[:, 1:, None] - np.log(PRICES)).argmin(axis=2)
    return standard(
        np.column_stack([np.log(np.round(1 + np.exp(at[:, 0]))), np.log(PRICES)[nearest]])
    )


def on_the_way(rng: Rng, rows: int) -> Floats:
    """Five groups in four columns, and one customer in forty on the way from one to another."""
    centers, (one, other) = place(rng, 5, 4, 8.0), rng.integers(0, 5, (2, rows))
    part = np.where(rng.random(rows) < 0.025, rng.random(rows), 0.0)[:, None]
    return standard(centers[one] * (1 - part) + centers[other] * part + rng.normal(size=(rows, 4)))


def six_levels(rng: Rng, rows: int) -> Floats:
    """Four groups by two numbers, of which a category of six levels knows something; an amount
    and a flag say nothing.
    """
    group = rng.choice(4, rows, p=(0.35, 0.3, 0.2, 0.15))
    numbers = place(rng, 4, 2, 7.5)[group] + rng.normal(size=(rows, 2))
    numbers = standard(np.column_stack([numbers, rng.gamma(3.0, 1.0, rows)]))
    flag = (rng.random(rows) < 0.3).astype(np.int64)
    return np.hstack([numbers, one_hot(noisy(rng, group, 6, 0.6), 6), one_hot(flag, 2)])


def hollow(rng: Rng, rows: int) -> Floats:
    """One cloud around a ball in four columns, thinner inside it."""
    steps = rng.normal(size=(rows, 4))
    radius = 2 + 0.6 * rng.normal(size=(rows, 1))
    return standard(radius * steps / np.linalg.norm(steps, axis=1, keepdims=True))


def fan(rng: Rng, rows: int) -> Floats:
    """One cloud that is the wider the more there is of its first column."""
    much = rng.gamma(2.0, 1.0, (rows, 1))
    return standard(np.hstack([much, much * (1 + 0.5 * rng.normal(size=(rows, 3)))]))


def at_price_points(rng: Rng, rows: int) -> Floats:
    """One taste for what is dear moves two prices among ten points, and orders fall with it."""
    taste = rng.normal(size=(rows, 1)) + 0.6 * rng.normal(size=(rows, 2))
    nearest = np.abs(3.2 + 0.8 * taste[:, :, None] - np.log(PRICES)).argmin(axis=2)
    orders = rng.poisson(np.exp(1.0 - 0.4 * taste.mean(axis=1)))
    return standard(np.column_stack([np.log(PRICES)[nearest], np.log1p(orders)]))


def cohorts(rng: Rng, rows: int) -> Floats:
    """Months since joining, of which some had many; orders and spend grow with them."""
    month = rng.choice(36, rows, p=rng.dirichlet(np.full(36, 3.0)))
    orders = 1 + rng.poisson(0.3 * month * rng.gamma(2.0, 0.5, rows))
    spend = orders * rng.lognormal(3.0, 0.7, rows)
    return standard(np.column_stack([month, np.log(orders), np.log(spend)]))


UNSEEN_7 = (
    Family("3 bent groups", 3, bent_groups, 1_500),
    Family("5, two far from three", 5, families, 1_500),
    Family("4, each by its own columns", 4, own_columns, 2_000),
    Family("4 seasons", 4, seasons, 1_500),
    Family("3 by days of the week", 3, weekdays, 1_500),
    Family("4 at price points", 4, priced, 1_500),
    Family("5, some on the way", 5, on_the_way, 2_000),
    Family("4 with six levels, idle", 4, six_levels, 1_200, categories=(6, 2)),
    Family("cloud: a hollow ball", 1, hollow, 1_500),
    Family("cloud: a fan", 1, fan, 1_500),
    Family("cloud: price points", 1, at_price_points, 1_500),
    Family("cloud: months of joining", 1, cohorts, 1_500),
)
