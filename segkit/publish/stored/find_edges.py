"""Edges of a score, looked for in the data; and whom new edges move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

from segkit.core.columns import Column, Kind, spelling_of
from segkit.core.descent import bucket_descents
from segkit.core.edges import Edges, EdgeSet, ScoreEdges, score_tree
from segkit.core.predicate import bound
from segkit.core.rfm import Cell
from segkit.core.tree import Below
from segkit.dialects.emit import Operand, case_inline, chain_of, predicate_sql
from segkit.dialects.phrases import as_double
from segkit.dialects.select import guarded, select_sql
from segkit.dialects.spelling import comparison, identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.errors import DataError, Label, Problem
from segkit.project.nodes import NOT_SCORED, BucketColumn, BucketSet, Score
from segkit.publish.views.bucket_view import bucket_view

_CLOSE = 10_000  # between the ends of whole numbers, so that there are no more of them
Ask = Callable[[str], Sequence[tuple[Any, ...]]]


def asker(engine: Reader) -> Ask:
    """Return what asks for the rows of a query, and does not ask the same twice.

    A quintile of spend, and the M of RFM, are edges of the same values.
    """
    return cache(engine.query)


def find_edges(
    engine: Reader,
    node: BucketSet,
    score: Score,
    base_sql: str,
    columns: Sequence[Column],
    definition: Mapping[str, Any],
    known: Mapping[str, ScoreEdges] | None = None,
    ask: Ask | None = None,
) -> ScoreEdges:
    """The edges of the score in the known values; written short where that moves nobody.

    A nested score has edges for each combination of the outer scores.

    ``known``: edges of other scores, those that the score is nested in among them.
    ``ask``: returns the rows of a query; one that remembers asks once what scores share.

    Raises DataError: SK306 if there are no values.
    """
    by_name = {column.name: column for column in columns}
    outer = [o.scored(known or {}) for o in node.scores if o.name in score.within]
    operands = guarded([score.column, *(o.column for o in outer)], by_name, engine.dialect)
    gate = _gate_sql(score, by_name, engine.dialect)
    asked = [gate] if gate else []
    ask = ask or asker(engine)
    sample = _Sample(engine, score, operands[score.column], base_sql, ask)
    rows, edges = sample.edges(asked)
    if not rows:
        message = f"`{score.column}` has no value in {node.relation} to cut {score.how}"
        hint = "look at the model that fills it, or leave the column out"
        if gate:
            hint = "look at the model that fills it, and whether `not_scored` holds for everybody"
        raise DataError(Problem("SK306", message, (Label(score.place),), hint))
    if not outer:
        return ScoreEdges(edges, rows, definition, score.skips and _is_tied(edges))
    trees = [score_tree(level, *outer[:place]) for place, level in enumerate(outer)]
    outer_sql = [case_inline(chain_of(tree, operands, engine.dialect)) for tree in trees]
    nested = sample.nested(edges, outer_sql, asked)
    skips = score.skips and any(map(_is_tied, nested.values()))
    return ScoreEdges((), rows, definition, skips, nested)


def _is_tied(edges: Edges) -> bool:
    return len({*edges}) < len(edges)


@dataclass(frozen=True)
class _Sample:
    """The values that the edges of a score are looked for in."""

    engine: Reader
    score: Score
    operand: Operand
    base_sql: str
    ask: Ask

    def edges(self, asked: Sequence[str]) -> tuple[int, Edges]:
        """How many values the rows have of which all is TRUE that is asked, and their edges."""
        engine, score = self.engine, self.score
        where = f" WHERE {' AND '.join(asked)}" if asked else ""
        scored = f"FROM {self.base_sql}{where}"
        asked_sql = (
            f"SELECT count(v), {score.found_sql('v', engine.dialect)} "
            f"FROM (SELECT {as_double(self.operand.sql, engine.dialect)} AS v {scored}) AS known"
        )
        counted = () if asked else self._counted()
        rows, *found = counted or self.ask(asked_sql)[0]
        if not rows:
            return 0, ()
        exact = score.edges(*found)
        short = tuple(score.short(edge) for edge in exact)
        if short != exact:
            moves = _moved(engine, self.operand, exact, short, scored)
            short = tuple(e if m else s for e, s, m in zip(exact, short, moves, strict=True))
        return int(rows), short if _keeps_apart(exact, short) else exact

    def _counted(self) -> tuple[Any, ...]:
        """The same answer, where whole numbers are to be put in order that lie close together.

        To count each of them takes an eighth of the time. () where they do not.
        """
        value = self.operand.sql
        if not self.score.by_rank or self.operand.type.kind is not Kind.INTEGER:
            return ()
        ((low, high),) = self.ask(f"SELECT min({value}), max({value}) FROM {self.base_sql}")
        if low is None or high - low >= _CLOSE:
            return ()
        rows = self.ask(f"SELECT {value}, count(*) FROM {self.base_sql} GROUP BY {value}")
        counted = dict(sorted((int(v), int(n)) for v, n in rows if v is not None))
        return sum(counted.values()), *self.score.found_in(counted)

    def nested(
        self, edges: Edges, outer_sql: Sequence[str], asked: Sequence[str]
    ) -> dict[Cell, Edges]:
        """The edges for each combination of the outer scores; ``edges`` are those of everybody."""
        of_cell: dict[Cell, Edges] = {(): edges}
        for cell in self.score.cells:
            inside = [f"{sql} = {code}" for sql, code in zip(outer_sql, cell, strict=False)]
            rows, found = self.edges([*asked, *inside])
            of_cell[cell] = found if rows else of_cell[cell[:-1]]  # nobody: as of those around it
        return {cell: found for cell, found in of_cell.items() if len(cell) == len(outer_sql)}


def _keeps_apart(exact: Sequence[Decimal], rounded: Sequence[Decimal]) -> bool:
    """False if rounding made one of two edges: their scores would become one, too."""
    pairs = zip(pairwise(exact), pairwise(rounded), strict=True)
    return all(low < high or below == above for (below, above), (low, high) in pairs)


def _gate_sql(score: Score, columns: Mapping[str, Column], dialect: Dialect) -> str:
    if score.gate is None:
        return ""
    predicate = bound(score.gate.predicate, columns)
    asked = predicate_sql(predicate, guarded(predicate.columns, columns, dialect))
    return f"NOT coalesce({asked}, FALSE)"


def _moved(
    engine: Reader,
    operand: Operand,
    exact: Sequence[Decimal],
    short: Sequence[Decimal],
    scored: str,
) -> list[bool]:
    """For each edge, whether any row would lie on the other side of its rounded twin."""
    tests = []
    for edge, twin in zip(exact, short, strict=True):
        sides = [
            comparison(operand.sql, Below(end, inclusive=True), operand.type, engine.dialect)
            for end in (edge, twin)
        ]
        tests.append(f"coalesce(bool_or(({sides[0]}) <> ({sides[1]})), FALSE)")
    return [bool(moved) for moved in engine.query(f"SELECT {', '.join(tests)} {scored}")[0]]


@dataclass(frozen=True)
class Moved:
    """``counts``: customers that are in another bucket, by column, without those nobody moves in.

    ``kept``: of its buckets, how many most of their customers are still in, and of how many.
    ``unknown``: columns whose old buckets cannot be told any more from the data of today.
    """

    counts: Mapping[str, int]
    kept: Mapping[str, tuple[int, int]]
    unknown: tuple[str, ...]


def count_moved(
    engine: Reader,
    node: BucketSet,
    relation_sql: str,
    columns: Sequence[Column],
    before: EdgeSet,
    after: EdgeSet,
) -> Moved:
    """Count, on the data of today, who is in another bucket than by the old edges and definition.

    Columns that the old edges do not know are left out; a score only counts
    where the name made of it stays.
    """
    pairs = list(_with_earlier(node, before, columns))
    unknown = tuple(column.name for column, then in pairs if then is None)
    scored = tuple(column for column, then in pairs if then is not None)
    earlier = tuple(then for _, then in pairs if then is not None)
    if not scored:
        return Moved({}, {}, unknown)
    old, new = (
        select_sql(
            bucket_view(replace(node, columns=of), columns, edges.scores),
            relation_sql,
            engine.dialect,
        )
        for of, edges in ((earlier, before), (scored, after))
    )
    codes = {column.order: column.name for column in scored if column.is_named}
    codes |= {score.name: score.name for column in scored for score in column.own_scores}
    found = _count_flows(engine, old, new, node.key, list(codes))
    flows = dict(zip(codes.values(), found, strict=True))
    moved = _movers(flows)
    said = {s.name for c in scored if c.name in moved for s in c.own_scores}
    told = {name: count for name, count in moved.items() if name not in said}
    return Moved(told, {name: _kept(flows[name]) for name in told}, unknown)


def _movers(flows: Mapping[str, Mapping[tuple[str, str], int]]) -> dict[str, int]:
    """How many move, by column, without those in which nobody does."""
    counts = {name: sum(n for (a, b), n in each.items() if a != b) for name, each in flows.items()}
    return {name: n for name, n in counts.items() if n}


def _kept(flows: Mapping[tuple[str, str], int]) -> tuple[int, int]:
    before, after = (sorted({pair[side] for pair in flows}) for side in (0, 1))
    found = bucket_descents(before, after, flows)
    return sum(each.kind == "kept" for each in found), len(after)


def _count_flows(
    engine: Reader, old: str, new: str, key: str, codes: Sequence[str]
) -> list[dict[tuple[str, str], int]]:
    """For each column, how many keys are where two queries say."""
    key, found = identifier(key, engine.dialect), []
    for code in (identifier(code, engine.dialect) for code in codes):
        rows = engine.query(
            f"SELECT a.{code}, b.{code}, count(*) FROM ({old}) AS a JOIN ({new}) AS b"
            f" ON a.{key} = b.{key} GROUP BY a.{code}, b.{code}"
        )
        found.append({(str(a), str(b)): int(n) for a, b, n in rows})
    return found


def _with_earlier(
    node: BucketSet, before: EdgeSet, columns: Sequence[Column]
) -> Iterator[tuple[BucketColumn, BucketColumn | None]]:
    """Columns that the old edges know, with what they were by them."""
    by_name = {column.name: column for column in columns}
    for column in node.columns:
        if column.scores and all(score.name in before.scores for score in column.scores):
            yield column, _as_before(node, column, before, by_name)


def _as_before(
    node: BucketSet, column: BucketColumn, before: EdgeSet, columns: Mapping[str, Column]
) -> BucketColumn | None:
    """The column by the definition that its edges were stored with; None if that is lost.

    Labels are left out: there may have been more or fewer scores.
    """
    wanted, earlier, spell = node.definitions(), [], spelling_of(columns.values())
    for score in column.scores:
        then, now = before.scores[score.name].definition, wanted[score.name]
        if any(then.get(name) != now.get(name) for name in ("from", "where", NOT_SCORED)):
            return None
        stored = score.as_stored({**then, "column": spell(then["column"])})
        if stored is None or stored.column not in columns:
            return None
        earlier.append(stored)
    return column.with_scores(earlier)
