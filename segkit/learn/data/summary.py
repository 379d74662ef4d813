"""What leaves the warehouse: counts from one scan, and a sample in the order of a hash."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from segkit.core.columns import Column
from segkit.core.fit import FittedFeature
from segkit.core.tree import Tree
from segkit.dialects.key_sample import key_number
from segkit.dialects.phrases import as_text, hash_of, in_byte_order
from segkit.dialects.spelling import double, identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn import weighted
from segkit.learn.data.coreset import ALL_ROWS, DRAWN, Axis, Chance, chance, known_sql
from segkit.learn.data.key_counts import count_keys
from segkit.learn.data.levels import LevelSummary
from segkit.learn.numbers import Floats, Ints
from segkit.learn.trees.apply import NO_LEVELS, codes_of
from segkit.project.nodes import Feature

HEAVY_SKEW = 2.0
LEANS = 1.0  # skew from which a logarithm that halves it is chosen, where nobody says the scale
TOO_LARGE = 1e15  # above, neighbouring doubles are so far apart that cuts lose their meaning
HEAD = 100_000  # rows in which values are told apart first: to do so among all holds each of them
MANY = 1000  # different ones, of which nothing asks how many more there are


@dataclass(frozen=True)
class Counts:
    """One column over all rows. ``minimum`` and ``maximum`` are of finite values.

    ``distinct``: different values. From ``MANY`` it may be that of the first rows alone, but not
    where each row may have a number of its own.
    """

    column: str
    rows: int
    nulls: int
    non_finite: int
    distinct: int
    minimum: float | None
    maximum: float | None
    too_large: int
    negative: int

    @property
    def missing(self) -> int:
        return self.nulls + self.non_finite

    @property
    def known(self) -> int:
        return self.rows - self.missing

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest value; 0 where none is known."""
        return float(self.minimum or 0), float(self.maximum or 0)

    @property
    def lies_close(self) -> bool:
        """Close enough to be numbers that were counted through, one for each row."""
        low, high = self.ends
        return low.is_integer() and high.is_integer() and high - low < 10 * self.known


@dataclass(frozen=True)
class Scan:
    """``complete_rows``: rows without a missing feature; ``distinct_rows`` counts them once.

    From ``MANY`` it may be that of the first rows alone.
    """

    rows: int
    null_keys: int
    distinct_keys: int
    complete_rows: int
    distinct_rows: int
    columns: tuple[Counts, ...]

    def counts(self, column: str) -> Counts:
        return next(counts for counts in self.columns if counts.column == column)


@dataclass(frozen=True, eq=False)
class Sample:
    """Customers in the order of a salted hash of their key: any head of it is a sample too.

    ``X`` is (m, d) in the columns' own units, NaN where missing (NULL, NaN or
    infinite). A category is the position in its ``levels``; one that is not
    among them has the position after the last. ``weight`` is how many customers
    each row stands for.
    """

    keys: tuple[str, ...]
    columns: tuple[str, ...]
    X: Floats
    weight: Floats
    rows: int
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def column(self, name: str) -> Floats:
        return self.X[:, self.columns.index(name)]

    def codes(self, tree: Tree) -> Ints:
        """The code that the tree gives to each row."""
        return codes_of(tree, self.columns, self.X, self.levels)


@dataclass(frozen=True)
class Summary:
    """One column: counts over all rows, moments over the sample's known values.

    ``log_skew`` is the skew of ln(1 + x); None where there are negative values.
    """

    counts: Counts
    mean: float
    sd: float
    skew: float
    log_skew: float | None

    @property
    def missing(self) -> int:
        return self.counts.missing

    @property
    def is_constant(self) -> bool:
        """True if the values do not differ, or only by noise."""
        same = self.counts.minimum == self.counts.maximum
        return same or self.sd <= 1e-9 * max(1.0, abs(self.mean))

    @property
    def wants_log(self) -> bool:
        """True if a column is very skewed, and on a log scale no longer, or half as much."""
        return self.log_skew is not None and _wants_log(self.skew, self.log_skew)

    @property
    def is_better_in_log(self) -> bool:
        """As the function: what is chosen where nobody says the scale."""
        return self.log_skew is not None and is_better_in_log(self.skew, self.log_skew)


def _wants_log(skew: float, log_skew: float) -> bool:
    return skew > HEAVY_SKEW and abs(log_skew) <= max(HEAVY_SKEW, skew / 2)


