"""Whether the stability that a fit says is what rules of really new customers show.

    python -m benchmarks.stability [--sets blobs,rfm] [--rounds 20] [--seed 0]

For each set and round: rules are learned from n customers, and their stability is said with
its interval. Then as many new customers as it names are drawn from the same distribution,
rules are learned from them by the whole procedure, and the share of the first customers whom
both put into the same segment is counted: ``inside`` is how often it lies in the interval.
The halves were settled on ``cloud``; the first eight sets were written after that.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from segkit.core.fit import letters
from segkit.learn.clusters.sweep import fit_clusters
from segkit.learn.matching import match_groups
from segkit.learn.numbers import Floats, Ints
from segkit.learn.rule_stability import measure_stability
from segkit.learn.trees.choose_tree import Explained, explain
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import RuleSpec

RULES = RuleSpec(max_leaves=None, max_loss=0.05, min_share=0.01)
Draw = Callable[[np.random.Generator, int], Floats]


@dataclass(frozen=True)
class Population:
    """``draw`` gives so many customers; rules for k segments are learned from n."""

    draw: Draw
    k: int
    n: int


def blobs(k: int, d: int, apart: float) -> Draw:
    """Normal groups about centres that are the same whoever is drawn."""
    centers = apart * np.random.default_rng(5).normal(size=(k, d))
    return lambda rng, n: centers[rng.integers(0, k, n)] + rng.normal(size=(n, d))


def cloud(d: int) -> Draw:
    return lambda rng, n: rng.normal(size=(n, d))


def sheared(d: int) -> Draw:
    to = np.random.default_rng(7).normal(size=(d, d))
    return lambda rng, n: rng.normal(size=(n, d)) @ to


def shoppers(rng: np.random.Generator, n: int) -> Floats:
    """Recency, orders and spend on a log scale, which hang together."""
    eager = rng.normal(size=n)
    recency = rng.gamma(1.2, 60 * np.exp(-0.5 * eager))
    orders = 1 + rng.poisson(np.exp(0.9 * eager + 0.7))
    spend = np.exp(5 + eager + 0.8 * rng.normal(size=n))
    return np.asarray(np.log1p(np.column_stack([recency, orders, spend])))


def unequal(rng: np.random.Generator, n: int) -> Floats:
    """Groups of 55 to 3 %, of unlike density, that run into each other."""
    group = rng.choice(5, n, p=[0.55, 0.25, 0.12, 0.05, 0.03])
    centers = 2.2 * np.random.default_rng(21).normal(size=(5, 4))
    return np.asarray(centers[group] + rng.normal(size=(n, 4)) * (0.5 + 0.25 * group)[:, None])


def departments(rng: np.random.Generator, n: int) -> Floats:
    """Spend in six departments, mostly nothing."""
    tastes = np.random.default_rng(22).dirichlet(np.full(6, 0.5), 4)[rng.integers(0, 4, n)]
    visits = rng.poisson(5 * rng.gamma(1.5, 0.6, n)[:, None] * tastes)
    return np.asarray(np.log1p(visits * rng.gamma(3.0, 8.0, (n, 6))))


def tails(rng: np.random.Generator, n: int) -> Floats:
    """Four columns that hang together, with the tails of Student's t of three."""
    common = rng.normal(size=(n, 1))
    together = 0.7 * common + 0.7 * rng.normal(size=(n, 4))
    return np.asarray(together / np.sqrt(rng.chisquare(3, (n, 1)) / 3))


def answers(rng: np.random.Generator, n: int) -> Floats:
    """Six questions answered from 1 to 5 by three moods, which run into each other."""
    moods = np.random.default_rng(31).uniform(1.8, 4.2, (3, 6))[rng.choice(3, n, p=[0.5, 0.3, 0.2])]
    return np.asarray(np.clip(np.round(moods + rng.normal(size=(n, 6))), 1, 5))


def even(rng: np.random.Generator, n: int) -> Floats:
    """A box without groups, twice as long as wide."""
    return np.asarray(rng.random((n, 3)) * [2.0, 1.0, 1.0])


def bent(rng: np.random.Generator, n: int) -> Floats:
    """Customers along an arc, closer together at one end."""
    way = np.pi * rng.beta(1.5, 3.0, n)
    arc = np.column_stack([np.cos(way), np.sin(way), way / np.pi])
    return np.asarray(arc + 0.12 * rng.normal(size=(n, 3)))


