"""One scan of the customers: sums of metrics by part and group, exact for any thread count.

No row leaves the engine. Values are whole numbers while they are summed: 2^30
steps over the range of a metric, so that neither the order of the rows nor the
cancelling of large squares plays a part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from itertools import count
from typing import Any

import numpy as np

from segkit.core.columns import Column, Kind
from segkit.dialects.phrases import as_double, as_text, hash_of, phrases
from segkit.dialects.spelling import identifier, identifiers
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.monitor.eta_squared import PARTS, GroupSums

LARGEST = 1e15  # beyond this it is no value, as in a fit
_SALT = "segkit:parts"
STEPS = 2**30
_TAIL = 0.01
_FAR = 0.1  # of the range between the caps: nearer values are left as they are


@dataclass(frozen=True)
class MetricRange:
    """What a metric's values lie between; those beyond a cap count as that.

    Caps are the 1st and 99th percentile of the values other than 0, outwards to
    three digits, where there are values far beyond. Without them a single customer
    decides what a variance is, and half of the intervals are wrong
    (``benchmarks/usefulness.py``).
    """

    known: int
    missing: int
    low: float
    high: float
    low_cap: float | None = None
    high_cap: float | None = None

    @property
    def least(self) -> float:
        return self.low if self.low_cap is None else self.low_cap

    @property
    def most(self) -> float:
        return self.high if self.high_cap is None else self.high_cap

    def capped_sql(self, value: str) -> str:
        if self.low_cap is None and self.high_cap is None:
            return value
        return (
            f"CASE WHEN {value} < {self.least!r} THEN {self.least!r} "
            f"WHEN {value} > {self.most!r} THEN {self.most!r} ELSE {value} END"
        )

    def steps_sql(self, value: str, dialect: Dialect) -> str:
        """The value as a whole number of steps from the middle of the range."""
        middle, half = (self.least + self.most) / 2, (self.most - self.least) / 2 or 1.0
        steps = f"({self.capped_sql(value)} - {middle!r}) / {half!r} * {STEPS}"
        return f"CAST({phrases(dialect).rounded(steps)} AS BIGINT)"


def number_sql(sql: str, column: Column, dialect: Dialect) -> str:
    """The column as a DOUBLE: a flag is 0 or 1, and NULL what is no number to reckon with."""
    if column.type.kind is Kind.BOOLEAN:
        return as_double(f"CAST({sql} AS INTEGER)", dialect)
    number = as_double(sql, dialect)
    # NaN is the greatest of all numbers, so it is out as well
    return f"CASE WHEN abs({number}) <= {LARGEST!r} THEN {number} END"


def part_sql(key: str, dialect: Dialect) -> str:
    """The part that a customer is dealt into, by a hash of the key."""
    digits = f"substr({hash_of(as_text(key, dialect), _SALT, dialect)}, 1, 8)"
    return f"{phrases(dialect).number_of_hex(digits)} % {PARTS}"


def read_ranges(engine: Reader, rows: str, metrics: Sequence[str]) -> list[MetricRange]:
    """Return the range of each metric (a DOUBLE column of the SELECT ``rows``)."""
    items = ", ".join(
        f"count({m}), count(*) - count({m}), min({m}), max({m}), "
        f"{phrases(engine.dialect).quantiles(m, (_TAIL, 1 - _TAIL))} FILTER (WHERE {m} <> 0)"
        for m in (identifier(metric, engine.dialect) for metric in metrics)
    )
    found = engine.query(f"SELECT {items} FROM ({rows}) AS customers")[0] if metrics else ()
    return [_range(*found[5 * place : 5 * place + 5]) for place in range(len(metrics))]


def _range(
    known: int, missing: int, low: float | None, high: float | None, tails: list[float] | None
) -> MetricRange:
    if low is None or high is None:
        return MetricRange(known, missing, 0.0, 0.0)
    found = MetricRange(known, missing, low, high)
    if tails is None:  # every value is 0
        return found
    low_cap = 0.0 - _three_digits(-min(tails[0], 0.0))
    high_cap = _three_digits(max(tails[1], 0.0))
    if max(low, low_cap) >= min(high, high_cap):  # hardly anybody has another value
        return found
    far = _FAR * (high_cap - low_cap)
    return replace(
        found,
        low_cap=low_cap if low < low_cap - far else None,
        high_cap=high_cap if high > high_cap + far else None,
    )


def _three_digits(value: float) -> float:
    """The number, from 0 up, rounded up to three digits.

    >>> _three_digits(8061.2), _three_digits(1.0), _three_digits(0.0)
    (8070.0, 1.0, 0.0)
    """
    if value <= 0:
        return 0.0
    digit = Decimal(1).scaleb(math.floor(math.log10(value)) - 2)
    # 0.1 + 0.2 is no more than 0.3
    exact = Decimal(f"{value:.12g}")
    return float(exact.quantize(digit, ROUND_CEILING))


def read_sums(
    engine: Reader,
    rows: str,
    groupings: Sequence[Sequence[str]],
    metrics: Mapping[str, MetricRange],
) -> list[dict[str, GroupSums]]:
    """Return, for each grouping, the sums of each metric.

    ``rows``: a SELECT with the columns ``part``, those of the groupings and the metrics.
    ``groupings``: columns that make the groups; NULL is a group as well.
    """
    names = list(dict.fromkeys(name for grouping in groupings for name in grouping))
    flags = ", ".join(f"grouping({identifier(name, engine.dialect)})" for name in names)
    sets = ", ".join(f"(part, {identifiers(g, engine.dialect)})" for g in groupings)
    steps = ", ".join(
        f"{range_.steps_sql(name, engine.dialect)} AS {name}"
        for name, range_ in ((identifier(m, engine.dialect), r) for m, r in metrics.items())
    )
    columns = identifiers(names, engine.dialect)
    totals = ", ".join(
        f"count({m}), sum({m}), sum({m} * {m})"
        for m in (identifier(metric, engine.dialect) for metric in metrics)
    )
    found = engine.query(
        f"SELECT part, {columns}, {flags}, {totals} FROM (\n"
        f"  SELECT part, {columns}, {steps} FROM ({rows}) AS customers\n) AS steps\n"
        f"GROUP BY GROUPING SETS ({sets})"
    )
    first = 1 + 2 * len(names)
    by_flags: dict[tuple[int, ...], list[tuple[Any, ...]]] = {}
    for row in found:
        by_flags.setdefault(row[1 + len(names) : first], []).append(row)
    out = []
    for grouping in groupings:
        places = [1 + names.index(name) for name in grouping]
        folded = tuple(0 if name in grouping else 1 for name in names)
        mine = by_flags.get(folded, [])
        groups = [(row[0], tuple(row[place] for place in places)) for row in mine]
        sums: dict[str, GroupSums] = {}
        for metric, at in zip(metrics, count(first, 3), strict=False):
            cells = zip(groups, mine, strict=True)
            sums[metric] = _sums([(*group, *row[at : at + 3]) for group, row in cells])
        out.append(sums)
    return out


def _sums(cells: Sequence[tuple[Any, ...]]) -> GroupSums:
    """Cells (part, group, count, sum, sum of squares) as arrays, taken from near the mean."""
    groups = {group: place for place, group in enumerate(sorted({c[1] for c in cells}, key=repr))}
    known = sum(cell[2] for cell in cells)
    mean = round(sum(cell[3] or 0 for cell in cells) / known) if known else 0
    n, total, squares = (np.zeros((PARTS, max(len(groups), 1))) for _ in range(3))
    for part, group, cell_n, cell_sum, cell_squares in cells:
        if not cell_n:
            continue
        # whole numbers, however large: nothing is lost before they are divided
        at, sum_, square = (part, groups[group]), int(cell_sum), int(cell_squares)
        n[at] = cell_n
        total[at] = (sum_ - cell_n * mean) / STEPS
        squares[at] = (square - 2 * mean * sum_ + cell_n * mean * mean) / STEPS**2
    return GroupSums(n, total, squares)
