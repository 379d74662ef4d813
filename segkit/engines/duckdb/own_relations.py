"""Relations that segkit makes in a file, and the record of which are its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import duckdb

from segkit.dialects.spelling import identifier
from segkit.dialects.spelling import relation as relation_sql
from segkit.engines.base import Loaded
from segkit.engines.duckdb import registry
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.foreign_files import copy_relation
from segkit.engines.duckdb.swap import TARGET
from segkit.engines.locks import Patience
from segkit.engines.registered import (
    FOLDER,
    HISTORY,
    SELF,
    STATE,
    Registered,
    fold,
    state_row,
    states,
)
from segkit.errors import EngineError, Problem, PublishError
from segkit.files.options import NOTHING_SAID, FileOptions
from segkit.project.nodes import ForeignRelation

PREVIOUS = "segkit_previous"

Mode = Literal["renamed", "in place"]


class DuckDBRelations(DuckDBEngine):
    """What a ``Publisher`` does in a file. Each relation is put on record as it is made.

    ``mode``: each statement stands for itself, or all are in one transaction that is open.
    """

    def __init__(
        self,
        path: Path,
        project: str,
        mode: Mode,
        previously: Sequence[Registered],
        patience: Patience,
        spill_directory: Path,
    ) -> None:
        super().__init__(spill_directory=spill_directory)
        self.path = path
        self.project = project
        self.mode: Mode = mode
        self.previously = tuple(previously)
        self.dropped: tuple[Registered, ...] = ()
        self._patience = patience
        self._has_previous = False
        self._run_number = 1
        self._is_atomic = mode == "in place"  # or in a block of ``atomic``
        self._broken: EngineError | None = None

    def query(self, sql: str, parameters: Any = (), *, before: str = "") -> list[tuple[Any, ...]]:
        try:
            return super().query(sql, parameters, before=before)
        except EngineError as error:
            self._broken = self._broken or error
            raise

    @contextmanager
    def atomic(self) -> Iterator[None]:
        if self._is_atomic:
            yield
            return
        self._is_atomic = True
        try:
            self.execute("BEGIN")
            yield
            self.execute("COMMIT")
        except BaseException:
            self._rollback()
            raise
        finally:
            self._is_atomic = False

    def _rollback(self) -> None:
        # There is nothing to roll back where BEGIN or COMMIT itself failed.
        with suppress(duckdb.Error):
            self._connection.execute("ROLLBACK")

    def create_table(self, schema: str, name: str, select_sql: str, node: str) -> None:
        self._create("table", schema, name, select_sql, node)

    def create_view(self, schema: str, name: str, select_sql: str, node: str) -> None:
        self._create("view", schema, name, select_sql, node)

    def _create(self, type_: str, schema: str, name: str, select_sql: str, node: str) -> None:
        self.check_select(select_sql)
        with self._made(type_, schema, name, node) as relation:
            self.execute(select_sql, before=f"CREATE {type_.upper()} {relation} AS\n")

    def load_source(
        self,
        schema: str,
        name: str,
        path: Path,
        node: str,
        options: FileOptions = NOTHING_SAID,
    ) -> Loaded:
        with self._made("table", schema, name, node) as relation:
            return self.load_file(path, relation, options)

    def copy_source(self, schema: str, name: str, source: ForeignRelation, node: str) -> int:
        with self._made("table", schema, name, node) as into:
            return copy_relation(
                self, source.path, source.schema, source.name, into, self._patience
            )

    @contextmanager
    def _made(self, type_: str, schema: str, name: str, node: str) -> Iterator[str]:
        """Room for a relation that the block makes, as SQL; it is on record then."""
        with self.atomic():
            self.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema, self.dialect)}")
            self.drop_ours(schema, name)
            yield relation_sql(name, schema, self.dialect)
            self.register(schema, name, type_, node)

    def run_ddl(self, sql: str) -> None:
        self.execute(sql)

    def register(self, schema: str, name: str, type_: str, node: str) -> None:
        with self.atomic():
            self.execute(registry.DELETE_SQL, (self.project, schema, name))
            row = (self.project, schema, name, type_, node, self._run_number)
            self.execute(registry.INSERT_SQL, row)

    def registered(self) -> tuple[Registered, ...]:
        """This project's relations, the registry itself left out."""
        rows = registry.read_registry(self.query, TARGET) or ()
        return tuple(r for r in rows if r.project == self.project and r.type != SELF)

    def drop_ours(self, schema: str, name: str) -> None:
        """Drop the relation if it is there. SK603 if it is not ours."""
        with self.atomic():
            type_ = self._relation_type(schema, name)
            if type_ is not None:
                if not self._is_ours(schema, name, type_):
                    raise self._not_ours(schema, name)
                self.execute(f"DROP {type_.upper()} {relation_sql(name, schema, self.dialect)}")
            self.execute(registry.DELETE_SQL, (self.project, schema, name))

    def _is_ours(self, schema: str, name: str, type_: str) -> bool:
        """Whether it is the relation on record: somebody may have put another in its place."""
        rows = {row.folded: row for row in self.registered()}
        row = rows.get(fold(schema, name))
        return row is not None and (row.type == "view") == (type_ == "view")

    def drop_stale(self, keep: set[tuple[str, str]]) -> None:
        kept = {fold(*name) for name in keep}
        for row in self.registered():
            if row.folded not in kept and row.is_dropped_when_stale:
                self.drop_ours(row.schema, row.name)
        self.dropped = tuple(row for row in self.shown_previously() if row.folded not in kept)

    def shown_previously(self) -> tuple[Registered, ...]:
        return tuple(row for row in self.previously if row.is_dropped_when_stale)

    def histories_of(self, node: str) -> tuple[str, ...]:
        return tuple(r.name for r in self.previously if r.type == HISTORY and r.node == node)

    def folders_previously(self) -> tuple[str, ...]:
        return tuple(row.name for row in self.previously if row.type == FOLDER)

    def note_state(self, node: str, state: str) -> None:
        self.register("", state_row(node), STATE, state)

    def noted_states(self) -> Mapping[str, str]:
        return states(self.registered(), self.project)

    def note_folders(self, folders: Sequence[str]) -> None:
        for row in self.registered():
            if row.type == FOLDER:
                self.execute(registry.DELETE_SQL, (self.project, row.schema, row.name))
        for folder in folders:
            self.register("", folder, FOLDER, "")

    def carry_table(self, name: str) -> bool:
        if self._relation_type("main", name) is not None:
            if fold("main", name) not in {row.folded for row in self.registered()}:
                raise self._not_ours("main", name)
            return True
        if not self._has_previous:
            return False
        rows = registry.read_registry(self.query, PREVIOUS) or ()
        row = next((r for r in rows if r.folded == fold("main", name) and r.type != "view"), None)
        if row is None or fold("main", name) not in registry.relations(self.query, PREVIOUS):
            return False
        table = relation_sql(row.name, "main", self.dialect)
        with self.atomic():
            self.execute(f"CREATE TABLE {table} AS SELECT * FROM {PREVIOUS}.{table}")
            self.register("main", row.name, row.type, row.node)
        return True

    def published_columns(self, schema: str, name: str) -> tuple[str, ...]:
        catalog = PREVIOUS if self._has_previous else TARGET
        rows = self.query(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = $1"
            " AND lower(schema_name) = lower($2) AND lower(table_name) = lower($3)"
            " ORDER BY column_index",
            (catalog, schema, name),
        )
        return tuple(column for (column,) in rows)

    def carry_histories(self) -> None:
        if self._has_previous:
            for row in registry.read_registry(self.query, PREVIOUS) or ():
                if row.type == HISTORY:
                    self.carry_table(row.name)

    def _not_ours(self, schema: str, name: str) -> PublishError:
        return PublishError(
            Problem(
                "SK603",
                f"{self.path.name} has a relation {schema}.{name} that segkit did not make",
                help="rename one of the two, or set another `path:` for the target",
            )
        )
