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
from segkit.engines.duckdb.data_files import file_state, files_of
from segkit.engines.duckdb.foreign_files import copy_relation
from segkit.engines.duckdb.history_copies import restore_history
from segkit.engines.duckdb.swap import TARGET
from segkit.engines.locks import Patience
from segkit.engines.record import OwnRecord
from segkit.engines.registered import HISTORY, READING, SELF, Registered, fold, note_name, notes
from segkit.errors import EngineError, Problem, PublishError
from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.files.kept import Kept
from segkit.project.nodes import ForeignRelation

PREVIOUS = "segkit_previous"

Mode = Literal["renamed", "in place"]


class DuckDBRelations(OwnRecord, DuckDBEngine):
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
        self._broken: EngineError | None = None  # the first thing asked can fail, too
        super().__init__(spill_directory=spill_directory)
        self.path = path
        self.project = project
        self.mode: Mode = mode
        self.previously = tuple(previously)
        self._patience = patience
        self._has_previous = False
        self._rows = {}  # written when all is made
        self._found_previously: (
            tuple[Sequence[Registered], Mapping[tuple[str, str], str]] | None
        ) = None
        self._run_number = 1
        self._is_atomic = mode == "in place"  # or in a block of ``atomic``

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
        rows = dict(self._rows)
        try:
            self.execute("BEGIN")
            yield
            self.execute("COMMIT")
        except BaseException:
            self._rows = rows
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
        self, schema: str, name: str, path: Path, node: str, options: FileOptions = NOTHING_SAID
    ) -> Loaded:
        now = file_state(path)
        last = Kept.from_text(notes(self.previously, self.project, READING).get(node, ""), options)
        if last is not None and now is not None and last.contents == now.contents:
            rows = self._take_again(schema, name, node, last.table)
            if rows is not None:
                self._note_reading(node, last)
                return Loaded(rows, last.reading)
        columns = () if last is None else last.reading.columns
        with self._made("table", schema, name, node) as relation:
            loaded = self.load_file(path, relation, options, columns)
            if loaded.reading is not None and now is not None and now.is_of(files_of(path)):
                table = self._fingerprint(relation)[1]
                self._note_reading(node, Kept.of(options, now, table, loaded.reading))
            return loaded

    def _note_reading(self, node: str, kept: Kept) -> None:
        self.register("", note_name(READING, node), READING, kept.text())

    def _take_again(self, schema: str, name: str, node: str, fingerprint: str) -> int | None:
        """Have the table of the last build, and return its rows; None if it is not as it was."""
        here = self._relation_type(schema, name)
        if here is None and not self._has_previous:
            return None
        found = registry.tables_and_views(self.query, TARGET if here else PREVIOUS)
        mine = {row.folded for row in self.previously if row.type == "table" and row.node == node}
        if fold(schema, name) not in mine or found.get(fold(schema, name)) != "table":
            return None
        there = f"{TARGET if here else PREVIOUS}.{relation_sql(name, schema, self.dialect)}"
        rows, found_now = self._fingerprint(there)
        if found_now != fingerprint:
            return None
        if here:
            self.register(schema, name, "table", node)
        else:
            with self._made("table", schema, name, node) as relation:
                self.execute(f"CREATE TABLE {relation} AS FROM {there}")
        return rows

    def _fingerprint(self, relation: str) -> tuple[int, str]:
        """How many rows the table has, and a text that another table has not.

        ``hash`` is DuckDB's, the same in every process; where a release has another one, the
        texts differ and the file is read again.
        """
        columns = ", ".join(f"{c.name} {c.type.sql}" for c in self.columns(relation))
        select = (
            f"SELECT count(*), coalesce(sum(hash(segkit_row)), 0) FROM {relation} AS segkit_row"
        )
        n, hashed = self.query(select)[0]
        return n, f"{n} {hashed} {columns}"

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

    def drop_ours(self, schema: str, name: str) -> None:
        """Drop the relation if it is there. SK603 if it is not ours."""
        with self.atomic():
            type_ = self._relation_type(schema, name)
            if type_ is not None:
                if not self._is_ours(schema, name, type_):
                    raise self._not_ours(schema, name)
                self.execute(f"DROP {type_.upper()} {relation_sql(name, schema, self.dialect)}")
            self.unregister(schema, name)

    def _is_ours(self, schema: str, name: str, type_: str) -> bool:
        """Whether it is the relation on record: somebody may have put another in its place."""
        row = self._rows.get(fold(schema, name))
        return row is not None and row.type != SELF and (row.type == "view") == (type_ == "view")

    def carry_table(self, name: str) -> bool:
        if self._relation_type("main", name) is not None:
            row = self._rows.get(fold("main", name))
            if row is None or row.type == SELF:
                raise self._not_ours("main", name)
            return True
        if not self._has_previous:
            return False
        rows, there = self._previous()
        row = next((r for r in rows if r.folded == fold("main", name) and r.type != "view"), None)
        if row is None or fold("main", name) not in there:
            return False
        table = relation_sql(row.name, "main", self.dialect)
        with self.atomic():
            self.execute(f"CREATE TABLE {table} AS SELECT * FROM {PREVIOUS}.{table}")
            self.register("main", row.name, row.type, row.node)
        return True

    def restore_history(self, node: str, folder: Path, shown: str) -> bool:
        return restore_history(self, node, self.project, folder, shown)

    def _previous(self) -> tuple[Sequence[Registered], Mapping[tuple[str, str], str]]:
        """What is on record of the previous state and what is there; it changes no more."""
        if self._found_previously is None:
            rows = registry.read_registry(self.query, PREVIOUS) or ()
            self._found_previously = rows, registry.tables_and_views(self.query, PREVIOUS)
        return self._found_previously

    def published_columns(self, schema: str, name: str) -> tuple[str, ...]:
        catalog = PREVIOUS if self._has_previous else TARGET
        rows = self.query(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = $1"
            " AND lower(schema_name) = lower($2) AND lower(table_name) = lower($3)"
            " ORDER BY column_index",
            (catalog, schema, name),
        )
        return tuple(column for (column,) in rows)

    def carry_histories(self) -> tuple[str, ...]:
        if self._has_previous:
            for row in self._previous()[0]:
                if row.type == HISTORY:
                    self.carry_table(row.name)
        return tuple(sorted({row.node for row in self.registered() if row.type == HISTORY}))

    def _not_ours(self, schema: str, name: str) -> PublishError:
        return PublishError(
            Problem(
                "SK603",
                f"{self.path.name} has a relation {schema}.{name} that segkit did not make",
                help="rename one of the two, or set another `path:` for the target",
            )
        )
