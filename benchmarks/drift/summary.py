"""Rates of the runs that ``calibrate.py`` wrote, with bounds that count a run as one draw.

usage: python -m benchmarks.drift.summary RUNS.csv ...
"""

from __future__ import annotations

import sys
from math import sqrt

import pandas as pd

CELL = ["shop", "n", "days", "rho", "turnover"]
OWN = {
    "share": "shares|flow",
    "mean": "features",
    "group": "new group",
    "metric": "metrics",
    "events": "events",
}


def bound(runs: pd.Series[float]) -> tuple[float, float]:
    """Mean over runs of a run's share, and its upper 95 % bound (one-sided; 3/n for none)."""
    mean, n = float(runs.mean()), len(runs)
    if not runs.any():
        return 0.0, float("nan")
    return mean, mean + 1.645 * float(runs.std(ddof=1)) / sqrt(n)


def show_unchanged(read: pd.DataFrame) -> None:
    for (n, days), rows in read.groupby(["n", "days"]):
        print(f"n = {n:,}, builds of {days} days: {len(rows):,} builds")
        for name in ("watch", "is_act"):
            by_run = rows.groupby([*CELL, "path", "run"])[name].mean()
            mean, high = bound(by_run)
            high = 1 - 0.05 ** (1 / len(by_run)) if not mean else high
            worst = rows.groupby(CELL)[name].mean()
            print(f"  {name}: {mean:.2%}, at most {high:.2%}; worst cell {worst.max():.2%}")
            print(f"    {worst.idxmax()}")
        more = rows.groupby([*CELL, "path", "run"])["watch"].sum() > 1
        print(f"  runs with more than one watch: {int(more.sum())} of {len(more)}")
        families = rows.families[rows.watch].str.split("+").explode().value_counts()
        print(f"  {families.to_dict()}")
        print(f"  by shop: {rows.groupby('shop').watch.mean().map('{:.2%}'.format).to_dict()}")
        plain = {test: rows.plain.str.contains(test).mean() for test in ("d1", "d2")}
        print("  plain tests:", {test: f"{share:.1%}" for test, share in plain.items()})


def show_changed(read: pd.DataFrame, at: int) -> None:
    now = read[read.build == at]
    acts = dict(iter(read[read.build == at + 1].groupby(["scenario", "n", "rho"])))
    for key, rows in now.groupby(["scenario", "n", "rho"]):
        own = rows.families.str.contains(OWN[str(rows.scenario.iloc[0])]).mean()
        found = rows.watch.mean()
        act = acts[key].is_act.mean()
        print(key, f"{len(rows)} runs, found {found:.0%} (own {own:.0%}), act {act:.0%}")


def main() -> None:
    # runs are numbered from 0 in each file: those of another one are others
    read = pd.concat(
        [pd.read_csv(path, keep_default_na=False).assign(path=path) for path in sys.argv[1:]]
    )
    read["watch"], read["is_act"] = read.families != "", read.act != ""
    is_still = read.scenario.isin(["none", "still"])
    for scenario, rows in read[is_still].groupby("scenario"):
        print(f"scenario {scenario}")
        show_unchanged(rows)
    if not is_still.all():
        show_changed(read[~is_still], 6)


if __name__ == "__main__":
    main()
