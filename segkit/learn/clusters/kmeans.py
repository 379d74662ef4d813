"""K-Means of some rows, from many starts, and with one cluster more or less."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from segkit.learn import weighted
from segkit.learn.numbers import Floats, distinct_rows, exact_sum, squared_distances

SMALL = 2_000  # rows up to which starts cost nothing
STARTS, STARTS_SMALL = 8, 40  # the same ones for any seed
SEEDED, SEEDED_SMALL = 2, 10  # starts of the seed's own
CLEARLY = 5e-4  # so much cheaper is what the seed finds, or it is not taken
SEARCH_ROWS = 20_000  # searched here, then polished on all rows
DRAWN_ROWS = 60_000  # of which each stands for others: all are searched
WARM, WARM_SMALL = 4, 12  # splits or merges that are polished for each k
MAX_ITERATIONS = 300
# Most iterations of Lloyd move next to nothing: only the winner of each k is run to its end.
SEARCH_TOLERANCE, FINAL_TOLERANCE = 1e-4, 1e-7
_NO_DRAWS = np.random.RandomState(0)  # from centres nothing is drawn; to seed one takes a while


@dataclass(frozen=True, eq=False)
class Solution:
    """``about``: the inertia, but for rounding. What is exact costs as much as to find them."""

    data: Data
    centers: Floats
    about: float

    @cached_property
    def inertia(self) -> float:
        nearest = squared_distances(self.data.X, self.centers).min(axis=1)
        return exact_sum(nearest * self.data.weight)


@dataclass(frozen=True, eq=False)
class Data:
    X: Floats
    weight: Floats
    warm: int  # splits or merges that are polished

    @classmethod
    def of(cls, X: Floats, weight: Floats | None) -> Data:
        X = np.ascontiguousarray(X, dtype=np.float64)
        weight = np.ones(len(X)) if weight is None else np.asarray(weight, dtype=np.float64)
        warm = WARM_SMALL if len(X) <= SMALL else WARM
        return cls(X, weight, warm)

    @cached_property
    def distinct(self) -> int:
        return len(np.unique(self.X, axis=0))

    def has(self, k: int) -> bool:
        """Whether so many rows are distinct."""
        return distinct_rows(self.X, k) >= k

    @cached_property
    def sample_weight(self) -> Floats | None:
        """The weights, None where they are all 1: they are looked at in each of many fits."""
        return None if (self.weight == 1).all() else self.weight

    @property
    def is_small(self) -> bool:
        return len(self.X) <= SMALL

    @cached_property
    def center(self) -> Solution:
        mean = np.array([weighted.mean(column, self.weight) for column in self.X.T])
        costs = squared_distances(self.X, mean[None, :])[:, 0] * self.weight
        return Solution(self, mean[None, :], float(costs.sum()))

    @cached_property
    def means(self) -> Floats:
        """What scikit-learn takes off each column before it begins."""
        return np.asarray(self.X.mean(axis=0))

    def to_search(self, k: int) -> Data:
        """About so many of the rows, those far from all others for certain.

        The first would be a sample too, and would lose them: up to 5 % of the cost. Rows that were
        drawn already are searched all: of fewer another local minimum is the best one, which
        costs up to .6 % more.
        """
        if len(self.X) <= (SEARCH_ROWS if self.sample_weight is None else DRAWN_ROWS):
            return self
        off = ((self.X - np.average(self.X, axis=0, weights=self.weight)) ** 2).sum(axis=1)
        drawn = weighted.draw([self.weight, self.weight * off], SEARCH_ROWS)
        some = Data.of(self.X[drawn.chosen], self.weight[drawn.chosen] * drawn.times)
        return some if some.has(k) else self


def best_of(solutions: list[Solution]) -> Solution:
    """The lowest cost; the first of equals, so that rounding noise does not choose."""
    best = solutions[0]
    for solution in solutions:
        if solution.about > best.about * (1 + 1e-9):  # no rounding makes it the better one
            continue
        if solution.inertia < best.inertia * (1 - 1e-12):
            best = solution
    return best


def started(data: Data, k: int, seed: int) -> Solution:
    """The best of many starts: the seed's own only where it is clearly better.

    So one seed gives the clusters of another, unless it finds better ones.
    """
    starts, seeded = (STARTS_SMALL, SEEDED_SMALL) if data.is_small else (STARTS, SEEDED)
    common = kmeans(data, k, "k-means++", 0, starts)
    own = kmeans(data, k, "k-means++", seed, seeded)
    return own if own.inertia < common.inertia * (1 - CLEARLY) else common


def lloyd(data: Data, centers: Floats, tolerance: float = SEARCH_TOLERANCE) -> Solution:
    return kmeans(data, len(centers), centers, 0, 1, tolerance)


def kmeans(
    data: Data,
    k: int,
    init: str | Floats | Callable[..., Floats],
    seed: int,
    starts: int,
    tolerance: float = SEARCH_TOLERANCE,
) -> Solution:
    from sklearn.cluster import KMeans

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct clusters than k: seen in the cost
        model = KMeans(
            k,
            init=init,
            n_init=starts,
            random_state=seed if isinstance(init, str) else _NO_DRAWS,
            algorithm="lloyd",
            tol=0.0 if data.is_small else tolerance,
            max_iter=MAX_ITERATIONS,
        )
        model.fit(data.X, sample_weight=data.sample_weight)
    centers = np.asarray(model.cluster_centers_, dtype=np.float64)
    return Solution(data, centers, float(model.inertia_))


def best_split(data: Data, start: Solution) -> Iterator[Solution]:
    """The best with one cluster more; of few rows all: there chance makes equals."""
    return _polished(data, _split_centers(data, start))


def best_merge(data: Data, start: Solution) -> Iterator[Solution]:
    """The best with one cluster less; of few rows all."""
    return _polished(data, _merged_centers(data, start))


def _polished(data: Data, starts: Iterable[Floats]) -> Iterator[Solution]:
    if data.is_small:
        yield from (lloyd(data, centers) for centers in starts)
        return
    centered = [centers - data.means for centers in starts]
    if centered:
        # scikit-learn looks at the rows once for all of them, which takes as long as one
        given = iter(centered)
        yield kmeans(data, len(centered[0]), lambda *_, **__: next(given), 0, len(centered))


def splits(data: Data, start: Solution) -> Iterator[Solution]:
    return (lloyd(data, centers) for centers in _split_centers(data, start))


def merges(data: Data, start: Solution) -> Iterator[Solution]:
    return (lloyd(data, centers) for centers in _merged_centers(data, start))


def _split_centers(data: Data, start: Solution) -> Iterator[Floats]:
    """One cluster more: along the main axis of a cluster, or at a row far from all centres."""
    distances = squared_distances(data.X, start.centers)
    labels, nearest = distances.argmin(axis=1), distances.min(axis=1) * data.weight
    costs = np.bincount(labels, nearest, minlength=len(start.centers))
    for cluster in np.argsort(-costs, kind="stable")[: data.warm]:
        rows = labels == cluster
        if costs[cluster] <= 0:
            continue
        step = data.X[rows] - start.centers[cluster]
        weight = data.weight[rows]
        spread, axes = np.linalg.eigh((step * weight[:, None]).T @ step / weight.sum())
        move = axes[:, -1] * np.sqrt(max(float(spread[-1]), 0.0))
        centers = np.vstack([start.centers, start.centers[cluster] + move])
        centers[cluster] = start.centers[cluster] - move
        yield centers
    for row in np.argsort(-nearest, kind="stable")[:: max(1, len(nearest) // 50)][: data.warm]:
        yield np.vstack([start.centers, data.X[row]])


def _merged_centers(data: Data, start: Solution) -> Iterator[Floats]:
    """One cluster less: the pairs whose union costs least (Ward), polished."""
    centers = start.centers
    distances = squared_distances(data.X, centers)
    sizes = np.bincount(distances.argmin(axis=1), data.weight, minlength=len(centers))
    sizes = np.maximum(sizes, 1e-300)

    def cost(pair: tuple[int, int]) -> float:
        a, b = pair
        apart = float(((centers[a] - centers[b]) ** 2).sum())
        return float(sizes[a] * sizes[b] / (sizes[a] + sizes[b]) * apart)

    for a, b in sorted(combinations(range(len(sizes)), 2), key=cost)[: data.warm]:
        merged = (sizes[a] * centers[a] + sizes[b] * centers[b]) / (sizes[a] + sizes[b])
        yield np.vstack([np.delete(centers, [a, b], axis=0), merged])
