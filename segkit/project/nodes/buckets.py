"""Bucket sets: what every kind of bucket column tells of itself.

A kind is a file of its own in ``project/buckets``. Whoever compiles, checks or
describes bucket columns asks what stands here, never of which kind one is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Literal, Self

from segkit.core.columns import Column, Spell
from segkit.core.edges import ScoredColumn, ScoreEdges
from segkit.core.rfm import Cell
from segkit.dialects.select import CodedColumn
from segkit.dialects.table import Dialect
from segkit.errors import Place, Problem
from segkit.project.conditions.door import SqlCondition

NOT_SCORED = "not_scored"


@dataclass(frozen=True)
class CutColumn:
    """A column of the relation that is cut by its size; ``what`` needs it to be a number."""

    column: str
    place: Place
    what: str


@dataclass(frozen=True, kw_only=True)
class Score(ABC):
    """A column cut at edges that are found in the data once, and stored by ``name``.

    Rows for which ``gate`` is TRUE are not looked at. ``turned``: a low value has the high
    score. ``skips``: of edges that fall together each counts. ``within``: names of scores of
    the same bucket column, the outer first, inside of which edges are found one by one.
    """

    name: str
    column: str
    place: Place
    gate: SqlCondition | None = None
    turned: bool = False
    skips: bool = False
    within: tuple[str, ...] = ()

    what: ClassVar[str]  # of which it is said that they need a number
    how: ClassVar[str]  # the column is cut
    by_rank: ClassVar[bool] = False  # values have to be put in order

    @property
    def about(self) -> str:
        """What a published column of its own holds, in words."""
        return ""

    @property
    @abstractmethod
    def definition(self) -> dict[str, Any]:
        """What the edges depend on, besides the rows."""

    @abstractmethod
    def as_stored(self, definition: Mapping[str, Any]) -> Score | None:
        """The score by an earlier definition; None if that is of another kind."""

    @abstractmethod
    def found_sql(self, value: str, dialect: Dialect) -> str:
        """Aggregates over ``value``, a DOUBLE, of which the edges are made."""

    def found_in(self, counted: Mapping[int, int]) -> tuple[Any, ...]:
        """The same of rows by value, in ascending order; asked for only ``by_rank``."""
        raise NotImplementedError

    @abstractmethod
    def edges(self, *found: Any) -> tuple[Decimal, ...]:
        """Ascending edges from the values of the aggregates; they may repeat.

        Raises DataError if they make no buckets.
        """

    @property
    def cells(self) -> Iterator[Cell]:
        """The outer scores that there can be, each with those that are inside of it after it."""
        yield from ()

    def short(self, edge: Decimal) -> Decimal:
        """The edge as one would rather write it; taken where that moves nobody."""
        return edge

    def warnings(self, found: ScoreEdges) -> Iterator[Problem]:
        yield from ()

    def scored(self, edges: Mapping[str, ScoreEdges]) -> ScoredColumn:
        """The column by its stored edges."""
        return ScoredColumn(self.column, edges[self.name], self.turned)


@dataclass(frozen=True)
class ScoredGroup:
    """``n`` customers of one label with the same scores, of whom ``once`` count 1 at most."""

    label: str
    scores: tuple[int | None, ...]
    n: int
    once: int


@dataclass(frozen=True)
class NamedRule:
    label: str
    condition: SqlCondition
    place: Place


@dataclass(frozen=True, kw_only=True)
class BucketColumn(ABC):
    """``name`` with the label of a row's bucket, and ``name_order`` with its number.

    ``scores`` have stored edges; those of another name are published as well.
    """

    name: str
    missing: str
    place: Place
    scores: tuple[Score, ...] = ()
    integer_labels: bool = False  # a label such as 25-34 claims that the column is an integer
    counts: str = ""  # the column of which 1 is once, where labels are made of scores

    crowded: ClassVar[str]  # what to ask where nearly everybody is in one bucket

    @property
    def is_named(self) -> bool:
        """Whether the column is published, or its scores alone."""
        return True

    @property
    def order(self) -> str:
        """The published column with the number of a row's bucket."""
        return f"{self.name}_order"

    @property
    def outputs(self) -> tuple[tuple[str, str], ...]:
        """Name and SQL type of each published column, in order."""
        types = {self.name: "VARCHAR"}
        return tuple((name, types.get(name, "INTEGER")) for name in self.about)

    @property
    def own_scores(self) -> tuple[Score, ...]:
        """Scores that are published beside the buckets made of them."""
        return tuple(score for score in self.scores if score.name != self.name)

    @property
    def cut_columns(self) -> tuple[CutColumn, ...]:
        return tuple(CutColumn(score.column, score.place, score.what) for score in self.scores)

    @property
    def exclusive(self) -> tuple[NamedRule, ...]:
        """Rules of which no two may hold for a row."""
        return ()

    @property
    def conditions(self) -> tuple[SqlCondition, ...]:
        """Everything that is asked of a row in the user's own SQL."""
        return tuple(rule.condition for rule in self.exclusive)

    @property
    def source_columns(self) -> frozenset[str]:
        """Columns of the relation that the buckets are made of, in lower case.

        A condition may write a name as it likes.
        """
        cut = (cut.column for cut in self.cut_columns)
        asked = (name for asked in self.conditions for name in asked.predicate.columns)
        return frozenset(name.lower() for name in (*cut, *asked))

    @property
    def written_edges(self) -> tuple[Decimal, ...]:
        """The numbers at which a person cut the column, ascending."""
        return ()

    @abstractmethod
    def coded(
        self, columns: Mapping[str, Column], edges: Mapping[str, ScoreEdges]
    ) -> Iterator[CodedColumn]:
        """The buckets as cases; ``edges`` are the stored ones, by the name of the score."""

    @property
    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What was written, for manifest.json."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What ``name`` holds."""

    @property
    def about(self) -> dict[str, str]:
        """What each published column holds, in words."""
        sorting = f"{self.name} as a number, for sorting; 0 is missing"
        names = {self.name: self.words, self.order: sorting} if self.is_named else {}
        return names | {score.name: score.about for score in self.own_scores}

    def why_crowded(self, label: str) -> str:
        """What to ask where nearly everybody is in the bucket ``label``."""
        if label == self.missing:
            return "that is where NULL goes: does the model fill what it is made of?"
        return self.crowded

    def type_problems(self, columns: Mapping[str, Column], relation: str) -> Iterator[Problem]:
        """What the types of the columns say against the buckets; every condition runs."""
        yield from ()

    def overlap_asked(self, columns: Mapping[str, Column]) -> Sequence[int]:
        """Which of the ``exclusive`` rules are not proved to exclude each other."""
        return ()

    def edge_problems(self, edges: Mapping[str, ScoreEdges]) -> Iterator[Problem]:
        """What the stored edges say against what was written."""
        yield from ()

    def spelled(self, spell: Spell) -> Self:
        """The column with what it is made of as the relation writes it; conditions may differ."""
        return replace(self, scores=tuple(replace(s, column=spell(s.column)) for s in self.scores))

    def name_warnings(self, groups: Sequence[ScoredGroup]) -> Iterator[Problem]:
        """What the customers say against the names that are made of scores."""
        yield from ()

    def with_scores(self, scores: Sequence[Score]) -> BucketColumn:
        """The column by other scores, which may be more or fewer: with no labels of its own."""
        return replace(self, scores=tuple(scores))


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

    def spelled(self, spell: Spell) -> Self:
        """The same with its columns as the relation writes them."""
        columns = tuple(column.spelled(spell) for column in self.columns)
        return replace(self, key=spell(self.key), columns=columns)

    def names(self) -> Iterator[tuple[str, Place]]:
        """Columns of the relation that are named, and where."""
        yield self.key, self.key_place
        for column in self.columns:
            yield from ((cut.column, cut.place) for cut in column.cut_columns)
        for condition in (*((self.where,) if self.where else ()), *self.conditions):
            yield from condition.names()

    @property
    def scores(self) -> tuple[Score, ...]:
        return tuple(score for column in self.columns for score in column.scores)

    @property
    def conditions(self) -> tuple[SqlCondition, ...]:
        """Everything that is asked of a row, ``where`` apart."""
        return tuple(asked for column in self.columns for asked in column.conditions)

    def definitions(self) -> dict[str, dict[str, Any]]:
        """What the stored edges depend on, by the name of the score. Labels are not in it."""
        return {
            score.name: {
                "from": self.relation,
                **({"where": self.where.predicate.spaced} if self.where else {}),
                **score.definition,
                **({NOT_SCORED: score.gate.predicate.spaced} if score.gate else {}),
            }
            for score in self.scores
        }