def is_better_in_log(skew: float, log_skew: float) -> bool:
    """True for a column that wants a log scale, or leans and a logarithm halves that.

    Money and counts of customers spread by factors: groups lie evenly on the log, and on the
    plain scale the lower ones fall together.
    """
    return _wants_log(skew, log_skew) or (skew > LEANS and abs(log_skew) <= skew / 2)


def scan(
    engine: Reader, relation: str, key: str, columns: Sequence[str], categories: Sequence[str] = ()
) -> Scan:
    """Count in the engine, over all rows.

    ``relation``: quoted SQL.
    ``columns``: numeric columns to count.
    ``categories``: further columns of a complete row.
    """
    dialect, key_sql = engine.dialect, identifier(key, engine.dialect)
    values = [
        *(known_sql(column, dialect) for column in columns),
        *(_text_sql(column, dialect) for column in categories),
    ]
    complete = " AND ".join(f"{value} IS NOT NULL" for value in values) or "TRUE"
    more = [f"count(CASE WHEN {complete} THEN 1 END)"]
    (total,), counts = _counted(engine, relation, more, columns)
    rows, keys, distinct_keys = count_keys(engine, key_sql, relation)

    def unlike(some: str) -> int:
        of_row = ", ".join(f"{value} AS v{place}" for place, value in enumerate(values)) or "1"
        found = f"SELECT DISTINCT {of_row} FROM {some} WHERE {complete}"
        return int(engine.query(f"SELECT count(*) FROM ({found}) AS unlike")[0][0])

    distinct_rows = unlike(_head(relation))
    if rows > HEAD and distinct_rows < MANY:
        distinct_rows = unlike(relation)
    return Scan(rows, rows - keys, distinct_keys, total, distinct_rows, counts)


def count_values(engine: Reader, relation: str, columns: Sequence[str]) -> dict[str, Counts]:
    """Count the values of numeric columns in the engine, over all rows; by column."""
    _, counts = _counted(engine, relation, (), columns)
    return {each.column: each for each in counts}


def _counted(
    engine: Reader, relation: str, more: Sequence[str], columns: Sequence[str]
) -> tuple[list[int], tuple[Counts, ...]]:
    """What else is counted, and the values of each column."""
    parts = ["count(*)", *more]
    for column in columns:
        value = known_sql(column, engine.dialect)
        parts += [
            f"count({identifier(column, engine.dialect)})",
            f"count({value})",
            f"min({value})",
            f"max({value})",
            f"count(CASE WHEN abs({value}) > {TOO_LARGE!r} THEN 1 END)",
            f"count(CASE WHEN {value} < 0 THEN 1 END)",
        ]
    rows, *rest = engine.query(f"SELECT {', '.join(parts)} FROM {relation}")[0]
    counts = []
    for place, column in enumerate(columns):
        present, finite, *others = rest[len(more) + 6 * place : len(more) + 6 * place + 6]
        counts.append(Counts(column, rows, rows - present, present - finite, 0, *others))
    return rest[: len(more)], _with_distinct(engine, relation, counts)


def _with_distinct(engine: Reader, relation: str, counts: Sequence[Counts]) -> tuple[Counts, ...]:
    """The columns with their different values, told apart among all rows where that matters."""

    def distinct(some: str, columns: Sequence[str]) -> list[tuple[int, int]]:
        """Known values of each column, and different ones."""
        values = [known_sql(column, engine.dialect) for column in columns]
        parts = [f"count({value}), count(DISTINCT {value})" for value in values]
        found = engine.query(f"SELECT {', '.join(parts)} FROM {some}")[0] if parts else ()
        return list(zip(found[::2], found[1::2], strict=True))

    found = distinct(_head(relation), [each.column for each in counts])
    close = [
        each.column
        for each, (known, unlike) in zip(counts, found, strict=True)
        if known < each.known and (unlike < MANY or (unlike == known and each.lies_close))
    ]
    exact = dict(zip(close, distinct(relation, close), strict=True))
    return tuple(
        replace(each, distinct=exact.get(each.column, seen)[1])
        for each, seen in zip(counts, found, strict=True)
    )


def _head(relation: str) -> str:
    return f"(SELECT * FROM {relation} LIMIT {HEAD}) AS head"


