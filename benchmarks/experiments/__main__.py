"""How often an experiment's readout is wrong, on three blocks of seeds; the worst is told.

    nice -n 15 python -m benchmarks.experiments [--blocks 3] [--only WORD]

Customers of the A/A tests are drawn one by one: a third buy, what they spend is log-normal, and
hangs together with what they spent before. Where only means matter, these are drawn. Nothing is
read from a database: it is the arithmetic of ``segkit/experiments`` that is held against chance.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from segkit.experiments.arm_moments import ArmMeans, Floats, Moments, arm_means
from segkit.experiments.balance import ALPHA, daily_mismatch, ratio_mismatch
from segkit.experiments.by_segment import benjamini_hochberg
from segkit.experiments.effects import effects, sequential
from segkit.experiments.policy import FOLDS, policy_value
from segkit.experiments.power import customers

HALVES = np.array([0.5, 0.5])
SEGMENTS = 8
Rates = dict[str, float]


def shops(runs: int, n: int, draw: np.random.Generator, effect: float = 0.0) -> Iterator[Moments]:
    """Experiments with ``n`` customers in each arm of eight segments, in which nothing differs.

    ``effect`` in deviations is what the second arm adds.
    """
    for start in range(0, runs, 100):
        shape = (min(100, runs - start), SEGMENTS, 2, n)
        person = draw.normal(size=shape)
        before = np.exp(1 + 0.8 * person)
        spent = np.exp(2 + 0.8 * (0.7 * person + 0.714 * draw.normal(size=shape)))
        y = spent * (draw.random(shape) < 0.34)
        y[:, :, 1] += effect * 13.0  # its deviation, about
        values = np.stack([y - 5.0, before - 4.0], axis=-1)
        sums = values.sum(axis=-2)
        products = np.einsum("rsanv,rsanw->rsavw", values, values)
        count = np.full(shape[:3], float(n))
        yield Moments.of_sums(
            count, sums, products, np.arange(SEGMENTS), np.ones(SEGMENTS, bool), is_ratio=False
        )


def a_a(seed: int) -> Rates:
    """2,000 A/A experiments of 8,000 customers: p, coverage, and claims by segment."""
    draw, p, covers, claims = np.random.default_rng(seed), [], [], []
    for moments in shops(2000, 500, draw):
        means = arm_means(moments)
        total, parts = effects(means.overall()), effects(means)
        p.append(total.p.ravel())
        covers.append(((total.low <= 0) & (total.high >= 0)).ravel())
        q = benjamini_hochberg(parts.p[..., 0])
        claims.append((q < 0.05).any(axis=-1))
    all_p = np.concatenate(p)
    return {
        "p uniform: KS p": float(stats.kstest(all_p, "uniform").pvalue),
        "coverage": float(np.concatenate(covers).mean()),
        "false claim of a segment": float(np.concatenate(claims).mean()),
    }


def planted(seed: int) -> Rates:
    """What is found where as many take part as 80 % need."""
    draw, found = np.random.default_rng(seed), {}
    for d in (0.05, 0.1, 0.2):
        n = round(float(customers(d, 1.0, 1.0, (0.5, 0.5))) / 2)
        means = _normal_means(draw, 4000, n, d)
        found[f"found, d = {d}"] = float((effects(means).p < 0.05).mean())
    return found


def _normal(draw: np.random.Generator, shape: tuple[int, ...], n: int, effect: float) -> Moments:
    """Moments of ``n`` normal customers in each of two arms (last axis of ``shape``)."""
    count = np.full(shape, float(n))
    mean = draw.normal(np.array([0.0, effect]), np.sqrt(1 / n), shape)
    squares = draw.chisquare(n - 1, shape)
    sums = count * mean
    products = squares + count * mean**2
    return _of(count, sums, products)


def _of(count: Floats, sums: Floats, squares: Floats) -> Moments:
    return Moments.of_sums(
        count[..., None, :],
        sums[..., None, :, None],
        squares[..., None, :, None, None],
        np.array([0]),
        np.array([True]),
        is_ratio=False,
    )


def _normal_means(draw: np.random.Generator, runs: int, n: int, effect: float) -> ArmMeans:
    return arm_means(_normal(draw, (runs, 2), n, effect))


def looks(seed: int) -> Rates:
    """Twenty looks at a sequence, and at a test that is meant to be read once."""
    draw, rates = np.random.default_rng(seed), {}
    for name, effect, size in (("A/A", 0.0, 250), ("d = 0.05", 0.05, 250), ("d = 0.1", 0.1, 250)):
        each = _normal(draw, (4000, 20, 2), size, effect)
        n, mean = each.n[..., 0, :], each.mean[..., 0, :, 0]
        square = each.cov[..., 0, :, 0, 0] * (n - 1) + n * mean**2
        so_far = (np.cumsum(part, axis=1) for part in (n, n * mean, square))
        means = arm_means(_of(*so_far))
        always = sequential(means, 2 * 20 * size)
        naive = effects(means)
        is_out = ((always.low > 0) | (always.high < 0))[..., 0, 0]
        rates[f"sequence excludes 0 in 20 looks, {name}"] = float(is_out.any(axis=1).mean())
        rates[f"p < .05 in 20 looks, {name}"] = float(
            (naive.p[..., 0, 0] < 0.05).any(axis=1).mean()
        )
    return rates


def ratios(seed: int) -> Rates:
    """Mismatches of ratios: 50,000 experiments without one, and 50.5 to 49.5 of 100,000."""
    draw, n, rates = np.random.default_rng(seed), 100_000, {}
    for name, share, runs in (("none", 0.5, 50_000), ("50.5/49.5", 0.505, 20_000)):
        first = draw.binomial(n, share, runs).astype(float)
        p = ratio_mismatch(np.stack([first, n - first], axis=-1), HALVES)
        rates[f"mismatch, {name}"] = float((p < ALPHA).mean())
        daily = draw.binomial(n // 30, share, (runs, 30)).cumsum(axis=1).astype(float)
        total = np.arange(1, 31) * float(n // 30)
        p = daily_mismatch(np.stack([daily, total - daily], axis=-1), HALVES, total[-1])
        rates[f"mismatch in 30 looks, {name}"] = float((p < ALPHA).mean())
    return rates


def policies(seed: int) -> Rates:
    """Eight segments of 1,000 customers: none differs, all gain alike, half gain and half lose."""
    draw, runs, n, rates = np.random.default_rng(seed), 4000, 100.0, {}
    truths = {
        "none": np.zeros((SEGMENTS, 2)),
        "alike": np.tile([0.0, 0.2], (SEGMENTS, 1)),
        "crossover": np.array([[0.0, 0.25]] * 4 + [[0.0, -0.25]] * 4),
        "one loses": np.array([[0.0, 0.2]] * 7 + [[0.0, -0.5]]),
    }
    for name, truth in truths.items():
        size = np.full((runs, FOLDS, *truth.shape), n)
        mean = draw.normal(truth, 1 / np.sqrt(n), size.shape)
        found = policy_value(size, mean, 1 / size)
        rates[f"policy by segment, {name}"] = float(found.by_segment.mean())
        if name in ("crossover", "one loses"):
            worth = truth.max(axis=1).mean() - truth.mean(axis=0).max()
            inside = (found.low <= worth) & (worth <= found.high)
            rates[f"its worth in the interval, {name}"] = float(inside.mean())
    return rates


SIMULATIONS: dict[str, Callable[[int], Rates]] = {
    "planted": planted,
    "looks": looks,
    "ratios": ratios,
    "policies": policies,
    "a_a": a_a,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=3)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    for name, simulate in SIMULATIONS.items():
        if given.only not in name:
            continue
        began = time.process_time()
        blocks = [simulate(1000 * (block + 1)) for block in range(given.blocks)]
        print(f"{name} ({time.process_time() - began:.0f} s of CPU)")
        for rate in blocks[0]:
            values = [block[rate] for block in blocks]
            print(f"  {rate:46} least {min(values):.4f}  most {max(values):.4f}", flush=True)


if __name__ == "__main__":
    main()
