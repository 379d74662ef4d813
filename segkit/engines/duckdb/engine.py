"""DuckDB as the engine of a target: what ``open.py`` passes on."""

from __future__ import annotations

from pathlib import Path

from segkit.engines.base import Draft, FileBench, Publisher, Reader
from segkit.engines.duckdb import published_file, publisher
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.draft import DuckDBDraft
from segkit.engines.duckdb.foreign_files import copy_relation
from segkit.engines.leftovers import is_alive
from segkit.engines.locks import Patience
from segkit.project.nodes import Target
from segkit.project.safe_files import OwnFolder, is_there

PUBLISHES = True


class DuckDBBench(DuckDBEngine):
    """A database in memory that files are read into."""

    def copy_relation(
        self, path: Path, schema: str, name: str, into: str, patience: Patience | None = None
    ) -> int:
        return copy_relation(self, path, schema, name, into, patience)


def open_published(target: Target) -> Reader:
    return published_file.open_published(_path(target))


def open_draft(target: Target, project: str) -> Draft:
    return DuckDBDraft(_path(target), project)


def open_twins(target: Target) -> Draft:
    return DuckDBDraft(None, "")


def open_publisher(
    target: Target, *, project: str, carry_over: bool, patience: Patience, directory: Path
) -> Publisher:
    return publisher.open_workspace(
        _path(target),
        project=project,
        carry_over=carry_over,
        patience=patience,
        root=_written_below(target, directory),
    )


def open_bench() -> FileBench:
    return DuckDBBench()


def is_built(target: Target) -> bool:
    return _path(target).is_file()


def sweep_builds(target: Target, directory: Path) -> tuple[Path, ...]:
    """Remove what dead builds left beside the file; return it."""
    path = _path(target)
    removed = []
    if is_there(path.parent):
        with OwnFolder(path.parent, _written_below(target, directory), create=False) as folder:
            for name in folder.names():
                if name.startswith(f".{path.name}.building-") and not _is_being_built(name):
                    folder.remove(name)
                    removed.append(path.with_name(name))
    return tuple(removed)


def _is_being_built(name: str) -> bool:
    """Whether the process that is named in ``.<name>.building-<pid>`` still runs."""
    number = name.split(".building-")[-1].split(".")[0]
    return number.isdigit() and is_alive(int(number))


def _written_below(target: Target, directory: Path) -> Path:
    """The folder from which on no link may lead to the target.

    That is the project's, or the target's own where segkit.yml names one elsewhere.
    """
    path = _path(target)
    return directory if path.is_relative_to(directory) else path.parent


def _path(target: Target) -> Path:
    assert target.path is not None  # of a DuckDB file
    return target.path
