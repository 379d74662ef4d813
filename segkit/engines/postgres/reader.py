"""A connection to PostgreSQL that reads.

Rows stay on the server. Whatever stands in for a relation is a CTE before each query,
so nothing is ever written, and one snapshot is read from the first query to the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Self

from segkit.core.columns import Column, ColumnType, Kind, parse_type
from segkit.dialects.spelling import literal, relation
from segkit.dialects.table import POSTGRES, Dialect
from segkit.engines.base import RowFormat
from segkit.engines.postgres.connection import SETTINGS, connect
from segkit.engines.postgres.postgres_errors import engine_error
from segkit.engines.postgres.stand_in_names import MAIN, Moves, Names, always_quoted, numbered
from segkit.errors import EngineError, Problem
from segkit.project.nodes import Target

_BATCH_ROWS = 10_000
REGISTRY = "_segkit"
# what has rows, with its schema
RELATIONS = (
    "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " AND c.relkind IN ('r', 'v', 'm', 'f', 'p')"
)


class PostgresReader:
    """A ``Reader`` of one snapshot of the server, which can write nothing."""

    dialect: Dialect = POSTGRES
    writes = False
    unread: str | None = None  # why what is on record of the schema is not known

    def __init__(self, target: Target) -> None:
        self._target, self._schema = target, target.schema
        self._names = Names()
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
        if self.holds(REGISTRY):
            self._learn_names()

    def _learn_names(self) -> None:
        """What is published for names with a schema, such as those of files."""
        own = f"{always_quoted(self._schema)}.{REGISTRY}"
        sql = f"SELECT schema_name, relation_name FROM {own} WHERE relation_type = 'table'"
        try:
            rows = self.query(sql)
        except EngineError as error:  # only sources may be read
            said = error.problems[0].message
            self.unread = f"{own}, which says what is published there, cannot be read: {said}"
            return
        for schema, name in rows:
            if schema != MAIN and not self.holds(name, schema):  # else that is meant
                self._names.own(schema, name)

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

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._fetch(sql, parameters)

    def batches(self, sql: str) -> Iterator[list[tuple[Any, ...]]]:
        text, moves = self._names.put(sql)
        cursor = self._connection.cursor("segkit_rows", binary=True)
        with self._explained(sql, moves), cursor:
            cursor.execute(text)
            while rows := cursor.fetchmany(_BATCH_ROWS):
                yield rows

    @contextmanager
    def hold(self, name: str, select: str) -> Iterator[None]:
        self._names.steps[name] = select
        try:
            yield
        finally:
            del self._names.steps[name]

    def columns(self, relation: str) -> tuple[Column, ...]:
        return self._described(f"SELECT * FROM {relation}")

    def columns_of_query(self, sql: str) -> tuple[Column, ...]:
        self.check_select(sql)
        return self._described(sql)

    def exists(self, schema: str, name: str) -> bool:
        bare = self._names.meant(schema, name)
        if bare is None:
            return self.holds(name, schema)
        return self._names.stands_in(bare) or self.holds(bare)

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
        rows = self._fetch(there, [self._schema])
        found = {name for (name,) in rows if not name.startswith(REGISTRY)}
        return sorted(found | {name.strip('"') for name in self._names.steps})

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

        text, moves = self._names.put(sql)
        with self._explained(sql, moves):
            raw = self._connection.pgconn
            for result in (raw.prepare(b"", text.encode()), raw.describe_prepared(b"")):
                if result.status != pq.ExecStatus.COMMAND_OK:
                    raise errors.error_from_result(result)
        return result

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement of our own."""
        self._fetch(sql, parameters)

    def copy_rows(self, copy: str, blocks: Iterable[bytes]) -> None:
        """Send what a COPY FROM STDIN takes."""
        with (
            self._explained(copy),
            self._connection.cursor() as cursor,
            cursor.copy(copy) as rows,
        ):
            for block in blocks:
                rows.write(block)

    def copied(self, select: str, form: RowFormat) -> Iterator[bytes]:
        if form == "parquet":
            from segkit.engines.postgres.copies import parquet_of

            return parquet_of(self, select)
        return self.sent(select)

    def sent(self, select: str, options: str = "") -> Iterator[bytes]:
        """What a COPY TO STDOUT of the rows sends."""
        copy = f"COPY (\n{self._names.put(select)[0]}\n) TO STDOUT (FORMAT csv{options})"
        with (
            self._explained(copy),
            self._connection.cursor() as cursor,
            cursor.copy(copy) as rows,
        ):
            yield from map(bytes, rows)

    def _fetch(
        self, sql: str, parameters: Sequence[Any] = (), *, before: str = ""
    ) -> list[tuple[Any, ...]]:
        text, moves = self._names.put(sql)
        text, moves = before + text, moves.behind(len(before))
        text = numbered(text) if parameters else text
        with self._explained(sql, moves):
            return self._connection_rows(text, parameters)

    def _ask(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement of our own, that is sent as it is."""
        with self._explained(sql):
            return self._connection_rows(sql, parameters)

    def _connection_rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        # binary: as a text, the REAL nearest to 0.1 would come back as the double 0.1
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(sql, list(parameters) or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _explained(self, sql: str, moves: Moves | None = None) -> Iterator[None]:
        """Errors of the driver as ours, at their place in ``sql``; the snapshot is kept."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            if not self._connection.closed:
                self._go_back()
            found = engine_error(error, sql, (moves or Moves()).back, self.where, self.unread)
            raise found from None

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
