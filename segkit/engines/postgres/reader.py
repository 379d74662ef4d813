"""A connection to PostgreSQL that reads.

Rows stay on the server. Whatever stands in for a relation is a CTE before each query,
so nothing is ever written, and one snapshot is read from the first query to the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, Self

from segkit.core.columns import Column, ColumnType, Kind, parse_type
from segkit.dialects.spelling import identifier, literal, relation
from segkit.dialects.table import POSTGRES, Dialect
from segkit.engines.base import RowFormat
from segkit.engines.postgres.connection import SETTINGS, always_quoted, connect, engine_error
from segkit.errors import EngineError, Problem
from segkit.project.nodes import Target

_BATCH_ROWS = 10_000
REGISTRY = "_segkit"
MAIN = "main"  # what the target's own schema is called in a project
# what has rows, with its schema
RELATIONS = (
    "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " AND c.relkind IN ('r', 'v', 'm', 'f', 'p')"
)

_PARAMETER = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\?")
_BEGINS_WITH = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*WITH\s", re.IGNORECASE | re.DOTALL)


class PostgresReader:
    """A ``Reader`` of one snapshot of the server, which can write nothing."""

    dialect: Dialect = POSTGRES
    writes = False

    def __init__(self, target: Target) -> None:
        self._target, self._schema = target, target.schema
        self._steps = Steps()
        self._open()

    def _open(self) -> None:
        self._connection = connect(self._target, read_only=not self.writes)
        try:
            self._begin()
            self._settle()
        except BaseException:
            self._connection.close()
            raise

    def _begin(self) -> None:
        """What has to be done before the snapshot is taken."""

    def _settle(self) -> None:
        # what is made while a build runs comes before what is published under the same name
        path = f"pg_temp, {always_quoted(self._schema)}"
        calls = ", ".join(
            f"set_config({literal(name, POSTGRES)}, {literal(value, POSTGRES)}, false)"
            for name, value in {**SETTINGS, "search_path": path}.items()
        )
        self._ask(f"SELECT {calls}")
        there = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1"
        if not self._ask(there, [self._schema]):
            self._make_schema()
        self._ask("SAVEPOINT segkit")

    def _make_schema(self) -> None:
        message = f"there is no schema `{self._schema}` in the database of the target"
        hint = f"schemas there: {', '.join(self._schemas())}; write one as `schema:`"
        raise EngineError(Problem("SK601", message, help=hint))

    def _keep_here(self) -> None:
        """What is done so far stays, whatever fails from here on."""
        with self._explained("SAVEPOINT"):
            self._connection.pgconn.exec_(b"RELEASE SAVEPOINT segkit; SAVEPOINT segkit")

    def _go_back(self) -> None:
        """An error ends a transaction: back to before it, with the same snapshot."""
        import psycopg

        with suppress(psycopg.Error):  # of a connection that is lost the first error is told
            self._connection.pgconn.exec_(b"ROLLBACK TO SAVEPOINT segkit")

    def _schemas(self) -> list[str]:
        sql = (
            "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname <> 'information_schema'"
            " AND nspname NOT LIKE 'pg\\_%' ORDER BY nspname"
        )
        return [name for (name,) in self._ask(sql)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def lock_down(self) -> None:
        """Nothing to do: the transaction is read-only from the first query on."""

    # queries ----------------------------------------------------------------------------------

    def query(
        self, sql: str, parameters: Sequence[Any] = (), *, before: str = ""
    ) -> list[tuple[Any, ...]]:
        """Run ``before + sql``; the positions of errors are those in ``sql``."""
        text, shift = self._steps.put(sql)
        text = before + text
        text = numbered(text) if parameters else text
        with self._explained(sql, shift + len(before)):
            return self._received(text, parameters)

    def batches(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        text, shift = self._steps.put(sql)
        cursor = self._connection.cursor("segkit_rows", binary=True)
        with self._explained(sql, shift), cursor:
            cursor.execute(text)
            while rows := cursor.fetchmany(_BATCH_ROWS):
                yield rows

    @contextmanager
    def hold(self, name: str, select: str) -> Iterator[None]:
        self._steps[name] = select
        try:
            yield
        finally:
            del self._steps[name]

    def columns(self, relation: str) -> tuple[Column, ...]:
        return self._described(f"SELECT * FROM {relation}")

    def columns_of_query(self, sql: str) -> tuple[Column, ...]:
        self.check_select(sql)
        return self._described(sql)

    def exists(self, schema: str, name: str) -> bool:
        if schema != MAIN:
            return self.holds(name, schema)
        return self._stands_in(name) or self.holds(name)

    def _stands_in(self, name: str) -> bool:
        return identifier(name, POSTGRES) in self._steps

    def holds(self, name: str, schema: str = "") -> bool:
        """Whether a relation is there; without a schema in the target's, or made just now."""
        at, values = "n.oid = pg_catalog.pg_my_temp_schema() OR n.nspname = ?", [self._schema]
        if schema:
            at, values = "n.nspname = ?", [schema]
        found = f"SELECT 1 FROM {RELATIONS} WHERE c.relname = ? AND ({at})"
        return bool(self._ask(numbered(found), [name, *values]))

    def relations(self) -> list[str]:
        """Names of the tables and views in the target's schema, and of what stands in."""
        there = f"SELECT c.relname FROM {RELATIONS} WHERE n.nspname = ?"
        rows = self.query(there, [self._schema])
        found = {name for (name,) in rows if not name.startswith(REGISTRY)}
        return sorted(found | {name.strip('"') for name in self._steps})

    def check_select(self, sql: str) -> None:
        self._prepare(sql)
        inner = sql.rstrip().rstrip(";")
        try:  # only a SELECT that writes in none of its CTEs can stand in brackets
            self._prepare(f"SELECT * FROM (\n{inner}\n) AS segkit_rows")
        except EngineError:
            message = "this is not a SELECT, or it writes"
            hint = "write one SELECT; segkit makes the table or view"
            raise EngineError(Problem("SK403", message, help=hint), sql, (1, 1)) from None

    def _described(self, sql: str) -> tuple[Column, ...]:
        """Names and types of the columns, by the server's own names for types."""
        found = self._prepare(sql)
        names = [(found.fname(i) or b"").decode() for i in range(found.nfields)]
        wanted = ", ".join(
            f"({i}, {found.ftype(i)}::oid, {found.fmod(i)})" for i in range(found.nfields)
        )
        rows = wanted and self._ask(
            "SELECT pg_catalog.format_type(v.oid, v.mod), t.typtype = 'e' FROM (VALUES "
            f"{wanted}) AS v (place, oid, mod) LEFT JOIN pg_catalog.pg_type t ON t.oid = v.oid"
            " ORDER BY v.place"
        )
        return tuple(
            Column(name, _type(type_, is_enum))
            for name, (type_, is_enum) in zip(names, rows, strict=True)
        )

    def _prepare(self, sql: str) -> Any:
        """What the server says of a statement before it runs; several are refused."""
        from psycopg import errors, pq

        text, shift = self._steps.put(sql)
        with self._explained(sql, shift):
            raw = self._connection.pgconn
            for result in (raw.prepare(b"", text.encode()), raw.describe_prepared(b"")):
                if result.status != pq.ExecStatus.COMMAND_OK:
                    raise errors.error_from_result(result)
        return result

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self.query(sql, parameters)

    def copy_rows(self, copy: str, blocks: Iterable[bytes]) -> None:
        """Send what a COPY FROM STDIN takes."""
        with self._copying(copy) as rows:
            for block in blocks:
                rows.write(block)

    def copied(self, select: str, form: RowFormat) -> Iterator[bytes]:
        if form == "parquet":
            from segkit.engines.postgres.copies import parquet_of

            return parquet_of(self, select)
        return self.sent(select)

    def sent(self, select: str, options: str = "") -> Iterator[bytes]:
        """What a COPY TO STDOUT of the rows sends."""
        copy = f"COPY (\n{self._steps.put(select)[0]}\n) TO STDOUT (FORMAT csv{options})"
        with self._copying(copy) as rows:
            yield from map(bytes, rows)

    @contextmanager
    def _copying(self, copy: str) -> Iterator[Any]:
        with (
            self._explained(copy),
            self._connection.cursor() as cursor,
            cursor.copy(copy) as rows,
        ):
            yield rows

    def _ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement of our own, that is sent as it is."""
        with self._explained(sql):
            return self._received(sql, parameters)

    def _received(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        # binary: as a text, the REAL nearest to 0.1 would come back as the double 0.1
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(sql, list(parameters) or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _explained(self, sql: str, shift: int = 0) -> Iterator[None]:
        """Errors of the driver as ours, at their place in ``sql``; the snapshot is kept."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            if not self._connection.closed:
                self._go_back()
            raise engine_error(error, sql, shift, self.where) from None

    def where(self, name: str) -> list[str]:
        """In which schemas a relation of that name lies."""
        bare = name.rpartition(".")[2]
        return [relation(found, place, POSTGRES) for place, found in self.found(bare)]

    def found(self, name: str) -> list[tuple[str, str]]:
        """Schema and name of each relation that is called so, however it is written."""
        rows = self._ask(
            f"SELECT n.nspname, c.relname FROM {RELATIONS}"
            f" WHERE lower(c.relname) = lower({literal(name, POSTGRES)}) ORDER BY 1, 2"
        )
        return [(place, found) for place, found in rows]


