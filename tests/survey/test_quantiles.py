"""Quantiles by cells are those of all values in order."""

from __future__ import annotations

import numpy as np
import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.learn.data.all_rows import AllRows
from segkit.survey.page_data import SPREAD_AT
from segkit.survey.quantiles import Ordered, read_quantiles

N = 20_000
RNG = np.random.default_rng(3)
VALUES = {
    "normal": RNG.normal(50, 9, N),
    "whole numbers": RNG.poisson(3, N).astype(float),
    "one far away": np.concatenate([RNG.normal(size=N - 1), [1e12]]),  # all others in one cell
    "one value": np.full(N, 2.5),
    "logs": np.exp(RNG.normal(3, 2, N)),
    "few": RNG.normal(size=N),
}


def test_quantiles_are_exact_in_every_segment() -> None:
    code = RNG.integers(1, 4, N)
    known = {name: RNG.random(N) > 0.1 for name in VALUES}
    known["few"] = np.arange(N) < 2
    with DuckDBEngine() as engine:
        columns = ", ".join(f"v{n} DOUBLE" for n in range(len(VALUES)))
        engine.execute(f"CREATE TABLE x (segkit_code INTEGER, {columns})")
        engine.execute(
            "INSERT INTO x SELECT "
            + ", ".join(f"unnest(${n + 1})" for n in range(len(VALUES) + 1)),
            [code.tolist()]
            + [
                [float(v) if k else None for v, k in zip(values, known[name], strict=True)]
                for name, values in VALUES.items()
            ],
        )
        ordered = []
        for n, (name, values) in enumerate(VALUES.items()):
            is_log = name == "logs"
            here = np.log(values[known[name]]) if is_log else values[known[name]]
            place = f"ln(v{n})" if is_log else f"v{n}"
            ordered.append(Ordered(f"v{n}", place, here.min() - 1e-9, here.max() + 1e-9))
        found = read_quantiles(AllRows(engine, "x", ()), ordered, SPREAD_AT)
    for (name, values), quantiles in zip(VALUES.items(), found, strict=True):
        for whose in (None, 1, 2, 3):
            mine = values[known[name] & ((code == whose) if whose else True)]
            if not len(mine):
                assert whose not in quantiles
                continue
            assert quantiles[whose] == pytest.approx(np.quantile(mine, SPREAD_AT), rel=1e-12)
