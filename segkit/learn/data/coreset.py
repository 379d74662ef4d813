"""Which customers leave the engine where there are very many: with a chance each, that is said.

A uniform sample misses the few who are far from all others, and those are what K-Means
pays most for. So half of the draws are uniform and half by the squared distance to the
mean (Bachem, Lucic and Krause 2018, Scalable k-means clustering via lightweight
coresets), and whoever is drawn stands for as many customers as the chance was small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from segkit.core.columns import ColumnType
from segkit.core.fit import on_scale
from segkit.dialects.phrases import as_double
from segkit.dialects.spelling import double, identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.numbers import round_digits

ALL_ROWS = 100_000  # up to so many customers are all read
DRAWN = 50_000  # of more, about: the clusters cost at most .06 % more than those of all rows
AT_A_TIME = 30  # columns of one statement: PostgreSQL takes 1,664 items
_MOST_LOG = 700.0  # of it e^x is a double


FEW = 32  # times the least chance has who is five standard deviations off, or more, on some axis


@dataclass(frozen=True)
class Axis:
    """A number that customers are far apart in: ln(1 + x) or x, in standard deviations or raw.

    ``ends`` are the least and the greatest x of all customers; ``is_known``: none is missing.
    """

    column: str
    ends: tuple[float, float]
    is_known: bool = False
    is_log: bool = False
    is_scaled: bool = True
    weight: float = 1.0

    @classmethod
    def of(
        cls,
        column: str,
        ends: tuple[float, float],
        scale: str,
        weight: float,
        *,
        is_known: bool = False,
    ) -> Axis:
        """The axis of a feature; by quartiles what is far is far as well."""
        return cls(column, ends, is_known, scale == "log", scale != "none", weight)

    @property
    def ends_there(self) -> tuple[float, float]:
        """The least and the greatest value on the axis."""
        low, high = (on_scale(end, "log" if self.is_log else "none") for end in self.ends)
        return low, high

    def sql(self, dialect: Dialect) -> str:
        """The value on the axis; NULL where it is missing."""
        known = known_sql(self.column, dialect)
        if self.is_known:
            known = as_double(identifier(self.column, dialect), dialect)
        if not self.is_log:
            return known
        if self.is_known and self.ends[0] >= 0:
            return f"ln({known} + {double(1)})"
        return f"CASE WHEN {known} >= {double(0)} THEN ln({known} + {double(1)}) END"

    def beyond_sql(self, center: float, away: float, dialect: Dialect) -> Iterator[str]:
        """Tests of the column, one of which is true of each value so far away from a centre."""
        value, (low, high) = as_double(identifier(self.column, dialect), dialect), self.ends
        below, above = center - away, center + away
        if self.is_log:
            below, above = (math.expm1(min(end, _MOST_LOG)) for end in (below, above))
        if below > low:
            yield f"{value} < {double(below)}"
        if above < high:
            yield f"{value} > {double(above)}"


@dataclass(frozen=True)
class Chance:
    """min(1, least + sum of scale (value - center)^2), where axes are called b0, b1, ..."""

    least: float
    axes: tuple[Axis, ...] = ()
    terms: tuple[tuple[float, float], ...] = ()  # center and scale

    @property
    def sql(self) -> str:
        parts = [double(self.least)]
        for place, (center, scale) in enumerate(self.terms):
            off = f"(b{place} - {double(center)})"
            parts.append(f"COALESCE({off} * {off} * {double(scale)}, {double(0)})")
        return f"LEAST({double(1)}, {' + '.join(parts)})"

    @property
    def of_few(self) -> float:
        """A chance that few customers have, and only who is far off on some axis."""
        return FEW * self.least

    def of_few_sql(self, dialect: Dialect) -> Iterator[str]:
        """Tests of columns as they are, one of which is true of each of these few."""
        each = (self.of_few - self.least) / max(1, len(self.terms))
        for axis, (center, scale) in zip(self.axes, self.terms, strict=True):
            away = math.sqrt(each / scale) * (1 - 1e-9)  # rather one too many than one too few
            yield from axis.beyond_sql(center, away, dialect)


def chance(engine: Reader, relation: str, axes: Sequence[Axis], rows: int, drawn: int) -> Chance:
    """Return the chance of each of the rows to be among about so many.

    Uniform where customers differ on no axis. A missing value is no distance.
    """
    found: list[tuple[Axis, float, float, float]] = []
    for start in range(0, len(axes), AT_A_TIME):
        some = axes[start : start + AT_A_TIME]
        for axis, (known, center, variance) in zip(
            some, _moments(engine, relation, some), strict=True
        ):
            if variance > (1e-9 * max(1.0, abs(center))) ** 2:  # else they are alike but for noise
                scale = axis.weight / (variance if axis.is_scaled else 1.0)
                found.append((axis, center, scale, known * scale * variance))
    total = sum(spread for *_, spread in found)
    if not total:
        return Chance(drawn / rows)
    terms = tuple((center, drawn * scale / (2 * total)) for _, center, scale, _ in found)
    return Chance(drawn / (2 * rows), tuple(axis for axis, *_ in found), terms)


def _moments(engine: Reader, relation: str, axes: Sequence[Axis]) -> list[tuple[int, float, float]]:
    """Known values, their mean and their variance on each axis, which no order of rows changes.

    Values are whole numbers while they are summed, and so are their squares, which fit a BIGINT:
    2^31 steps lie between the ends, at least. n values have a standard deviation of at least
    1 / sqrt(2 n) of that, which is 15,000 steps where they are ten thousand million.
    """
    dialect, steps = engine.dialect, []
    values = ", ".join(f"{axis.sql(dialect)} AS b{place}" for place, axis in enumerate(axes))
    for place, axis in enumerate(axes):
        middle, step = _steps(axis)
        in_steps = f"(b{place} - {double(middle)}) * {double(1 / step)}"
        steps.append(f"CAST({in_steps} AS BIGINT) AS n{place}")
    seen = f"(SELECT {values} FROM {relation}) AS seen"
    items = [
        f"count(n{place}), sum(n{place}), sum(n{place} * n{place})" for place in range(len(axes))
    ]
    stepped = f"(SELECT {', '.join(steps)} FROM {seen}) AS stepped"
    found = engine.query(f"SELECT {', '.join(items)} FROM {stepped}")[0]
    moments = []
    for place, axis in enumerate(axes):
        count, total, squares = (int(each or 0) for each in found[3 * place : 3 * place + 3])
        middle, step = _steps(axis)
        mean, off = total / max(count, 1), count * squares - total * total
        center = round_digits(middle + step * mean)
        moments.append((count, center, round_digits(off / max(count, 1) ** 2 * step**2)))
    return moments


def _steps(axis: Axis) -> tuple[float, float]:
    """The middle of an axis, and a step: of what lies between its ends at most a 2^31st."""
    low, high = axis.ends_there
    return (low + high) / 2, 2.0 ** (max(math.frexp(high - low)[1], -200) - 32)


def known_sql(column: str, dialect: Dialect, type_: ColumnType | None = None) -> str:
    """The value as a double; NULL where it is missing, or not finite, if its type has that."""
    value = as_double(identifier(column, dialect), dialect)
    if type_ and not type_.holds_non_finite:
        return value
    return f"CASE WHEN {dialect.is_finite.format(value)} THEN {value} END"
