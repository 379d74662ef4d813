"""The whole: nodes in an order in which they can be built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from segkit.core.number_format import ENGLISH, NumberFormat
from segkit.core.periods import Period
from segkit.dialects.table import Dialect
from segkit.errors import Place, Problem
from segkit.project.nodes.buckets import BucketSet
from segkit.project.nodes.experiments import Experiment
from segkit.project.nodes.models import DuckDBSource, Model, Seed, Source, Target
from segkit.project.nodes.segments import Segmentation

Severity = Literal["error", "warn"]


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
    raw_sql: str = ""  # the file's text, where the test has one
    column_place: Place | None = None
    field_place: Place | None = None  # of relationships


Node = Source | Seed | Model | BucketSet | Segmentation | Experiment | DataTest
OneKind = TypeVar("OneKind", bound=Node)


@dataclass(frozen=True)
class HistoryLimits:
    """How long it is known who was in a segment: None of either, for good.

    ``keep``: after they were in it; ``forget_gone``: of who left, after they did.
    """

    keep: Period | None = None
    forget_gone: Period | None = None


@dataclass(frozen=True)
class Project:
    """``nodes`` in an order in which they can be built; tests come after what they test.

    ``is_default_target``: ``target`` is the one that segkit.yml names. SQL of
    models and tests is in the target's dialect, whatever it was written in.
    """

    name: str
    directory: Path
    target: Target
    vars: Mapping[str, Any]
    nodes: Mapping[str, Node]
    warnings: tuple[Problem, ...] = ()
    is_default_target: bool = True
    duckdb_sources: tuple[DuckDBSource, ...] = ()
    numbers: NumberFormat = ENGLISH
    history: HistoryLimits = HistoryLimits()

    @property
    def dialect(self) -> Dialect:
        """What the SQL of models and tests is in."""
        return self.target.dialect

    def of(self, kind: type[OneKind]) -> list[OneKind]:
        """The nodes of a kind, in their order."""
        return [node for node in self.nodes.values() if isinstance(node, kind)]

    @property
    def fits_directory(self) -> Path:
        return self.directory / "warehouse" / "fits"

    @property
    def views_directory(self) -> Path:
        """Compiled SQL of the default target; that of another lies in a folder of its own."""
        views = self.directory / "warehouse" / "views"
        return views if self.is_default_target else views / self.target.name

    @property
    def history_directory(self) -> Path:
        """Copies of the histories in the default target; those of another in a folder of its own.

        They hold ids of customers: they are nobody's to commit.
        """
        history = self.directory / "warehouse" / "history"
        return history if self.is_default_target else history / self.target.name
