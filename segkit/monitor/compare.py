"""Two groupings of the same customers, held against each other where they are published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segkit.core.columns import Column
from segkit.core.usefulness import Estimate
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.matching import adjusted_mutual_information, adjusted_rand
from segkit.monitor.eta_squared import estimate_difference, estimate_share, random_share
from segkit.monitor.group_sums import part_sql, read_ranges, read_sums
from segkit.monitor.useful_customers import metric_items
from segkit.project.nodes import Metric

if TYPE_CHECKING:
    import pandas as pd

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Side:
    """One of two groupings: which published view has it, by which columns."""

    name: str  # as it is asked for: shoppers, or customer_buckets.rfm
    view: str
    key: Column
    group: str
    title: str | None  # a column with more words for the group
    order: str


@dataclass(frozen=True)
class Group:
    """``label`` is the segment's letter or the bucket's label; ``title`` the segment's name."""

    label: str
    title: str = ""


@dataclass(frozen=True)
class Guess:
    """How often one group is guessed right: by the other grouping, and by nothing at all.

    The guess is always the most frequent group: of those who are in the same group
    of the other grouping, or of everybody.
    """

    knowing: float
    without: float


@dataclass(frozen=True)
class Counterpart:
    """The group of the other side that most customers of a group are in (place in its list).

    ``share`` is of the group's own customers, ``of_other`` of the counterpart's.
    """

    place: int
    share: float
    of_other: float


@dataclass(frozen=True)
class MetricSource:
    """A metric and where its values are: ``relation_sql`` has them by ``key``.

    ``made_of_it`` names the sides whose groups are made of the metric itself.
    """

    metric: Metric
    column: Column
    relation_sql: str
    key: Column
    made_of_it: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExplainedByBoth:
    """A metric's variance as each side, and both crossed, explain it; None: nothing varies.

    ``gain`` is the other side's share minus the one's. ``random`` is what random groups of
    the same sizes explain, for each of the three. Caps are as in ``Usefulness``.
    """

    metric: Metric
    known: int
    missing: int
    one: Estimate | None = None
    other: Estimate | None = None
    both: Estimate | None = None
    gain: Estimate | None = None
    random: tuple[float, float, float] = (0.0, 0.0, 0.0)
    low_cap: float | None = None
    high_cap: float | None = None
    made_of_it: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Comparison:
    """``counts`` has a row for each group of ``one`` and a column for each of ``other``.

    ``rand`` is the adjusted Rand index, which large groups decide, ``information`` the
    adjusted mutual information, in which small ones count.
    """

    one: str
    other: str
    rows: tuple[Group, ...]
    columns: tuple[Group, ...]
    counts: tuple[tuple[int, ...], ...]
    only_one: int  # customers whom the other side does not have
    only_other: int
    rand: float
    information: float
    guess_other: Guess  # by knowing the group of one
    guess_one: Guess
    closest_to_rows: tuple[Counterpart, ...]
    closest_to_columns: tuple[Counterpart, ...]
    metrics: tuple[ExplainedByBoth, ...] = ()

    def __repr__(self) -> str:
        sides = f"{self.one} ({len(self.rows)} groups), {self.other} ({len(self.columns)} groups)"
        return f"<Comparison: {sides}, {self.shared:,} customers in both>"

    def frame(self) -> pd.DataFrame:
        """Return customers by the group of one (rows) and of the other (columns), by labels."""
        import pandas as pd

        sides = ((self.rows, self.one), (self.columns, self.other))
        rows, columns = (pd.Index([g.label for g in groups], name=name) for groups, name in sides)
        return pd.DataFrame(list(self.counts), index=rows, columns=columns)

    @property
    def shared(self) -> int:
        """Customers on both sides."""
        return sum(map(sum, self.counts))


def guess_columns(counts: Counts) -> Guess:
    """Return how often a customer's column is guessed right by knowing the row."""
    n = int(counts.sum())
    return Guess(int(counts.max(axis=1).sum()) / n, int(counts.sum(axis=0).max()) / n)


def counterparts(counts: Counts) -> tuple[Counterpart, ...]:
    """Return the closest column of each row; the first of several. No row is empty."""
    sizes, others = counts.sum(axis=1), counts.sum(axis=0)
    return tuple(
        Counterpart(int(place), float(row[place] / size), float(row[place] / others[place]))
        for row, place, size in zip(counts, counts.argmax(axis=1), sizes, strict=True)
    )


