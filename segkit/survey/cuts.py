"""What becomes of customers where a cut is moved: counted once, for every place of it.

A customer's segment hangs on a cut if it would be another one with the cut on the other side
of their value. Customers of one bin of values move together, so counts by bin and by both
segments answer for every cut that lies at the edge of a bin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from itertools import count
from typing import Any

import numpy as np

from segkit.core.columns import Column
from segkit.core.rulebook import spoken
from segkit.core.tree import Below, Split, Tree, fold, splits
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import double
from segkit.learn.data.coreset import known_sql
from segkit.publish.subject import FittedSubject
from segkit.survey.grid import Grid, cells_sql, grid_of
from segkit.survey.held_rows import CODE, LEAF, NEAREST, HeldRows
from segkit.survey.leaf_groups import Groups
from segkit.survey.page_data import SPREAD_AT, Cell, CutSurvey, FeatureSurvey, State

_Edges = tuple[frozenset[Decimal], bool]
_Reached = tuple[list[int], list[int]]  # leaves below a node, and those by way of the cut
_CELLS = "segkit_cells"
MOST_EDGES = 200  # of a cut: what a page has room for
_THREE_DIGITS = Context(prec=3)


@dataclass(frozen=True)
class _Cut:
    column: str
    test: Below
    edges: tuple[Decimal, ...]
    is_exact: bool


def read_cuts(
    held: HeldRows,
    groups: Groups,
    features: Sequence[FeatureSurvey],
    drawn: Sequence[Mapping[str, object]],
) -> tuple[CutSurvey, ...]:
    """Return the cuts of the tree, in its order.

    Parameters
    ----------
    groups : Groups
        Today's customers.
    drawn : sequence of mappings
        Some of them, by column.
    """
    tests = [(s.column, s.test) for s in splits(held.subject.fit.tree) if isinstance(s.test, Below)]
    if not tests:
        return ()
    by_column = {each.feature.column: each for each in features}
    edges = {
        column: _edges(held, by_column[column], [row[column] for row in drawn])
        for column in dict.fromkeys(column for column, _ in tests)
    }
    cuts = [
        _Cut(column, test, tuple(sorted({*edges[column][0], test.cut})), edges[column][1])
        for column, test in dict.fromkeys(tests)
    ]
    grids = [(grid_of(cut.edges), _bin_of_missing(held.subject, cut)) for cut in cuts]
    asked = (_cells_sql(held, cut, n, grids[n][0]) for n, cut in enumerate(cuts))
    with held.engine.hold(_CELLS, cells_sql(grids, held.engine.dialect)):
        rows = held.engine.query(" UNION ALL ".join(asked))
    return tuple(
        _survey(cut, [row[1:] for row in rows if row[0] == place], groups)
        for place, cut in enumerate(cuts)
    )


# edges -------------------------------------------------------------------------------------------


def _edges(held: HeldRows, survey: FeatureSurvey, drawn: Collection[object]) -> _Edges:
    """Edges of the bins of a column, and whether they are all of its values.

    ``drawn`` are its values among some customers: where these are many, so are all.
    """
    column = survey.feature.column
    if len({*drawn}) <= MOST_EDGES and (values := _values(held, column)) is not None:
        return values, True
    quantiles = survey.everyone.quantiles
    if not quantiles:
        return frozenset(), False
    places = np.interp(np.linspace(SPREAD_AT[0], SPREAD_AT[-1], MOST_EDGES), SPREAD_AT, quantiles)
    return _rounded(places.tolist(), held.subject.by_name[column]), False


def _values(held: HeldRows, column: str) -> frozenset[Decimal] | None:
    """All values of a column; None if there are more than a page has room for."""
    value = known_sql(column, held.engine.dialect)
    found = held.engine.query(
        f"SELECT v FROM (SELECT {value} AS v FROM {held.everyone.relation}) AS known "
        f"WHERE v IS NOT NULL GROUP BY v LIMIT {MOST_EDGES + 1}"
    )
    if len(found) > MOST_EDGES:
        return None
    return frozenset(Decimal(repr(float(value))) for (value,) in found)


def _rounded(places: Iterable[float], column: Column) -> frozenset[Decimal]:
    """Three digits, as a person would drag to; no finer than the type of the column."""
    step = column.type.step
    found = set()
    for place in places:
        edge = _THREE_DIGITS.create_decimal(repr(place))
        found.add(
            edge
            if step is None
            else edge.quantize(max(step, Decimal(1).scaleb(edge.adjusted() - 2)))
        )
    return frozenset(found)


# cells -------------------------------------------------------------------------------------------


def _cells_sql(held: HeldRows, cut: _Cut, place: int, grid: Grid) -> str:
    """Counts and sums by bin, by today's segment and by that on the other side of the cut."""
    tree, everyone, dialect = held.subject.fit.tree, held.everyone, held.engine.dialect
    total, zero = phrases(dialect).exact_sum, double(0)
    inner = [
        f"{known_sql(cut.column, dialect)} AS v",
        CODE,
        f"{everyone.code_sql(_across(tree, cut))} AS other",
        *([NEAREST] if held.axes else []),
        *held.measured,
        *held.units,
        *held.axes,
    ]
    above = ">" if cut.test.inclusive else ">="
    passed = [f"CASE WHEN v {above} e{n} THEN 1 ELSE 0 END" for n in range(grid.edges_of_a_cell)]
    sums = ["count(*)"]
    for metric, unit in zip(held.measured, held.units, strict=True):
        sums += [total(f"CASE WHEN {metric} {sign} {zero} THEN {metric} END") for sign in "><"]
        sums += [f"count({metric})", total(unit)]
    if held.axes:
        sums += [f"count(CASE WHEN {NEAREST} = {side} THEN 1 END)" for side in (CODE, "other")]
        sums += [total(axis) for axis in held.axes]
    reached = ", ".join(map(str, _leaves_below(tree, cut)))
    return (
        f"SELECT {place} AS cut, {' + '.join(['t', *passed])} AS bin, {CODE}, other, "
        f"{', '.join(sums)} FROM (SELECT {', '.join(inner)} FROM {everyone.relation} "
        f"WHERE {LEAF} IN ({reached})) AS placed "
        f"JOIN (SELECT * FROM {_CELLS} WHERE grid = {place}) AS cells "
        f"ON cells.cell = {grid.cell_sql('v')} WHERE {CODE} <> other GROUP BY bin, {CODE}, other"
    )


