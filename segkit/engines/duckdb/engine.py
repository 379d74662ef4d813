"""DuckDB as the engine of a target: what ``open.py`` passes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segkit.core.columns import Column
from segkit.engines.base import Draft, Publisher, Reader
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.draft import DuckDBDraft
from segkit.engines.duckdb.foreign_files import copy_relation
from segkit.engines.duckdb.history_copies import save_histories
from segkit.engines.duckdb.published_file import open_published
from segkit.engines.duckdb.publisher import open_workspace
from segkit.engines.duckdb.typed_texts import read_text_values
from segkit.engines.duckdb.whole_days import whole_days
from segkit.engines.leftovers import is_alive
from segkit.engines.locks import Patience
from segkit.engines.open import Engine
from segkit.engines.typed_columns import TextValues
from segkit.files.csv_options import CsvOptions
from segkit.project.nodes import Target
from segkit.project.safe_files import OwnFolder, is_there


class DuckDBBench(DuckDBEngine):
    """A database in memory that files are read into."""

    def copy_relation(
        self, path: Path, schema: str, name: str, into: str, patience: Patience | None = None
    ) -> int:
        return copy_relation(self, path, schema, name, into, patience)

    def text_values(self, relation: str, columns: Sequence[Column], csv: CsvOptions) -> TextValues:
        return read_text_values(self.query, relation, columns, csv)

    def whole_days(self, relation: str, columns: Sequence[Column]) -> TextValues:
        return whole_days(self.query, relation, columns)


class DuckDBTarget(Engine):
    """A target that is a file."""

    holds_sources = False

    def __init__(self, target: Target) -> None:
        assert target.path is not None  # of a DuckDB file
        self._path = target.path

    def open_published(self) -> Reader:
        return open_published(self._path)

    def open_draft(self, project: str) -> Draft:
        return DuckDBDraft(self._path, project)

    def open_twins(self) -> Draft:
        return DuckDBDraft(None, "")

    def open_publisher(
        self, *, project: str, carry_over: bool, forgets: bool, patience: Patience, directory: Path
    ) -> Publisher:
        return open_workspace(
            self._path,
            project=project,
            carry_over=carry_over,
            forgets=forgets,
            patience=patience,
            root=self._written_below(directory),
        )

    def is_built(self) -> bool:
        return self._path.is_file()

    def save_histories(self, project: str, folder: Path, directory: Path) -> frozenset[str]:
        return save_histories(self._path, project, folder, directory)

    def sweep_builds(self, directory: Path) -> tuple[Path, ...]:
        path = self._path
        removed = []
        if is_there(path.parent):
            with OwnFolder(path.parent, self._written_below(directory), create=False) as folder:
                for name in folder.names():
                    if name.startswith(f".{path.name}.building-") and not _is_being_built(name):
                        folder.remove(name)
                        removed.append(path.with_name(name))
        return tuple(removed)

    def _written_below(self, directory: Path) -> Path:
        """The folder from which on no link may lead to the target.

        That is the project's, or the target's own where segkit.yml names one elsewhere.
        """
        return directory if self._path.is_relative_to(directory) else self._path.parent


def _is_being_built(name: str) -> bool:
    """Whether the process that is named in ``.<name>.building-<pid>`` still runs."""
    number = name.split(".building-")[-1].split(".")[0]
    return number.isdigit() and is_alive(int(number))
