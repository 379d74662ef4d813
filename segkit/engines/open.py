"""The one door to databases: a target by its type, and files that belong to others."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from segkit.engines.base import Draft, FileBench, FileRelation, Publisher, Reader
from segkit.engines.locks import Patience
from segkit.project.nodes import Target

# a module for each type of target; none is imported before it is needed
_ENGINES = {
    "duckdb": "segkit.engines.duckdb.engine",
    "postgres": "segkit.engines.postgres",
}


class Engine(Protocol):
    """What the module of an engine offers. See the functions here, which pass on to it."""

    PUBLISHES: bool

    def open_published(self, target: Target) -> Reader: ...

    def open_draft(self, target: Target, project: str) -> Draft: ...

    def open_twins(self, target: Target) -> Draft: ...

    def open_publisher(
        self,
        target: Target,
        *,
        project: str,
        carry_over: bool,
        patience: Patience,
        directory: Path,
    ) -> Publisher: ...

    def is_built(self, target: Target) -> bool: ...

    def sweep_builds(self, target: Target, directory: Path) -> tuple[Path, ...]: ...


def engine_of(target: Target) -> Engine:
    """The module of the target's engine."""
    return cast(Engine, import_module(_ENGINES[target.type]))


def publishes(target: Target) -> bool:
    """Whether segkit builds in the target; else it only reads there."""
    return engine_of(target).PUBLISHES


def open_published(target: Target) -> Reader:
    """Return what is published in the target, read-only.

    Raises
    ------
    EngineError
        SK605 if nothing was built yet, SK601 if it cannot be opened.
    """
    return engine_of(target).open_published(target)


def open_draft(target: Target, project: str) -> Draft:
    """Return a draft of the project of that name: nothing is in it yet, nothing gets written."""
    return engine_of(target).open_draft(target, project)


def open_twins(target: Target) -> Draft:
    """Return a draft for relations without rows: to find what columns a SELECT has."""
    return engine_of(target).open_twins(target)


def open_publisher(
    target: Target, *, project: str, carry_over: bool, patience: Patience, directory: Path
) -> Publisher:
    """Return the next state of the target, from nothing or from what is published.

    It keeps a second build away until it is published or discarded.

    Parameters
    ----------
    project : str
        The project's name; what another project made is refused (SK603).
    carry_over : bool
        Start from what is published, instead of from nothing.
    directory : Path
        The project's: no link may lead from there to what is written.
    """
    return engine_of(target).open_publisher(
        target, project=project, carry_over=carry_over, patience=patience, directory=directory
    )


def is_built(target: Target) -> bool:
    """Whether there is anything to open: it can still be damaged, or somebody else's."""
    return engine_of(target).is_built(target)


def sweep_builds(target: Target, directory: Path) -> tuple[Path, ...]:
    """Remove what builds that were killed left beside the target; return it."""
    return engine_of(target).sweep_builds(target, directory)


def open_bench() -> FileBench:
    """Return a workbench that reads files: nothing in it is anybody's target."""
    from segkit.engines.duckdb.engine import open_bench as bench

    return bench()


def list_relations(path: Path, patience: Patience | None = None) -> tuple[FileRelation, ...]:
    """Return the tables and views of a DuckDB file, ``main`` first, then by name.

    Raises
    ------
    ConfigError
        SK106 if it is not there, or is not a DuckDB file that can be read.
    EngineError
        SK601 if a process has it open for writing, after the patience given (None: at once).
    """
    from segkit.engines.duckdb.foreign_files import list_relations as found

    return found(path, patience)
