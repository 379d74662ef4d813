"""How often `k: auto` finds the number of groups, beside each figure of the panel alone.

    python -m benchmarks.choose_k [--seeds 200 210] [--rows 600]

Mixtures whose number of groups is known, and clouds without any groups. The
rule was made on seeds 0 to 4: report on others. Prints two tables: right (and
within one) of the seeds, and what `auto` says where there is nothing to find.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from segkit.core.k_criteria import picks_of
from segkit.learn.clusters.choose_k import Choice, choose_k
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import sweep
from segkit.learn.numbers import Floats
from segkit.learn.trees.choose_tree import explain
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import RuleSpec
from segkit.report.text import align_rows

K_MAX = 10
RULES = RuleSpec(None, 0.05, 0.01)
HEADS = {
    "auto": "auto",
    "silhouette": "silhouette",
    "calinski_harabasz": "Cal.-Har.",
    "davies_bouldin": "Dav.-Bou.",
    "log_inertia": "log knee",
    "inertia": "knee",
    "stability": "stability",
    "tree_loss": "loss",
}


@dataclass(frozen=True)
class Mixture:
    """``k`` groups in ``d`` columns; each centre 1 to 1.5 times ``apart`` from its next one.

    A group has a standard deviation of 1 (or its ``spreads``), times ``stretch``
    in one direction; ``tails`` are degrees of freedom of Student's t; ``pairs``:
    the groups come two by two, and the pairs lie farther from each other.
    """

    name: str
    k: int
    d: int
    apart: float
    shares: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()
    stretch: float = 1.0
    tails: float | None = None
    pairs: bool = False

    def draw(self, rng: np.random.Generator, rows: int) -> Floats:
        centers = self._centers(rng)
        group = rng.choice(self.k, rows, p=self.shares or None)
        X = rng.normal(size=(rows, self.d))
        if self.tails:
            X /= np.sqrt(rng.chisquare(self.tails, rows) / self.tails)[:, None]
        for number in range(self.k if self.stretch > 1 else 0):
            axis, own = _direction(rng, self.d), group == number
            X[own] += np.outer(X[own] @ axis, axis) * (self.stretch - 1)
        spread = np.array(self.spreads or (1.0,) * self.k)
        return np.asarray(centers[group] + X * spread[group, None], dtype=np.float64)

    def _centers(self, rng: np.random.Generator) -> Floats:
        if not self.pairs:
            return _place(rng, self.k, self.d, self.apart)
        halves = []
        for center in _place(rng, self.k // 2, self.d, 2.2 * self.apart):
            step = _direction(rng, self.d) * self.apart / 2
            halves += [center + step, center - step]
        return np.array(halves)


MIXTURES = (
    Mixture("2 well apart", 2, 3, 7.0),
    Mixture("5 well apart", 5, 4, 7.0),
    Mixture("8 well apart", 8, 6, 7.0),
    Mixture("2 overlapping", 2, 4, 3.5),
    Mixture("4 overlapping", 4, 2, 3.5),
    Mixture("6 overlapping", 6, 5, 4.0),
    Mixture("4 of unequal size", 4, 3, 6.0, shares=(0.6, 0.25, 0.1, 0.05)),
    Mixture("4 of unequal spread", 4, 2, 7.0, spreads=(0.4, 0.7, 1.0, 1.6)),
    Mixture("3 elongated", 3, 2, 8.0, stretch=3.0),
    Mixture("5 with heavy tails", 5, 3, 7.0, tails=3.0),
    Mixture("5, one of them tiny", 5, 3, 7.0, shares=(0.32, 0.26, 0.22, 0.18, 0.02)),
    Mixture("6 in 3 pairs", 6, 3, 5.0, pairs=True),
)
CLOUDS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal, 4 columns": lambda rng, rows: rng.normal(size=(rows, 4)),
    "normal, correlated": lambda rng, rows: rng.multivariate_normal(
        [0, 0, 0], [[1, 0.7, -0.5], [0.7, 1, -0.4], [-0.5, -0.4, 1]], rows
    ),
    "uniform, 2 columns": lambda rng, rows: rng.uniform(size=(rows, 2)),
    "exponential, 3 columns": lambda rng, rows: rng.exponential(size=(rows, 3)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs=2, default=[200, 210], metavar=("FROM", "TO"))
    parser.add_argument("--rows", type=int, default=600)
    given = parser.parse_args()
    seeds = range(*given.seeds)
    print(f"{given.rows} rows, seeds {seeds[0]} to {seeds[-1]}: right (within one) of {len(seeds)}")
    print_mixtures(seeds, given.rows)
    print("\nclouds without groups: stands out, else the knee")
    for name, draw in CLOUDS.items():
        choices = [chosen(draw(rng_of(seed, name), given.rows), seed)[0] for seed in seeds]
        ks = " ".join(str(choice.k) for choice in choices)
        said = sum(choice.reason[0].code.startswith("stands_out") for choice in choices)
        print(f"  {name:<24} k = {ks}; {said} of {len(seeds)} said to stand out", flush=True)


def print_mixtures(seeds: Sequence[int], rows: int) -> None:
    table = [["", "k", *HEADS.values()]]
    total = np.zeros((len(HEADS), 2), dtype=int)
    for mixture in MIXTURES:
        hits = np.zeros((len(HEADS), 2), dtype=int)
        for seed in seeds:
            choice, picks = chosen(mixture.draw(rng_of(seed, mixture.name), rows), seed)
            found = [choice.k if name == "auto" else picks[name] for name in HEADS]
            off = [abs((k or K_MAX + 9) - mixture.k) for k in found]
            hits += [[miss == 0, miss <= 1] for miss in off]
        total += hits
        table.append([mixture.name, str(mixture.k), *_cells(hits)])
    table.append([f"all {len(MIXTURES) * len(seeds)}", "", *_cells(total)])
    print("\n".join(align_rows(table, "l" + "r" * (1 + len(HEADS)))), flush=True)


def chosen(X: Floats, seed: int) -> tuple[Choice, dict[str, int | None]]:
    """What `auto` takes, as in a fit, and each figure's own pick."""
    rows = Rows.of_array(X - X.mean(axis=0))
    clusterings = sweep(rows.scaled, K_MAX, seed)
    panel = measure_panel(rows, clusterings, seed, range(2, K_MAX + 1))

    def smallest_share(k: int) -> float | None:
        explained = explain(rows, clusterings[k - 1], RULES, seed)
        return None if explained is None else explained.smallest_share

    choice = choose_k(None, panel, RULES.min_share, smallest_share)
    assert choice is not None
    return choice, picks_of(panel)


def rng_of(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, *name.encode()])


def _place(rng: np.random.Generator, k: int, d: int, apart: float) -> Floats:
    """Centres one beside another, none nearer than ``apart``."""
    centers = [np.zeros(d)]
    while len(centers) < k:
        step = _direction(rng, d) * apart * rng.uniform(1, 1.5)
        new = centers[rng.integers(len(centers))] + step
        if min(np.linalg.norm(new - center) for center in centers) >= apart:
            centers.append(new)
    return np.array(centers)


def _direction(rng: np.random.Generator, d: int) -> Floats:
    axis = rng.normal(size=d)
    return np.asarray(axis / np.linalg.norm(axis), dtype=np.float64)


def _cells(hits: np.ndarray) -> Iterator[str]:
    return (f"{right} ({near})" for right, near in hits.tolist())


if __name__ == "__main__":
    main()
