"""DuckDB files that belong to others, and what dbt calls the relations in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from segkit.errors import Place


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
