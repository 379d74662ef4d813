"""A build on PostgreSQL: one transaction, seen by nobody until it is committed.

What a build makes lies in the session's temporary schema, which comes first wherever a
name is looked up; ``schema_change.py`` has it applied to the published schema. What
keeps readers out comes last, and is given up for a while when it cannot be had at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from segkit.dialects.spelling import relation
from segkit.dialects.table import POSTGRES
from segkit.engines.base import FileBench, Loaded
from segkit.engines.locks import Patience, Waiting
from segkit.engines.open import open_bench
from segkit.engines.postgres.connection import Busy, always_quoted
from segkit.engines.postgres.copies import READ, copy_in
from segkit.engines.postgres.reader import MAIN, REGISTRY, PostgresReader
from segkit.engines.postgres.schema import Schema
from segkit.engines.postgres.schema_change import Change
from segkit.engines.record import OwnRecord
from segkit.engines.registered import HISTORY, SELF
from segkit.errors import EngineError, Problem, PublishError, SegkitError
from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.project.nodes import ForeignRelation, Target

_PAUSE_SECONDS = 1.0
_ANSWER_SECONDS = 10.0  # so long a server is asked what became of a COMMIT


class PostgresPublisher(OwnRecord, PostgresReader):
    """A ``Publisher``: the next state of a schema."""

    writes = True

    def __init__(self, target: Target, project: str, patience: Patience) -> None:
        self.project, self._patience = project, patience
        self._selects: dict[str, str] = {}  # of the views made here, in the order they were made
        self._is_atomic = self._is_lost = False
        self._is_open = True
        self._is_committed: bool | None = False  # None: asked for, and no answer
        super().__init__(target)

    def _settle(self) -> None:
        super()._settle()
        self._published = Schema(self, self._schema)
        known = self._published.registry() or ()
        self.previously = tuple(row for row in known if row.project == self.project)
        self._rows = {row.folded: row for row in self.previously if row.type != SELF}
        self._run_number = max((row.run for row in self.previously), default=0) + 1

    @property
    def title(self) -> str:
        return f"schema {self._schema}"

    # the transaction --------------------------------------------------------------------------

    def _begin(self) -> None:
        """Keep other builds of the schema away, before the snapshot is taken."""
        self._connection.autocommit = True
        with suppress(EngineError):  # not on every system
            # the session of a client that was killed ends, and lets go
            self._ask("SET client_connection_check_interval = '2s'")
        digest = sha256(f"segkit {self._schema}".encode()).digest()
        key = int.from_bytes(digest[:8], signed=True)
        self._wait(lambda: self._has_lock(key), lambda: self._holder(key))
        self._connection.autocommit = False

    def _has_lock(self, key: int) -> bool:
        return bool(self._ask(f"SELECT pg_try_advisory_lock({key})")[0][0])

    def _holder(self, key: int) -> str:
        found = self._ask(
            "SELECT 'the build of session ' || a.pid || ' (' || a.usename || ', since '"
            " || to_char(a.backend_start, 'HH24:MI') || ' UTC)' FROM pg_catalog.pg_locks l"
            " JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
            f" AND (CAST(l.classid AS bigint) << 32) | CAST(l.objid AS bigint) = {key}"
        )
        return str(found[0][0]) if found else "another build"

    def _wait(self, is_done: Callable[[], bool], holder: Callable[[], str]) -> None:
        waiting = Waiting(self._patience, _PAUSE_SECONDS)
        while not is_done():
            who = holder()
            if waiting.is_over(who):
                message = f"{who} is still there after {self._patience.timeout:g} seconds"
                hint = "wait until it has finished, or end that session"
                raise PublishError(Problem("SK602", message, help=hint))

    def _make_schema(self) -> None:
        self._ask(f"CREATE SCHEMA {always_quoted(self._schema)}")

    def execute(self, sql: str, parameters: Sequence[Any] = (), *, before: str = "") -> None:
        """Run a statement; one that fails leaves all as it was before it."""
        self.query(sql, parameters, before=before)
        if not self._is_atomic:
            self._keep_here()

    def run_ddl(self, sql: str) -> None:
        self.execute(sql)

    def view_text(self, view: str) -> str | None:
        found = self.query(
            "SELECT pg_catalog.pg_get_viewdef(c.oid) FROM pg_catalog.pg_class c"
            " WHERE c.relkind = 'v' AND c.oid = pg_catalog.to_regclass(CAST(? AS text))",
            (view,),
        )
        return str(found[0][0]) if found else None

    def _go_back(self) -> None:
        super()._go_back()
        self._is_lost = self._is_atomic

    @contextmanager
    def atomic(self) -> Iterator[None]:
        if self._is_atomic:
            yield
            return
        self._keep_here()
        rows = dict(self._rows)
        self._is_atomic, self._is_lost = True, False
        try:
            yield
            if self._is_lost:
                message = "a statement failed, and all that belongs to it is undone"
                raise EngineError(Problem("SK404", message))
            self._keep_here()
        except BaseException:
            self._rows = rows
            if not self._connection.closed:
                super()._go_back()
            raise
        finally:
            self._is_atomic = False

    @contextmanager
    def hold(self, name: str, select: str) -> Iterator[None]:
        self.execute(select, before=f"CREATE TEMP TABLE {name} AS\n")
        self.execute(f"ANALYZE {name}")
        try:
            yield
        finally:
            self.execute(f"DROP TABLE {name}")

    # what is made -----------------------------------------------------------------------------

    def create_table(self, schema: str, name: str, select_sql: str, node: str) -> None:
        self._create("TABLE", schema, name, select_sql, node)
        self.execute(f"ANALYZE {relation(name, None, POSTGRES)}")

    def create_view(self, schema: str, name: str, select_sql: str, node: str) -> None:
        self._create("VIEW", schema, name, select_sql, node)
        self._selects[name] = select_sql.rstrip().rstrip(";")

    def _create(self, kind: str, schema: str, name: str, select_sql: str, node: str) -> None:
        if schema != MAIN:
            raise ValueError(f"{schema}.{name} does not lie in the target's schema")
        self.check_select(select_sql)
        with self.atomic():
            self._check_ours(name)
            self._drop_made(name)
            made = relation(name, None, POSTGRES)
            self.execute(select_sql.rstrip().rstrip(";"), before=f"CREATE TEMP {kind} {made} AS\n")
            self.register(schema, name, kind.lower(), node)

    def _drop_made(self, name: str) -> None:
        found = self._published.made().get(name)
        if found is not None:  # of another moment: what stands on it is made anew, too
            self.execute(f"DROP {found.word} pg_temp.{always_quoted(name)} CASCADE")

    def _check_ours(self, name: str) -> None:
        """Refuse what is there and not on record, or is another one by now."""
        is_ours = any(row.is_relation and row.name == name for row in self.previously)
        if not is_ours and self.holds(name, self._schema):
            message = f"{self.title} has a relation {name} that segkit did not make"
            hint = "rename one of the two, or set another `schema:` for the target"
            raise PublishError(Problem("SK603", message, help=hint))

    def load_source(
        self, schema: str, name: str, path: Path, node: str, options: FileOptions = NOTHING_SAID
    ) -> Loaded:
        with open_bench() as bench:
            loaded = bench.load_file(path, READ, options)
            self._take(bench, schema, name, node)
        return loaded

    def copy_source(self, schema: str, name: str, source: ForeignRelation, node: str) -> int:
        at = (source.path, source.schema, source.name)
        with open_bench() as bench:
            rows = bench.copy_relation(*at, READ, self._patience)
            self._take(bench, schema, name, node)
        return rows

    def _take(self, bench: FileBench, schema: str, name: str, node: str) -> None:
        """Have a table that another engine has read."""
        with self.atomic():
            self._check_ours(name)
            self._drop_made(name)
            copy_in(self, bench, name)
            self.register(schema, name, "table", node)

    # history ----------------------------------------------------------------------------------

    def carry_table(self, name: str) -> bool:
        there = self._published.there()
        if name in self._published.made():
            return True
        if name not in there:
            return False
        self._check_ours(name)
        table = always_quoted(name)
        with self.atomic():
            self.execute(f"CREATE TEMP TABLE {table} AS TABLE {there[name].sql}")
            self.execute(f"ANALYZE pg_temp.{table}")
        return True

    def carry_histories(self) -> tuple[str, ...]:
        return tuple(sorted({row.node for row in self.registered() if row.type == HISTORY}))

    def restore_history(self, node: str, folder: Path, shown: str) -> bool:
        """False: of a server there are backups, and no copies in the project."""
        return False

    # the record -------------------------------------------------------------------------------

    def drop_ours(self, schema: str, name: str) -> None:
        """Take it off the record; publishing drops what is on it no more."""
        self.unregister(schema, name)

    def published_columns(self, schema: str, name: str) -> tuple[str, ...]:
        there = self._published.there().get(name)
        return () if there is None else tuple(column for column, _ in there.columns)

    # publishing -------------------------------------------------------------------------------

    def prepare(self) -> None:
        self.register(MAIN, REGISTRY, SELF, "")
        with self.atomic():
            self._change().apply_tables()
        self._wait(self._could_apply_views, self._published.readers)
        with self.atomic():
            self._published.write_record(self.project, self._rows.values())

    def _change(self) -> Change:
        return Change(self._published, self._selects, self._rows.values(), self.previously)

    def _could_apply_views(self) -> bool:
        """Whether that had the locks that it needs."""
        try:
            with self.atomic():
                self._change().apply_views()
        except Busy:
            return False
        return True

    def publish(self) -> None:
        sql = "SELECT CAST(pg_catalog.pg_current_xact_id() AS text)"
        ((self._transaction,),) = self._ask(sql)
        self._is_committed = None
        try:
            with self._explained("COMMIT"):
                self._connection.commit()
            self._is_committed = True
        except EngineError:
            if self.is_published():
                return
            if self._is_committed is None:
                message = "the server did not answer COMMIT: whether readers have this is unknown"
                hint = "build again: it waits for the session, and makes the same of either"
                raise PublishError(Problem("SK601", message, help=hint)) from None
            raise
        finally:
            self.discard()

    def is_published(self) -> bool:
        """Whether readers find this state: asked of the server where its answer was lost."""
        if self._is_committed is None:
            self._is_committed = self._asked_anew()
        return bool(self._is_committed)

    def _asked_anew(self) -> bool | None:
        """What became of the transaction; None while nobody says."""
        until = time.monotonic() + _ANSWER_SECONDS
        sql = f"SELECT pg_catalog.pg_xact_status(CAST('{self._transaction}' AS xid8))"
        while time.monotonic() < until:
            with suppress(SegkitError), PostgresReader(self._target) as reader:
                ((said,),) = reader.query(sql)
                if said != "in progress":
                    return bool(said == "committed")
            time.sleep(_PAUSE_SECONDS)
        return None

    def discard(self) -> None:
        if self._is_open:
            self._is_open = False
            self._connection.close()

    def close(self) -> None:
        self.discard()
