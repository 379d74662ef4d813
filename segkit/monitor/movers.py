"""Who changes segments between two fits, on the same rows, counted where they lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from segkit.core.columns import Column
from segkit.core.fit import UNASSIGNED, Fit
from segkit.core.tree import columns as columns_of_tree
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.errors import FitError
from segkit.monitor.group_sums import number_sql
from segkit.project.nodes import Segmentation
from segkit.publish.checks.check_columns import type_problems
from segkit.publish.subject import Subject
from segkit.publish.views.compiled import codes_and_texts
from segkit.results import Table

if TYPE_CHECKING:
    import pandas as pd

_BEFORE, _AFTER, _ROWS = "segkit_before", "segkit_after", "segkit_moves"


@dataclass(frozen=True)
class Flow:
    """``n`` customers go from one segment to another.

    ``sums`` are theirs, by metric, and ``known`` for how many of them it is known.
    """

    before: str
    after: str
    n: int
    sums: Mapping[str, float]
    known: Mapping[str, int]


@dataclass(frozen=True, repr=False)
class Moves:
    """``flows`` has those who stay too. ``movers``: key, segments, and the columns of the rules.

    They are all who move, or the first of them where only some were asked for.
    """

    metrics: tuple[str, ...]
    flows: tuple[Flow, ...]
    columns: tuple[str, ...]
    movers: tuple[tuple[Any, ...], ...]

    def __repr__(self) -> str:
        return f"<Moves: {self.moved:,} of {self.rows:,} customers>"

    @property
    def rows(self) -> int:
        return sum(flow.n for flow in self.flows)

    @property
    def moved(self) -> int:
        return sum(flow.n for flow in self.flows if flow.before != flow.after)

    def frame(self) -> pd.DataFrame:
        """Return everybody who moves as a DataFrame, one row a customer, by the key.

        Columns: the key, segment_id (before), new_segment_id, the columns of the rules, and the
        metrics, with the values that the relation has.
        """
        import pandas as pd

        return pd.DataFrame(list(self.movers), columns=list(self.columns))


@dataclass(frozen=True, repr=False)
class Adjustment:
    """``before`` and ``after`` are the fits; ``loss`` is that of ``before`` on today's customers.

    So is the usefulness of either. ``names`` are given ones, by segment id. ``gone`` are
    cuts that went with the changed ones, ``unused`` new ones that nobody reaches.
    ``min_share`` is the declared one. ``published`` is the label of the fit that the
    views have; None where there are none. ``saved``: the next build publishes ``after``.
    """

    before: Fit
    after: Fit
    moves: Moves
    loss: float
    names: Mapping[str, str]
    gone: Sequence[str] = ()
    unused: Sequence[str] = ()
    min_share: float = 0.0
    published: str | None = None
    saved: bool = False

    def __repr__(self) -> str:
        fits = f"{self.before.label} -> {self.after.label}"
        return f"<Adjustment: {self.before.name} {fits}, {self.moves!r}>"

    def name_of(self, id_: str) -> str:
        if id_ == UNASSIGNED.id:
            return id_
        name = next(segment.name for segment in self.before.segments if segment.id == id_)
        return f"{id_} {self.names.get(id_, name)}"


def find_moves(
    engine: Reader,
    subject: Subject[Segmentation],
    before: Fit,
    after: Fit,
    *,
    most: int | None = None,
    take: Callable[[Table], None] | None = None,
) -> Moves:
    """Return who is in another segment by ``after`` than by ``before``.

    ``most`` keeps so many movers; ``take`` is handed all of them, as they are read. The
    relation is read once: a view that sums doubles need not say the same twice.
    """
    segmentation, by_name = subject.node, subject.by_name
    for fit in (before, after):
        if problems := type_problems(segmentation, fit, by_name, engine.dialect):
            raise FitError(problems)
    tested = dict.fromkeys((*columns_of_tree(before.tree), *columns_of_tree(after.tree)))
    metrics = tuple(metric.column for metric in segmentation.metrics)
    cases = {_BEFORE: before.case(), _AFTER: after.case()}
    rows, items = codes_and_texts(subject, cases, tuple(dict.fromkeys((*tested, *metrics))))
    sums = "".join(f", {_sums_sql(by_name[metric], engine.dialect)}" for metric in metrics)
    names = (segmentation.key, "segment_id", "new_segment_id", *tested, *metrics)
    shown = subject.key
    listed = "".join(f", {identifier(column, engine.dialect)}" for column in (*tested, *metrics))
    with engine.hold(_ROWS, rows):
        flows = engine.query(
            f"SELECT {_BEFORE}_order, {_AFTER}_order, count(*){sums} FROM {_ROWS} "
            f"GROUP BY {_BEFORE}_order, {_AFTER}_order ORDER BY {_BEFORE}_order, {_AFTER}_order"
        )
        moving = (
            f"SELECT {shown}, {_BEFORE}_id, {_AFTER}_id{listed} "
            f"FROM (SELECT {', '.join(items)} FROM {_ROWS}) AS named "
            f"WHERE {_BEFORE}_order <> {_AFTER}_order ORDER BY {shown}"
        )
        if take is not None:
            take(Table(names, chain.from_iterable(engine.batches(moving))))
        movers = engine.query(moving if most is None else f"{moving} LIMIT {most}")
    return Moves(
        metrics,
        tuple(
            Flow(
                cases[_BEFORE].outcome(int(a)).id,
                cases[_AFTER].outcome(int(b)).id,
                int(n),
                dict(zip(metrics, map(float, values[::2]), strict=True)),
                dict(zip(metrics, map(int, values[1::2]), strict=True)),
            )
            for a, b, n, *values in flows
        ),
        names,
        tuple(movers),
    )


def _sums_sql(column: Column, dialect: Dialect) -> str:
    """The sum, of a flag the number of those for whom it holds; and of how many it is."""
    value = number_sql(identifier(column.name, dialect), column, dialect)
    return f"coalesce({phrases(dialect).exact_sum(value)}, 0), count({value})"
