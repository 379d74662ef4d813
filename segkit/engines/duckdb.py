"""DuckDB: every call to it, and what its errors mean."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import duckdb

from segkit.core.columns import Column, parse_type
from segkit.core.dialect import literal
from segkit.engines import files
from segkit.errors import EngineError, Problem

# What a SELECT may be made of. Others (INSERT_QUERY_NODE ...) write, also from inside a CTE.
_SELECT_NODES = frozenset(
    ("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE", "EMPTY_NODE")
)
# Table functions that run statements of their own, out of sight of the check.
_REFUSED_FUNCTIONS = frozenset(("json_execute_serialized_sql", "checkpoint", "force_checkpoint"))
# In a JSON string a quote is escaped, so text in a literal cannot look like these.
_NODE = re.compile(r'"type":"([A-Z_]+_NODE)"')
_FUNCTION = re.compile(r'"function_name":"([^"\\]*)"')
_DAMAGED = re.compile(r"corrupt|checksum|not a valid DuckDB database", re.IGNORECASE)
_LOCK_DOWN = (
    "SET python_enable_replacements = false",
    # DuckDB adds the attached files, their logs and the spill folder by itself.
    "SET allowed_directories = []",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_BATCH_ROWS = 10_000
_spill_numbers = count(1)
T = TypeVar("T")


class DuckDBEngine:
    """A DuckDB connection that project SQL may run on once it is locked down.

    The connection is always one in memory; a file is attached to it. So files
    are opened in one way only, and the catalog's name is never the file's.
    """

    dialect = "duckdb"

    def __init__(self, spill_directory: Path | None = None) -> None:
        self.spill_directory = spill_directory or (
            Path(tempfile.gettempdir()) / f"segkit-{os.getpid()}-{next(_spill_numbers)}.tmp"
        )
        self._connection = duckdb.connect(":memory:")
        # In a thread of its own, because DuckDB notices Ctrl-C only now and then in the main one.
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._is_locked = False
        self._run("SET errors_as_json = true")  # the only exact position of an error
        self._run("SET enable_progress_bar = false")  # it is drawn on stdout, amid the rows
        # A TIMESTAMPTZ has its date by the zone of the session: the same one on every machine.
        self._run("SET TimeZone = 'UTC'")
        self._run(f"SET temp_directory = {literal(str(self.spill_directory))}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._worker.shutdown()
        self._connection.close()

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a SELECT, all of them."""
        return self._run(sql, parameters)

    def batches(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of a SELECT, some thousands at a time: for more than should lie in memory.

        Nothing else may run on the connection until the last were taken.
        """

        def begin() -> list[tuple[Any, ...]]:
            return self._connection.execute(sql).fetchmany(_BATCH_ROWS)

        rows = self._result(self._worker.submit(begin), sql)
        while rows:
            yield rows
            more = self._worker.submit(self._connection.fetchmany, _BATCH_ROWS)
            rows = self._result(more, sql)

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, before: str = "") -> None:
        """Run ``before + sql``; the positions of errors are those in ``sql``."""
        self._run(sql, parameters, before=before)

    def columns(self, relation: str) -> tuple[Column, ...]:
        """Columns of a table or view, in order."""
        columns = self._describe("SELECT * FROM ", relation)
        types = {
            name: parse_type(f"VARCHAR COLLATE {collation}")
            for name, collation in self._collations(relation).items()
        }
        return tuple(replace(c, type=types.get(c.name, c.type)) for c in columns)

    def columns_of_query(self, sql: str) -> tuple[Column, ...]:
        """Columns that a SELECT returns, without running it. Refuses what is not a SELECT."""
        self.check_select(sql)
        return self._describe("", sql)

    def _describe(self, before: str, sql: str) -> tuple[Column, ...]:
        rows = self._run(sql, before=f"DESCRIBE {before}")
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
        found = self._run("SELECT json_serialize_plan($1, skip_default := true)", (select,))
        if '"collation"' not in found[0][0]:
            return {}
        items = json.loads(found[0][0])["plans"][0]["expressions"]
        types = {item["alias"]: item["return_type"].get("type_info") or {} for item in items}
        return {name: info["collation"] for name, info in types.items() if info.get("collation")}

    def exists(self, schema: str, name: str) -> bool:
        """True if there is a table or view of that name, whatever its case."""
        return self._relation_type(schema, name) is not None

    def relations(self) -> list[str]:
        """Names of the tables and views in ``main``, segkit's own registry left out."""
        rows = self._run(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
            " AND schema_name = 'main' UNION ALL SELECT view_name FROM duckdb_views() WHERE"
            " database_name = current_database() AND schema_name = 'main' AND NOT internal"
        )
        return sorted(name for (name,) in rows if not name.startswith("_segkit"))

    def _relation_type(self, schema: str, name: str) -> str | None:
        rows = self._run(
            "SELECT 'table' FROM duckdb_tables() WHERE database_name = current_database()"
            " AND lower(schema_name) = lower($1) AND lower(table_name) = lower($2)"
            " UNION ALL SELECT 'view' FROM duckdb_views() WHERE database_name = current_database()"
            " AND lower(schema_name) = lower($1) AND lower(view_name) = lower($2)",
            (schema, name),
        )
        return rows[0][0] if rows else None

    def check_select(self, sql: str) -> None:
        """Refuse everything but one SELECT that only reads.

        Raises
        ------
        EngineError
            SK403 for several statements, none, a statement that is not a
            SELECT, or one that writes in a CTE; SK404 if it does not parse.
        """
        # A cursor of its own: an error must not abort the transaction of a build.
        with self._connection.cursor() as cursor:
            try:
                statements = cursor.extract_statements(sql)
            except duckdb.Error as error:
                # Only the serializer tells where it stopped.
                details = cursor.execute("SELECT json_serialize_sql($1)", (sql,)).fetchall()[0][0]
                raise engine_error(error, sql, details=details) from None
            if len(statements) != 1:
                found = "none" if not statements else f"{len(statements)} statements"
                at = _start_of_second(sql, statements[0].query) if statements else (1, 1)
                raise _not_a_select(sql, f"expected one SELECT, found {found}", at)
            statement = statements[0]
            start = _place_in(sql, sql.find(statement.query.strip()))
            if statement.type != duckdb.StatementType.SELECT:
                kind = sql.split(maxsplit=1)[0].upper() if sql.split() else "nothing"
                if statement.type == duckdb.StatementType.MULTI:
                    message = f"{kind} without a list of values is not a SELECT"
                    raise _not_a_select(sql, message, start)
                message = f"expected a SELECT, found a statement of type {statement.type.name}"
                raise _not_a_select(sql, message, start)
            if statement.named_parameters:
                message = "a SELECT with placeholders has no values for them"
                raise _not_a_select(sql, message, start)
            tree = cursor.execute("SELECT json_serialize_sql($1)", (sql,)).fetchall()[0][0]
        _check_nodes(sql, tree, start)

    def load_file(self, path: Path, relation: str) -> int:
        """Make a table of a CSV or Parquet file; return its number of rows.

        Works before ``lock_down`` only. See ``files.select_sql`` for the types.

        Raises
        ------
        ConfigError
            SK106, with the line where there is one.
        """
        select = files.select_sql(self.query_aside, path)
        self._run(select.sql, before=f"CREATE TABLE {relation} AS\n")
        rows: int = self._run(f"SELECT count(*) FROM {relation}")[0][0]
        files.check_count(path, select, rows)
        return rows

    def lock_down(self) -> None:
        """From here on nothing outside the database is read or written, and no setting changed."""
        if not self._is_locked:
            for statement in _LOCK_DOWN:
                self._run(statement)
            self._is_locked = True

    def _run(
        self, sql: str, parameters: Sequence[Any] = (), *, before: str = ""
    ) -> list[tuple[Any, ...]]:
        """Run ``before + sql``; the positions of errors are those in ``sql``."""
        return self._result(self._worker.submit(self._fetch, before + sql, parameters), sql, before)

    def _result(self, future: Future[T], sql: str, before: str = "") -> T:
        try:
            return future.result()
        except duckdb.Error as error:
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
            except duckdb.Error as error:
                raise engine_error(error, sql) from None

    def _fetch(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        # An unread result blocks the next statement: always fetch all.
        return self._connection.execute(sql, list(parameters)).fetchall()


def open_scratch() -> DuckDBEngine:
    """Return an empty database in memory, to bind and type-check a project in."""
    return DuckDBEngine()


def engine_error(
    error: duckdb.Error, sql: str, before: str = "", details: str | None = None
) -> EngineError:
    """Return the error as SK404 (SK601 for a damaged file) with its place in ``sql``."""
    message, offset = _parse_error(details or str(error))
    code = "SK601" if _DAMAGED.search(message) else "SK404"
    position = None
    if offset is not None:
        position = _line_and_column(sql, offset - len(before.encode()))
    return EngineError(Problem(code, message), sql=sql, position=position)


def _parse_error(text: str) -> tuple[str, int | None]:
    """Message on one line, and the offset in bytes that the error points at."""
    _, brace, rest = text.partition("{")
    try:
        details = json.loads(brace + rest)
    except ValueError:
        message = re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", text.split("\n\nLINE ")[0])
        return _one_line(message), None
    position = details.get("position")
    message = details.get("exception_message") or details.get("error_message") or text
    message = _one_line(str(message))
    return message, None if position is None else int(position)


def _one_line(message: str) -> str:
    # a list of every overload of + helps nobody
    return " ".join(message.split()).partition(" Candidate functions: ")[0][:600]


def _line_and_column(sql: str, offset: int) -> tuple[int, int] | None:
    data = sql.encode()
    if not 0 <= offset <= len(data):
        return None
    return _place_in(sql, len(data[:offset].decode(errors="replace")))


def _place_in(sql: str, index: int) -> tuple[int, int]:
    """(line, column) of a character; of the first one where ``index`` is -1."""
    before = sql[: max(index, 0)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _start_of_second(sql: str, first: str) -> tuple[int, int]:
    rest = sql.find(first.strip()) + len(first.strip())
    return _place_in(sql, len(sql) - len(sql[rest:].lstrip("; \t\n")))


def _not_a_select(sql: str, message: str, position: tuple[int, int] | None = None) -> EngineError:
    problem = Problem("SK403", message, help="write one SELECT; segkit makes the table or view")
    return EngineError(problem, sql=sql, position=position)


def _check_nodes(sql: str, tree: str, start: tuple[int, int]) -> None:
    if tree.startswith('{"error":true'):
        raise _not_a_select(sql, str(json.loads(tree).get("error_message")), start)
    for node in _NODE.findall(tree):
        if node not in _SELECT_NODES:
            verb = node.removesuffix("_NODE").removesuffix("_QUERY").replace("_", " ")
            raise _not_a_select(sql, f"a SELECT that writes: it contains {verb}", start)
    for name in _FUNCTION.findall(tree):
        if name.lower() in _REFUSED_FUNCTIONS:
            message = f"the function {name} runs statements and is not allowed"
            raise _not_a_select(sql, message, start)
