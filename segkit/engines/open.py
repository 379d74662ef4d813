"""The one door to databases: the engine of a target, and files that belong to others."""

from __future__ import annotations

from pathlib import Path
from pkgutil import resolve_name
from typing import ClassVar, Protocol

from segkit.engines.base import Draft, FileBench, FileRelation, Publisher, Reader
from segkit.engines.locks import Patience
from segkit.project.nodes import Target

# a class for each type of target; its module is not imported before it is needed
_ENGINES = {
    "duckdb": "segkit.engines.duckdb.engine:DuckDBTarget",
    "postgres": "segkit.engines.postgres.engine:PostgresTarget",
}


class Engine(Protocol):
    """A target, as the engine of its type opens it."""

    # whether there is something to read in the target before segkit has built anything in it
    holds_sources: ClassVar[bool]

    def open_published(self) -> Reader:
        """Return what is published in the target, read-only.

        Raises
        ------
        EngineError
            SK605 if nothing was built yet, SK601 if it cannot be opened.
        """
        ...

    def open_draft(self, project: str) -> Draft:
        """Return a draft of that project: nothing is in it yet, and nothing gets written."""
        ...

    def open_twins(self) -> Draft:
        """Return a draft for relations without rows: to find what columns a SELECT has."""
        ...

    def open_publisher(
        self,
        *,
        project: str,
        carry_over: bool,
        forgets: bool,
        patience: Patience,
        directory: Path,
    ) -> Publisher:
        """Return the next state of the target, from nothing or from what is published.

        It keeps a second build away until it is published or discarded.

        Parameters
        ----------
        project : str
            The project's name; what another project made is refused (SK603).
        carry_over : bool
            Start from what is published, instead of from nothing.
        forgets : bool
            Ids are forgotten in this state: no byte of the last one may be taken over.
        directory : Path
            The project's: no link may lead from there to what is written.
        """
        ...

    def is_built(self) -> bool:
        """Whether there is anything to open: it can still be damaged, or somebody else's."""
        ...

    def save_histories(self, project: str, folder: Path, directory: Path) -> frozenset[str]:
        """Write copies of the project's published histories; return the files' names.

        Parameters
        ----------
        directory : Path
            The project's: no link may lead from there to the folder.
        """
        ...

    def sweep_builds(self, directory: Path) -> tuple[Path, ...]:
        """Remove what builds that were killed left beside the target; return it."""
        ...


def engine_of(target: Target) -> Engine:
    """Return the engine of the target; nothing is opened yet."""
    engine: Engine = resolve_name(_ENGINES[target.type])(target)
    return engine


def open_bench() -> FileBench:
    """Return a workbench that reads files: nothing in it is anybody's target."""
    from segkit.engines.duckdb.engine import DuckDBBench

    return DuckDBBench()


def save_table(url: str, name: str, path: Path) -> tuple[str, str]:
    """Copy a table or view of a PostgreSQL server into a new DuckDB file.

    Returns
    -------
    schema, name
        Of what was found under that name, with or without a schema.

    Raises
    ------
    ConfigError
        SK106 if there is no such table, or there are several.
    EngineError
        SK601 if the server is not reached, or does not let it be read.
    """
    from segkit.engines.postgres.engine import save_table as saved

    return saved(url, name, path)


def copies_of(project: str, folder: Path) -> list[str]:
    """Names of the files in a folder that say that they are copies of a project's histories."""
    from segkit.engines.duckdb.history_copies import copies_of as found

    return found(project, folder)


def list_relations(path: Path) -> tuple[FileRelation, ...]:
    """Return the tables and views of a DuckDB file, ``main`` first, then by name.

    Raises
    ------
    ConfigError
        SK106 if it is not there, or is not a DuckDB file that can be read.
    EngineError
        SK601 if a process has it open for writing.
    """
    from segkit.engines.duckdb.foreign_files import list_relations as found

    return found(path)
