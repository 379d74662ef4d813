"""Bins by a join with cells, compared with a search among the edges."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.survey.grid import cells_sql, grid_of

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
    passed = [f"CASE WHEN v {sign} e{n} THEN 1 ELSE 0 END" for n in range(grid.edges_of_a_cell)]
    with DuckDBEngine() as engine:
        listed = ", ".join(f"({float(value)!r})" for value in values)
        engine.execute(
            f"CREATE TABLE x AS SELECT CAST(v AS DOUBLE) AS v FROM (VALUES {listed}) t(v)"
        )
        engine.execute("INSERT INTO x VALUES (NULL)")
        found = engine.query(
            f"SELECT v, t + {' + '.join(passed)} FROM x "
            f"JOIN ({cells_sql([(grid, 7)], DUCKDB)}) AS c ON cell = {grid.cell_sql('v')}"
        )
    search = bisect_right if sign == ">=" else bisect_left
    assert len(found) == len(values) + 1
    for value, bin in found:
        assert bin == (7 if value is None else search(floats.tolist(), value))