def _type(name: str, is_enum: bool) -> ColumnType:
    if is_enum:
        return ColumnType(name, Kind.TEXT)
    if name == "numeric":  # of any precision
        return ColumnType(name, Kind.DOUBLE)
    return parse_type(name)


class Steps(dict[str, str]):
    """SELECTs that stand in for relations: CTEs before each query that names them.

    By name as it is written; each may read those before it.
    """

    def put(self, sql: str) -> tuple[str, int]:
        """The query with the steps that it needs, and how far that moved its characters."""
        needed = self._needed(sql)
        if not needed:
            return sql, 0
        steps = ",\n".join(f"{name} AS (\n{self[name]}\n)" for name in needed)
        if not _BEGINS_WITH.match(sql):
            head = f"WITH {steps}\n"
            return head + sql, len(head)
        head = f"WITH {steps}\nSELECT * FROM (\n"  # its own may have the same names
        return f"{head}{sql.rstrip().rstrip(';')}\n) AS segkit_rows", len(head)

    def _needed(self, sql: str) -> list[str]:
        """The steps that a query names, and those that they name, in their order."""
        needed: dict[str, str] = {}
        for name, select in reversed(self.items()):
            if any(may_name(text, name) for text in (sql, *needed.values())):
                needed[name] = select
        return list(reversed(needed))


def may_name(text: str, name: str) -> bool:
    """Whether the text may name it; too much does no harm."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def numbered(sql: str) -> str:
    """The statement with its ``?`` as the server has them: ``$1``, ``$2``."""
    numbers = count(1)
    return _PARAMETER.sub(lambda found: f"${next(numbers)}" if found[0] == "?" else found[0], sql)
