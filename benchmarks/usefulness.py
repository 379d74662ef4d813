"""How often the intervals of usefulness hold the truth: simulated metrics, known populations.

    python -m benchmarks.usefulness [--runs 100] [--rows 200 1000 10000]

Six segments that a metric really differs between, a plain rival that mixes some of
them up, and metrics with tails from none to very heavy. The truth is what segments
explain of 300,000 customers. Prints a table: how many of the 95% intervals
hold it (as segkit has them, with values beyond a cap counting as the cap; the
difference to the rival; and without a cap, where few customers decide all), how many
intervals of a share lie above it, and how many groups that are dealt at random
exceed what is said to be exceeded in 5%.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from segkit.core.usefulness import Estimate
from segkit.engines.base import FileBench
from segkit.engines.open import open_bench
from segkit.learn.numbers import Floats, Ints
from segkit.monitor.eta_squared import (
    estimate_difference,
    estimate_share,
    explained_share,
    random_share,
)
from segkit.monitor.group_sums import MetricRange, part_sql, read_ranges, read_sums

SHARES = np.array([0.30, 0.25, 0.20, 0.12, 0.08, 0.05])
LEVELS = np.array([2.5, -2.5, 0.5, -1.5, 1.5, -0.5])
POPULATION = 300_000
Draw = Callable[[np.random.Generator, Floats], Floats]
VALUES: Mapping[str, Draw] = {
    "normal": lambda rng, level: level + rng.normal(size=len(level)),
    "lognormal, sigma 1": lambda rng, level: np.exp(level + rng.normal(size=len(level))),
    "lognormal, sigma 1.5": lambda rng, level: np.exp(level + 1.5 * rng.normal(size=len(level))),
    "70% zeros, else lognormal": lambda rng, level: (
        np.exp(level + 1.2 * rng.normal(size=len(level))) * (rng.random(len(level)) < 0.3)
    ),
    "5% ones, else zeros": lambda rng, level: (
        rng.random(len(level)) < 0.05 * np.exp(level)
    ).astype(np.float64),
    "Pareto, exponent 2.2": lambda rng, level: np.exp(level) * rng.pareto(2.2, len(level)),
}
HEADS = ("values", "rows", "effect", "share", "holds", "difference", "uncapped", "above", "random")


@dataclass(frozen=True, eq=False)
class Customers:
    segment: Ints
    rival: Ints
    values: Floats


def draw(rng: np.random.Generator, values: Draw, effect: float, rows: int) -> Customers:
    """Customers with their segment; the rival has two segments in one, and a fifth misplaced."""
    segment = rng.choice(len(SHARES), rows, p=SHARES)
    rival = np.where(rng.random(rows) < 0.2, rng.integers(0, 3, rows), segment // 2)
    return Customers(segment, rival, values(rng, effect * LEVELS[segment]))


def share_of(groups: Ints, values: Floats) -> float:
    values = values - values.mean()
    n, total, squares = (
        np.asarray(np.bincount(groups, weight), dtype=np.float64)
        for weight in (np.ones(len(values)), values, values**2)
    )
    return float(explained_share(n, total, squares))


def measure(
    engine: FileBench, folder: Path, customers: Customers
) -> tuple[MetricRange, Estimate, Estimate, Estimate]:
    """The range, the share, the difference and the share without caps, as a build has them."""
    path = folder / "customers.csv"
    lines = zip(customers.segment, customers.rival, customers.values.tolist(), strict=True)
    text = "".join(f"{i},{s},{r},{y!r}\n" for i, (s, r, y) in enumerate(lines))
    path.write_text(f"id,segment,rival,y\n{text}", encoding="utf-8")
    engine.execute("DROP TABLE IF EXISTS customers")
    engine.load_file(path, "customers")
    part = part_sql("id", engine.dialect)
    rows = f"SELECT {part} AS part, segment, rival, CAST(y AS DOUBLE) AS y FROM customers"
    range_ = read_ranges(engine, rows, ["y"])[0]
    segments, rivals = (
        each["y"] for each in read_sums(engine, rows, [("segment",), ("rival",)], {"y": range_})
    )
    share, difference = estimate_share(segments), estimate_difference(segments, rivals)
    if range_.low_cap is None and range_.high_cap is None:
        return range_, share, difference, share
    whole = replace(range_, low_cap=None, high_cap=None)
    uncapped = read_sums(engine, rows, [("segment",)], {"y": whole})[0]["y"]
    return range_, share, difference, estimate_share(uncapped)


def simulate(
    engine: FileBench, folder: Path, name: str, effect: float, rows: int, runs: int
) -> list[str]:
    rng = np.random.default_rng([rows, *name.encode()])
    everyone = draw(rng, VALUES[name], effect, POPULATION)
    whole = share_of(everyone.segment, everyone.values)
    holds, shares = np.zeros(5), []
    for _ in range(runs):
        customers = draw(rng, VALUES[name], effect, rows)
        range_, share, difference, uncapped = measure(engine, folder, customers)
        low = -np.inf if range_.low_cap is None else range_.low_cap
        high = np.inf if range_.high_cap is None else range_.high_cap
        capped = np.clip(everyone.values, low, high)  # what the sentence says that it is about
        truth = share_of(everyone.segment, capped)
        ahead = truth - share_of(everyone.rival, capped)
        shares.append(truth)
        dealt = share_of(rng.permutation(customers.segment), np.clip(customers.values, low, high))
        holds += (
            share.low <= truth <= share.high,
            difference.low <= ahead <= difference.high,
            uncapped.low <= whole <= uncapped.high,
            share.low > truth,
            dealt > random_share(len(set(customers.segment)), rows)[1],
        )
    cells = [f"{hits / runs:.0%}" for hits in holds]
    return [name, f"{rows:,}", f"{effect}", f"{np.mean(shares):.0%}", *cells]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--rows", type=int, nargs="+", default=[200, 1_000, 10_000])
    given = parser.parse_args(arguments)
    print(_line(HEADS), flush=True)
    with open_bench() as engine, tempfile.TemporaryDirectory() as folder:
        for rows in given.rows:
            for name in VALUES:
                for effect in (0.15, 0.5):
                    cells = simulate(engine, Path(folder), name, effect, rows, given.runs)
                    print(_line(cells), flush=True)


def _line(cells: Sequence[str]) -> str:
    return f"{cells[0]:25}" + "".join(f"{cell:>11}" for cell in cells[1:])


if __name__ == "__main__":
    main()
