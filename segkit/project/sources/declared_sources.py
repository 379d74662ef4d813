"""The sources in segkit.yml: tables that are listed, and DuckDB files with all that is in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from segkit.errors import Label, Place, Problem
from segkit.files.file_kinds import SUFFIXES
from segkit.project.nodes import DuckDBSource, ForeignRelation, Source
from segkit.project.project_files import check_inside
from segkit.project.schema.column_words import ColumnSpec
from segkit.project.schema.documents import SourceSpec, SourceTableSpec
from segkit.project.sources.dbt import read_dbt_project
from segkit.project.sources.foreign_relations import refusal, table_node
from segkit.project.yaml.marks import Document, KeyPath
from segkit.project.yaml.validate import validate

_RESERVED_SCHEMAS = frozenset(
    {"main", "temp", "system", "information_schema", "pg_catalog", "_segkit"}
)
_PLACEHOLDER = {"name": "x", "path": "x"}


@dataclass(frozen=True)
class TableColumns:
    """Columns with tests that a source's table declares, and where."""

    node: str
    columns: tuple[ColumnSpec, ...]
    path: KeyPath


@dataclass
class Sources:
    """What segkit.yml says of sources. ``unknowable`` are those with a mistake in them.

    ``duckdb`` are by name those of which any table may be named; ``nodes`` are
    the tables that are listed.
    """

    nodes: list[Source] = field(default_factory=list)
    duckdb: dict[str, DuckDBSource] = field(default_factory=dict)
    columns: list[TableColumns] = field(default_factory=list)
    unknowable: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def read_sources(document: Document, directory: Path) -> Sources:
    """Return the sources; a mistake in one table does not hide those in the others."""
    reader = _Reader(document, directory)
    data = document.data.get("sources") if isinstance(document.data, dict) else None
    for i, source in enumerate(data if isinstance(data, list) else ()):
        reader.read(source, ("sources", i))
    return reader.found