def _leaves_below(tree: Tree, cut: _Cut) -> list[int]:
    """The places of the leaves that customers reach by way of the cut: no other may move."""
    numbers = count()

    def of_split(split: Split, yes: _Reached, no: _Reached) -> _Reached:
        leaves = yes[0] + no[0]
        is_it = (split.column, split.test) == (cut.column, cut.test)
        return leaves, leaves if is_it else yes[1] + no[1]

    reached: _Reached = fold(tree, lambda _: ([next(numbers)], []), of_split)
    return sorted({*reached[1]})


def _across(tree: Tree, cut: _Cut) -> Tree:
    """The tree for customers as if each were on the other side of the cut."""

    def of_split(split: Split, yes: Tree, no: Tree) -> Tree:
        if (split.column, split.test) == (cut.column, cut.test):
            yes, no = no, yes
        return replace(split, yes=yes, no=no)

    return fold(tree, lambda leaf: leaf, of_split)


def _bin_of_missing(subject: FittedSubject, cut: _Cut) -> int:
    """A missing value goes where the median does, also where the cut is moved."""
    median = next(f.median for f in subject.fit.features if f.column == cut.column)
    return sum(not replace(cut.test, cut=edge).holds(median) for edge in cut.edges)


def _by_sides(row: Sequence[Any], now: int, metrics: int) -> tuple[Any, ...]:
    """The row with the segment below the cut first, and so whom K-Means has there."""
    bin, code, other, *sums = row
    if bin <= now:
        return tuple(row)
    at = 1 + 4 * metrics
    return (bin, other, code, *sums[:at], *reversed(sums[at : at + 2]), *sums[at + 2 :])


# states ------------------------------------------------------------------------------------------


def _survey(cut: _Cut, rows: Sequence[tuple[Any, ...]], groups: Groups) -> CutSurvey:
    """``rows``: what ``_cells_sql`` asks for."""
    metrics, now = len(groups.metrics), cut.edges.index(cut.test.cut)
    rows = sorted(_by_sides(row, now, metrics) for row in rows)
    cells = tuple(
        Cell(
            bin,
            below,
            above,
            n,
            tuple(float(each or 0.0) for each in rest[: 4 * metrics : 4]),
            tuple(float(each or 0.0) for each in rest[1 : 4 * metrics : 4]),
        )
        for bin, below, above, n, *rest in rows
    )
    return CutSurvey(
        column=cut.column,
        said=spoken(cut.column, cut.test),
        edges=cut.edges,
        now=now,
        is_exact=cut.is_exact,
        is_inclusive=cut.test.inclusive,
        cells=cells,
        states=tuple(_states(rows, now, len(cut.edges), groups)),
    )


def _states(
    rows: Sequence[tuple[Any, ...]], now: int, edges: int, groups: Groups
) -> Iterator[State]:
    """With the cut at edge e, all of the bins 0 to e are below it."""
    moved = np.zeros((edges + 1, *groups.today.shape))
    for bin, below, above, *values in rows:
        of_below, of_above = groups.vectors(values)
        # a bin comes over as a whole: what it adds where it is, it takes where it was
        moved[bin, below] += of_below
        moved[bin, above] -= of_above
    for edge in range(edges):
        if edge >= now:
            change = moved[now + 1 : edge + 1].sum(axis=0)
        else:
            change = -moved[edge + 1 : now + 1].sum(axis=0)
        yield groups.state(groups.today + change)
