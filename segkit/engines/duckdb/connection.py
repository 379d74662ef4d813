"""DuckDB: every call to it, and what its errors mean."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb

from segkit.core.columns import Column, parse_type
from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB, Dialect
from segkit.engines.base import Loaded, RowFormat
from segkit.engines.duckdb.copied_rows import copied_rows
from segkit.engines.duckdb.data_files import load_file
from segkit.engines.duckdb.duckdb_errors import engine_error
from segkit.engines.duckdb.select_check import CATALOGUE_SQL, check_reads, select_tree
from segkit.engines.leftovers import spill_path
from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.files.file_columns import ColumnReading

# From the first moment on: a file of another kind, or a function that DuckDB does not
# have, would make it look for an extension on the disk and in the network.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
}
_LOCK_DOWN = (
    "SET python_enable_replacements = false",
    # DuckDB adds the attached files, their logs and the spill folder by itself.
    "SET allowed_directories = []",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_BATCH_ROWS = 10_000
MEMORY = "SEGKIT_MEMORY_LIMIT"  # 2GB for one
_judged_names: set[str] = set()
T = TypeVar("T")


class DuckDBEngine:
    """A ``Workbench`` that project SQL may run on once it is locked down.

    The connection is always one in memory; a file is attached to it. So files
    are opened in one way only, and the catalog's name is never the file's.
    """

    dialect: Dialect = DUCKDB

    def __init__(self, spill_directory: Path | None = None) -> None:
        self.spill_directory = spill_directory or spill_path()
        self._connection = duckdb.connect(":memory:", config=_CONFIG)
        # In a thread of its own, because DuckDB notices Ctrl-C only now and then in the main one.
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._is_locked = False
        self.execute("SET errors_as_json = true")  # the only exact position of an error
        # It is drawn on stdout, amid the rows. Where it is off it cannot always be set: DuckDB
        # refuses that in a notebook without ipywidgets.
        if self.query("SELECT current_setting('enable_progress_bar')") != [(False,)]:
            self.execute("SET enable_progress_bar = false")
        # A TIMESTAMPTZ has its date by the zone of the session: the same one on every machine.
        self.execute("SET TimeZone = 'UTC'")
        self.execute(f"SET temp_directory = {literal(str(self.spill_directory), self.dialect)}")
        self.execute(f"SET memory_limit = {literal(self._memory(), self.dialect)}")

    def _memory(self) -> str:
        """What may be held before it is spilled: as asked for, or half of what there is.

        DuckDB by itself takes four fifths, and Python learns beside it.
        """
        if asked := os.environ.get(MEMORY):
            return asked
        (most,) = self.query("SELECT current_setting('memory_limit')")[0]
        size, unit = most.split()
        return f"{float(size) * 5 / 8:.1f}{unit}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._worker.shutdown()
        self._connection.close()

    def query(
        self, sql: str, parameters: Sequence[Any] = (), *, before: str = ""
    ) -> list[tuple[Any, ...]]:
        """Run ``before + sql``; the positions of errors are those in ``sql``."""
        return self._result(self._worker.submit(self._fetch, before + sql, parameters), sql, before)

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, before: str = "") -> None:
        self.query(sql, parameters, before=before)

    def batches(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        def begin() -> list[tuple[Any, ...]]:
            return self._connection.execute(sql).fetchmany(_BATCH_ROWS)

        rows = self._result(self._worker.submit(begin), sql)
        while rows:
            yield rows
            more = self._worker.submit(self._connection.fetchmany, _BATCH_ROWS)
            rows = self._result(more, sql)

    def copied(self, select: str, form: RowFormat) -> Iterator[bytes]:
        return copied_rows(self.execute, select, form, self.spill_directory)

    @contextmanager
    def hold(self, name: str, select: str) -> Iterator[None]:
        self.execute(select, before=f"CREATE OR REPLACE TEMP TABLE {name} AS\n")
        try:
            yield
        finally:
            self.execute(f"DROP TABLE {name}")

    def columns(self, relation: str) -> tuple[Column, ...]:
        columns = self._describe("SELECT * FROM ", relation)
        if not any("VARCHAR" in column.type.sql for column in columns):
            return columns
        types = {
            name: parse_type(f"VARCHAR COLLATE {collation}")
            for name, collation in self._collations(relation).items()
        }
        return tuple(replace(c, type=types.get(c.name, c.type)) for c in columns)

    def columns_of_query(self, sql: str) -> tuple[Column, ...]:
        self.check_select(sql)
        return self._describe("", sql)

    def _describe(self, before: str, sql: str) -> tuple[Column, ...]:
        rows = self.query(sql, before=f"DESCRIBE {before}")
        names = self._worker.submit(self._names, before + sql).result()
        return tuple(
            Column(true if true.lower() == name.lower() else name, parse_type(type_))
            for (name, type_, *_), true in zip(rows, names or [row[0] for row in rows], strict=True)
        )

    def _names(self, select: str) -> list[str] | None:
        """Columns as a client gets them: of ``"Age" AS age`` DESCRIBE says ``Age``.

        None where the SELECT cannot stand in another one.
        """
        inner = select.rstrip().rstrip(";")
        try:
            found = self._connection.execute(f"SELECT * FROM (\n{inner}\n) LIMIT 0")
            names = [name for name, *_ in found.description or ()]
            found.fetchall()
        except duckdb.Error:
            return None
        return names

    def _collations(self, relation: str) -> dict[str, str]:
        """How texts are compared, by column, where not as they are; DESCRIBE does not tell."""
        select = f"SELECT * FROM {relation}"
        found = self.query("SELECT json_serialize_plan($1, skip_default := true)", (select,))
        if '"collation"' not in found[0][0]:
            return {}
        items = json.loads(found[0][0])["plans"][0]["expressions"]
        types = {item["alias"]: item["return_type"].get("type_info") or {} for item in items}
        return {name: info["collation"] for name, info in types.items() if info.get("collation")}

    def view_text(self, view: str) -> str | None:
        name = view[1:-1].replace('""', '"') if view.startswith('"') else view
        found = self.query(
            "SELECT sql FROM duckdb_views() WHERE NOT internal AND view_name = $1"
            " AND database_name IN (current_database(), 'temp')",
            (name,),
        )
        return str(found[0][0]).partition(" AS ")[2] if len(found) == 1 else None

    def exists(self, schema: str, name: str) -> bool:
        return self._relation_type(schema, name) is not None

    def relations(self) -> list[str]:
        rows = self.query(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
            " AND schema_name = 'main' UNION ALL SELECT view_name FROM duckdb_views() WHERE"
            " database_name = current_database() AND schema_name = 'main' AND NOT internal"
        )
        return sorted(name for (name,) in rows if not name.startswith("_segkit"))

    def _relation_type(self, schema: str, name: str) -> str | None:
        rows = self.query(
            "SELECT 'table' FROM duckdb_tables() WHERE database_name = current_database()"
            " AND lower(schema_name) = lower($1) AND lower(table_name) = lower($2)"
            " UNION ALL SELECT 'view' FROM duckdb_views() WHERE database_name = current_database()"
            " AND lower(schema_name) = lower($1) AND lower(view_name) = lower($2)",
            (schema, name),
        )
        return rows[0][0] if rows else None

    def check_select(self, sql: str) -> None:
        """Refuse everything but one SELECT that only reads, and only the database.

        Locks the connection down: from here on it runs what others wrote.
        """
        self.lock_down()  # what is bound may be read
        # A cursor of its own: an error must not abort the transaction of a build.
        with self._connection.cursor() as cursor:
            tree = select_tree(cursor, sql)
        check_reads(sql, tree, self._plan, self._judged())

    def _plan(self, sql: str) -> str:
        # It sees what the transaction has made, and its errors are values: they abort nothing.
        return str(self.query("SELECT json_serialize_plan($1, skip_default := true)", (sql,))[0][0])

    def _judged(self) -> frozenset[str]:
        if not _judged_names:  # the same in every connection of a process
            _judged_names.update(name for (name,) in self.query(CATALOGUE_SQL))
        return frozenset(_judged_names)

    def load_file(
        self,
        path: Path,
        relation: str,
        options: FileOptions = NOTHING_SAID,
        kept: Sequence[ColumnReading] = (),
    ) -> Loaded:
        """Make a table of a file of data; return its number of rows, and how it was read.

        Works before ``lock_down`` only. See ``data_files.load_file`` for the types.

        Raises ConfigError: SK106, with the line where there is one; SK108 for what has to be asked.
        """
        return load_file(self.query, self.query_aside, path, relation, options, kept)

    def lock_down(self) -> None:
        """From here on nothing outside is read or written, and no setting changed."""
        if not self._is_locked:
            for statement in _LOCK_DOWN:
                self.execute(statement)
            self._is_locked = True

    def _result(self, future: Future[T], sql: str, before: str = "") -> T:
        try:
            return future.result()
        except (duckdb.Error, MemoryError) as error:
            raise engine_error(error, sql, before) from None
        except KeyboardInterrupt:
            # Again and again: an interrupt before the query has begun is forgotten.
            while not future.done():
                self._connection.interrupt()
                wait((future,), timeout=0.01)
            raise

    def query_aside(self, sql: str) -> list[tuple[Any, ...]]:
        """Run on a cursor of its own: an error must not abort the transaction of a build."""
        with self._connection.cursor() as cursor:
            try:
                return cursor.execute(sql).fetchall()
            except (duckdb.Error, MemoryError) as error:
                raise engine_error(error, sql) from None

    def _fetch(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        # An unread result blocks the next statement: always fetch all.
        return self._connection.execute(sql, list(parameters)).fetchall()