def read_sample(
    engine: Reader,
    relation: str,
    key: Column,
    columns: Sequence[Column],
    *,
    levels: Mapping[str, tuple[str, ...]] = NO_LEVELS,
    axes: Sequence[Axis] = (),
    all_up_to: int = ALL_ROWS,
    drawn: int = DRAWN,
    salt: str,
) -> Sample:
    """Return all customers, or about ``drawn`` of more, the same for any order of the rows.

    ``levels`` are those of the columns that are categories; ``axes`` say who is far
    from the others: see ``coreset``.
    """
    rows = _count(engine, relation)
    names = tuple(column.name for column in columns)
    values = [(_text_sql if name in levels else known_sql)(name, engine.dialect) for name in names]
    likely = None if rows <= all_up_to else chance(engine, relation, axes, rows, drawn)
    some = _rows_sql(relation, key, values, likely, salt, engine.dialect)
    listed = ", ".join(["k", "p", *(f"v{place}" for place in range(len(values)))])
    order = [hash_of("k", salt, engine.dialect), "k"]
    by_hash = ", ".join(in_byte_order(each, engine.dialect) for each in order)
    found = engine.query(f"SELECT {listed} FROM {some} AS drawn ORDER BY {by_hash}")
    keys, chances, *cells = zip(*found, strict=True) if found else ((),) * (2 + len(columns))
    X = np.empty((len(found), len(columns)))
    for place, name in enumerate(names):
        X[:, place] = _numbers(cells[place], levels.get(name))
    weight = 1 / np.array(chances, dtype=np.float64)
    if len(found) < rows:  # together they stand for all
        weight *= rows / math.fsum(weight)
    return Sample(keys, names, X, weight, rows, dict(levels))


def _count(engine: Reader, relation: str) -> int:
    return int(engine.query(f"SELECT count(*) FROM {relation}")[0][0])


def _rows_sql(
    relation: str,
    key: Column,
    values: Sequence[str],
    likely: Chance | None,
    salt: str,
    dialect: Dialect,
) -> str:
    """SQL of the rows that are drawn: key, chance and values; without a chance of all.

    Who is drawn is told by a number of the key, and the order by its MD5: so the first of those
    who were drawn are a sample of them. Nearly all have a number that is the chance of few, and
    are none of those: they are out before a logarithm is taken.
    """
    name = identifier(key.name, dialect)
    seen = [f"{as_text(name, dialect)} AS k", *(f"{v} AS v{n}" for n, v in enumerate(values))]
    if likely is None:
        return f"(SELECT {', '.join(seen)}, {double(1)} AS p FROM {relation})"
    drawn = key_number(name, key, salt, dialect)
    seen += [f"{axis.sql(dialect)} AS b{place}" for place, axis in enumerate(likely.axes)]
    numbered = f"(SELECT *, {drawn.digits} AS {drawn.name} FROM {relation}) AS numbered"
    if likely.of_few < 1:
        tests = (drawn.below(likely.of_few), *likely.of_few_sql(dialect))
        numbered += f" WHERE {' OR '.join(tests)}"
    made = f"(SELECT {', '.join(seen)}, {drawn.number} AS u FROM {numbered}) AS made"
    likely_sql = f"(SELECT *, {likely.sql} AS p FROM {made}) AS likely"
    return f"(SELECT * FROM {likely_sql} WHERE u < p * {double(drawn.above)})"


def _numbers(cells: Sequence[Any], levels: Sequence[str] | None) -> Floats:
    """Cells of a column, NaN where missing; of a category the positions of its levels."""
    if levels is not None:
        codes = {level: code for code, level in enumerate(levels)}
        cells = [None if cell is None else codes.get(cell, len(codes)) for cell in cells]
    return np.array(cells, dtype=np.float64)  # None is NaN


def summarise(counts: Counts, values: Floats, weight: Floats) -> Summary:
    """Return the column's summary; ``values`` is its column of the sample."""
    is_known = np.isfinite(values)
    known, weight = values[is_known], weight[is_known]
    if not len(known) or counts.too_large:  # squares of such values overflow; nobody learns of them
        return Summary(counts, 0.0, 0.0, 0.0, None)
    mean, sd, skew = weighted.moments(known, weight)
    log_skew = None if counts.negative else weighted.moments(np.log1p(known), weight)[2]
    return Summary(counts, mean, sd, skew, log_skew)


def axis_of(counts: Counts, feature: Feature | FittedFeature) -> Axis:
    """The axis of a number that was counted."""
    is_known = not counts.missing
    return Axis.of(feature.column, counts.ends, feature.scale, feature.weight, is_known=is_known)


def counts_of(summaries: Iterable[Summary | LevelSummary]) -> dict[str, Counts]:
    """The counts of numbers, by column."""
    return {s.counts.column: s.counts for s in summaries if isinstance(s, Summary)}


def _text_sql(column: str, dialect: Dialect) -> str:
    return as_text(identifier(column, dialect), dialect)
