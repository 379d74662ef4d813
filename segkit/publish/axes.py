"""How fine the numbers of published columns are, in whatever type they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from segkit.core.axis import Axis, tail_of
from segkit.core.columns import Column, Kind
from segkit.core.fit import Fit
from segkit.core.select import guarded
from segkit.core.tree import Below, splits
from segkit.engines.base import Engine

_MOST_DIGITS = 6  # behind the point; what has more of them is measured, not counted


def read_axes(
    engine: Engine, rows_sql: str, fit: Fit, columns: Mapping[str, Column]
) -> dict[str, Axis]:
    """Return the axis of each column that the fit cuts, from one look at all rows."""
    cut = dict.fromkeys(s.column for s in splits(fit.tree) if isinstance(s.test, Below))
    names = [name for name in cut if columns[name].type.is_numeric]
    if not names:
        return {}
    operands = guarded(names, columns)
    tails = {name: _tail(fit, columns[name]) for name in names}
    items = []
    for name in names:
        sql = operands[name].sql
        digits = _digits_sql(sql, columns[name], tails[name])
        items += [f"min({sql})", f"max({sql})", f"max({digits})"]
    (found,) = engine.query(f"SELECT {', '.join(items)} FROM {rows_sql}")
    return {
        name: _axis(columns[name], found[3 * place : 3 * place + 3], tails[name])
        for place, name in enumerate(names)
    }


def _tail(fit: Fit, column: Column) -> float:
    """Small differences of usual values lose as many digits as those values do."""
    baseline = fit.baseline.features if fit.baseline else ()
    usual = next((f.quantiles for f in baseline if f.column == column.name and f.quantiles), (0.0,))
    return tail_of(column.type) * max(map(abs, usual))


def _digits_sql(sql: str, column: Column, tail: float) -> str:
    """Digits behind the point of a value; NULL for NULL and for one with too many."""
    if column.type.kind is Kind.INTEGER:
        return "NULL"
    if column.type.holds_non_finite:
        wide = f"CAST({sql} AS DOUBLE)"
        tolerance = f"greatest({tail!r}, {tail_of(column.type)!r} * abs({wide}))"
        test = f"abs({wide} - round({wide}, {{digits}})) <= {tolerance}"
    else:
        test = f"{sql} = round({sql}, {{digits}})"
    most = _MOST_DIGITS if column.type.scale is None else min(_MOST_DIGITS, column.type.scale)
    whens = " ".join(f"WHEN {test.format(digits=n)} THEN {n}" for n in range(most + 1))
    return f"CASE {whens} WHEN {sql} IS NOT NULL THEN {_MOST_DIGITS + 1} END"


def _axis(column: Column, found: Sequence[Any], tail: float) -> Axis:
    lowest, highest, digits = found
    grain = column.type.step
    if digits is not None and digits <= _MOST_DIGITS:
        grain = Decimal(1).scaleb(-digits)
    low, high = (None if end is None else Decimal(str(end)) for end in (lowest, highest))
    return Axis(column.type, grain, low, high, tail)
