"""How fine the numbers of published columns are, and how many customers a small step moves.

The numbers are taken as they are meant, in whatever type they are stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from segkit.core.axis import Axis, tail_of
from segkit.core.columns import Column, ColumnType, Kind
from segkit.core.fit import Fit
from segkit.core.near import STAYS, Steps, ruler_of, steps_in
from segkit.core.tree import Below, leaves, splits
from segkit.dialects.emit import Operand, Operands, case_inline, chain_of
from segkit.dialects.phrases import as_double
from segkit.dialects.select import ViewSelect, guarded, operands_guarded
from segkit.dialects.spelling import comparison, identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader

_MOST_DIGITS = 6  # behind the point; what has more of them is measured, not counted
_FLOATS = (Kind.FLOAT, Kind.DOUBLE)
_SOME = 1000  # rows that say what to expect of the others


@dataclass(frozen=True)
class AxisItems:
    """What is asked of all rows about the columns that a fit cuts: three figures of each.

    ``digits`` of each are those that some of the rows have behind the point.
    """

    columns: tuple[Column, ...]
    tails: tuple[float, ...]
    digits: tuple[int, ...]

    def items(self, operands: Operands, dialect: Dialect) -> list[str]:
        """The least value, the greatest, and how many digits one has at most."""
        items = []
        for column, tail, least in zip(self.columns, self.tails, self.digits, strict=True):
            operand = operands[column.name]
            digits_sql = _digits_sql(operand, tail, least, dialect)
            items += [f"min({operand.sql})", f"max({operand.sql})", f"max({digits_sql})"]
        return items

    def axes(self, rows: Sequence[Sequence[Any]]) -> dict[str, Axis]:
        """The axes, by column, from the answers for some groups of the rows."""
        found = {}
        for place, (column, tail) in enumerate(zip(self.columns, self.tails, strict=True)):
            lows, highs, digits = (
                [row[3 * place + i] for row in rows if row[3 * place + i] is not None]
                for i in range(3)
            )
            ends = (min(lows, default=None), max(highs, default=None), max(digits, default=None))
            found[column.name] = _axis(column.type, ends, tail)
        return found


def axis_items(engine: Reader, rows_sql: str, fit: Fit, columns: Mapping[str, Column]) -> AxisItems:
    """Return what is to be asked of all rows, from a look at some of them."""
    cut = dict.fromkeys(s.column for s in splits(fit.tree) if isinstance(s.test, Below))
    names = [name for name in cut if columns[name].type.is_numeric]
    if not names:
        return AxisItems((), (), ())
    operands = guarded(names, columns, engine.dialect)
    tails = {name: _tail(fit, columns[name]) for name in names}
    some = [f"max({_digits_sql(operands[n], tails[n], 0, engine.dialect)})" for n in names]
    (first,) = engine.query(
        f"SELECT {', '.join(some)} FROM (SELECT * FROM {rows_sql} LIMIT {_SOME}) AS x"
    )
    asked = tuple(columns[name] for name in names)
    return AxisItems(asked, tuple(tails.values()), tuple(least or 0 for least in first))


def read_axes(
    engine: Reader, rows_sql: str, fit: Fit, columns: Mapping[str, Column]
) -> dict[str, Axis]:
    """Return the axis of each column that the fit cuts, from a look at all rows."""
    asked = axis_items(engine, rows_sql, fit, columns)
    if not asked.columns:
        return {}
    operands = guarded([column.name for column in asked.columns], columns, engine.dialect)
    items = asked.items(operands, engine.dialect)
    return asked.axes(engine.query(f"SELECT {', '.join(items)} FROM {rows_sql}"))


def _tail(fit: Fit, column: Column) -> float:
    """Small differences of usual values lose as many digits as those values do, if summed so."""
    if column.type.kind is not Kind.DOUBLE:
        return 0.0
    baseline = fit.baseline.features if fit.baseline else ()
    usual = next((f.quantiles for f in baseline if f.column == column.name and f.quantiles), (0.0,))
    return tail_of(column.type) * max(map(abs, usual))


def _digits_sql(operand: Operand, tail: float, least: int, dialect: Dialect) -> str:
    """Digits behind the point of a value, ``least`` where it has fewer; NULL for NULL.

    So a column of which some rows are known costs one test a row, and none where
    these have more digits than are counted.
    """
    sql, type_ = operand.sql, operand.type
    most = min(_MOST_DIGITS, _MOST_DIGITS if type_.scale is None else type_.scale)
    if type_.kind is Kind.INTEGER or least > most:
        return str(least)
    if type_.kind in _FLOATS:
        sql = as_double(sql, dialect)
        tests = []
        for n in range(least, most + 1):
            off = f"abs({sql} * 1e{n} - round({sql} * 1e{n}))"
            tests.append(
                f"{off} <= {tail * 10**n!r} OR {off} <= {tail_of(type_)!r} * abs({sql}) * 1e{n}"
            )
    else:
        tests = [f"{sql} = round({sql}, {n})" for n in range(least, most + 1)]
    whens = " ".join(f"WHEN {test} THEN {n}" for n, test in enumerate(tests, start=least))
    return f"CASE {whens} WHEN {sql} IS NOT NULL THEN {_MOST_DIGITS + 1} END"


def _axis(type_: ColumnType, found: Sequence[Any], tail: float) -> Axis:
    lowest, highest, digits = found
    grain = type_.step
    if type_.kind is not Kind.INTEGER and digits is not None and digits <= _MOST_DIGITS:
        grain = Decimal(1).scaleb(-digits)
    low, high = (None if end is None else Decimal(str(end)) for end in (lowest, highest))
    return Axis(type_, grain, low, high, tail)


def count_near(
    engine: Reader,
    rows_sql: str,
    fit: Fit,
    view: ViewSelect,
    axes: Mapping[str, Axis] | None = None,
) -> dict[int, int]:
    """Customers, by code, whom a step of at most 2 % in one feature moves to another segment.

    That is 2 % of the distance between the feature's first and last decile at the
    fit, on the scale on which it was learned. A step leads to a value that the
    column can have: from one whole number to the next, or not at all. Nothing is
    counted where only categories decide. ``rows_sql`` is the published view, ``axes`` those of
    its columns, where they are known.
    """
    if fit.baseline is None:
        return {}
    axes = read_axes(engine, rows_sql, fit, view.columns) if axes is None else axes
    steps = [
        (column, steps_in(fit.tree, column, axis, ruler))
        for column, axis in axes.items()
        if (ruler := ruler_of(fit, column))
    ]
    if not steps:
        return {}
    operands = operands_guarded(view, engine.dialect)
    moves = [_moves(name, step, operands, engine.dialect) for name, step in steps if step.windows]
    codes = {leaf.code: 0 for leaf in leaves(fit.tree)}
    if not moves:
        return codes
    found = engine.query(  # few rows lie in a window, and only they are looked at closely
        f"SELECT segment_order, count(*) FROM {rows_sql} WHERE {' OR '.join(moves)} GROUP BY 1"
    )
    return codes | {int(code): int(count) for code, count in found}


def _moves(column: str, steps: Steps, operands: Operands, dialect: Dialect) -> str:
    """A condition that holds of whoever a step in the column moves."""
    if steps.flips:
        return " OR ".join(
            f"({_between_sql(column, ends, operands, dialect)} AND "
            f"{case_inline(chain_of(tree, operands, dialect))} NOT IN ({STAYS}, segment_order))"
            for ends, tree in steps.flips
        )
    windows = (_between_sql(column, ends, operands, dialect) for ends in steps.windows)
    codes = (case_inline(chain_of(tree, operands, dialect)) for tree in steps.trees)
    moved = " OR ".join(f"{code} <> segment_order" for code in codes)
    return f"(({' OR '.join(windows)}) AND ({moved}))"


def _between_sql(name: str, ends: tuple[Below, Below], operands: Operands, dialect: Dialect) -> str:
    """Between two numbers lies nothing that is not finite, so the column is taken as it is."""
    column, type_ = identifier(name, dialect), operands[name].type
    after = comparison(column, ends[0], type_, dialect, negated=True)
    return f"({after} AND {comparison(column, ends[1], type_, dialect)})"