def lapsing(rng: np.random.Generator, n: int) -> Floats:
    """Half never came; of the others few come often; and an age that says nothing."""
    kind = rng.choice(3, n, p=[0.5, 0.35, 0.15])
    visits = np.where(kind == 0, 0, 1 + rng.poisson(np.array([0.0, 1.5, 12.0])[kind]))
    spend = visits * rng.lognormal(3.0, 0.5, n)
    ages = np.clip(np.round(rng.normal(44, 14, n)), 18, 90)
    return np.asarray(np.column_stack([np.log1p(visits), np.log1p(spend), ages]))


def idle(rng: np.random.Generator, n: int) -> Floats:
    """Four groups that touch in three columns, beside three that say nothing."""
    centers = 2.5 * np.random.default_rng(34).normal(size=(4, 3))
    group = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    grouped = centers[group] + rng.normal(size=(n, 3))
    return np.asarray(np.hstack([grouped, rng.gamma(2.0, 1.0, (n, 3))]))


def gifts(rng: np.random.Generator, n: int) -> Floats:
    """What share is bought as a gift (all, none, seldom some), orders and the price of one."""
    share = rng.beta(0.5, 0.5, n)
    orders = 1 + rng.poisson(4 * (1 - share))
    price = rng.lognormal(3 + share, 0.6)
    return np.asarray(np.column_stack([share, np.log(orders), np.log(price)]))


def towns(rng: np.random.Generator, n: int) -> Floats:
    """Four groups at the corners of a square, of 40 to 10 %, which touch."""
    town = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    return np.asarray(3.0 * np.column_stack([town % 2, town // 2]) + rng.normal(size=(n, 2)))


POPULATIONS = {
    "gifts": Population(gifts, 3, 400),
    "towns": Population(towns, 4, 500),
    "answers": Population(answers, 4, 700),
    "even": Population(even, 4, 1000),
    "bent": Population(bent, 5, 900),
    "lapsing": Population(lapsing, 4, 1200),
    "idle": Population(idle, 5, 600),
    "unequal": Population(unequal, 5, 1000),
    "departments": Population(departments, 4, 800),
    "tails": Population(tails, 5, 900),
    "blobs": Population(blobs(4, 3, 4.0), 4, 1000),
    "overlapping": Population(blobs(5, 4, 1.3), 5, 600),
    "cloud": Population(cloud(3), 5, 800),
    "few": Population(cloud(3), 6, 200),
    "wide": Population(cloud(10), 6, 400),
    "sheared": Population(sheared(5), 6, 1200),
    "shoppers": Population(shoppers, 5, 1500),
}


def prepare(X: Floats) -> Rows:
    return Rows.of_array(X, scaled=(X - X.mean(axis=0)) / X.std(axis=0))


def learn(X: Floats, k: int, seed: int) -> tuple[Rows, Explained] | None:
    rows = prepare(X)
    found = explain(rows, fit_clusters(rows.scaled, k=k, seed=seed), RULES, seed)
    return None if found is None else (rows, found)


def one_round(population: Population, seed: int) -> tuple[float, float, float, float] | None:
    """Return what was said, its interval, and what new customers show."""
    rng, k = np.random.default_rng([seed, 99]), population.k
    X = population.draw(rng, population.n)
    first = learn(X, k, seed)
    if first is None:
        return None
    rows, explained = first
    ids = [letters(place + 1) for place in range(k)]

    def resampled(places: Ints) -> Rows:
        return prepare(X[places])

    said = measure_stability(rows, explained, resampled, ids, seed)
    if said is None:
        return None
    other = learn(population.draw(rng, said.customers), k, seed + 1)
    if other is None:
        return None
    segments = other[1].surrogate.predict(X)
    pairs = match_groups(segments, explained.segments, rows.weight, k)
    return said.mean, said.low, said.high, float(np.mean(pairs[segments] == explained.segments))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sets", default=",".join(POPULATIONS))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print("| set | said | shown | inside | width |\n|---|---|---|---|---|")
    for name in given.sets.split(","):
        seeds = range(given.seed, given.seed + given.rounds)
        rounds = [found for seed in seeds if (found := one_round(POPULATIONS[name], seed))]
        said, low, high, shown = np.array(rounds).T
        inside = float(np.mean((low <= shown) & (shown <= high)))
        width = float(np.mean(high - low))
        figures = f"{said.mean():.3f} | {shown.mean():.3f} | {inside:.2f} | {width:.2f}"
        print(f"| {name} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
