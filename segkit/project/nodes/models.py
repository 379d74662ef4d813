"""What a project reads, files of others and dbt included, and the SELECTs that it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from segkit.dialects.table import DIALECTS, Dialect
from segkit.errors import Place
from segkit.files.csv_options import NOTHING_SAID, FileOptions


@dataclass(frozen=True)
class Target:
    """Where the project is built, or what it reads. Only engines read ``path`` and ``url``.

    ``path`` is a file's, absolute; ``url`` and ``schema`` are a server's. The url
    holds a password: it is in no text that is made of a target.
    """

    name: str
    type: str
    path: Path | None = None
    url: str = field(default="", repr=False)
    schema: str = ""

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self.type]

    @property
    def file(self) -> Path | None:
        """What a caller of the library opens; None for a server."""
        return self.path

    def shown(self, directory: Path) -> str:
        """Where it is, as seen from the project's folder."""
        if self.path is None:
            return f"{self.dialect.title}, schema {self.schema}"
        inside = self.path.is_relative_to(directory)
        return str(self.path.relative_to(directory)) if inside else str(self.path)

    def holds(self, path: Path | None) -> bool:
        """Whether a file is the target's own."""
        return path is not None and self.path == path


def database_name(path: Path) -> str:
    """What DuckDB calls a file that it opens: the first part of its name.

    >>> database_name(Path("data/dev.v2.duckdb"))
    'dev'
    """
    return path.name.lstrip(".").split(".")[0]


@dataclass(frozen=True)
class ForeignRelation:
    """A table or view of another DuckDB file; ``path`` is absolute."""

    path: Path
    schema: str
    name: str


@dataclass(frozen=True)
class DbtRelation:
    """What dbt's manifest says of a model, seed, snapshot or source.

    ``exists`` is False for what is no relation: ephemeral models, sources that are files.
    """

    unique_id: str
    database: str
    schema: str
    name: str
    exists: bool
    description: str = ""


@dataclass(frozen=True)
class DbtProject:
    """``relations`` by the names that ``ref`` and ``source`` have for them in dbt.

    ``database`` is dbt's name for the file of its profile, ``shown`` the project's
    folder as segkit.yml writes it.
    """

    name: str
    shown: str
    target: str
    path: Path
    database: str
    relations: Mapping[str, tuple[DbtRelation, ...]]


@dataclass(frozen=True)
class DuckDBSource:
    """A source that is a whole DuckDB file: what a project names of it is copied.

    Which tables are in it is known where the file is opened, or from ``dbt``.
    ``path`` is None where the declaration is broken: any name may be right then.
    """

    name: str
    path: Path | None
    schema: str
    place: Place
    description: str = ""
    dbt: DbtProject | None = None
    one_schema: bool = False  # see ``Source``


@dataclass(frozen=True)
class Source:
    """A table that comes from outside: a file, a relation of the target, or one to be copied.

    One of ``path``, ``relation`` and ``foreign`` is given. ``name`` is
    ``source.table``, or the file's stem for ``from: data/x.csv``. ``read_at`` is
    where a table that nobody lists is named first. ``one_schema``: the target has no
    schema for each source; both names are that of the table.
    """

    name: str
    schema: str | None  # what it is listed under
    table: str
    place: Place
    path: Path | None = None  # absolute
    relation: str | None = None
    foreign: ForeignRelation | None = None
    options: FileOptions = NOTHING_SAID  # of a file
    description: str = ""
    read_at: Place | None = None
    one_schema: bool = False
    kind: Literal["source"] = "source"
    depends_on: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def lies_at(self) -> tuple[str | None, str]:
        """Schema and name of the relation in the target; None is the target's own schema."""
        if self.relation:
            schema, _, name = self.relation.rpartition(".")
            return schema or None, name
        if self.one_schema and self.schema:
            return None, f"{self.schema}__{self.table}"
        return self.schema, self.table


@dataclass(frozen=True)
class Seed:
    """A small file in warehouse/seeds, loaded as a table by its stem."""

    name: str
    path: Path
    place: Place
    options: FileOptions = NOTHING_SAID
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