class _Reader:
    def __init__(self, document: Document, directory: Path) -> None:
        self.document, self.directory = document, directory
        self.found = Sources()
        self.first: dict[str, tuple[SourceSpec, Place]] = {}

    def read(self, source: Any, at: KeyPath) -> None:
        tables = source.get("tables") if isinstance(source, dict) else None
        shallow = source
        if isinstance(tables, list):
            shallow = {**source, "tables": [_PLACEHOLDER] * len(tables)}
        spec, problems = validate(SourceSpec, shallow, self.document, at)
        self.found.problems += problems
        if spec is not None:
            self._check_name(spec, at)
            if spec.is_file:
                self._add_file(spec, at)
        elif isinstance(source, dict) and {"path", "dbt_project"} & source.keys():
            # who names a table of it is not wrong
            name = str(source.get("name"))
            place = self.document.place(at)
            self.found.duckdb[name] = DuckDBSource(name, None, "main", place)
        for j, table in enumerate(tables if isinstance(tables, list) else ()):
            self._table(spec, table, (*at, "tables", j))
            if isinstance(source, dict) and isinstance(table, dict):
                self.found.unknowable.add(f"{source.get('name')}.{table.get('name')}")

    def _check_name(self, spec: SourceSpec, at: KeyPath) -> None:
        if spec.name.lower() in _RESERVED_SCHEMAS:
            message = f"a source cannot be called `{spec.name}`: it is a schema of the target"
            self._wrong(message, (*at, "name"), "give it another name")
        place = self.document.place((*at, "name"))
        first, first_place = self.first.setdefault(spec.name.lower(), (spec, place))
        if first is not spec and (first.is_file or spec.is_file):  # lists of tables add up
            labels = (Label(first_place, "first here"), Label(place, "and again here"))
            message = f"two sources are called `{spec.name}`: which of them has a table?"
            self.found.problems.append(Problem("SK102", message, labels, help="rename one of them"))

    def _wrong(self, message: str, at: KeyPath, help: str) -> None:
        label = Label(self.document.place(at))
        self.found.problems.append(Problem("SK005", message, (label,), help=help))

    # a DuckDB file ------------------------------------------------------------

    def _add_file(self, spec: SourceSpec, at: KeyPath) -> None:
        key = "path" if spec.path is not None else "dbt_project"
        place = self.document.place((*at, key))
        written = spec.path if spec.path is not None else spec.dbt_project or ""
        path, problems = check_inside(written, self.directory, place, may_lead_out=True)
        self.found.problems += [] if (*at, key) in self.document.trapped else problems
        source = DuckDBSource(spec.name, None, spec.schema_ or "main", place, spec.description)
        if not problems:
            source = self._located(source, spec, path, at)
        self.found.duckdb[spec.name] = source

    def _located(
        self, source: DuckDBSource, spec: SourceSpec, path: Path, at: KeyPath
    ) -> DuckDBSource:
        """The source with its file, which is that of dbt's profile where it is a dbt project."""
        if spec.dbt_project is not None:
            target_place = self.document.place((*at, "dbt_target"))
            dbt = read_dbt_project(
                path, spec.dbt_project, source.place, spec.dbt_target, target_place
            )
            self.found.problems += dbt.problems
            self.found.secrets |= dbt.secrets
            return (
                replace(source, path=dbt.project.path, dbt=dbt.project) if dbt.project else source
            )
        if path.suffix.lower() in SUFFIXES:
            hint = "list it under `tables`: `- {name: customers, path: data/customers.csv}`"
            self._wrong("the `path` of a source is that of a DuckDB file", (*at, "path"), hint)
            return source
        return replace(source, path=path)

    # a table ------------------------------------------------------------------

    def _table(self, spec: SourceSpec | None, data: Any, at: KeyPath) -> None:
        table, problems = validate(SourceTableSpec, data, self.document, at)
        self.found.problems += problems
        if table is None:
            return
        path = self._data_file(table.path, (*at, "path")) if table.path is not None else None
        if spec is None:
            return
        node = Source(
            name=f"{spec.name}.{table.name}",
            schema=spec.name,
            table=table.name,
            place=self.document.place((*at, "name")),
            path=path,
            relation=table.relation,
            options=table.options,
            description=table.description or spec.description,
        )
        if spec.is_file:
            node = self._in_file(self.found.duckdb[spec.name], table, node, at)
        elif table.path is None and table.relation is None:
            hint = "write `path: data/customers.csv`, or `relation: raw.customers`"
            message = f"`{table.name}` needs `path` or `relation`, one of the two"
            self._wrong(message, at, hint)
        self.found.nodes.append(node)
        if table.columns:
            self.found.columns.append(
                TableColumns(node.name, tuple(table.columns), (*at, "columns"))
            )

    def _data_file(self, written: str, at: KeyPath) -> Path:
        place = self.document.place(at)
        path, problems = check_inside(written, self.directory, place, may_lead_out=True)
        if at not in self.document.trapped:
            self.found.problems += problems
            if not problems and path.suffix.lower() not in SUFFIXES:
                hint = f"its name ends in one of {', '.join(SUFFIXES)}"
                if path.suffix.lower() in (".duckdb", ".db"):
                    hint = "the `path` of a DuckDB file stands beside the source's name"
                self._wrong("that is no file of data by its name", at, hint)
        return path

    def _in_file(
        self, source: DuckDBSource, table: SourceTableSpec, node: Source, at: KeyPath
    ) -> Source:
        """The node of a table that is listed below a DuckDB file."""
        if table.path is not None:
            label = Label(self.document.key_place((*at, "path")))
            message = f"`{table.name}` has a `path`, and so has its source: it comes from one place"
            hint = "declare the file under a source of its own, without a `path`"
            if source.dbt is not None:
                message = f"`{table.name}` has a `path`, but its source is a dbt project"
            self.found.problems.append(Problem("SK005", message, (label,), help=hint))
            return replace(node, path=None)
        if source.path is None:
            return node
        if table.relation is not None:
            schema, _, name = table.relation.rpartition(".")
            foreign = ForeignRelation(source.path, schema or source.schema, name)
            return replace(node, relation=None, foreign=foreign)
        why = refusal(source, table.name)
        if why is not None:
            self.found.problems.append(why.at(node.place))
            return node
        meant = table_node(source, table.name, node.place)
        return replace(
            node, foreign=meant.foreign, description=table.description or meant.description
        )
