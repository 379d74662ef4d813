"""Pieces that families of data sets are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from segkit.learn.numbers import Floats
from segkit.learn.trees.ranks import Rows

Rng = np.random.Generator
Draw = Callable[[Rng, int], Floats]


@dataclass(frozen=True)
class Family:
    """Data sets of one make. ``k`` is the number of groups, 1 where there are none.

    ``categories``: the widths of the last columns, which are one a level.
    """

    name: str
    k: int
    draw: Draw
    rows: int = 1_000
    k_max: int = 10
    categories: tuple[int, ...] = ()

    def data(self, seed: int) -> Rows:
        """The rows of one data set, in a random order."""
        rng = np.random.default_rng([seed, *self.name.encode()])
        X = rng.permutation(self.draw(rng, self.rows))
        numbers = X.shape[1] - sum(self.categories)
        parts = np.split(X, numbers + np.cumsum([0, *self.categories[:-1]]), axis=1)[1:]
        codes = [part.argmax(axis=1) for part in parts if self.categories]
        values = np.column_stack([X[:, :numbers], *codes]).astype(np.float64)
        levels = {
            f"x{numbers + place}": tuple(map(str, range(wide)))
            for place, wide in enumerate(self.categories)
        }
        return replace(Rows.of_array(values, scaled=X), levels=levels)


def standard(X: Floats) -> Floats:
    """Columns of mean 0 and standard deviation 1, as a fit has them."""
    spread = X.std(axis=0)
    return np.asarray((X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def scaled(draw: Draw) -> Draw:
    """The same data, standardised."""
    return lambda rng, rows: standard(draw(rng, rows))


@dataclass(frozen=True)
class Mixture:
    """``k`` groups in ``d`` columns; each centre 1 to 1.5 times ``apart`` from its next one.

    A group has a standard deviation of 1 (or its ``spreads``), times ``stretch``
    in one direction; ``tails`` are degrees of freedom of Student's t; ``pairs``:
    the groups come two by two, and the pairs lie farther from each other.
    """

    k: int
    d: int
    apart: float
    shares: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()
    stretch: float = 1.0
    tails: float | None = None
    pairs: bool = False

    def __call__(self, rng: Rng, rows: int) -> Floats:
        centers = self._centers(rng)
        group = rng.choice(self.k, rows, p=self.shares or None)
        X = rng.normal(size=(rows, self.d))
        if self.tails:
            X /= np.sqrt(rng.chisquare(self.tails, rows) / self.tails)[:, None]
        for number in range(self.k if self.stretch > 1 else 0):
            axis, own = direction(rng, self.d), group == number
            X[own] += np.outer(X[own] @ axis, axis) * (self.stretch - 1)
        spread = np.array(self.spreads or (1.0,) * self.k)
        return np.asarray(centers[group] + X * spread[group, None], dtype=np.float64)

    def _centers(self, rng: Rng) -> Floats:
        if not self.pairs:
            return place(rng, self.k, self.d, self.apart)
        halves = []
        for center in place(rng, self.k // 2, self.d, 2.2 * self.apart):
            step = direction(rng, self.d) * self.apart / 2
            halves += [center + step, center - step]
        return np.array(halves)


def blobs(
    centers: Sequence[Sequence[float]],
    spreads: Sequence[float] = (),
    shares: Sequence[float] = (),
) -> Draw:
    """Normal groups around these centres."""

    def draw(rng: Rng, rows: int) -> Floats:
        at = np.asarray(centers, dtype=np.float64)
        group = rng.choice(len(at), rows, p=shares or None)
        spread = np.asarray(spreads or (1.0,) * len(at))[group, None]
        return np.asarray(at[group] + rng.normal(size=(rows, at.shape[1])) * spread)

    return draw


def place(rng: Rng, k: int, d: int, apart: float) -> Floats:
    """Centres one beside another, none nearer than ``apart``."""
    centers = [np.zeros(d)]
    while len(centers) < k:
        step = direction(rng, d) * apart * rng.uniform(1, 1.5)
        new = centers[rng.integers(len(centers))] + step
        if min(np.linalg.norm(new - center) for center in centers) >= apart:
            centers.append(new)
    return np.array(centers)


def direction(rng: Rng, d: int) -> Floats:
    axis = rng.normal(size=d)
    return np.asarray(axis / np.linalg.norm(axis), dtype=np.float64)


def one_hot(codes: np.ndarray, levels: int) -> Floats:
    """A category as a fit has it: 1 at its own level."""
    return np.asarray(np.eye(levels)[codes])


def noisy(rng: Rng, group: np.ndarray, levels: int, kept: float) -> np.ndarray:
    """A category that follows the group in a share ``kept`` of the rows."""
    anything = rng.integers(0, levels, len(group))
    return np.where(rng.random(len(group)) < kept, group % levels, anything)


def or_zero(rng: Rng, rows: int, zero: float, mean: float, sd: float) -> Floats:
    """An amount that a share ``zero`` of the customers does not have: log-normal, logged."""
    amount = np.exp(rng.normal(mean, sd, rows))
    return np.log1p(np.where(rng.random(rows) < zero, 0.0, amount))
