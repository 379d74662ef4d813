"""What drift needs of a build, fetched as sums: one join of now with the fit, and few scans.

Values are whole numbers of steps while they are summed, so that sums are the same for any
order of the rows and any number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress, islice
from typing import Any

import numpy as np

from segkit.core.drift_result import Flow, Value
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import double, identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.numbers import Floats
from segkit.monitor.drift.evidence import Evidence, Pairs, Sums
from segkit.monitor.drift.histograms import read_histograms
from segkit.monitor.drift.moments import Cells, Moments
from segkit.monitor.group_sums import STEPS, MetricRange, read_ranges


@dataclass(frozen=True)
class Relations:
    """Relations of a build, as SQL.

    Numbers of ``now`` and ``base`` are doubles to reckon with, or NULL (``number_sql``);
    ``steps`` has rows with how many customers are meant by each: n. ``agreement``: a column of
    ``now`` and ``base`` that says 1 where the clusters agree with the rules, else 0; None where
    there are no clusters.
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
    names = [m.name for m in metrics]
    seen = [_seen(engine, relation, ranges) for relation in (relations.base, relations.now)]
    paired = _Paired(ranges, categories, names, seen)
    cells, values, still, levels, totals = paired.read(engine, relations)
    agreement = values.pop(relations.agreement) if relations.agreement else None
    unknown = {name: value for name, value in values.items() if name not in decided}
    pairs = _pairs(engine, relations, unknown, still, days)
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
        read_histograms(engine, relations.base, relations.now, features),
        agreement,
        frozenset(value.name for value in features if not value.rules),
    )


def base_ranges(
    engine: Reader, relations: Relations, features: Sequence[Value], metrics: Sequence[Value]
) -> dict[str, MetricRange]:
    """Ranges at the fit, and half as much again beyond: what is further off counts as that.

    They stay the same as long as the fit does.
    """
    numbers = [value.name for value in (*features, *metrics) if not value.is_category]
    numbers += [relations.agreement] if relations.agreement else []
    found = read_ranges(engine, f"SELECT * FROM {relations.base}", numbers)
    out = {}
    for name, range_ in zip(numbers, found, strict=True):
        width = (range_.most - range_.least) / 2 or max(1.0, abs(range_.most))
        low, high = range_.least - width, range_.most + width
        out[name] = replace(range_, low_cap=low, high_cap=high)
    return out


def _seen(
    engine: Reader, relation: str, ranges: Mapping[str, MetricRange]
) -> dict[str, MetricRange]:
    """The values of one build at a glance: what all have, and is within, is summed for less."""
    names = [identifier(name, engine.dialect) for name in ranges]
    if not names:
        return {}
    items = ", ".join(f"count({n}), count(*) - count({n}), min({n}), max({n})" for n in names)
    (row,) = engine.query(f"SELECT {items} FROM {relation}")
    found = zip(*(iter(row),) * 4, strict=True)
    return {
        name: MetricRange(known, missing, low or 0.0, high or 0.0)
        for name, (known, missing, low, high) in zip(ranges, found, strict=True)
    }


def _steps_sql(value: str, range_: MetricRange, seen: MetricRange | None) -> str:
    """The value as a whole number of steps, beyond the range as its ends."""
    low, high = range_.least, range_.most
    middle, half = (low + high) / 2, (high - low) / 2
    # a cast takes the nearest whole number, and the even one of two: in either engine
    within = f"CAST(({value} - {double(middle)}) * {double(STEPS / half)} AS BIGINT)"
    if seen is not None and low <= seen.low and seen.high <= high:
        return within
    return (
        f"CASE WHEN {value} > {double(high)} THEN {STEPS}"
        f" WHEN {value} < {double(low)} THEN -{STEPS} ELSE {within} END"
    )


