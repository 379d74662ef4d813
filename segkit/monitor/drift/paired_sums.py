"""What drift needs of a build, fetched as sums: a scan of then, one of now, and some of both.

Values are whole numbers of steps while they are summed, so that sums are the same for any
order of the rows and any number of threads. Counts, means and variances are of everybody, by
segment. How values of then and now go together is asked of some customers of then, the same
ones in every build, in which these are joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from segkit.core.drift_result import Flow, Value
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import double, identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.numbers import Floats
from segkit.monitor.drift.evidence import Evidence, Grouped, Pairs, Sums, What
from segkit.monitor.drift.histograms import read_histograms
from segkit.monitor.drift.moments import Cells, Moments
from segkit.monitor.group_sums import STEPS, MetricRange, read_ranges

_FEW = 100  # customers of a segment
_SIDE = ("known", "sum", "square")
_PAIRS = ("falls", "rises", "at days", "beyond")


@dataclass(frozen=True)
class Relations:
    """Relations of a build, as SQL.

    Numbers of ``now`` and ``base`` are doubles to reckon with, or NULL (``number_sql``);
    ``steps`` has rows with how many customers are meant by each: n. ``agreement``: a column of
    ``now`` and ``base`` that says 1 where the clusters agree with the rules, else 0; None where
    there are no clusters. Of many customers ``now`` has but some, and so has ``base_some``, the
    same ones; ``everybody`` has all of today, without that column.
    """

    now: str
    base: str
    steps: str
    base_aged: str | None = None
    agreement: str | None = None
    base_some: str | None = None
    everybody: str | None = None


def read_evidence(
    engine: Reader,
    relations: Relations,
    features: Sequence[Value],
    metrics: Sequence[Value],
    as_of: date,
    base_as_of: date,
    ranges: Mapping[str, MetricRange],
    decided: frozenset[str] = frozenset(),
    kept: Grouped | None = None,
) -> Evidence:
    """Return the counts and sums that a build is judged by.

    ``ranges`` are those of the fit (``base_ranges``); ``decided`` are values of which it is known
    how they move; ``kept`` are sums of ``base`` that an earlier build has found.
    """
    numbers = {name: range_ for name, range_ in ranges.items() if name != relations.agreement}
    asked = _Asked(
        engine.dialect,
        numbers,
        tuple((f.name, level) for f in features if f.is_category for level in f.levels),
        tuple(metric.name for metric in metrics),
        tuple(name for name in numbers if name not in decided),
        (as_of - base_as_of).days,
    )
    base_some, everybody = relations.base_some or relations.base, relations.everybody
    now = asked.of_side(engine, everybody or relations.now)
    then = kept if kept and kept.keys() >= now.keys() else asked.of_side(engine, relations.base)
    paired = _Paired(then, now, asked.of_both(engine, base_some, relations.now))
    return Evidence(
        as_of,
        base_as_of,
        paired.as_cells,
        tuple(value.name for value in features),
        asked.metrics,
        {name: paired.moments(name, range_) for name, range_ in numbers.items()},
        {level: paired.of_flags(("level", *level)) for level in asked.levels},
        {name: paired.pairs(name) for name in asked.undecided},
        _flows(engine, relations.steps, as_of),
        _joined(engine, relations, {f.name: ranges[f.name] for f in features if not f.is_category}),
        _aged(engine, relations.base_aged),
        {m: (paired.of_then(("total", m)), paired.of_now(("total", m))) for m in asked.metrics},
        read_histograms(engine, relations.base, relations.now, features),
        _agreement(engine, relations, ranges),
        frozenset(value.name for value in features if not value.rules),
        then,
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


def _steps_sql(value: str, range_: MetricRange) -> str:
    """The value as a whole number of steps, beyond the range as its ends."""
    low, high = range_.least, range_.most
    middle, half = (low + high) / 2, (high - low) / 2
    # a cast takes the nearest whole number, and the even one of two: in either engine
    return (
        f"CASE WHEN {value} > {double(high)} THEN {STEPS} WHEN {value} < {double(low)}"
        f" THEN -{STEPS} ELSE CAST(({value} - {double(middle)}) * {double(STEPS / half)} AS BIGINT)"
        " END"
    )


@dataclass(frozen=True)
class _Asked:
    """What is summed. Of ``undecided`` values it is asked how they move in so many ``days``."""

    dialect: Dialect
    numbers: Mapping[str, MetricRange]
    levels: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...]
    undecided: tuple[str, ...]
    days: int

    def of_side(self, engine: Reader, relation: str) -> Grouped:
        """Sums of everybody by segment."""
        asked: dict[What, str] = {("n",): "count(*)"}
        steps = []
        for place, (name, range_) in enumerate(self.numbers.items()):
            s = f"s{place}"
            steps.append(f"{_steps_sql(identifier(name, self.dialect), range_)} AS {s}")
            sums = (f"count({s})", f"sum({s})", f"sum({s} * {s})")
            asked |= {(what, name): sql for what, sql in zip(_SIDE, sums, strict=True)}
        for level in self.levels:
            asked["level", *level] = _count(self._is("", level))
        for name in self.metrics:
            total = phrases(self.dialect).exact_sum
            asked["total", name] = total(identifier(name, self.dialect))
        rows = f"SELECT {', '.join(['rows_.*', *steps])} FROM {relation} AS rows_"
        return _grouped(engine, ["segment_id"], asked, rows)

    def of_both(self, engine: Reader, base: str, now: str) -> Grouped:
        """Sums of who is in ``base`` by (segment at the fit, segment now)."""
        asked: dict[What, str] = {("n",): "count(*)"}
        columns = ["b.segment_id AS segment0", "n.segment_id AS segment1"]
        for place, (name, range_) in enumerate(self.numbers.items()):
            s0, s1 = f"s{place}_0", f"s{place}_1"
            b, n = (f"{side}.{identifier(name, self.dialect)}" for side in "bn")
            columns += [f"{_steps_sql(b, range_)} AS {s0}", f"{_steps_sql(n, range_)} AS {s1}"]
            asked |= {("known0", name): f"count({s0})", ("known1", name): f"count({s1})"}
            asked["both", name] = f"count({s0} + {s1})"
            asked["both0", name] = f"sum(CASE WHEN {s1} IS NOT NULL THEN {s0} END)"
            asked["both1", name] = f"sum(CASE WHEN {s0} IS NOT NULL THEN {s1} END)"
            asked["product", name] = f"sum({s0} * {s1})"
            if name in self.undecided:
                columns.append(f"{n} - {b} AS d{place}")
                asked |= {(p, name): _count(f"d{place} {self._moved(p)}") for p in _PAIRS}
        for place, level in enumerate(self.levels):
            is_it = f"{self._is('b.', level)} AND {self._is('n.', level)}"
            columns.append(f"CASE WHEN {is_it} THEN 1 END AS c{place}")
            asked["level", *level] = f"count(c{place})"
        rows = (
            f"SELECT {', '.join(columns)}\n  FROM {base} AS b LEFT JOIN {now} AS n ON b.key = n.key"
        )
        return _grouped(engine, ["segment0", "segment1"], asked, rows)

    def _is(self, side: str, level: tuple[str, str]) -> str:
        name, value = level
        return f"{side}{identifier(name, self.dialect)} = {literal(value, self.dialect)}"

    def _moved(self, how: str) -> str:
        ages = f"= {self.days}" if self.days > 0 else "<> 0 AND FALSE"
        return dict(zip(_PAIRS, ("< 0", "> 0", ages, f"> {self.days}"), strict=True))[how]


def _count(condition: str) -> str:
    return f"count(CASE WHEN {condition} THEN 1 END)"


def _grouped(engine: Reader, by: Sequence[str], asked: Mapping[What, str], rows: str) -> Grouped:
    listed, groups = ", ".join(asked.values()), ", ".join(by)
    found = engine.query(
        f"SELECT {groups}, {listed} FROM (\n  {rows}\n) AS stepped GROUP BY {groups}"
    )
    return {
        what: {row[: len(by)]: _number(row[place]) for row in found}
        for place, what in enumerate(asked, len(by))
    }


def _number(sql: Any) -> Any:
    """Whole numbers of a server may come as decimals."""
    return sql if isinstance(sql, float) else int(sql or 0)


class _Paired:
    """Sums by cell: each side's are exact, whoever stands for those of both.

    A cell is (segment at the fit, segment now). What is known of a side alone stands in the
    cells of who left and who joined: with what is told of who stayed it is the sum of all.
    """

    def __init__(self, then: Grouped, now: Grouped, both: Grouped) -> None:
        self._then, self._now, self._both = then, now, both
        segments0, segments1 = ({s for (s,) in side["n",]} for side in (then, now))
        stayed = {cell for cell in both["n",] if None not in cell}
        cells = {*stayed, *((s, None) for s in segments0), *((None, s) for s in segments1)}
        self.cells = sorted(cells, key=lambda cell: (cell[0] or "", cell[1] or ""))
        asked = {s: sum(n for cell, n in both["n",].items() if cell[0] == s) for s in segments0}
        # Each who was asked stands for so many. Few tell nothing of the others: as if all these
        # had left, so that a difference is held to be less sure than it is.
        is_told = {s: n >= min(_FEW, then["n",][s,]) for s, n in asked.items()}
        self._stands = {s: then["n",][s,] / n if is_told[s] else 0.0 for s, n in asked.items()}
        self.n = self._rest(0, then["n",], both["n",])
        self.n += self._rest(1, now["n",], both["n",]) - self._of_both(both["n",])

    @property
    def as_cells(self) -> Cells:
        return Cells(tuple(c[0] for c in self.cells), tuple(c[1] for c in self.cells), self.n)

    def of_then(self, what: What) -> Floats:
        return self._of_side(0, self._then[what])

    def of_now(self, what: What) -> Floats:
        return self._of_side(1, self._now[what])

    def of_flags(self, what: What) -> tuple[Floats, Floats, Floats]:
        """How many had it, have it, and both."""
        return self.of_then(what), self.of_now(what), self._of_both(self._both[what])

    def pairs(self, name: str) -> Pairs:
        """How a value moved, of those who were asked."""
        return Pairs(*(sum(self._both[what, name].values()) for what in ("both", *_PAIRS)))

    def moments(self, name: str, range_: MetricRange) -> Moments:
        """Sums of steps as sums of values from near their mean at the fit, or squares cancel."""
        middle, half = (range_.least + range_.most) / 2, (range_.most - range_.least) / 2
        unit = half / STEPS
        known, total = (sum(self._then[what, name].values()) for what in ("known", "sum"))
        m = round(total / known) if known else 0
        then, now = ([side[what, name] for what in _SIDE] for side in (self._then, self._now))
        both, both0, both1, product = (
            self._both[what, name] for what in ("both", "both0", "both1", "product")
        )
        crossed = {c: product[c] - m * (both0[c] + both1[c]) + m * m * n for c, n in both.items()}
        return Moments(
            self._rest(0, then[0], self._both["known0", name]),
            self._of_side(0, _away(then, m)) * unit,
            self._of_side(0, _squares(then, m)) * unit**2,
            self._rest(1, now[0], self._both["known1", name]),
            self._of_side(1, _away(now, m)) * unit,
            self._of_side(1, _squares(now, m)) * unit**2,
            self._of_both(both),
            self._of_both(_away((both, both0), m)) * unit,
            self._of_both(_away((both, both1), m)) * unit,
            self._of_both(crossed) * unit**2,
            middle + m * unit,
        )

    def _of_side(self, place: int, of: Mapping[Any, float]) -> Floats:
        """What is known of a side, in the cells of who is not in the other."""
        return np.array([0.0 if c[1 - place] else of[c[place],] for c in self.cells], float)

    def _of_both(self, of: Mapping[Any, float]) -> Floats:
        stayed = (None not in cell for cell in self.cells)
        numbers = zip(self.cells, stayed, strict=True)
        return np.array([self._stands[c[0]] * of[c] if is_in else 0 for c, is_in in numbers], float)

    def _rest(
        self, place: int, of_all: Mapping[Any, float], of_both: Mapping[Any, float]
    ) -> Floats:
        """A count of a side: of who is in both, and in the other cells what is left of all."""
        found = self._of_both(of_both)
        side = np.array([cell[place] for cell in self.cells], object)
        rest = [of_all[s,] - found[side == s].sum() if s else 0.0 for s in side]
        alone = np.array([cell[1 - place] is None for cell in self.cells])
        return found + np.where(alone, rest, 0.0)


def _away(sums: Sequence[Mapping[Any, int]], m: int) -> dict[Any, int]:
    """Sums from ``m``, of (how many, sums)."""
    known, total, *_ = sums
    return {group: total[group] - n * m for group, n in known.items()}


def _squares(sums: Sequence[Mapping[Any, int]], m: int) -> dict[Any, int]:
    known, total, square = sums
    return {g: square[g] - 2 * m * total[g] + n * m * m for g, n in known.items()}


def _flows(engine: Reader, steps: str, as_of: date) -> tuple[Flow, ...]:
    columns = "from_id, calendar_id, band, to_id, active"
    n = "CAST(sum(n) AS BIGINT)"
    rows = engine.query(f"SELECT {columns}, {n} FROM {steps} GROUP BY {columns}")
    return tuple(Flow(as_of, *row) for row in sorted(rows, key=repr))


def _agreement(
    engine: Reader, relations: Relations, ranges: Mapping[str, MetricRange]
) -> tuple[Cells, Moments] | None:
    """Of rules and clusters, among those who are looked at: distances cost most of all."""
    name = relations.agreement
    if name is None:
        return None
    asked = _Asked(engine.dialect, {name: ranges[name]}, (), (), (), 0)
    base = relations.base_some or relations.base
    then, now = (asked.of_side(engine, each) for each in (base, relations.now))
    paired = _Paired(then, now, asked.of_both(engine, base, relations.now))
    return paired.as_cells, paired.moments(name, ranges[name])


def _joined(
    engine: Reader, relations: Relations, ranges: Mapping[str, MetricRange]
) -> dict[str, Sums]:
    """Sums of who joined since the last build."""
    joined = (
        f"(SELECT n.* FROM {relations.everybody or relations.now} AS n"
        f" JOIN (SELECT key FROM {relations.steps}"
        " WHERE from_id IS NULL) AS joined ON joined.key = n.key)"
    )
    asked = _Asked(engine.dialect, ranges, (), (), (), 0)
    found = {}
    groups = asked.of_side(engine, joined)
    for name, range_ in ranges.items():
        n, total, square = (sum(groups[what, name].values()) for what in _SIDE)
        m = round(total / n) if n else 0
        unit = (range_.most - range_.least) / 2 / STEPS
        center = (range_.least + range_.most) / 2 + m * unit
        squares = (square - 2 * m * total + n * m * m) * unit**2
        found[name] = Sums(n, (total - n * m) * unit, squares, center if n else 0.0)
    return found


def _aged(engine: Reader, base_aged: str | None) -> dict[str, int] | None:
    if base_aged is None:
        return None
    return dict(engine.query(f"SELECT segment_id, count(*) FROM {base_aged} GROUP BY segment_id"))
