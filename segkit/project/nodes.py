"""What a project consists of, parsed and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from segkit.core.predicate import Predicate
from segkit.core.rules import Interval
from segkit.errors import Place, Problem

Severity = Literal["error", "warn"]


@dataclass(frozen=True)
class Target:
    """Where the project is built. ``path`` is absolute."""

    name: str
    type: str
    path: Path


@dataclass(frozen=True)
class Source:
    """A table that comes from outside: a file, or a relation of the target.

    ``name`` is ``source.table``, or the file's stem for ``from: data/x.csv``.
    """

    name: str
    schema: str | None  # relation is "schema"."table"; None: main
    table: str
    place: Place
    path: Path | None = None  # absolute
    relation: str | None = None
    description: str = ""
    kind: Literal["source"] = "source"
    depends_on: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seed:
    """A small file in warehouse/seeds, loaded as a table by its stem."""

    name: str
    path: Path
    place: Place
    description: str = ""
    kind: Literal["seed"] = "seed"
    depends_on: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """One SELECT. ``raw_sql`` is the file's text, ``sql`` what Jinja made of it."""

    name: str
    place: Place
    raw_sql: str
    sql: str
    materialized: Literal["view", "table"]
    depends_on: tuple[str, ...]
    tags: tuple[str, ...] = ()
    description: str = ""
    column_descriptions: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["model"] = "model"


@dataclass(frozen=True)
class Band:
    """One bucket: ``label`` for the values of ``interval``."""

    label: str
    interval: Interval
    place: Place


@dataclass(frozen=True)
class SqlCondition:
    """A condition as written; ``start`` is its first character, None where the file escapes it."""

    predicate: Predicate
    place: Place
    start: Place | None = None

    def at(self, offset: int, length: int = 1) -> Place:
        """The place of some characters of the text."""
        if self.start is None or self.start.column is None:
            return self.place
        return replace(self.start, column=self.start.column + offset, length=length)


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
                    **({"where": self.where.predicate.text} if self.where else {}),
                    "column": score.column,
                    "quantiles": score.parts,
                    **({"not_scored": gate.predicate.text} if gate else {}),
                }
        return found


@dataclass(frozen=True)
class Feature:
    """``label`` and ``unit`` are words, not definition.

    ``scale`` (of a number): standard, log, robust or none. ``kind`` None: what the
    column's type says, a number or (BOOLEAN) a category. ``weight`` 2 counts as
    if the column stood there twice.
    """

    column: str
    place: Place
    label: str = ""
    unit: str = ""
    scale: str = "standard"
    kind: Literal["number", "category"] | None = None
    weight: float = 1.0

    def definition(self) -> dict[str, Any]:
        """As in a fit; what is usual is left out."""
        said: dict[str, Any] = {"column": self.column}
        if self.kind == "category":
            said["kind"] = self.kind
        else:
            said["scale"] = self.scale
        if self.weight != 1:
            said["weight"] = self.weight
        return said


@dataclass(frozen=True)
class ClusterSpec:
    k: int | None  # None: auto
    k_max: int
    seed: int


@dataclass(frozen=True)
class RuleSpec:
    max_leaves: int | None  # None: auto
    max_loss: float
    min_share: float


@dataclass(frozen=True)
class About:
    """Words about a segment, by id. A name here wins over the fit's."""

    name: str | None = None
    action: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class Segmentation:
    name: str
    relation: str  # name of the node it reads
    key: str
    features: tuple[Feature, ...]  # empty: to be chosen from the relation's columns
    clusters: ClusterSpec
    rules: RuleSpec
    missing: Literal["median", "unassigned"]
    place: Place
    key_place: Place
    depends_on: tuple[str, ...]
    where: SqlCondition | None = None
    labels: Feature | None = None  # the column with somebody else's clusters, instead of our own
    about: Mapping[str, About] = field(default_factory=dict)
    metrics: tuple[Feature, ...] = ()  # only column and place are used
    sensitive: tuple[str, ...] = ()
    description: str = ""
    tags: tuple[str, ...] = ()
    kind: Literal["segmentation"] = "segmentation"

    def definition(self) -> dict[str, Any]:
        """What the segments depend on: if it changes, the fit is stale. Words are not in it."""
        return {
            "from": self.relation,
            **({"where": self.where.predicate.text} if self.where else {}),
            "key": self.key,
            "features": [feature.definition() for feature in self.features] or "auto",
            **self._groups(),
            "rules": {
                "max_leaves": self.rules.max_leaves or "auto",
                "max_loss": self.rules.max_loss,
                "min_share": self.rules.min_share,
            },
            "missing": self.missing,
        }

    def _groups(self) -> dict[str, Any]:
        if self.labels is not None:
            return {"labels": self.labels.column}
        clusters = self.clusters
        return {
            "clusters": {"k": clusters.k or "auto", "k_max": clusters.k_max, "seed": clusters.seed}
        }


@dataclass(frozen=True)
class DataTest:
    """A query that returns the failing rows.

    ``check`` is unique, not_null, accepted_values or relationships with their
    ``arguments`` on ``column`` of ``node``, or ``sql`` with its own ``sql``.
    """

    name: str
    check: Literal["unique", "not_null", "accepted_values", "relationships", "sql"]
    depends_on: tuple[str, ...]
    place: Place
    node: str = ""
    column: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sql: str = ""
    severity: Severity = "error"
    tags: tuple[str, ...] = ()
    kind: Literal["test"] = "test"


Node = Source | Seed | Model | BucketSet | Segmentation | DataTest


@dataclass(frozen=True)
class Project:
    """``nodes`` in an order in which they can be built; tests come after what they test.

    ``is_default_target``: ``target`` is the one that segkit.yml names.
    """

    name: str
    directory: Path
    target: Target
    vars: Mapping[str, Any]
    nodes: Mapping[str, Node]
    warnings: tuple[Problem, ...] = ()
    is_default_target: bool = True

    @property
    def fits_directory(self) -> Path:
        return self.directory / "warehouse" / "fits"

    @property
    def views_directory(self) -> Path:
        """Compiled SQL of the default target; that of another lies in a folder of its own."""
        views = self.directory / "warehouse" / "views"
        return views if self.is_default_target else views / self.target.name
