"""What it takes to try a file, against one K-Means on the same file.

Run with ``python -m benchmarks.try_a_file``. A CSV of 100,000 customers and 5 features is made
(seeded), tried with ``k: auto`` and with ``k: 5``, and read and clustered once by scikit-learn
(5 clusters, n_init=10, standardised). Ratios are of whole seconds in the same process and run;
imports are left out of both.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from segkit.learn.numbers import one_thread
from segkit.pipeline import Options, try_data

ROWS = 100_000


def customers(path: Path) -> None:
    """Five groups that overlap, in five columns, beside an id."""
    draw = np.random.default_rng(1)
    group = draw.integers(0, 5, ROWS)
    frame = pd.DataFrame(
        {
            "customer_id": np.arange(ROWS) + 1_000_000,
            "age": np.round(draw.normal(25 + 10 * group, 5)),
            "total_spend": np.round(np.exp(draw.normal(3 + group, 0.5)), 2),
            "visits": draw.poisson(np.array([1, 3, 9, 20, 4])[group]),
            "income": np.round(draw.normal(50, 15, ROWS), 1),
            "tenure_days": draw.integers(0, 3000, ROWS),
        }
    )
    frame.to_csv(path, index=False)


def cluster(path: Path) -> None:
    with one_thread():
        X = StandardScaler().fit_transform(pd.read_csv(path).drop(columns="customer_id"))
        KMeans(5, n_init=10, random_state=0).fit(X)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customers.csv"
        customers(path)
        small = Path(folder) / "small.csv"
        small.write_text("".join(path.open().readlines()[:500]))
        try_data(Options(), str(small), k=2)  # imports, and whatever the first run makes
        cluster(small)
        baseline = seconds(lambda: cluster(path))
        print(f"{ROWS:,} customers, 5 features; one K-Means with the file read: {baseline:.2f} s")
        for k in (None, 5):
            took = seconds(lambda k=k: try_data(Options(), str(path), k=k))  # type: ignore[misc]
            print(f"segkit try, k {k or 'chosen'}: {took:.1f} s, {took / baseline:.0f} x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
