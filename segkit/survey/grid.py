"""Bins of values between any edges, found by a join instead of a test of each edge.

A value is in one of many narrow cells, by arithmetic that is the same on every machine and
never falls where values rise; so only the edges of its own cell are left to be compared with.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from segkit.core.columns import Kind
from segkit.dialects.phrases import as_double
from segkit.dialects.spelling import cast, double, literal
from segkit.dialects.table import Dialect

CELLS = 1000


@dataclass(frozen=True)
class Grid:
    """``edges`` as doubles in rising order, and the cell that each is in."""

    edges: tuple[float, ...]
    cells: tuple[int, ...]
    scale: float

    @property
    def edges_of_a_cell(self) -> int:
        return max(map(self.cells.count, {*self.cells}))

    def cell_sql(self, value: str) -> str:
        """SQL of the cell of a double; narrower ones near the first edge, as values often are."""
        low, high, scale = map(double, (self.edges[0], self.edges[-1], self.scale))
        return (
            f"CASE WHEN {value} < {low} THEN -1 WHEN {value} >= {high} THEN {CELLS} "
            f"WHEN {value} IS NULL THEN -2 "
            f"ELSE CAST(floor(sqrt(sqrt({value} - {low})) * {scale}) AS INTEGER) END"
        )

    def rows(self, of_missing: int, most: int) -> Iterator[tuple[float, ...]]:
        """Each cell with the number of edges before it, and its own: ``most`` of them, or infinity.

        ``of_missing`` stands for the bin of a missing value.
        """
        yield (-2, of_missing, *[math.inf] * most)
        for cell in range(-1, CELLS + 1):
            before = bisect_left(self.cells, cell)
            mine = self.edges[before : bisect_right(self.cells, cell)]
            yield (cell, before, *mine, *[math.inf] * (most - len(mine)))


def cells_sql(grids: Sequence[tuple[Grid, int]], dialect: Dialect) -> str:
    """A SELECT of the cells of grids, each with the bin of a missing value.

    Its columns are grid, cell, t (the edges before it) and e0, e1, ... One text a column:
    thousands of rows in VALUES take DuckDB most of a second.
    """
    most = max(grid.edges_of_a_cell for grid, _ in grids)
    rows = [(n, *row) for n, (grid, of) in enumerate(grids) for row in grid.rows(of, most)]
    names = ["grid", "cell", "t", *(f"e{n}" for n in range(most))]
    texts = (literal(",".join(map(repr, column)), dialect) for column in zip(*rows, strict=True))
    listed = (
        f"unnest(string_to_array({text}, ',')) AS {name}"
        for text, name in zip(texts, names, strict=True)
    )
    typed = [f"{cast(name, Kind.INTEGER, dialect)} AS {name}" for name in names[:3]]
    typed += [f"{as_double(name, dialect)} AS {name}" for name in names[3:]]
    return f"SELECT {', '.join(typed)} FROM (SELECT {', '.join(listed)}) AS listed"


def grid_of(edges: Sequence[Decimal]) -> Grid:
    """The grid for edges in rising order."""
    ends = tuple(map(float, edges))
    reach = math.sqrt(math.sqrt(ends[-1] - ends[0]))
    scale = CELLS / reach if reach else 0.0
    cells = (math.floor(math.sqrt(math.sqrt(end - ends[0])) * scale) for end in ends[:-1])
    return Grid(ends, (*cells, CELLS), scale)
