"""What drift needs of a build, fetched as sums: one join of now with the fit, and few scans.

Values are whole numbers of steps while they are summed, so that sums are the same for any
order of the rows and any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

import numpy as np

from segkit.core.drift_result import Flow, Value
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import double, identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.numbers import Floats
from segkit.monitor.drift.evidence import Evidence, Pairs, Sums
from segkit.monitor.drift.moments import Cells, Moments
from segkit.monitor.group_sums import LARGEST, STEPS, MetricRange, read_ranges


@dataclass(frozen=True)
class Relations:
    """Relations of a build, as SQL. ``agreement``: a column of ``now`` and ``base`` that says 1
    where the clusters agree with the rules, else 0; None where there are no clusters.
    """

    now: str
    base: str
    steps: str
    base_aged: str | None = None
    agreement: str | None = None


def read_evidence(
    engine: Reader,
    relations: Relations,
    features: Sequence[Value],
    metrics: Sequence[Value],
    as_of: date,
    base_as_of: date,
    ranges: Mapping[str, MetricRange],
    decided: frozenset[str] = frozenset(),
) -> Evidence:
    """Return the counts and sums that a build is judged by.

    ``ranges`` are those of the fit (``base_ranges``); ``decided`` are values of which it is known
    how they move.
    """
    categories = [value for value in features if value.is_category]
    days = (as_of - base_as_of).days
    paired = _Paired(ranges, categories, [m.name for m in metrics], decided, days)
    cells, values, levels, pairs, totals = paired.read(engine, relations)
    agreement = values.pop(relations.agreement) if relations.agreement else None
    pairs.pop(relations.agreement or "", None)
    return Evidence(
        as_of,
        base_as_of,
        cells,
        tuple(value.name for value in features),
        tuple(value.name for value in metrics),
        values,
        levels,
        pairs,
        _flows(engine, relations.steps, as_of),
        _joined(engine, relations, {f.name: ranges[f.name] for f in features if not f.is_category}),
        _aged(engine, relations.base_aged),
        totals,
        _histograms(engine, relations, features),
        agreement,
        frozenset(value.name for value in features if not value.rules),
    )


def finite_sql(sql: str) -> str:
    """The number, NULL where it is none to reckon with: NaN is the greatest of all."""
    return f"CASE WHEN abs({sql}) <= {LARGEST!r} THEN {sql} END"


def base_ranges(
    engine: Reader, relations: Relations, features: Sequence[Value], metrics: Sequence[Value]
) -> dict[str, MetricRange]:
    """Ranges at the fit, and half as much again beyond: what is further off counts as that.

    They stay the same as long as the fit does.
    """
    numbers = [value.name for value in (*features, *metrics) if not value.is_category]
    numbers += [relations.agreement] if relations.agreement else []
    quoted = [identifier(name, engine.dialect) for name in numbers]
    listed = ", ".join(f"{finite_sql(name)} AS {name}" for name in quoted)
    found = read_ranges(engine, f"SELECT {listed} FROM {relations.base}", numbers)
    out = {}
    for name, range_ in zip(numbers, found, strict=True):
        width = (range_.most - range_.least) / 2 or max(1.0, abs(range_.most))
        low, high = range_.least - width, range_.most + width
        out[name] = replace(range_, low_cap=low, high_cap=high)
    return out


def _steps_sql(value: str, range_: MetricRange, dialect: Dialect) -> str:
    """As ``MetricRange.steps_sql``, in one CASE: half of the time goes into this."""
    low, high = double(range_.least), double(range_.most)
    middle, half = (range_.least + range_.most) / 2, (range_.most - range_.least) / 2
    steps = phrases(dialect).rounded(f"({value} - {double(middle)}) / {double(half)} * {STEPS}")
    return (
        f"CASE WHEN {value} BETWEEN {low} AND {high} THEN CAST({steps} AS BIGINT)"
        f" WHEN {value} > {high} AND {value} <= {LARGEST!r} THEN {STEPS}"
        f" WHEN {value} < {low} AND {value} >= -{LARGEST!r} THEN -{STEPS} END"
    )


@dataclass(frozen=True)
class _Paired:
    """The one join: sums of every value by (segment at the fit, segment now)."""

    ranges: Mapping[str, MetricRange]
    categories: Sequence[Value]
    metrics: Sequence[str]
    decided: frozenset[str]
    days: int

    def read(
        self, engine: Reader, relations: Relations
    ) -> tuple[
        Cells,
        dict[str, Moments],
        dict[tuple[str, str], tuple[Floats, ...]],
        dict[str, Pairs],
        dict[str, tuple[Floats, Floats]],
    ]:
        rows = sorted(engine.query(self._sql(engine.dialect, relations)), key=_by_cell)
        n = np.array([row[2] for row in rows], float)
        cells = Cells(tuple(row[0] for row in rows), tuple(row[1] for row in rows), n)
        columns = iter(list(zip(*rows, strict=True))[3:])
        values, pairs = {}, {}
        for name, range_ in self.ranges.items():
            counts = [[int(x or 0) for x in column] for column in islice(columns, 10)]
            values[name] = _moments(counts, range_)
            if name not in self.decided:
                told = (int(sum(column)) for column in islice(columns, 4))
                pairs[name] = Pairs(sum(counts[6]), *told)
        levels = {
            (category.name, level): tuple(_floats(column) for column in islice(columns, 3))
            for category in self.categories
            for level in category.levels
        }
        totals = {m: (_floats(next(columns)), _floats(next(columns))) for m in self.metrics}
        return cells, values, levels, pairs, totals

    def _sql(self, dialect: Dialect, relations: Relations) -> str:
        columns = ["b.segment_id AS segment0", "n.segment_id AS segment1"]
        sums = ["segment0", "segment1", "count(*)"]
        for place, (name, range_) in enumerate(self.ranges.items()):
            for which, side in (("0", "b"), ("1", "n")):
                value = f"{side}.{identifier(name, dialect)}"
                columns.append(f"{_steps_sql(value, range_, dialect)} AS s{place}_{which}")
                if name in self.metrics or name not in self.decided:
                    columns.append(f"{finite_sql(value)} AS v{place}_{which}")
            sums += _sums_sql(place)
            sums += [] if name in self.decided else _pairs_sql(place, self.days)
        for place, category in enumerate(self.categories):
            column = identifier(category.name, dialect)
            columns += [f"b.{column} AS c{place}_0", f"n.{column} AS c{place}_1"]
            for level in category.levels:
                then = f"c{place}_0 = {literal(level, dialect)}"
                now = f"c{place}_1 = {literal(level, dialect)}"
                sums += [_count(then), _count(now), _count(f"{then} AND {now}")]
        at = {name: place for place, name in enumerate(self.ranges)}
        total = phrases(dialect).exact_sum
        sums += [total(f"v{at[m]}_{which}") for m in self.metrics for which in "01"]
        return (
            f"SELECT {', '.join(sums)} FROM (\n"
            f"  SELECT {', '.join(columns)}\n"
            f"  FROM {relations.base} AS b FULL JOIN {relations.now} AS n ON b.key = n.key\n"
            ") AS paired GROUP BY segment0, segment1"
        )


def _sums_sql(place: int) -> list[str]:
    s0, s1 = f"s{place}_0", f"s{place}_1"
    return [
        *(sql for s in (s0, s1) for sql in (f"count({s})", f"sum({s})", f"sum({s} * {s})")),
        f"count({s0} + {s1})",
        f"sum(CASE WHEN {s1} IS NOT NULL THEN {s0} END)",
        f"sum(CASE WHEN {s0} IS NOT NULL THEN {s1} END)",
        f"sum({s0} * {s1})",
    ]


def _pairs_sql(place: int, days: int) -> list[str]:
    v0, v1 = f"v{place}_0", f"v{place}_1"
    ages = f"{v1} - {v0} = {days}" if days > 0 else "FALSE"
    conditions = (f"{v1} < {v0}", f"{v1} > {v0}", ages, f"{v1} - {v0} > {days}")
    return [_count(condition) for condition in conditions]


def _count(condition: str) -> str:
    return f"count(CASE WHEN {condition} THEN 1 END)"


def _by_cell(row: Sequence[Any]) -> tuple[str, str]:
    return row[0] or "", row[1] or ""


def _floats(column: Iterable[Any]) -> Floats:
    return np.array([float(x or 0) for x in column])


def _moments(counts: Sequence[Sequence[int]], range_: MetricRange) -> Moments:
    """Sums of steps as sums of values from near their mean at the fit, or the squares cancel."""
    k0, s0, q0, k1, s1, q1, both, b0, b1, product = counts
    middle, half = (range_.least + range_.most) / 2, (range_.most - range_.least) / 2
    unit = half / STEPS
    m = round(sum(s0) / sum(k0)) if sum(k0) else 0

    def squares(ks: Sequence[int], ss: Sequence[int], qs: Sequence[int]) -> Iterator[int]:
        return (q - 2 * m * s + k * m * m for k, s, q in zip(ks, ss, qs, strict=True))

    def away(ks: Sequence[int], ss: Sequence[int]) -> Floats:
        return _floats(s - k * m for k, s in zip(ks, ss, strict=True)) * unit

    crossed = (
        p - m * (one + other) + k * m * m
        for k, one, other, p in zip(both, b0, b1, product, strict=True)
    )
    return Moments(
        _floats(k0),
        away(k0, s0),
        _floats(squares(k0, s0, q0)) * unit**2,
        _floats(k1),
        away(k1, s1),
        _floats(squares(k1, s1, q1)) * unit**2,
        _floats(both),
        away(both, b0),
        away(both, b1),
        _floats(crossed) * unit**2,
        middle + m * unit,
    )


def _flows(engine: Reader, steps: str, as_of: date) -> tuple[Flow, ...]:
    columns = "from_id, calendar_id, band, to_id, active"
    rows = engine.query(f"SELECT {columns}, count(*) FROM {steps} GROUP BY {columns}")
    return tuple(Flow(as_of, *row) for row in sorted(rows, key=repr))


def _joined(
    engine: Reader, relations: Relations, ranges: Mapping[str, MetricRange]
) -> dict[str, Sums]:
    if not ranges:
        return {}
    dialect = engine.dialect
    columns = ", ".join(
        f"{_steps_sql(f'n.{identifier(name, dialect)}', range_, dialect)} AS s{place}"
        for place, (name, range_) in enumerate(ranges.items())
    )
    sums = ", ".join(f"count(s{i}), sum(s{i}), sum(s{i} * s{i})" for i in range(len(ranges)))
    (row,) = engine.query(
        f"SELECT {sums} FROM (\n  SELECT {columns} FROM {relations.now} AS n JOIN"
        f" (SELECT key FROM {relations.steps} WHERE from_id IS NULL) AS joined"
        " ON joined.key = n.key\n) AS steps"
    )
    found = {}
    for place, (name, range_) in enumerate(ranges.items()):
        n, total, square = (int(x or 0) for x in row[3 * place : 3 * place + 3])
        nothing = [0]
        sums1 = [[n], [total], [square]]
        moments = _moments([*sums1, *sums1, nothing, nothing, nothing, nothing], range_)
        found[name] = Sums(
            n, float(moments.sum1[0]), float(moments.square1[0]), moments.center if n else 0.0
        )
    return found


def _aged(engine: Reader, base_aged: str | None) -> dict[str, int] | None:
    if base_aged is None:
        return None
    return dict(engine.query(f"SELECT segment_id, count(*) FROM {base_aged} GROUP BY segment_id"))


def _histograms(
    engine: Reader, relations: Relations, features: Sequence[Value]
) -> dict[str, tuple[Floats, Floats]]:
    """Counts by bin of every feature that has bins; missing values are the last one."""
    binned = [f for f in features if (f.levels if f.is_category else f.edges)]
    unknown = [value for value in binned if not value.histogram]
    before = {value.name: np.array(value.histogram, float) for value in binned if value.histogram}
    before |= _counts_by_bin(engine, relations.base, unknown)
    now = _counts_by_bin(engine, relations.now, binned)
    return {name: (before[name], counts) for name, counts in now.items()}


def _counts_by_bin(engine: Reader, relation: str, values: Sequence[Value]) -> dict[str, Floats]:
    if not values:
        return {}
    bins = [f"b{place}" for place in range(len(values))]
    listed = ", ".join(
        f"{_bin_sql(value, engine.dialect)} AS {name}"
        for value, name in zip(values, bins, strict=True)
    )
    flags = ", ".join(f"grouping({name})" for name in bins)
    rows = engine.query(
        f"SELECT {', '.join(bins)}, {flags}, count(*) FROM (SELECT {listed} FROM {relation})"
        f" AS binned GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in bins)})"
    )
    found = {}
    for place, value in enumerate(values):
        counts = np.zeros(len(value.levels if value.is_category else value.edges) + 2)
        for row in rows:
            if not row[len(bins) + place]:
                counts[row[place]] = row[-1]
        found[value.name] = counts
    return found


def _bin_sql(value: Value, dialect: Dialect) -> str:
    name = identifier(value.name, dialect)
    if value.is_category:
        tests = [f"{name} = {literal(level, dialect)}" for level in value.levels]
        missing = f"{name} IS NULL"
    else:
        tests = [f"{name} < {double(edge)}" for edge in value.edges]
        missing = f"({finite_sql(name)}) IS NULL"
    whens = " ".join(f"WHEN {test} THEN {place}" for place, test in enumerate(tests))
    return f"CASE WHEN {missing} THEN {len(tests) + 1} {whens} ELSE {len(tests)} END"
