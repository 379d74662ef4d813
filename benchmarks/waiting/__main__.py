"""CPU of ``segkit try FILE`` and of a notebook on the same file, each a process of its own.

    python -m benchmarks.waiting [--rounds 1] [ROWSxCOLUMNS ...]

Files are made (seeded): five latent groups, skewed columns. The notebook has one thread, as
K-Means has in segkit: with more it spends up to twice the CPU. Modules are compiled before.

Before any work on it (da51243, 2026-11-30, two loaded cores, try and try --k 5): 200x4 8.45 and
9.92 s against 2.63 (3.2 and 3.8), 6000x8 19.77 and 15.17 against 6.30 (3.1 and 2.4), 100000x8
49.58 and 46.29 against 11.34 (4.4 and 4.1).
With scipy.special, fewer statements, no page and held-out trees of 20,000 rows, the same day, try
alone: 6.7, 18.6 and 40.6 s. Later figures are in docs/scaling.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

SIZES = ("200x4", "6000x8", "100000x8")
# the stability of the rules is told apart: no notebook has it
WITHOUT_STABILITY = """
import sys
from segkit.cli.main import main
from segkit.learn import learn
learn.measure_stability = lambda *_: None
sys.exit(main())
"""
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def customers(rows: int, columns: int) -> pd.DataFrame:
    """Return groups that overlap, in columns of which every second one has a heavy tail."""
    draw = np.random.default_rng(rows + columns)
    group = draw.choice(5, rows, p=[0.35, 0.25, 0.2, 0.13, 0.07])
    means = draw.normal(0, 1.5, (columns, 5))
    made: dict[str, object] = {"customer_id": np.arange(rows) + 1_000_000}
    for column in range(columns):
        values = means[column][group] + draw.normal(0, 0.6, rows)
        made[f"feature_{column}"] = np.round(np.exp(values) if column % 2 else 10 * values, 2)
    return pd.DataFrame(made)


def cpu_seconds(words: list[str], more: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, capture_output=True, env=os.environ | more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("sizes", nargs="*", default=SIZES, metavar="ROWSxCOLUMNS")
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    print(
        "| customers | notebook s | try s | ratio | without stability s | ratio | --k 5 s | ratio |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        small = Path(folder) / "small.csv"
        customers(100, 3).to_csv(small, index=False)
        runs: tuple[tuple[list[str], dict[str, str]], ...] = (
            (["-m", "benchmarks.waiting.notebook"], ONE_THREAD),
            (["-m", "segkit", "try"], {}),
            (["-c", WITHOUT_STABILITY, "try"], {}),
            (["-m", "segkit", "try", "--k", "5"], {}),
        )
        for words, more in runs:  # the first one compiles
            cpu_seconds([*words, str(small)], more)
        for size in given.sizes:
            path = Path(folder) / f"customers_{size}.csv"
            customers(*map(int, size.split("x"))).to_csv(path, index=False)
            turns = [
                [cpu_seconds([*words, str(path)], more) for words, more in runs]
                for _ in range(given.rounds)
            ]
            base, *others = (median(each) for each in zip(*turns, strict=True))
            told = " | ".join(f"{each:.2f} | {each / base:.2f}" for each in others)
            print(f"| {size} | {base:.2f} | {told} |", flush=True)


if __name__ == "__main__":
    main()
