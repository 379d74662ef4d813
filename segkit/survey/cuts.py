"""What becomes of customers where a cut is moved: counted once, for every place of it.

A customer's segment hangs on a cut if it would be another one with the cut on the other side
of their value. Customers of one bin of values move together, so counts by bin and by both
segments answer for every cut that lies at the edge of a bin.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from typing import Any

import numpy as np

from segkit.core.columns import Column
from segkit.core.fit import Fit
from segkit.core.rulebook import spoken
from segkit.core.snap import rounder
from segkit.core.tree import Below, Leaf, Split, Tree, fold, splits
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import double
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.coreset import known_sql
from segkit.survey.grid import grid_of
from segkit.survey.held_rows import NEAREST, HeldRows
from segkit.survey.leaf_groups import Groups
from segkit.survey.page_data import SPREAD_AT, Cell, CutSurvey, FeatureSurvey, State

_Edges = tuple[frozenset[Decimal], bool]
_Row = tuple[Any, ...]
_Way = tuple[Tree, bool]  # what is left of a tree, and whether the cut was in it
BELOW, ABOVE = "segkit_below", "segkit_above"  # the segments on both sides of a cut
_SIDES = ((True, BELOW), (False, ABOVE))
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
    cuts = []
    for column, test in dict.fromkeys(tests):
        values, is_exact = edges[column]
        tried = rounder(test.cut, held.subject.by_name[column].type.step or 0)
        cuts.append(_Cut(column, test, tuple(sorted({*values, test.cut, *tried})), is_exact))
    counted = _counted(held, groups, cuts)
    return tuple(_survey(cut, *of_cut, groups) for cut, of_cut in zip(cuts, counted, strict=True))


def _counted(
    held: HeldRows, groups: Groups, cuts: Sequence[_Cut]
) -> Iterator[tuple[list[_Row], list[_Row]]]:
    """Of each cut the rows of its cells, and of its states; those of a sample stand for all."""
    money, vector = _money(held), _vector(held)
    both = _cells(held.drawn, dict(enumerate(cuts)), held, [*money, *vector])
    exact = {place: cut for place, cut in enumerate(cuts) if cut.is_exact and held.is_sample}
    of_all = _cells(held.everyone, exact, held, money)
    for place, rows in both.items():
        cells = [row[: 3 + len(money)] for row in rows]
        if held.is_sample:
            cells = of_all.get(place) or _of_all(cuts[place], cells, groups)
        yield cells, [(*row[:3], *row[3 + len(money) :]) for row in rows]


def _cells(
    rows: AllRows, cuts: Mapping[int, _Cut], held: HeldRows, sums: Sequence[str]
) -> dict[int, list[_Row]]:
    """Of each cut bin, the segment below and that above, and the sums."""
    fit = held.subject.fit
    asked = [_cells_sql(rows, cut, place, fit, sums) for place, cut in cuts.items()]
    found = sorted(rows.engine.query(" UNION ALL ".join(asked))) if asked else []
    return {place: [row[1:] for row in found if row[0] == place] for place in cuts}


def _of_all(cut: _Cut, rows: Sequence[_Row], groups: Groups) -> list[_Row]:
    """What was counted of a sample, for all: each stands for as many as their segment has more.

    Customers are rounded so that those of several bins together are right as well.
    """
    now, found = cut.edges.index(cut.test.cut), []
    before: dict[tuple[int, int, bool], float] = {}
    for bin, below, above, n, *sums in rows:
        way = below, above, bin <= now
        each = groups.stand_for[below if bin <= now else above]
        so_far = before.get(way, 0.0)
        before[way] = so_far + n * each
        whole = round(before[way]) - round(so_far)
        found.append((bin, below, above, whole, *((sum_ or 0.0) * each for sum_ in sums)))
    return found


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


def _cells_sql(rows: AllRows, cut: _Cut, place: int, fit: Fit, sums: Sequence[str]) -> str:
    """``sums`` by bin, and by the segments on both sides of the cut."""
    median = next(f.median for f in fit.features if f.column == cut.column)
    dialect, grid = rows.engine.dialect, grid_of(cut.edges)
    # a missing value goes where the median does, also where the cut is moved
    value = f"COALESCE({known_sql(cut.column, dialect)}, {double(median)})"
    below, above = (f"{rows.code_sql(_side(fit.tree, cut, yes))} AS {name}" for yes, name in _SIDES)
    bin = grid.bin_sql("v", "cell", ">" if cut.test.inclusive else ">=", dialect)
    return (
        f"SELECT {place} AS cut, {bin} AS bin, {BELOW}, {ABOVE}, {', '.join(sums)} "
        f"FROM (SELECT *, {grid.cell_sql('v', dialect)} AS cell "
        f"FROM (SELECT *, {value} AS v, {below}, {above} FROM {rows.relation} "
        f"WHERE {rows.code_sql(_reached(fit.tree, cut))} = 1) AS sided "
        f"WHERE {BELOW} <> {ABOVE}) AS placed GROUP BY bin, {BELOW}, {ABOVE}"
    )


def _money(held: HeldRows) -> list[str]:
    """Customers, and of each metric the sum and that of what it is without its sign."""
    total = phrases(held.engine.dialect).exact_sum
    return ["count(*)", *(total(each) for m in held.measured for each in (m, f"abs({m})"))]


def _vector(held: HeldRows) -> list[str]:
    """What a state is made of: see ``Groups.vectors``."""
    total = phrases(held.engine.dialect).exact_sum
    sums = ["count(*)", *(each for u in held.units for each in (f"count({u})", total(u)))]
    if held.axes:
        sums += [f"count(CASE WHEN {NEAREST} = {side} THEN 1 END)" for side in (BELOW, ABOVE)]
        sums += [total(axis) for axis in held.axes]
    return sums


def _is_it(split: Split, cut: _Cut) -> bool:
    return (split.column, split.test) == (cut.column, cut.test)


def _reached(tree: Tree, cut: _Cut) -> Tree:
    """1 for customers who come to the cut: no other may move."""

    def of_split(split: Split, yes: Tree, no: Tree) -> Tree:
        if _is_it(split, cut):
            return Leaf(1)
        return yes if yes == no else replace(split, yes=yes, no=no)

    return fold(tree, lambda _: Leaf(0), of_split)


def _side(tree: Tree, cut: _Cut, is_yes: bool) -> Tree:
    """The tree for those who come to the cut, as if all of them were on that side of it."""

    def of_split(split: Split, yes: _Way, no: _Way) -> _Way:
        if _is_it(split, cut):
            return (yes if is_yes else no)[0], True
        if yes[1] and no[1]:
            return replace(split, yes=yes[0], no=no[0]), True
        if yes[1] or no[1]:
            return yes if yes[1] else no
        return replace(split, yes=yes[0], no=no[0]), False

    start: Callable[[Leaf], _Way] = lambda leaf: (leaf, False)  # noqa: E731
    return fold(tree, start, of_split)[0]


# states ------------------------------------------------------------------------------------------


def _survey(cut: _Cut, rows: Sequence[_Row], of_drawn: Sequence[_Row], groups: Groups) -> CutSurvey:
    now = cut.edges.index(cut.test.cut)
    cells = []
    for bin, below, above, n, *sums in rows:
        known = [float(each or 0.0) for each in sums]
        both = [*zip(known[::2], known[1::2], strict=True)]
        gains, losses = (tuple((s + sign * a) / 2 for s, a in both) for sign in (1, -1))
        cells.append(Cell(bin, below, above, n, gains, losses))
    return CutSurvey(
        column=cut.column,
        said=spoken(cut.column, cut.test),
        edges=cut.edges,
        now=now,
        is_exact=cut.is_exact,
        is_inclusive=cut.test.inclusive,
        cells=tuple(cells),
        states=tuple(_states(of_drawn, now, len(cut.edges), groups)),
    )


def _states(rows: Sequence[_Row], now: int, edges: int, groups: Groups) -> Iterator[State]:
    """With the cut at edge e, all of the bins 0 to e are below it."""
    moved = np.zeros((edges + 1, *groups.today.shape))
    for bin, below, above, *values in rows:
        of_below, of_above = groups.vectors(below if bin <= now else above, values)
        # a bin comes over as a whole: what it adds where it is, it takes where it was
        moved[bin, below] += of_below
        moved[bin, above] -= of_above
    for edge in range(edges):
        if edge >= now:
            change = moved[now + 1 : edge + 1].sum(axis=0)
        else:
            change = -moved[edge + 1 : now + 1].sum(axis=0)
        yield groups.state(groups.today + change)
