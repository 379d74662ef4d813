"""What a project would be: what is published is read where it lies, what differs stands in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from segkit.dialects.spelling import identifier, relation
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.foreign_files import copy_relation
from segkit.engines.duckdb.published_file import PUBLISHED, attach, has_content
from segkit.engines.duckdb.registry import read_registry, relations
from segkit.engines.locks import Patience
from segkit.engines.registered import READING, fold, notes
from segkit.files.kept import last_columns
from segkit.project.nodes import Seed, Source


class DuckDBDraft(DuckDBEngine):
    """A database in memory whose views read the published file, which is opened read-only.

    ``path`` is that file; None, or one that is not there, has nothing published.
    """

    def __init__(self, path: Path | None, project: str) -> None:
        super().__init__()
        self._path = path
        self._project = project
        self._states: Mapping[str, str] = {}
        self._readings: Mapping[str, str] = {}
        self._found: frozenset[tuple[str, str]] = frozenset()
        if path is not None and has_content(path):
            try:
                self._attach(path)
            except BaseException:
                self.close()
                raise

    def _attach(self, path: Path) -> None:
        attach(self, path, PUBLISHED, "READ_ONLY", None)
        rows = read_registry(self.query, PUBLISHED) or ()
        self._states = notes(rows, self._project)
        self._readings = notes(rows, self._project, READING)
        self._found = frozenset(relations(self.query, PUBLISHED))

    def adopt(self, schema: str, name: str, node: str, state: str) -> bool:
        if self._states.get(node) != state or fold(schema, name) not in self._found:
            return False
        self._read_published(schema, name)
        return True

    def noted_states(self) -> Mapping[str, str]:
        return self._states

    def take_source(
        self, schema: str, name: str, node: Source | Seed, patience: Patience | None
    ) -> None:
        foreign = node.foreign if isinstance(node, Source) else None
        self._ensure_schema(schema)
        into = relation(name, schema, self.dialect)
        if node.path is not None:
            kept = last_columns(self._readings.get(node.name), node.options)
            self.load_file(node.path, into, node.options, kept)
        elif foreign is not None:
            copy_relation(self, foreign.path, foreign.schema, foreign.name, into, patience)
        else:
            if self._path is not None and not self._found:
                attach(self, self._path, PUBLISHED, "READ_ONLY", patience)
            self._read_published(schema, name)

    def stand_in(self, schema: str, name: str, select: str, *, as_table: bool = False) -> None:
        """From here on the name means this SELECT; a table is worked out once, in memory."""
        self._ensure_schema(schema)
        kind = "TABLE" if as_table else "VIEW"
        made = relation(name, schema, self.dialect)
        self.execute(select, before=f"CREATE {kind} {made} AS\n")

    def _read_published(self, schema: str, name: str) -> None:
        self._ensure_schema(schema)
        made = relation(name, schema, self.dialect)
        self.execute(f"CREATE VIEW {made} AS FROM {PUBLISHED}.{made}")

    def _ensure_schema(self, schema: str) -> None:
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema, self.dialect)}")
