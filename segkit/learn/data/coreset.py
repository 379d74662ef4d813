"""Which customers leave the engine where there are very many: with a chance each, that is said.

A uniform sample misses the few who are far from all others, and those are what K-Means
pays most for. So half of the draws are uniform and half by the squared distance to the
mean (Bachem, Lucic and Krause 2018, Scalable k-means clustering via lightweight
coresets), and whoever is drawn stands for as many customers as the chance was small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segkit.dialects.phrases import as_double, phrases
from segkit.dialects.spelling import double, identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.numbers import round_digits

ALL_ROWS = 100_000  # up to so many customers are all read
DRAWN = 50_000  # of more, about: the clusters cost at most .06 % more than those of all rows
AT_A_TIME = 30  # columns of one statement: PostgreSQL takes 1,664 items


@dataclass(frozen=True)
class Axis:
    """A number that customers are far apart in: ln(1 + x) or x, in standard deviations or raw."""

    column: str
    is_log: bool = False
    is_scaled: bool = True
    weight: float = 1.0

    @classmethod
    def of(cls, column: str, scale: str, weight: float) -> Axis:
        """The axis of a feature; by quartiles what is far is far as well."""
        return cls(column, scale == "log", scale != "none", weight)

    def sql(self, dialect: Dialect) -> str:
        """The value on the axis; NULL where it is missing."""
        known = known_sql(self.column, dialect)
        if not self.is_log:
            return known
        return f"CASE WHEN {known} >= {double(0)} THEN ln({known} + {double(1)}) END"


@dataclass(frozen=True)
class Chance:
    """min(1, least + sum of scale (value - center)^2), where axes are called b0, b1, ..."""

    least: float
    terms: tuple[tuple[float, float], ...] = ()  # center and scale

    @property
    def sql(self) -> str:
        parts = [double(self.least)]
        for place, (center, scale) in enumerate(self.terms):
            off = f"(b{place} - {double(center)})"
            parts.append(f"COALESCE({off} * {off} * {double(scale)}, {double(0)})")
        return f"LEAST({double(1)}, {' + '.join(parts)})"


def chance(
    engine: Reader, relation: str, axes: Sequence[Axis], rows: int, drawn: int
) -> tuple[tuple[Axis, ...], Chance]:
    """Return the chance of each of the rows to be among about so many, and the axes it takes.

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
        return (), Chance(drawn / rows)
    terms = tuple((center, drawn * scale / (2 * total)) for _, center, scale, _ in found)
    return tuple(axis for axis, *_ in found), Chance(drawn / (2 * rows), terms)


def _moments(engine: Reader, relation: str, axes: Sequence[Axis]) -> list[tuple[int, float, float]]:
    """Known values, their mean and their variance on each axis: rounded, so no order tells."""
    dialect = engine.dialect
    mean = phrases(dialect).exact_mean
    values = ", ".join(f"{axis.sql(dialect)} AS b{place}" for place, axis in enumerate(axes))
    seen = f"(SELECT {values} FROM {relation}) AS seen"
    items = [f"count(b{place}), {mean(f'b{place}')}" for place in range(len(axes))]
    found = engine.query(f"SELECT {', '.join(items)} FROM {seen}")[0]
    centers = [round_digits(center or 0.0) for center in found[1::2]]
    squares = [
        mean(f"(b{place} - {double(center)}) * (b{place} - {double(center)})")
        for place, center in enumerate(centers)
    ]
    spread = engine.query(f"SELECT {', '.join(squares)} FROM {seen}")[0]
    variances = [round_digits(variance or 0.0) for variance in spread]
    return list(zip(map(int, found[::2]), centers, variances, strict=True))


def known_sql(column: str, dialect: Dialect) -> str:
    """The value as a double; NULL where it is missing, or not finite."""
    value = as_double(identifier(column, dialect), dialect)
    return f"CASE WHEN {dialect.is_finite.format(value)} THEN {value} END"
