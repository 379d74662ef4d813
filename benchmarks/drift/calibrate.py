"""How often drift alarms where nothing changes, and how often it finds what does.

usage: python -m benchmarks.drift.calibrate OUT.csv --shop plain --n 1000 --runs 30 --builds 12
       [--seed 1] [--days 30] [--rho 0,.9,.98] [--turnover 0,.05] [--scenario none] [--at 6]

One line for each build: cell, run, build, families that alarm, whether it is `act`, and what
plain tests say (p < .01 and their gates, as if the builds had other customers).
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from scipy.special import chdtrc, ndtr
from scipy.stats import ks_2samp

from benchmarks.drift.aggregates import Snapshot, evidence_of, far_of
from benchmarks.drift.shops import PlainShop, SeasonalShop, Shop
from segkit.core.drift_result import Drift, DriftSettings, EarlierBuild
from segkit.monitor.drift.evidence import kinds
from segkit.monitor.drift.new_group import space_of
from segkit.monitor.drift.verdict import alpha_of, judge

BEGIN = date(2026, 1, 1)
SHOPS = {"plain": PlainShop, "seasonal": SeasonalShop}
SETTINGS = DriftSettings()


def plain_tests(base: Snapshot, now: Snapshot, features: tuple[str, ...]) -> list[str]:
    """Tests as if the customers were others in each build: the baseline."""
    found = []
    size = int(max(base.segment.max(), now.segment.max())) + 1
    table = np.array([np.bincount(each.segment, minlength=size) for each in (base, now)], float)
    table = table[:, table.sum(0) > 0]
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    p = float(chdtrc(table.shape[1] - 1, ((table - expected) ** 2 / expected).sum()))
    shares = table / table.sum(1, keepdims=True)
    if p < 0.01 and abs(shares[1] - shares[0]).max() >= 0.01:
        found.append("d1 chi-square")
    small, smd, ks = [], 0.0, 0.0
    for name in features:
        x0, x1 = base.values[name], now.values[name]
        d, v = x1.mean() - x0.mean(), x0.var() / len(x0) + x1.var() / len(x1)
        sd = np.sqrt((x0.var() + x1.var()) / 2)
        if sd:
            small.append(2 * float(ndtr(-abs(d) / np.sqrt(v))))
            smd = max(smd, abs(d) / sd)
        if len(x0) <= 10_000:
            ks = max(ks, ks_2samp(x0, x1, method="asymp").statistic)
    if small and min(small) * len(small) < 0.01 and (smd >= 0.1 or ks >= 0.05):
        found.append("d2 features")
    return found


def builds(
    shop: Shop, count: int, scenario: str, at: int
) -> Iterator[tuple[int, Drift, Snapshot, Snapshot]]:
    """Build after build of a shop: number, verdict, the first customers and today's."""
    base = previous = shop.see()
    earlier: list[EarlierBuild] = []
    for number in range(1, count + 1):
        if number == at and scenario not in ("none", "still"):
            shop.change(scenario)
        shop.step()
        now = shop.see()
        as_of = BEGIN + timedelta(days=shop.days * number)
        calendar, band = shop.aged(previous, shop.days)
        aged, _ = shop.aged(base, shop.days * number)
        evidence = evidence_of(
            as_of,
            BEGIN,
            base,
            previous,
            now,
            features=shop.features,
            metrics=shop.metrics,
            calendar=calendar,
            band=band,
            aged=aged,
            no_rule=shop.no_rule,
        )
        moves = kinds(evidence.pairs, earlier)
        far = far_of(base, now, space_of(evidence, moves), alpha_of(evidence, earlier, SETTINGS))
        drift = judge(evidence, moves, far, earlier, SETTINGS)
        earlier.append(EarlierBuild(as_of, evidence.flows, drift.checks))
        previous = now
        yield number, drift, base, now


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    for name, value in (("shop", "plain"), ("scenario", "none"), ("rho", "0,.9,.98")):
        parser.add_argument(f"--{name}", default=value)
    parser.add_argument("--turnover", default="0,.05")
    for name, number in (("n", 1000), ("runs", 10), ("builds", 12), ("seed", 1), ("days", 30)):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--at", type=int, default=6)
    said = parser.parse_args()
    began = time.time()
    with said.out.open("w", newline="") as file:
        out = csv.writer(file)
        head = ["shop", "n", "days", "rho", "turnover", "scenario", "run", "build", "families"]
        out.writerow([*head, "act", "plain", "told"])
        for run in range(said.runs):
            for rho in map(float, said.rho.split(",")):
                for turnover in map(float, said.turnover.split(",")):
                    seed = [said.seed, said.n, round(100 * rho), round(1000 * turnover), run]
                    shop: Shop = SHOPS[said.shop](
                        said.n,
                        rho,
                        turnover,
                        seed,
                        said.days,
                        **({"still": True} if said.scenario == "still" else {}),
                    )
                    cell = [said.shop, said.n, said.days, rho, turnover, said.scenario, run]
                    for number, drift, base, now in builds(
                        shop, said.builds, said.scenario, said.at
                    ):
                        plain = plain_tests(base, now, shop.features)
                        alarms = "+".join(drift.alarms)
                        told = "+".join(f"{f}:{why}" for f, why in drift.untested)
                        acts = "+".join(
                            sorted({c.check_name for c in drift.checks if c.level == "act"})
                        )
                        out.writerow([*cell, number, alarms, acts, "+".join(plain), told])
                file.flush()
            print(run, round(time.time() - began), flush=True)


if __name__ == "__main__":
    main()