@dataclass(frozen=True)
class _Paired:
    """The one join: sums of every value by (segment at the fit, segment now).

    ``seen``: the values at the fit, and now.
    """

    ranges: Mapping[str, MetricRange]
    categories: Sequence[Value]
    metrics: Sequence[str]
    seen: Sequence[Mapping[str, MetricRange]]

    def read(
        self, engine: Reader, relations: Relations
    ) -> tuple[
        Cells,
        dict[str, Moments],
        frozenset[str],
        dict[tuple[str, str], tuple[Floats, ...]],
        dict[str, tuple[Floats, Floats]],
    ]:
        """Cells, values and those of them that nobody has another of, levels, totals."""
        rows = sorted(engine.query(self._sql(engine.dialect, relations)), key=_by_cell)
        n = np.array([row[2] for row in rows], float)
        cells = Cells(tuple(row[0] for row in rows), tuple(row[1] for row in rows), n)
        columns = iter(list(zip(*rows, strict=True))[3:])
        values, still = {}, set()
        for name, range_ in self.ranges.items():
            wanted = 5 if self._is_complete(name) else 10
            counts = [[int(x or 0) for x in column] for column in islice(columns, wanted)]
            counts = counts if wanted == 10 else _of_all(cells, counts)
            values[name] = _moments(counts, range_)
            if _is_still(cells, counts):
                still.add(name)
        levels = {
            (category.name, level): tuple(_floats(column) for column in islice(columns, 3))
            for category in self.categories
            for level in category.levels
        }
        totals = {m: (_floats(next(columns)), _floats(next(columns))) for m in self.metrics}
        return cells, values, frozenset(still), levels, totals

    def _is_complete(self, name: str) -> bool:
        return not any(seen[name].missing for seen in self.seen)

    def _sql(self, dialect: Dialect, relations: Relations) -> str:
        columns = ["b.segment_id AS segment0", "n.segment_id AS segment1"]
        sums = ["segment0", "segment1", "count(*)"]
        for place, (name, range_) in enumerate(self.ranges.items()):
            for which, side in enumerate("bn"):
                value = f"{side}.{identifier(name, dialect)}"
                steps = _steps_sql(value, range_, self.seen[which][name])
                columns.append(f"{steps} AS s{place}_{which}")
                if name in self.metrics:
                    columns.append(f"{value} AS v{place}_{which}")
            sums += _sums_sql(place, is_complete=self._is_complete(name))
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


def _sums_sql(place: int, *, is_complete: bool) -> list[str]:
    s0, s1 = f"s{place}_0", f"s{place}_1"
    if is_complete:
        return [
            *(sql for s in (s0, s1) for sql in (f"sum({s})", f"sum({s} * {s})")),
            f"sum({s0} * {s1})",
        ]
    return [
        *(sql for s in (s0, s1) for sql in (f"count({s})", f"sum({s})", f"sum({s} * {s})")),
        f"count({s0} + {s1})",
        f"sum(CASE WHEN {s1} IS NOT NULL THEN {s0} END)",
        f"sum(CASE WHEN {s0} IS NOT NULL THEN {s1} END)",
        f"sum({s0} * {s1})",
    ]


def _of_all(cells: Cells, sums: Sequence[Sequence[int]]) -> list[list[int]]:
    """The ten sums, of five: of a value that everybody has, whenever they are there."""
    s0, q0, s1, q1, product = sums
    n, were, are = ([int(x) for x in each] for each in (cells.n, cells.were_there, cells.are_there))

    def of(who: Sequence[int], what: Sequence[int]) -> list[int]:
        return [x if is_in else 0 for is_in, x in zip(who, what, strict=True)]

    stay = of(were, are)
    both = (of(stay, what) for what in (n, s0, s1, product))
    return [of(were, n), [*s0], [*q0], of(are, n), [*s1], [*q1], *both]


def _pairs(
    engine: Reader,
    relations: Relations,
    values: Mapping[str, Moments],
    still: frozenset[str],
    days: int,
) -> dict[str, Pairs]:
    """How each value moved, of who has it twice; rows are compared only of those that did."""
    found = {name: Pairs(int(value.both.sum()), 0, 0, 0, 0) for name, value in values.items()}
    moved = [name for name in values if name not in still]
    if not moved:
        return found
    columns, counts = [], []
    for place, name in enumerate(moved):
        quoted = identifier(name, engine.dialect)
        columns += [f"b.{quoted} AS v{place}_0", f"n.{quoted} AS v{place}_1"]
        counts += _pairs_sql(place, days)
    (row,) = engine.query(
        f"SELECT {', '.join(counts)} FROM (\n  SELECT {', '.join(columns)}\n"
        f"  FROM {relations.base} AS b JOIN {relations.now} AS n ON b.key = n.key\n) AS twice"
    )
    told = zip(*(iter(row),) * 4, strict=True)
    return found | {n: Pairs(found[n].both, *each) for n, each in zip(moved, told, strict=True)}


def _is_still(cells: Cells, sums: Sequence[Sequence[int]]) -> bool:
    """Whether nobody's value is another: the squares of the differences come to nothing."""
    stay = cells.were_there & cells.are_there
    then, now, product = (sum(compress(sums[at], stay)) for at in (2, 5, 9))
    return then + now == 2 * product


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
    n = "CAST(sum(n) AS BIGINT)"
    rows = engine.query(f"SELECT {columns}, {n} FROM {steps} GROUP BY {columns}")
    return tuple(Flow(as_of, *row) for row in sorted(rows, key=repr))


def _joined(
    engine: Reader, relations: Relations, ranges: Mapping[str, MetricRange]
) -> dict[str, Sums]:
    if not ranges:
        return {}
    dialect = engine.dialect
    columns = ", ".join(
        f"{_steps_sql(f'n.{identifier(name, dialect)}', range_, None)} AS s{place}"
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
