"""PostgreSQL as a target that is read: a login that may only SELECT is enough."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from segkit.dialects.spelling import identifier, relation
from segkit.dialects.table import POSTGRES
from segkit.engines.base import Draft, Publisher, Reader
from segkit.engines.locks import Patience
from segkit.engines.open import Engine
from segkit.engines.postgres_reader import MAIN, RELATIONS, PostgresReader
from segkit.errors import ConfigError, EngineError, Problem
from segkit.project.nodes import Seed, Source, Target


class PostgresDraft(PostgresReader):
    """What a project would be: tables are read where they lie, models are CTEs.

    ``is_empty``: for twins without rows, so relations of the target's schema do not count.
    """

    def __init__(self, target: Target, *, is_empty: bool = False) -> None:
        self._is_empty = is_empty
        super().__init__(target)

    def exists(self, schema: str, name: str) -> bool:
        if self._is_empty and schema == MAIN:
            return identifier(name, POSTGRES) in self._steps
        return super().exists(schema, name)

    def adopt(self, schema: str, name: str, node: str, state: str) -> bool:
        """False: nothing is published here yet."""
        return False

    def noted_states(self) -> Mapping[str, str]:
        return {}

    def take_source(
        self, schema: str, name: str, node: Source | Seed, patience: Patience | None
    ) -> None:
        """See that a source's table is there; files are not read into a server."""
        foreign = node.foreign if isinstance(node, Source) else None
        if isinstance(node, Source) and (node.path is not None or foreign is not None):
            path = node.path or (foreign.path if foreign else Path())
            message = f"PostgreSQL reads tables: `{path.name}` is a file"
            hint = f"load it into a table, and write `relation: {schema}.{name}` instead"
            raise ConfigError(Problem("SK106", message, help=hint))
        at = self._schema if schema == MAIN else schema
        if self.exists(schema, name):
            self._check_right(at, name)
            return
        others = ", ".join(self.where(name))
        hint = f"there is {others}" if others else "look at its name, and at the login's rights"
        if isinstance(node, Seed):
            hint = f"load {node.place.path} into one; {hint}"
        message = f"there is no table {relation(name, at, POSTGRES)} in PostgreSQL"
        raise EngineError(Problem("SK106", message, help=hint))

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
        if schema != MAIN:
            raise ValueError(f"a CTE cannot take the place of {schema}.{name}")
        self._steps[identifier(name, POSTGRES)] = select.rstrip().rstrip(";")


class PostgresTarget(Engine):
    """A target that is a schema of a server."""

    publishes = False

    def __init__(self, target: Target) -> None:
        self._target = target

    def open_published(self) -> Reader:
        return PostgresReader(self._target)

    def open_draft(self, project: str) -> Draft:
        return PostgresDraft(self._target)

    def open_twins(self) -> Draft:
        return PostgresDraft(self._target, is_empty=True)

    def open_publisher(
        self, *, project: str, carry_over: bool, patience: Patience, directory: Path
    ) -> Publisher:
        name = self._target.name
        message = f"target `{name}` is PostgreSQL, which segkit reads and does not build in yet"
        hint = "`segkit fit` learns there, and `segkit compile` writes the view to paste"
        raise ConfigError(Problem("SK601", message, help=hint))

    def is_built(self) -> bool:
        """A server is always there to be asked."""
        return True

    def save_histories(self, project: str, folder: Path, directory: Path) -> frozenset[str]:
        """None: no history is kept on a server yet."""
        return frozenset()

    def sweep_builds(self, directory: Path) -> tuple[Path, ...]:
        return ()
