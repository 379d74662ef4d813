"""Quantiles of all customers and of each segment, exact, without putting all of them in order.

First the customers are counted in narrow cells of values. Only where a cell holds the value
that is asked for among others, the customers of that cell are put in order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segkit.dialects.spelling import double
from segkit.learn.data.all_rows import AllRows
from segkit.survey.everybody import CODE

CELLS = 4000
_Code = int | None  # None: everyone
_Rank = tuple[_Code, int, int]  # whose, the cell, and the how many-th of theirs in it


@dataclass(frozen=True)
class Ordered:
    """Numbers to take quantiles of: ``value`` and ``place`` are SQL, both rise together.

    ``place`` is NULL where nothing is known, and lies between ``low`` and ``high``.
    """

    value: str
    place: str
    low: float
    high: float

    @property
    def cells_sql(self) -> str:
        """A SELECT of code, cell and value has these items."""
        scale = CELLS / (self.high - self.low) if self.high > self.low else 0.0
        cell = f"floor(({self.place} - {double(self.low)}) * {double(scale)})"
        return f"{CODE} AS code, CAST({cell} AS INTEGER) AS cell, {self.value} AS v"


def read_quantiles(
    everyone: AllRows, ordered: Sequence[Ordered], fractions: Sequence[float]
) -> list[dict[_Code, tuple[float, ...]]]:
    """Return the quantiles of each of the numbers by code, between two values by a line."""
    relation = everyone.relation
    counts = everyone.engine.query(
        " UNION ALL ".join(
            f"SELECT {n}, code, cell, count(*), min(v), max(v) FROM (SELECT {each.cells_sql} "
            f"FROM {relation}) AS placed WHERE cell IS NOT NULL GROUP BY code, cell"
            for n, each in enumerate(ordered)
        )
    )
    found = [
        _Values([row[1:] for row in counts if row[0] == n], fractions) for n in range(len(ordered))
    ]
    asked = [
        f"SELECT {n}, code, cell, v, of_all, of_code FROM (SELECT *, "
        "row_number() OVER (PARTITION BY cell ORDER BY v) AS of_all, "
        "row_number() OVER (PARTITION BY code, cell ORDER BY v) AS of_code "
        f"FROM (SELECT {ordered[n].cells_sql} FROM {relation}) AS placed "
        f"WHERE cell IN ({', '.join(map(str, sorted({cell for _, cell, _ in each.open})))})"
        f") AS numbered WHERE {_is_asked_sql(each.open)}"
        for n, each in enumerate(found)
        if each.open
    ]
    seen: list[dict[_Rank, float]] = [{} for _ in ordered]
    for n, code, cell, value, of_all, of_code in (
        everyone.engine.query(" UNION ALL ".join(asked)) if asked else ()
    ):
        seen[n][None, cell, of_all] = seen[n][code, cell, of_code] = float(value)
    return [each.quantiles(values) for each, values in zip(found, seen, strict=True)]


def _is_asked_sql(open_: Sequence[_Rank]) -> str:
    of_all = ", ".join(f"({cell}, {rank})" for code, cell, rank in open_ if code is None)
    of_code = ", ".join(f"({c}, {cell}, {rank})" for c, cell, rank in open_ if c is not None)
    tests = [f"(cell, of_all) IN ({of_all})"] if of_all else []
    tests += [f"(code, cell, of_code) IN ({of_code})"] if of_code else []
    return " OR ".join(tests)


class _Values:
    """Where the values on both sides of each quantile are; ``open``: those not known yet."""

    def __init__(self, rows: Sequence[Sequence[Any]], fractions: Sequence[float]) -> None:
        """``rows``: code, cell, customers, their least and greatest value."""
        by_code: dict[_Code, dict[int, tuple[int, float, float]]] = {None: {}}
        for code, cell, n, least, most in rows:
            by_code.setdefault(int(code), {})[int(cell)] = (int(n), float(least), float(most))
            m, low, high = by_code[None].get(int(cell), (0, math.inf, -math.inf))
            by_code[None][int(cell)] = (m + n, min(low, float(least)), max(high, float(most)))
        self._known: dict[_Rank, float] = {}
        self._sides: dict[_Code, list[tuple[_Rank, _Rank, float]]] = {}
        for code, cells in by_code.items():
            if cells:
                self._sides[code] = [self._look(code, cells, f) for f in fractions]
        ranks = {
            rank for sides in self._sides.values() for low, high, _ in sides for rank in (low, high)
        }
        self.open = sorted(ranks - {*self._known}, key=lambda rank: (rank[0] or 0, *rank[1:]))

    def _look(
        self, code: _Code, cells: Mapping[int, tuple[int, float, float]], fraction: float
    ) -> tuple[_Rank, _Rank, float]:
        places = sorted(cells)
        ends = np.cumsum([cells[place][0] for place in places])
        at = (int(ends[-1]) - 1) * fraction
        sides: list[_Rank] = []
        for number in (math.floor(at), math.ceil(at)):
            place = int(np.searchsorted(ends, number, side="right"))
            n, least, most = cells[places[place]]
            rank = code, places[place], number - int(ends[place]) + n + 1
            if least == most:
                self._known[rank] = least
            sides.append(rank)
        return sides[0], sides[1], at - math.floor(at)

    def quantiles(self, seen: Mapping[_Rank, float]) -> dict[_Code, tuple[float, ...]]:
        """By code; ``seen`` has what was open."""
        values = {**self._known, **seen}
        return {
            code: tuple(values[a] + (values[b] - values[a]) * part for a, b, part in sides)
            for code, sides in self._sides.items()
        }
