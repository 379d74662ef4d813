"""Bins that are looked up, compared with a search among the edges."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.survey.grid import grid_of

RNG = np.random.default_rng(5)
EDGES = {
    "one": [Decimal("0.3")],
    "even": [Decimal(n) / 10 for n in range(-100, 101)],
    "skewed": sorted({Decimal(f"{x:.3g}") for x in np.exp(RNG.normal(3, 2, 200))}),
    "crowded": [Decimal(n) for n in (0, 1, 2, 3, 10**12, 10**12 + 1)],
}


@pytest.mark.parametrize("edges", EDGES.values(), ids=EDGES)
@pytest.mark.parametrize("sign", [">=", ">"])
def test_bins_are_how_many_edges_a_value_has_passed(edges: Sequence[Decimal], sign: str) -> None:
    floats = np.array([float(edge) for edge in edges])
    around = np.concatenate([np.nextafter(floats, -np.inf), floats, np.nextafter(floats, np.inf)])
    values = [*around.tolist(), *RNG.uniform(floats[0] - 1, floats[-1] + 1, 500), -1e300, 1e300]
    grid = grid_of(edges)
    with DuckDBEngine() as engine:
        listed = ", ".join(f"({float(value)!r})" for value in values)
        engine.execute(
            f"CREATE TABLE x AS SELECT CAST(v AS DOUBLE) AS v FROM (VALUES {listed}) t(v)"
        )
        found = engine.query(
            f"SELECT v, {grid.bin_sql('v', 'cell', sign, DUCKDB)} "
            f"FROM (SELECT v, {grid.cell_sql('v', DUCKDB)} AS cell FROM x) AS placed"
        )
    search = bisect_right if sign == ">=" else bisect_left
    assert len(found) == len(values)
    for value, bin in found:
        assert bin == search(floats.tolist(), value)
