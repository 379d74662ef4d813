"""K-Means for every k: many starts, and a sweep that splits and merges. The lower wins.

Neither alone is always good: starts miss tiny groups, a warm sweep misses
heavy tails. A local minimum is a larger risk than a sampling error.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from segkit.learn import weighted
from segkit.learn.numbers import (
    Floats,
    Ints,
    distinct_rows,
    exact_sum,
    one_thread,
    round_array,
    squared_distances,
    without_noise,
)

SMALL = 2_000  # rows up to which starts cost nothing
STARTS, STARTS_SMALL = 8, 40  # the same ones for any seed
SEEDED, SEEDED_SMALL = 2, 10  # starts of the seed's own
CLEARLY = 5e-4  # so much cheaper is what the seed finds, or it is not taken
SEARCH_ROWS = 20_000  # searched here, then polished on all rows
WARM, WARM_SMALL = 4, 12  # splits or merges that are polished for each k
ROUNDS, ROUNDS_SMALL = 1, 3  # sweeps down and up again
MAX_ITERATIONS = 300
# Most iterations of Lloyd move next to nothing: only the winner of each k is run to its end.
SEARCH_TOLERANCE, FINAL_TOLERANCE = 1e-4, 1e-7
_NO_DRAWS = np.random.RandomState(0)  # from centres nothing is drawn; to seed one takes a while


@dataclass(frozen=True, eq=False, repr=False)
class Clustering:
    """K-Means centres (k, d) by falling size, each row's label, and the cost."""

    centers: Floats
    inertia: float
    labels: Ints

    def __repr__(self) -> str:
        shape = f"{len(self.labels):,} rows x {self.centers.shape[1]}"
        return f"<Clustering: {self.k} clusters of {shape}, inertia {self.inertia:,.6g}>"

    @property
    def k(self) -> int:
        return len(self.centers)


def fit_clusters(
    X: Floats, *, k: int, seed: int = 0, sample_weight: Floats | None = None
) -> Clustering:
    """Return the best K-Means clustering found for one k.

    Parameters
    ----------
    X : array (n, d)
        Finite numbers, at least ``k`` distinct rows.
    k : int
    seed : int
    sample_weight : array (n,), optional

    Returns
    -------
    Clustering
        Centres are rounded to nine digits, labels are those of the rounded ones.
    """
    everything = _Data.of(X, sample_weight)
    if k < 1 or not everything.has(k):
        most = everything.distinct
        raise ValueError(f"k is {k}, but must lie between 1 and {most} distinct rows")
    data = everything.to_search(k)
    with one_thread():
        best = data.center if k == 1 else _started(data, k, seed)
        best = _swapped(data, best)
        if not everything.is_small:
            best = _lloyd(everything, best.centers, FINAL_TOLERANCE)
    return _finish(everything, best)


def sweep(
    X: Floats,
    k_max: int,
    seed: int = 0,
    sample_weight: Floats | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Clustering, ...]:
    """Return the best clusterings found for k = 1 to ``k_max``, or to the distinct rows."""
    everything = _Data.of(X, sample_weight)
    k_max = k_max if everything.has(k_max) else everything.distinct
    data = everything.to_search(k_max)
    found = [data.center]
    split: set[_Solution] = set()  # what came of each was compared with what is found
    merged: set[_Solution] = set()
    with one_thread():
        for k in range(2, k_max + 1):
            progress(f"clusters: k = {k} of {k_max}")
            split.add(found[-1])
            found.append(_best([_started(data, k, seed), *_best_split(data, found[-1])]))
        for _ in range(ROUNDS_SMALL if data.is_small else ROUNDS):
            for index in range(k_max - 2, 0, -1):
                if (wider := found[index + 1]) not in merged:
                    merged.add(wider)
                    found[index] = _best([found[index], *_best_merge(data, wider)])
            for index in range(1, k_max):  # what merging has found may split better
                if (narrower := found[index - 1]) not in split:
                    split.add(narrower)
                    found[index] = _best([found[index], *_best_split(data, narrower)])
        if not everything.is_small:
            found = [_lloyd(everything, s.centers, FINAL_TOLERANCE) for s in found]
    return tuple(_finish(everything, solution) for solution in found)


def polish(X: Floats, centers: Floats, sample_weight: Floats | None = None) -> Clustering:
    """Return the K-Means clustering that Lloyd's algorithm reaches from these centres (k, d)."""
    data = _Data.of(X, sample_weight)
    with one_thread():
        return _finish(data, _lloyd(data, centers, FINAL_TOLERANCE))


def restarts(
    X: Floats, k: int, seed: int, sample_weight: Floats | None = None
) -> Iterator[Clustering]:
    """Yield what single starts lead to: other clusterings, some of which cost hardly more.

    None for more than ``SEARCH_ROWS`` rows, where a start costs more than it is worth.
    """
    data = _Data.of(X, sample_weight)
    if k < 2 or len(data.X) > SEARCH_ROWS:
        return
    with one_thread():
        for start in range(STARTS):
            yield _finish(
                data, _kmeans(data, k, "k-means++", (seed + start) % 2**32, 1, FINAL_TOLERANCE)
            )


@dataclass(frozen=True, eq=False)
class _Solution:
    """``about``: the inertia, but for rounding. What is exact costs as much as to find them."""

    data: _Data
    centers: Floats
    about: float

    @cached_property
    def inertia(self) -> float:
        nearest = squared_distances(self.data.X, self.centers).min(axis=1)
        return exact_sum(nearest * self.data.weight)


