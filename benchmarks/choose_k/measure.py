"""What every criterion looks at, measured once a data set and kept in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.choose_k.make import Family
from segkit.core.fit import SweepPoint
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import Clustering, sweep
from segkit.learn.numbers import Floats, one_thread, squared_distances
from segkit.learn.trees.ranks import Rows

GAP_ROWS = 400
REFERENCES = 5  # of the gap statistic


@dataclass(frozen=True, eq=False)
class Measured:
    """A data set: its K-Means for every k, the panel, and what the gap statistics say."""

    family: Family
    seed: int
    rows: Rows
    clusterings: tuple[Clustering, ...]
    panel: tuple[SweepPoint, ...]
    gaps: dict[str, int]


def measured(families: Sequence[Family], seeds: Iterable[int], path: Path) -> Iterable[Measured]:
    """Yield each data set, measured now or read from the file, which grows as it goes."""
    known = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            known[record["family"], record["seed"]] = record
    for seed in seeds:
        for family in families:
            record = known.get((family.name, seed))
            if record is None:
                record = _measure(family, seed)
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
            yield _restored(family, seed, record)


def _measure(family: Family, seed: int) -> dict[str, Any]:
    rows = family.data(seed)
    with one_thread():
        clusterings = sweep(rows.scaled, family.k_max, seed)
        panel = measure_panel(rows, clusterings, seed, ())
        gaps = {name: gap_pick(rows.scaled, draw, family.k_max) for name, draw in BOXES.items()}
    return {
        "family": family.name,
        "seed": seed,
        "panel": [asdict(point) for point in panel],
        "centers": [clustering.centers.tolist() for clustering in clusterings],
        "gaps": gaps,
    }


def _restored(family: Family, seed: int, record: dict[str, Any]) -> Measured:
    rows = family.data(seed)
    panel = tuple(SweepPoint(**point) for point in record["panel"])
    clusterings = []
    for point, given in zip(panel, record["centers"], strict=True):
        centers = np.array(given)
        labels = squared_distances(rows.scaled, centers).argmin(axis=1)
        clusterings.append(Clustering(centers, point.inertia, labels))
    return Measured(family, seed, rows, tuple(clusterings), panel, record["gaps"])


def along_columns(X: Floats, rng: np.random.Generator) -> Floats:
    """A uniform cloud over the box of the columns."""
    return rng.uniform(X.min(axis=0), X.max(axis=0), X.shape)


def along_axes(X: Floats, rng: np.random.Generator) -> Floats:
    """A uniform cloud over the box of the principal axes."""
    axes = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[2]
    return np.asarray(along_columns(X @ axes.T, rng) @ axes)


Box = Callable[[Floats, np.random.Generator], Floats]
BOXES: dict[str, Box] = {"gap statistic": along_columns, "gap, axes": along_axes}


def gap_pick(X: Floats, draw: Box, k_max: int) -> int:
    """The number of clusters by the gap statistic (Tibshirani, Walther and Hastie 2001).

    The least k whose gap is at least that of k + 1 less its standard error.
    """
    X = X[:GAP_ROWS]
    found = _log_costs(X, k_max)
    drawn = [draw(X, np.random.default_rng([77, number])) for number in range(REFERENCES)]
    references = np.array([_log_costs(reference, k_max) for reference in drawn])
    gap = references.mean(axis=0) - found
    error = references.std(axis=0) * np.sqrt(1 + 1 / REFERENCES)
    good = np.flatnonzero(gap[:-1] >= gap[1:] - error[1:])
    return int(good[0]) + 1 if len(good) else k_max


def _log_costs(X: Floats, k_max: int) -> Floats:
    from sklearn.cluster import KMeans

    costs = [KMeans(k, n_init=2, random_state=0).fit(X).inertia_ for k in range(1, k_max + 1)]
    return np.log(np.maximum(costs, 1e-12))
