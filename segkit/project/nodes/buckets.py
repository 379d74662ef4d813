"""Bucket sets: five kinds of columns, each with its buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from segkit.core.rules import Interval
from segkit.errors import Place, Problem
from segkit.project.nodes.conditions import SqlCondition


@dataclass(frozen=True)
class Band:
    """One bucket: ``label`` for the values of ``interval``."""

    label: str
    interval: Interval
    place: Place


@dataclass(frozen=True)
class Score:
    """A column put into ``parts`` quantiles; ``turned``: a low value has the high score.

    ``name`` is what its stored edges go by.
    """

    name: str
    column: str
    parts: int
    place: Place
    turned: bool = False


@dataclass(frozen=True)
class BandColumn:
    """``name`` and ``name_order``: ``column`` put into bands, proved MECE, lowest first.

    ``order`` of a band is its position as listed (from 1); ``bands`` keep that order.
    """

    name: str
    column: str
    bands: tuple[Band, ...]
    missing: str
    place: Place
    column_place: Place
    integer_labels: bool = False  # a label such as 25-34 claims that the column is an integer


@dataclass(frozen=True)
class QuantileColumn:
    """``name`` and ``name_order``: the score of a column by stored edges.

    ``labels`` are in the order of the scores; without them a score is its own label.
    """

    name: str
    score: Score
    labels: tuple[str, ...]
    missing: str
    place: Place
    labels_place: Place


@dataclass(frozen=True)
class NamedRule:
    label: str
    condition: SqlCondition
    place: Place


@dataclass(frozen=True)
class RuleColumn:
    """``name`` and ``name_order``: which of several conditions holds; ``otherwise`` if none does.

    That no two hold together is proved, or counted in the data.
    """

    name: str
    rules: tuple[NamedRule, ...]
    otherwise: str | None
    missing: str
    place: Place


@dataclass(frozen=True)
class NameTable:
    """Names of the cells of scores, as listed; proved complete and disjoint."""

    names: tuple[tuple[str, tuple[tuple[int, ...], ...]], ...]
    width: int  # 2: recency and frequency, 3: monetary too


@dataclass(frozen=True)
class RfmColumn:
    """``name``, ``name_order`` and the scores ``name_r``, ``name_f``, ``name_m``."""

    name: str
    scores: tuple[Score, Score, Score]
    table: NameTable
    not_scored: SqlCondition | None
    missing: str
    place: Place


BucketColumn = BandColumn | QuantileColumn | RuleColumn | RfmColumn
NOT_SCORED = "not_scored"


def output_names(column: BucketColumn) -> tuple[tuple[str, str], ...]:
    """Name and SQL type of each published column of a bucket column, in order."""
    names = [(column.name, "VARCHAR"), (f"{column.name}_order", "INTEGER")]
    if isinstance(column, RfmColumn):
        names += [(score.name, "INTEGER") for score in column.scores]
    return tuple(names)


def scores_of(column: BucketColumn) -> tuple[Score, ...]:
    """Scores whose edges are stored."""
    if isinstance(column, RfmColumn):
        return column.scores
    return (column.score,) if isinstance(column, QuantileColumn) else ()


def source_columns(column: BucketColumn) -> frozenset[str]:
    """Columns of the relation that the buckets are made of, in lower case.

    A rule may write a name as it likes.
    """
    found = {score.column for score in scores_of(column)}
    if isinstance(column, BandColumn):
        found.add(column.column)
    if isinstance(column, RuleColumn):
        found |= {name for rule in column.rules for name in rule.condition.predicate.columns}
    return frozenset(name.lower() for name in found)


@dataclass(frozen=True)
class BucketSet:
    name: str
    relation: str  # name of the node it reads
    key: str
    columns: tuple[BucketColumn, ...]
    place: Place
    key_place: Place
    depends_on: tuple[str, ...]
    where: SqlCondition | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()  # of what was written
    kind: Literal["buckets"] = "buckets"

    @property
    def scores(self) -> tuple[Score, ...]:
        return tuple(score for column in self.columns for score in scores_of(column))

    def definitions(self) -> dict[str, dict[str, Any]]:
        """What the stored edges depend on, by the name of the score. Labels are not in it."""
        found: dict[str, dict[str, Any]] = {}
        for column in self.columns:
            gate = column.not_scored if isinstance(column, RfmColumn) else None
            for score in scores_of(column):
                found[score.name] = {
                    "from": self.relation,
                    **({"where": self.where.predicate.spaced} if self.where else {}),
                    "column": score.column,
                    "quantiles": score.parts,
                    **({"not_scored": gate.predicate.spaced} if gate else {}),
                }
        return found
