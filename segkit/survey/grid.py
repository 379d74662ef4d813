"""Bins of values between any edges, looked up instead of tested edge by edge.

A value is in one of many narrow cells, by arithmetic that is the same on every machine and
never falls where values rise; so only the edges of its own cell are left to be compared with.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from segkit.core.columns import Kind
from segkit.dialects.spelling import cast, double, literal
from segkit.dialects.table import Dialect

CELLS = 1000


@dataclass(frozen=True)
class Grid:
    """``edges`` as doubles in rising order, and the cell that each is in."""

    edges: tuple[float, ...]
    cells: tuple[int, ...]
    scale: float

    def cell_sql(self, value: str, dialect: Dialect) -> str:
        """SQL of the cell of a double that is known; what is beyond an end is in the cell there.

        Narrower ones near the first edge, as values often are.
        """
        low, high, scale = map(double, (self.edges[0], self.edges[-1], self.scale))
        within = f"least(greatest({value}, {low}), {high})"
        return cast(f"floor(sqrt(sqrt({within} - {low})) * {scale})", Kind.INTEGER, dialect)

    def bin_sql(self, value: str, cell: str, above: str, dialect: Dialect) -> str:
        """SQL of how many edges a value in a cell is not below; ``above`` is ``>=`` or ``>``."""
        all_cells = range(self.cells[-1] + 1)
        before = [bisect_left(self.cells, each) for each in all_cells]
        after = [bisect_right(self.cells, each) for each in all_cells]
        found = [_at(before, cell, Kind.INTEGER, dialect)]
        for n in range(max(b - a for a, b in zip(before, after, strict=True))):
            ends = [
                self.edges[a + n] if a + n < b else math.inf
                for a, b in zip(before, after, strict=True)
            ]
            edge = _at(ends, cell, Kind.DOUBLE, dialect)
            found.append(f"CASE WHEN {value} {above} {edge} THEN 1 ELSE 0 END")
        return " + ".join(found)


def _at(values: Sequence[float], cell: str, kind: Kind, dialect: Dialect) -> str:
    """The value at a place. One text for all: thousands of literals take an engine long to read."""
    listed = literal(",".join(map(repr, values)), dialect)
    return f"(CAST(string_to_array({listed}, ',') AS {dialect.types[kind]}[]))[{cell} + 1]"


def grid_of(edges: Sequence[Decimal]) -> Grid:
    """The grid for edges in rising order."""
    ends = tuple(map(float, edges))
    reach = math.sqrt(math.sqrt(ends[-1] - ends[0]))
    scale = CELLS / reach if reach else 0.0
    cells = (math.floor(math.sqrt(math.sqrt(end - ends[0])) * scale) for end in ends)
    return Grid(ends, tuple(cells), scale)