def compare_groupings(
    engine: Reader, one: Side, other: Side, metrics: Sequence[MetricSource]
) -> Comparison | None:
    """Return the comparison; None if no customer is on both sides."""
    cells = engine.query(
        f"SELECT one.label, one.title, one.place, other.label, other.title, other.place, count(*)\n"
        f"FROM {_side_sql(one, other, engine.dialect)} AS one\n"
        f"FULL JOIN {_side_sql(other, one, engine.dialect)} AS other ON one.id = other.id\n"
        "GROUP BY one.label, one.title, one.place, other.label, other.title, other.place"
    )
    both = [cell for cell in cells if cell[2] is not None and cell[5] is not None]
    if not both:
        return None
    rows, columns = (_groups([cell[at : at + 3] for cell in both]) for at in (0, 3))
    counts: Counts = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for _, _, row, _, _, column, count in both:
        counts[list(rows).index(row), list(columns).index(column)] = count
    return Comparison(
        one.name,
        other.name,
        tuple(rows.values()),
        tuple(columns.values()),
        tuple(tuple(row) for row in counts.tolist()),
        only_one=sum(cell[6] for cell in cells if cell[5] is None),
        only_other=sum(cell[6] for cell in cells if cell[2] is None),
        rand=adjusted_rand(counts),
        information=adjusted_mutual_information(counts),
        guess_other=guess_columns(counts),
        guess_one=guess_columns(counts.T),
        closest_to_rows=counterparts(counts),
        closest_to_columns=counterparts(counts.T),
        metrics=_explain_metrics(engine, one, other, metrics),
    )


def _side_sql(side: Side, beside: Side, dialect: Dialect) -> str:
    title = as_text(identifier(side.title, dialect), dialect) if side.title else "''"
    label, place = identifier(side.group, dialect), identifier(side.order, dialect)
    return (
        f"(SELECT {_key_sql(side.key, beside.key, dialect)} AS id, {label} AS label, "
        f"{title} AS title, {place} AS place FROM {identifier(side.view, dialect)})"
    )


def _key_sql(key: Column, beside: Column, dialect: Dialect, alias: str = "") -> str:
    """The key as it compares with another: as text where the types differ."""
    sql = f"{alias}{identifier(key.name, dialect)}"
    return sql if key.type.sql == beside.type.sql else as_text(sql, dialect)


def _groups(cells: Sequence[tuple[str, str, int]]) -> Mapping[int, Group]:
    """Groups by their place, in order; what has none (missing, unassigned: 0) comes last."""
    found = {place: Group(label, title) for label, title, place in cells}
    return {place: found[place] for place in sorted(found, key=lambda place: (place == 0, place))}


def _explain_metrics(
    engine: Reader, one: Side, other: Side, sources: Sequence[MetricSource]
) -> tuple[ExplainedByBoth, ...]:
    if not sources:
        return ()
    items = [
        f"{part_sql('one.id', engine.dialect)} AS part",
        "one.place AS one",
        "other.place AS other",
    ]
    joins = [
        f"FROM {_side_sql(one, other, engine.dialect)} AS one",
        f"JOIN {_side_sql(other, one, engine.dialect)} AS other ON one.id = other.id",
    ]
    for place, source in enumerate(sources):
        alias, side = f"m{place}", "other" if source.key == other.key else "one"
        beside = one if side == "other" else other
        items += metric_items(
            {f"y{place}": source.metric},
            {source.metric.column: source.column},
            alias,
            engine.dialect,
        )
        key = _key_sql(source.key, beside.key, engine.dialect, f"{alias}.")
        joins.append(f"JOIN {source.relation_sql} AS {alias} ON {key} = {side}.id")
    rows = f"SELECT {', '.join(items)}\n" + "\n".join(joins)
    names = [f"y{place}" for place in range(len(sources))]
    ranges = dict(zip(names, read_ranges(engine, rows, names), strict=True))
    sums = read_sums(engine, rows, [("one",), ("other",), ("one", "other")], ranges)
    explained = []
    for name, source in zip(names, sources, strict=True):
        range_ = ranges[name]
        by_one, by_other, by_both = (each[name] for each in sums)
        if range_.least == range_.most or range_.known <= by_both.groups:
            explained.append(ExplainedByBoth(source.metric, range_.known, range_.missing))
            continue
        three = (by_one, by_other, by_both)
        chance = [random_share(each.groups, each.known)[0] for each in three]
        explained.append(
            ExplainedByBoth(
                source.metric,
                range_.known,
                range_.missing,
                estimate_share(by_one),
                estimate_share(by_other),
                estimate_share(by_both),
                estimate_difference(by_other, by_one),
                (chance[0], chance[1], chance[2]),
                range_.low_cap,
                range_.high_cap,
                source.made_of_it,
            )
        )
    return tuple(explained)
