"""How many customers a small step would move to another segment."""

from __future__ import annotations

from segkit.core.emit import case_inline, chain_of
from segkit.core.fit import Fit
from segkit.core.near import after_a_step, ruler_of
from segkit.core.select import ViewSelect, operands_guarded
from segkit.engines.base import Engine
from segkit.publish.axes import read_axes


def count_near(engine: Engine, rows_sql: str, fit: Fit, view: ViewSelect) -> dict[int, int]:
    """Customers, by code, whom a step of at most 2 % in one feature moves to another segment.

    That is 2 % of the distance between the feature's first and last decile at the
    fit, on the scale on which it was learned. A step leads to a value that the
    column can have: from one whole number to the next, or not at all. Nothing is
    counted where only categories decide. ``rows_sql`` is the published view.
    """
    if fit.baseline is None:
        return {}
    operands = operands_guarded(view)
    moves = []
    for column, axis in read_axes(engine, rows_sql, fit, view.columns).items():
        ruler = ruler_of(fit, column)
        if ruler is not None:
            trees = after_a_step(fit.tree, column, axis, ruler)
            moves += [f"{case_inline(chain_of(tree, operands))} <> segment_order" for tree in trees]
    if not moves:
        return {}
    found = engine.query(
        f"SELECT segment_order, count(*) FILTER (WHERE {' OR '.join(moves)}) "
        f"FROM {rows_sql} GROUP BY 1"
    )
    return {int(code): int(count) for code, count in found}