@dataclass(frozen=True, eq=False)
class _Data:
    X: Floats
    weight: Floats
    warm: int  # splits or merges that are polished

    @classmethod
    def of(cls, X: Floats, weight: Floats | None) -> _Data:
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
    def center(self) -> _Solution:
        mean = np.array([weighted.mean(column, self.weight) for column in self.X.T])
        costs = squared_distances(self.X, mean[None, :])[:, 0] * self.weight
        return _Solution(self, mean[None, :], float(costs.sum()))

    @cached_property
    def means(self) -> Floats:
        """What scikit-learn takes off each column before it begins."""
        return np.asarray(self.X.mean(axis=0))

    def to_search(self, k: int) -> _Data:
        """About so many of the rows, those far from all others for certain.

        The first would be a sample too, and would lose them: up to 5 % of the cost.
        """
        if len(self.X) <= SEARCH_ROWS:
            return self
        off = ((self.X - np.average(self.X, axis=0, weights=self.weight)) ** 2).sum(axis=1)
        drawn = weighted.draw([self.weight, self.weight * off], SEARCH_ROWS)
        some = _Data.of(self.X[drawn.chosen], self.weight[drawn.chosen] * drawn.times)
        return some if some.has(k) else self


def solutions(X: Floats, k: int, sample_weight: Floats) -> list[Floats]:
    """Return centres of K-Means from ten starts, the best first and that with clusters swapped.

    No two of about the same inertia. The same ones each time; none for k = 1.
    """
    data = replace(_Data.of(X, sample_weight), warm=WARM)
    if k < 2 or not data.has(k):
        return []
    found = [_kmeans(data, k, "k-means++", start, 1) for start in range(STARTS)]
    found.sort(key=lambda solution: solution.inertia)
    unlike = {float(f"{s.inertia:.5g}"): s.centers for s in [_swapped(data, found[0]), *found]}
    return list(unlike.values())


def _swapped(data: _Data, best: _Solution) -> _Solution:
    """One cluster more and one less, while that costs less: a swap leaves a local minimum."""
    k = len(best.centers)
    for _ in range(ROUNDS_SMALL if k > 1 and data.has(k + 1) else 0):
        swaps = (_merges(data, wider) for wider in _splits(data, best))
        swapped = _best([best, *(solution for found in swaps for solution in found)])
        if swapped is best:
            break
        best = swapped
    return best


def _best(solutions: list[_Solution]) -> _Solution:
    """The lowest cost; the first of equals, so that rounding noise does not choose."""
    best = solutions[0]
    for solution in solutions:
        if solution.about > best.about * (1 + 1e-9):  # no rounding makes it the better one
            continue
        if solution.inertia < best.inertia * (1 - 1e-12):
            best = solution
    return best


def _started(data: _Data, k: int, seed: int) -> _Solution:
    """The best of many starts: the seed's own only where it is clearly better.

    So one seed gives the clusters of another, unless it finds better ones.
    """
    starts, seeded = (STARTS_SMALL, SEEDED_SMALL) if data.is_small else (STARTS, SEEDED)
    common = _kmeans(data, k, "k-means++", 0, starts)
    own = _kmeans(data, k, "k-means++", seed, seeded)
    return own if own.inertia < common.inertia * (1 - CLEARLY) else common


def _lloyd(data: _Data, centers: Floats, tolerance: float = SEARCH_TOLERANCE) -> _Solution:
    return _kmeans(data, len(centers), centers, 0, 1, tolerance)


def _kmeans(
    data: _Data,
    k: int,
    init: str | Floats | Callable[..., Floats],
    seed: int,
    starts: int,
    tolerance: float = SEARCH_TOLERANCE,
) -> _Solution:
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
    return _Solution(data, centers, float(model.inertia_))


def _best_split(data: _Data, start: _Solution) -> Iterator[_Solution]:
    """The best with one cluster more; of few rows all: there chance makes equals."""
    return _polished(data, _split_centers(data, start))


def _best_merge(data: _Data, start: _Solution) -> Iterator[_Solution]:
    """The best with one cluster less; of few rows all."""
    return _polished(data, _merged_centers(data, start))


def _polished(data: _Data, starts: Iterable[Floats]) -> Iterator[_Solution]:
    if data.is_small:
        yield from (_lloyd(data, centers) for centers in starts)
        return
    centered = [centers - data.means for centers in starts]
    if centered:
        # scikit-learn looks at the rows once for all of them, which takes as long as one
        given = iter(centered)
        yield _kmeans(data, len(centered[0]), lambda *_, **__: next(given), 0, len(centered))


def _splits(data: _Data, start: _Solution) -> Iterator[_Solution]:
    return (_lloyd(data, centers) for centers in _split_centers(data, start))


def _merges(data: _Data, start: _Solution) -> Iterator[_Solution]:
    return (_lloyd(data, centers) for centers in _merged_centers(data, start))


def _split_centers(data: _Data, start: _Solution) -> Iterator[Floats]:
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


def _merged_centers(data: _Data, start: _Solution) -> Iterator[Floats]:
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


def _finish(data: _Data, solution: _Solution) -> Clustering:
    """Number the clusters by falling size (then by centre) and take labels from rounded centres."""
    centers = round_array(solution.centers)
    distances = squared_distances(data.X, centers)
    sizes = np.bincount(distances.argmin(axis=1), data.weight, minlength=len(centers))
    order = sorted(range(len(centers)), key=lambda c: (-round(float(sizes[c]), 6), *centers[c]))
    centers, distances = centers[order], distances[:, order]
    inertia = exact_sum(distances.min(axis=1) * data.weight)
    inertia = without_noise(inertia, data.center.inertia)
    return Clustering(centers, inertia, distances.argmin(axis=1).astype(np.int64))
