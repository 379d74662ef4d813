"""Families to tune on, written before the sixth freeze: idle columns, and many who never bought."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.choose_k.make import Draw, Family, Rng, place, standard
from segkit.learn.numbers import Floats

Part = Callable[[Rng, int], Floats]


def beside(*parts: Part) -> Draw:
    """Columns side by side, standardised."""
    return lambda rng, rows: standard(np.hstack([part(rng, rows) for part in parts]))


def groups(
    k: int,
    d: int,
    apart: float = 8.0,
    shares: Sequence[float] | None = None,
    together: float = 0.0,
    shear: float = 0.0,
    tails: float | None = None,
) -> Part:
    def draw(rng: Rng, rows: int) -> Floats:
        X = rng.multivariate_normal([0] * d, (1 - together) * np.eye(d) + together, rows)
        if tails:
            X = X / np.sqrt(rng.chisquare(tails, (rows, 1)) / tails)
        X = X + place(rng, k, d, apart)[rng.choice(k, rows, p=shares)]
        return np.asarray(X @ (np.eye(d) + np.tril(rng.uniform(-shear, shear, (d, d)), -1)))

    return draw


def normal(d: int) -> Part:
    return lambda rng, rows: rng.normal(size=(rows, d))


def even(d: int) -> Part:
    return lambda rng, rows: rng.random((rows, d))


def skewed(d: int) -> Part:
    return lambda rng, rows: rng.gamma(2.0, 1.0, (rows, d))


def together(d: int) -> Part:
    return lambda rng, rows: rng.multivariate_normal([0] * d, 0.5 + 0.5 * np.eye(d), rows)


def amounts(d: int) -> Part:
    return lambda rng, rows: rng.lognormal(0, 1, (rows, d))


def counts(d: int, mean: float) -> Part:
    return lambda rng, rows: np.asarray(rng.poisson(mean, (rows, d)), dtype=np.float64)


def flags(d: int, share: float) -> Part:
    return lambda rng, rows: np.asarray(rng.random((rows, d)) < share, dtype=np.float64)


def or_nothing(d: int, zero: float) -> Part:
    def draw(rng: Rng, rows: int) -> Floats:
        amount = rng.lognormal(3, 0.6, (rows, d))
        some = np.where(rng.random((rows, d)) < zero, 0.0, amount)
        return np.asarray(np.log1p(some), dtype=np.float64)

    return draw


def ages(rng: Rng, rows: int) -> Floats:
    return np.asarray(np.round(np.clip(rng.normal(42, 13, (rows, 1)), 18, 85)), dtype=np.float64)


def never(
    share: float, kinds: Sequence[tuple[float, float, float]], sd: float, items: bool = True
) -> Part:
    """A share never bought; the others by (part of them, further orders, log of what one costs)."""
    parts = np.array([kind[0] for kind in kinds])
    p = np.array([share, *(parts / parts.sum() * (1 - share))])
    more, dear = (np.array([0.0, *(kind[at] for kind in kinds)]) for at in (1, 2))

    def draw(rng: Rng, rows: int) -> Floats:
        kind = rng.choice(len(p), rows, p=p)
        orders = np.where(kind == 0, 0, 1 + rng.poisson(more[kind]))
        spend = orders * rng.lognormal(dear[kind], sd)
        bought = np.where(orders > 0, 1 + rng.poisson(2 * orders), 0)
        columns = [orders, spend, *([bought] if items else [])]
        return np.asarray(np.log1p(np.column_stack(columns)), dtype=np.float64)

    return draw


THREE = ((0.16, 0.8, 2.4), (0.1, 22.0, 2.6), (0.08, 1.0, 6.2))
TUNED_3 = (
    Family("4 beside 8 idle", 4, beside(groups(4, 4), normal(3), even(3), skewed(2))),
    Family("3 beside 6 normal", 3, beside(groups(3, 3), normal(6)), 800),
    Family("5 beside 6 even", 5, beside(groups(5, 4), even(6)), 1_500),
    Family("4 in 2 beside 6 skewed", 4, beside(groups(4, 2), skewed(6)), 1_500),
    Family("3 beside 10", 3, beside(groups(3, 5, 7.0), normal(5), even(5)), 1_200),
    Family("4 beside 10 normal", 4, beside(groups(4, 3), normal(10)), 2_000),
    Family(
        "3 of 60, 30, 10 %, 8 even", 3, beside(groups(3, 2, 8.0, (0.6, 0.3, 0.1)), even(8)), 1_500
    ),
    Family("5 beside 5 together", 5, beside(groups(5, 5), together(5)), 2_000),
    Family("2 beside 8", 2, beside(groups(2, 3), normal(4), even(4)), 800),
    Family("4 beside 3 log-normal", 4, beside(groups(4, 3), amounts(3)), 1_200),
    Family("3 beside 4 counts", 3, beside(groups(3, 3), counts(4, 0.5))),
    Family("4 beside 4 flags", 4, beside(groups(4, 3), flags(4, 0.3))),
    Family("3 beside zeros", 3, beside(groups(3, 3), or_nothing(2, 0.6)), 1_500),
    Family("5 at r = .7 beside 4", 5, beside(groups(5, 4, 8.5, together=0.7), normal(4)), 2_000),
    Family("3 sheared beside 6 even", 3, beside(groups(3, 3, shear=0.8), even(6)), 1_200),
    Family("3 of t of 3 beside 5", 3, beside(groups(3, 3, 11.0, tails=3), normal(5)), 1_500),
    Family("two thirds never, 3 kinds", 4, beside(never(0.66, THREE, 0.35)), 1_500),
    Family("70 % never, 3 kinds, age", 4, beside(never(0.7, THREE, 0.35), ages), 2_000),
    Family("60 % never, 2 kinds", 3, beside(never(0.6, ((5, 0.8, 2.6), (3, 25, 4.2)), 0.3))),
    Family(
        "75 % never, no items", 3, beside(never(0.75, ((3, 0.5, 2.6), (2, 20, 3.5)), 0.3, False))
    ),
    Family("80 % never, 2 kinds", 3, beside(never(0.8, ((1, 0.8, 2.6), (1, 25, 4.2)), 0.3)), 2_500),
    Family("cloud: 12 idle", 1, beside(normal(6), even(4), skewed(2))),
    Family("cloud: half never, degrees", 1, beside(never(0.5, ((1, 2, 3.0),), 0.8)), 1_500),
    Family("cloud: zeros and others", 1, beside(together(3), or_nothing(2, 0.5)), 1_500),
    Family("cloud: flags and others", 1, beside(together(2), flags(4, 0.4)), 1_500),
    Family("cloud: log-normal", 1, beside(amounts(5)), 1_500),
)
