"""What a project consists of, parsed and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

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
class BucketColumn:
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
class BucketSet:
    name: str
    relation: str  # name of the node it reads
    key: str
    columns: tuple[BucketColumn, ...]
    place: Place
    key_place: Place
    depends_on: tuple[str, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    kind: Literal["buckets"] = "buckets"


@dataclass(frozen=True)
class Feature:
    """``scale``: standard, log or none. ``label`` and ``unit`` are words, not definition."""

    column: str
    place: Place
    label: str = ""
    unit: str = ""
    scale: str = "standard"


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
            "key": self.key,
            "features": [{"column": f.column, "scale": f.scale} for f in self.features] or "auto",
            "clusters": {
                "k": self.clusters.k or "auto",
                "k_max": self.clusters.k_max,
                "seed": self.clusters.seed,
            },
            "rules": {
                "max_leaves": self.rules.max_leaves or "auto",
                "max_loss": self.rules.max_loss,
                "min_share": self.rules.min_share,
            },
            "missing": self.missing,
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
