"""The sources in segkit.yml: tables that are listed, and DuckDB files with all that is in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from segkit.errors import Label, Place
from segkit.files.file_kinds import SUFFIXES
from segkit.project.nodes import DuckDBSource, ForeignRelation, Source
from segkit.project.project_files import check_inside
from segkit.project.schema.column_words import ColumnSpec
from segkit.project.schema.documents import SourceSpec, SourceTableSpec
from segkit.project.sources.dbt import read_dbt_project
from segkit.project.sources.foreign_relations import refusal, table_node
from segkit.project.yaml.marks import Entry
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
    entry: Entry


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


def read_sources(document: Entry, directory: Path, *, one_schema: bool) -> Sources:
    """Return the sources; a mistake in one table does not hide those in the others.

    ``one_schema``: all that is published lies in the target's own; see ``Source``.
    """
    reader = _Reader(directory, one_schema)
    for source in document.at("sources").items():
        reader.read(source)
    return reader.found


class _Reader:
    def __init__(self, directory: Path, one_schema: bool) -> None:
        self.directory, self.one_schema = directory, one_schema
        self.found = Sources()
        self.first: dict[str, tuple[SourceSpec, Place]] = {}

    def read(self, entry: Entry) -> None:
        source, tables = entry.value, entry.at("tables").items()
        shallow = {**source, "tables": [_PLACEHOLDER] * len(tables)} if tables else source
        spec = validate(SourceSpec, shallow, entry)
        if spec is not None:
            self._check_name(spec, entry)
            if spec.is_file:
                self._add_file(spec, entry)
        elif isinstance(source, dict) and {"path", "dbt_project"} & source.keys():
            # who names a table of it is not wrong
            name = str(source.get("name"))
            self.found.duckdb[name] = DuckDBSource(name, None, "main", entry.place())
        for table in tables:
            self._table(spec, table)
            if isinstance(table.value, dict):
                self.found.unknowable.add(f"{source.get('name')}.{table.value.get('name')}")

    def _check_name(self, spec: SourceSpec, entry: Entry) -> None:
        place = entry.place("name")
        if spec.name.lower() in _RESERVED_SCHEMAS:
            message = f"a source cannot be called `{spec.name}`: it is a schema of the target"
            entry.report("SK005", message, place, help="give it another name")
        first, first_place = self.first.setdefault(spec.name.lower(), (spec, place))
        if first is not spec and (first.is_file or spec.is_file):  # lists of tables add up
            labels = (Label(first_place, "first here"), Label(place, "and again here"))
            message = f"two sources are called `{spec.name}`: which of them has a table?"
            entry.report("SK102", message, *labels, help="rename one of them")

    # a DuckDB file ------------------------------------------------------------

    def _add_file(self, spec: SourceSpec, entry: Entry) -> None:
        at = entry.at("path" if spec.path is not None else "dbt_project")
        written = spec.path if spec.path is not None else spec.dbt_project or ""
        path, problems = check_inside(written, self.directory, at.place(), may_lead_out=True)
        entry.problems.extend([] if at.path in at.document.trapped else problems)
        schema = spec.schema_ or "main"
        source = DuckDBSource(
            spec.name, None, schema, at.place(), spec.description, one_schema=self.one_schema
        )
        if not problems:
            source = self._located(source, spec, path, entry)
        self.found.duckdb[spec.name] = source

    def _located(
        self, source: DuckDBSource, spec: SourceSpec, path: Path, entry: Entry
    ) -> DuckDBSource:
        """The source with its file, which is that of dbt's profile where it is a dbt project."""
        if spec.dbt_project is not None:
            dbt, secrets = read_dbt_project(path, spec, entry)
            self.found.secrets |= secrets
            return source if dbt is None else replace(source, path=dbt.path, dbt=dbt)
        if path.suffix.lower() in SUFFIXES:
            message = "the `path` of a source is that of a DuckDB file"
            hint = "list it under `tables`: `- {name: customers, path: data/customers.csv}`"
            entry.report("SK005", message, entry.place("path"), help=hint)
            return source
        return replace(source, path=path)

    # a table ------------------------------------------------------------------

    def _table(self, spec: SourceSpec | None, entry: Entry) -> None:
        table = validate(SourceTableSpec, entry.value, entry)
        if table is None:
            return
        path = self._data_file(table.path, entry.at("path")) if table.path is not None else None
        if spec is None:
            return
        node = Source(
            name=f"{spec.name}.{table.name}",
            schema=spec.name,
            table=table.name,
            place=entry.place("name"),
            path=path,
            relation=table.relation,
            options=table.options,
            description=table.description or spec.description,
            one_schema=self.one_schema,
        )
        if spec.is_file:
            node = self._in_file(self.found.duckdb[spec.name], table, node, entry)
        elif table.path is None and table.relation is None:
            hint = "write `path: data/customers.csv`, or `relation: raw.customers`"
            message = f"`{table.name}` needs `path` or `relation`, one of the two"
            entry.report("SK005", message, entry.place(), help=hint)
        self.found.nodes.append(node)
        if table.columns:
            columns = TableColumns(node.name, tuple(table.columns), entry.at("columns"))
            self.found.columns.append(columns)

    def _data_file(self, written: str, entry: Entry) -> Path:
        path, problems = check_inside(written, self.directory, entry.place(), may_lead_out=True)
        if entry.path not in entry.document.trapped:
            entry.problems.extend(problems)
            if not problems and path.suffix.lower() not in SUFFIXES:
                hint = f"its name ends in one of {', '.join(SUFFIXES)}"
                if path.suffix.lower() in (".duckdb", ".db"):
                    hint = "the `path` of a DuckDB file stands beside the source's name"
                message = "segkit reads no files of this kind"
                entry.report("SK005", message, entry.place(), help=hint)
        return path

    def _in_file(
        self, source: DuckDBSource, table: SourceTableSpec, node: Source, entry: Entry
    ) -> Source:
        """The node of a table that is listed below a DuckDB file."""
        if table.path is not None:
            message = f"`{table.name}` has a `path`, and so has its source: it comes from one place"
            hint = "declare the file under a source of its own, without a `path`"
            if source.dbt is not None:
                message = f"`{table.name}` has a `path`, but its source is a dbt project"
            entry.report("SK005", message, entry.key_place("path"), help=hint)
            return replace(node, path=None)
        if source.path is None:
            return node
        if table.relation is not None:
            schema, _, name = table.relation.rpartition(".")
            foreign = ForeignRelation(source.path, schema or source.schema, name)
            return replace(node, relation=None, foreign=foreign)
        why = refusal(source, table.name)
        if why is not None:
            entry.problems.append(why.at(node.place))
            return node
        meant = table_node(source, table.name, node.place)
        return replace(
            node, foreign=meant.foreign, description=table.description or meant.description
        )
