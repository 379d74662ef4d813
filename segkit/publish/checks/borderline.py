"""How many customers a small step would move to another segment."""

from __future__ import annotations

from segkit.core.fit import Fit
from segkit.core.near import ruler_of, steps_in
from segkit.core.tree import Below, leaves
from segkit.dialects.emit import Operand, case_inline, chain_of
from segkit.dialects.select import ViewSelect, operands_guarded
from segkit.dialects.spelling import comparison
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.publish.checks.axes import read_axes


def count_near(engine: Reader, rows_sql: str, fit: Fit, view: ViewSelect) -> dict[int, int]:
    """Customers, by code, whom a step of at most 2 % in one feature moves to another segment.

    That is 2 % of the distance between the feature's first and last decile at the
    fit, on the scale on which it was learned. A step leads to a value that the
    column can have: from one whole number to the next, or not at all. Nothing is
    counted where only categories decide. ``rows_sql`` is the published view.
    """
    if fit.baseline is None:
        return {}
    axes = read_axes(engine, rows_sql, fit, view.columns)
    steps = [
        (column, steps_in(fit.tree, column, axis, ruler))
        for column, axis in axes.items()
        if (ruler := ruler_of(fit, column))
    ]
    if not steps:
        return {}
    operands = operands_guarded(view, engine.dialect)
    windows = [
        _between_sql(operands[name], *ends, engine.dialect)
        for name, step in steps
        for ends in step.windows
    ]
    moves = [
        f"{case_inline(chain_of(tree, operands, engine.dialect))} <> segment_order"
        for _, step in steps
        for tree in step.trees
    ]
    codes = {leaf.code: 0 for leaf in leaves(fit.tree)}
    if not windows or not moves:
        return codes
    found = engine.query(  # few rows lie in a window, and only they are looked at closely
        f"SELECT segment_order, count(*) FILTER (WHERE {' OR '.join(moves)}) "
        f"FROM {rows_sql} WHERE {' OR '.join(windows)} GROUP BY 1"
    )
    return codes | {int(code): int(count) for code, count in found}


def _between_sql(operand: Operand, start: Below, end: Below, dialect: Dialect) -> str:
    after = comparison(operand.sql, start, operand.type, dialect, negated=True)
    return f"({after} AND {comparison(operand.sql, end, operand.type, dialect)})"
