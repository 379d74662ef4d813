"""PostgreSQL as a target. To read it a login that may only SELECT is enough."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from segkit.dialects.spelling import identifier, relation
from segkit.dialects.table import POSTGRES
from segkit.engines.base import Draft, Publisher, Reader
from segkit.engines.locks import Patience
from segkit.engines.open import Engine, open_bench
from segkit.engines.postgres.copies import READ, copy_in, copy_out
from segkit.engines.postgres.publisher import PostgresPublisher
from segkit.engines.postgres.reader import MAIN, REGISTRY, RELATIONS, PostgresReader
from segkit.engines.postgres.schema import Schema
from segkit.engines.registered import Registered, fold, notes
from segkit.errors import ConfigError, EngineError, Problem, SegkitError
from segkit.project.nodes import Seed, Source, Target


class PostgresDraft(PostgresReader):
    """What a project would be: tables are read where they lie, models are CTEs.

    Only files are read into the session, as temporary tables.

    ``is_empty``: for twins without rows, so relations of the target's schema do not count.
    """

    def __init__(self, target: Target, project: str = "", *, is_empty: bool = False) -> None:
        self._is_empty = is_empty
        super().__init__(target)
        known: tuple[Registered, ...] = ()
        if not is_empty:
            with suppress(SegkitError):  # one that may not be read is none
                known = Schema(self, self._schema).registry() or ()
        self._states = notes(known, project)
        self._own = {row.folded for row in known if row.project == project}

    def _make_schema(self) -> None:
        if not self._is_empty:  # twins need none
            super()._make_schema()

    def exists(self, schema: str, name: str) -> bool:
        if self._is_empty and schema == MAIN:
            return self._stands_in(name)
        return super().exists(schema, name)

    def adopt(self, schema: str, name: str, node: str, state: str) -> bool:
        return self._states.get(node) == state and self.exists(schema, name)

    def noted_states(self) -> Mapping[str, str]:
        return self._states

    def lock_down(self) -> None:
        """From here on the server itself refuses what is no reading, where files were read."""
        if not self.writes:
            return
        self._keep_here()
        self.execute("SET TRANSACTION READ ONLY")
        self._keep_here()

    def take_source(
        self, schema: str, name: str, node: Source | Seed, patience: Patience | None
    ) -> None:
        """See that a source's table is there, or read its file."""
        foreign = node.foreign if isinstance(node, Source) else None
        is_outside = node.path is not None or foreign is not None
        at = self._schema if schema == MAIN else schema
        is_lying_there = self.exists(schema, name) and fold(schema, name) not in self._own
        if is_outside and not (isinstance(node, Seed) and is_lying_there):
            self._take_file(schema, name, node, patience)
            return
        if is_lying_there:
            self._check_right(at, name)
            return
        others = ", ".join(self.where(name))
        hint = f"there is {others}" if others else "look at its name, and at the login's rights"
        message = f"there is no table {relation(name, at, POSTGRES)} in PostgreSQL"
        raise EngineError(Problem("SK106", message, help=hint))

    def _take_file(
        self, schema: str, name: str, node: Source | Seed, patience: Patience | None
    ) -> None:
        if not self.writes:  # of a transaction that reads only none can be made that writes
            self._connection.close()
            self.writes = True
            self._open()
        with open_bench() as bench:
            if node.path is not None:
                bench.load_file(node.path, READ, node.options)
            elif isinstance(node, Source) and node.foreign is not None:
                at = (node.foreign.path, node.foreign.schema, node.foreign.name)
                bench.copy_relation(*at, READ, patience)
            copy_in(self, bench, name)
        self._keep_here()

    def _check_right(self, schema: str, name: str) -> None:
        """Say at once what the server would say only when rows are asked for."""
        ((may_enter, may_read),) = self.query(
            "SELECT has_schema_privilege(n.oid, 'USAGE'), has_any_column_privilege(c.oid, 'SELECT')"
            f" FROM {RELATIONS} WHERE n.nspname = ? AND c.relname = ?",
            [schema, name],
        )
        if not (may_enter and may_read):
            what = relation(name, schema, POSTGRES)
            grant = f"GRANT SELECT ON {what} TO ..."
            if not may_enter:
                grant = f"GRANT USAGE ON SCHEMA {identifier(schema, POSTGRES)} TO ...; {grant}"
            message = f"the login of the target may not read {what}"
            raise EngineError(Problem("SK601", message, help=f"have it granted: {grant}"))

    def stand_in(self, schema: str, name: str, select: str, *, as_table: bool = False) -> None:
        """From here on the name means this SELECT."""
        self._steps[identifier(name, POSTGRES)] = select.rstrip().rstrip(";")


def save_table(url: str, name: str, path: Path) -> tuple[str, str]:
    """Copy a table or view into a new DuckDB file; return its schema and name."""
    with PostgresReader(Target("server", "postgres", url=url, schema="pg_catalog")) as reader:
        schema, _, bare = name.rpartition(".")
        found = [(s, n) for s, n in reader.found(bare) if not schema or s == schema.strip('"')]
        if len(found) != 1:
            listed = ", ".join(relation(n, s, POSTGRES) for s, n in found or reader.found(bare))
            message = f"there is no table {name} in PostgreSQL"
            if found:
                message = f"{name} is in several schemas of PostgreSQL"
            hint = f"there is {listed}" if listed else "look at its name, and at the login's rights"
            raise ConfigError(Problem("SK106", message, help=hint))
        with open_bench() as bench:
            copy_out(reader, bench, relation(found[0][1], found[0][0], POSTGRES), path, found[0][1])
        return found[0]


class PostgresTarget(Engine):
    """A target that is a schema of a server."""

    holds_sources = True

    def __init__(self, target: Target) -> None:
        self._target = target

    def open_published(self) -> Reader:
        return PostgresReader(self._target)

    def open_draft(self, project: str) -> Draft:
        return PostgresDraft(self._target, project)

    def open_twins(self) -> Draft:
        return PostgresDraft(self._target, is_empty=True)

    def open_publisher(
        self,
        *,
        project: str,
        carry_over: bool,
        forgets: bool,
        patience: Patience,
        directory: Path,
    ) -> Publisher:
        return PostgresPublisher(self._target, project, patience)

    def is_built(self) -> bool:
        with PostgresReader(self._target) as reader:
            return reader.holds(REGISTRY)

    def save_histories(self, project: str, folder: Path, directory: Path) -> frozenset[str]:
        """None: of a server there are backups."""
        return frozenset()

    def sweep_builds(self, directory: Path) -> tuple[Path, ...]:
        return ()
