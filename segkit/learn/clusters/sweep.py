"""K-Means for every k: many starts, and a sweep that splits and merges. The lower wins.

Neither alone is always good: starts miss tiny groups, a warm sweep misses
heavy tails. A local minimum is a larger risk than a sampling error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from segkit.learn.clusters.kmeans import (
    FINAL_TOLERANCE,
    SEARCH_ROWS,
    STARTS,
    WARM,
    Data,
    Solution,
    best_merge,
    best_of,
    best_split,
    kmeans,
    lloyd,
    merges,
    splits,
    started,
)
from segkit.learn.numbers import (
    Floats,
    Ints,
    exact_sum,
    one_thread,
    round_array,
    squared_distances,
    without_noise,
)

ROUNDS, ROUNDS_SMALL = 1, 3  # sweeps down and up again


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
    everything = Data.of(X, sample_weight)
    if k < 1 or not everything.has(k):
        most = everything.distinct
        raise ValueError(f"k is {k}, but must lie between 1 and {most} distinct rows")
    data = everything.to_search(k)
    with one_thread():
        best = data.center if k == 1 else started(data, k, seed)
        best = _swapped(data, best)
        if not everything.is_small:
            best = lloyd(everything, best.centers, FINAL_TOLERANCE)
    return _finish(everything, best)


def sweep(
    X: Floats,
    k_max: int,
    seed: int = 0,
    sample_weight: Floats | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Clustering, ...]:
    """Return the best clusterings found for k = 1 to ``k_max``, or to the distinct rows."""
    everything = Data.of(X, sample_weight)
    k_max = k_max if everything.has(k_max) else everything.distinct
    data = everything.to_search(k_max)
    found = [data.center]
    split: set[Solution] = set()  # what came of each was compared with what is found
    merged: set[Solution] = set()
    with one_thread():
        for k in range(2, k_max + 1):
            progress(f"clusters: k = {k} of {k_max}")
            split.add(found[-1])
            found.append(best_of([started(data, k, seed), *best_split(data, found[-1])]))
        for _ in range(ROUNDS_SMALL if data.is_small else ROUNDS):
            for index in range(k_max - 2, 0, -1):
                if (wider := found[index + 1]) not in merged:
                    merged.add(wider)
                    found[index] = best_of([found[index], *best_merge(data, wider)])
            for index in range(1, k_max):  # what merging has found may split better
                if (narrower := found[index - 1]) not in split:
                    split.add(narrower)
                    found[index] = best_of([found[index], *best_split(data, narrower)])
        if not everything.is_small:
            found = [lloyd(everything, s.centers, FINAL_TOLERANCE) for s in found]
    return tuple(_finish(everything, solution) for solution in found)


def polish(X: Floats, centers: Floats, sample_weight: Floats | None = None) -> Clustering:
    """Return the K-Means clustering that Lloyd's algorithm reaches from these centres (k, d)."""
    data = Data.of(X, sample_weight)
    with one_thread():
        return _finish(data, lloyd(data, centers, FINAL_TOLERANCE))


def restarts(
    X: Floats, k: int, seed: int, sample_weight: Floats | None = None
) -> Iterator[Clustering]:
    """Yield what single starts lead to: other clusterings, some of which cost hardly more.

    None for more than ``SEARCH_ROWS`` rows, where a start costs more than it is worth.
    """
    data = Data.of(X, sample_weight)
    if k < 2 or len(data.X) > SEARCH_ROWS:
        return
    with one_thread():
        for start in range(STARTS):
            yield _finish(
                data, kmeans(data, k, "k-means++", (seed + start) % 2**32, 1, FINAL_TOLERANCE)
            )


def solutions(X: Floats, k: int, sample_weight: Floats) -> list[Floats]:
    """Return centres of K-Means from ten starts, the best first and that with clusters swapped.

    No two of about the same inertia. The same ones each time; none for k = 1.
    """
    data = replace(Data.of(X, sample_weight), warm=WARM)
    if k < 2 or not data.has(k):
        return []
    found = [kmeans(data, k, "k-means++", start, 1) for start in range(STARTS)]
    found.sort(key=lambda solution: solution.inertia)
    unlike = {float(f"{s.inertia:.5g}"): s.centers for s in [_swapped(data, found[0]), *found]}
    return list(unlike.values())


def _swapped(data: Data, best: Solution) -> Solution:
    """One cluster more and one less, while that costs less: a swap leaves a local minimum."""
    k = len(best.centers)
    for _ in range(ROUNDS_SMALL if k > 1 and data.has(k + 1) else 0):
        swaps = (merges(data, wider) for wider in splits(data, best))
        swapped = best_of([best, *(solution for found in swaps for solution in found)])
        if swapped is best:
            break
        best = swapped
    return best


def _finish(data: Data, solution: Solution) -> Clustering:
    """Number the clusters by falling size (then by centre) and take labels from rounded centres."""
    centers = round_array(solution.centers)
    distances = squared_distances(data.X, centers)
    sizes = np.bincount(distances.argmin(axis=1), data.weight, minlength=len(centers))
    order = sorted(range(len(centers)), key=lambda c: (-round(float(sizes[c]), 6), *centers[c]))
    centers, distances = centers[order], distances[:, order]
    inertia = exact_sum(distances.min(axis=1) * data.weight)
    inertia = without_noise(inertia, data.center.inertia)
    return Clustering(centers, inertia, distances.argmin(axis=1).astype(np.int64))
