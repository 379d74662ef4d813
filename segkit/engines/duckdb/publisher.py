"""Where the next state is built, unseen until it is published at once.

segkit's own file is never written to while it is published: a new file (or a
copy) is built beside it and renamed over it. That file is private until then,
so each statement stands for itself and one that fails spoils nothing. A file
with other people's tables is changed in place, in one transaction; there the
first failing statement aborts the whole, because DuckDB has no savepoints.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import duckdb

from segkit.dialects.spelling import identifier
from segkit.dialects.spelling import relation as relation_sql
from segkit.engines.duckdb import registry
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.foreign_files import copy_relation
from segkit.engines.duckdb.published_file import attach, check_log_alone
from segkit.engines.duckdb.registry import REGISTRY
from segkit.engines.locks import exclusive_lock
from segkit.engines.patience import Patience
from segkit.engines.registered import FOLDER, HISTORY, SELF, STATE, Registered, fold, state_row
from segkit.errors import EngineError, Problem, PublishError
from segkit.project.nodes import ForeignRelation
from segkit.project.safe_files import OwnFolder

TARGET = "segkit_target"
PREVIOUS = "segkit_previous"
_OLD_FORMAT = "STORAGE_VERSION 'v1.0.0'"  # clients from DuckDB 1.0 on read it

Mode = Literal["renamed", "in place"]


@dataclass(frozen=True)
class Found:
    """What lies at the target's path. ``previous``: a file of our own to carry over from."""

    mode: Mode
    previous: bool = False
    run: int = 0
    rows: tuple[Registered, ...] = ()


class DuckDBWorkspace(DuckDBEngine):
    """A DuckDB file in the making. Leaving the ``with`` without ``publish`` discards it."""

    def __init__(
        self, path: Path, project: str, found: Found, folder: OwnFolder, patience: Patience
    ) -> None:
        super().__init__(spill_directory=Path(f"{_building(path)}.tmp"))
        self.path = path
        self.project = project
        self.mode: Mode = found.mode
        self.previously = tuple(row for row in found.rows if row.project == project)
        self.dropped: tuple[Registered, ...] = ()
        self._folder = folder
        self._building = _building(path) if found.mode == "renamed" else path
        self._patience = patience
        self._stack = ExitStack()  # the lock and the folder
        self._has_previous = False
        self._run_number = 1
        self._depth = 0
        self._broken: EngineError | None = None
        self._is_open = True
        self._is_prepared = False
        self._expected: tuple[Registered, ...] = ()
        self._built: tuple[int, int] | None = None
        self._committed: bool | None = None  # None: not asked for; False: not confirmed

    @property
    def title(self) -> str:
        return self.path.name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    def _run(self, sql: str, parameters: Any = (), *, before: str = "") -> list[tuple[Any, ...]]:
        try:
            return super()._run(sql, parameters, before=before)
        except EngineError as error:
            self._broken = self._broken or error
            raise

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """All of the statements in the block, or none of them."""
        outermost = self._depth == 0 and self.mode == "renamed"
        self._depth += 1
        try:
            if outermost:
                self._run("BEGIN")
            yield
            if outermost:
                self._run("COMMIT")
        except BaseException:
            if outermost:
                self._rollback()
            raise
        finally:
            self._depth -= 1

    def _rollback(self) -> None:
        # There is nothing to roll back where BEGIN or COMMIT itself failed.
        with suppress(duckdb.Error):
            self._connection.execute("ROLLBACK")

    def ensure_schema(self, schema: str) -> None:
        self._run(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema, self.dialect)}")

    def create_table(self, schema: str, name: str, select_sql: str, node: str) -> None:
        """Make or replace a table of a SELECT, and register it.

        Raises
        ------
        EngineError
            With ``sql`` and ``position`` in the SELECT as given.
        PublishError
            SK603 if a relation of that name is not ours.
        """
        self._create("table", schema, name, select_sql, node)

    def create_view(self, schema: str, name: str, select_sql: str, node: str) -> None:
        """Make or replace a view on a SELECT, and register it. Comments are lost by it."""
        self._create("view", schema, name, select_sql, node)

    def _create(self, type_: str, schema: str, name: str, select_sql: str, node: str) -> None:
        self.check_select(select_sql)
        with self.atomic():
            self._make_room(schema, name)
            before = f"CREATE {type_.upper()} {relation_sql(name, schema, self.dialect)} AS\n"
            self._run(select_sql, before=before)
            self.register(schema, name, type_, node)

    def load_source(self, schema: str, name: str, path: Path, node: str) -> int:
        """Make or replace a table of a CSV or Parquet file; return its number of rows."""
        with self.atomic():
            self._make_room(schema, name)
            rows = self.load_file(path, relation_sql(name, schema, self.dialect))
            self.register(schema, name, "table", node)
        return rows

    def copy_source(self, schema: str, name: str, source: ForeignRelation, node: str) -> int:
        """Make or replace a table of a relation of another file; return its number of rows."""
        with self.atomic():
            self._make_room(schema, name)
            into = relation_sql(name, schema, self.dialect)
            rows = copy_relation(
                self, source.path, source.schema, source.name, into, self._patience
            )
            self.register(schema, name, "table", node)
        return rows

    def run_ddl(self, sql: str) -> None:
        """Run segkit's own DDL (comments, types); the caller registers what it makes."""
        self._run(sql)

    def register(self, schema: str, name: str, type_: str, node: str) -> None:
        """Note that the relation is ours."""
        with self.atomic():
            self._run(registry.DELETE_SQL, (self.project, schema, name))
            row = (self.project, schema, name, type_, node, self._run_number)
            self._run(registry.INSERT_SQL, row)

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
                self._run(f"DROP {type_.upper()} {relation_sql(name, schema, self.dialect)}")
            self._run(registry.DELETE_SQL, (self.project, schema, name))

    def _is_ours(self, schema: str, name: str, type_: str) -> bool:
        """Whether it is the relation on record: somebody may have put another in its place."""
        rows = {row.folded: row for row in self.registered()}
        row = rows.get(fold(schema, name))
        return row is not None and (row.type == "view") == (type_ == "view")

    def _make_room(self, schema: str, name: str) -> None:
        self.ensure_schema(schema)
        self.drop_ours(schema, name)

    def drop_stale(self, keep: set[tuple[str, str]]) -> None:
        """Drop the registered relations whose (schema, name) is not in ``keep``.

        A history is never dropped: nothing else holds what it knows. ``dropped``
        are then those that readers have now, and will not have.
        """
        kept = {fold(*name) for name in keep}
        for row in self.registered():
            if row.folded not in kept and row.is_dropped_when_stale:
                self.drop_ours(row.schema, row.name)
        self.dropped = tuple(row for row in self.shown_previously() if row.folded not in kept)

    def shown_previously(self) -> tuple[Registered, ...]:
        """Tables and views of this project that readers have now, histories left out."""
        return tuple(row for row in self.previously if row.is_dropped_when_stale)

    def histories_of(self, node: str) -> tuple[str, ...]:
        """Histories that the previous state has of that node."""
        return tuple(r.name for r in self.previously if r.type == HISTORY and r.node == node)

    def folders_previously(self) -> tuple[str, ...]:
        """Folders of the project that the published state was made from."""
        return tuple(row.name for row in self.previously if row.type == FOLDER)

    def note_state(self, node: str, state: str) -> None:
        """Put on record what a node's relations were made of."""
        self.register("", state_row(node), STATE, state)

    def note_folders(self, folders: Sequence[str]) -> None:
        """Put on record which folders of the project this state is made from."""
        for row in self.registered():
            if row.type == FOLDER:
                self._run(registry.DELETE_SQL, (self.project, row.schema, row.name))
        for folder in folders:
            self.register("", folder, FOLDER, "")

    def carry_table(self, name: str) -> bool:
        """Have ``main.name`` of the previous state here; False if there was none.

        Nothing is done where it is here already. SK603 if it is not ours.
        """
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
            self._run(f"CREATE TABLE {table} AS SELECT * FROM {PREVIOUS}.{table}")
            self.register("main", row.name, row.type, row.node)
        return True

    def published_columns(self, schema: str, name: str) -> tuple[str, ...]:
        """Columns that the relation had in the previous state; empty if it was not there."""
        catalog = PREVIOUS if self._has_previous else TARGET
        rows = self._run(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = $1"
            " AND lower(schema_name) = lower($2) AND lower(table_name) = lower($3)"
            " ORDER BY column_index",
            (catalog, schema, name),
        )
        return tuple(column for (column,) in rows)

    def carry_histories(self) -> None:
        """Have every history of the previous state here, also of what is no longer built."""
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

    def prepare(self) -> None:
        """Do all of publishing that can fail for a reason; what is published is untouched."""
        if self.mode == "in place" and self._broken is not None:
            first = self._broken.problems[0]
            message = f"nothing was published in {self.path.name}: {first.message}"
            raise PublishError(Problem(first.code, message, help="mend that and build again"))
        self._probe(self.query, TARGET)
        self.register("main", REGISTRY, SELF, "")
        self._expected = registry.read_registry(self.query, TARGET) or ()
        self._is_prepared = True
        if self.mode == "renamed":
            self._finish()

    def publish(self) -> None:
        """Make the new state the published one, or raise and leave the old one whole."""
        if not self._is_prepared:
            self.prepare()
        if self.mode == "in place":
            self._committed = False
            self._run("COMMIT")
            self._committed = True
            self._finish()
        else:
            self._swap()
        self._close()

    def is_published(self) -> bool:
        """Whether readers find this state, whatever failed or was interrupted meanwhile.

        Asked of the disk, while the caller keeps other builds away; of a file that
        is changed in place it is known when the workspace is closed.
        """
        if self.mode == "renamed":
            return self._built is not None and self._built == _identity(self.path)
        return self._committed is not None and not self._is_open and self._is_on_record()

    def _is_on_record(self) -> bool:
        try:
            with DuckDBEngine() as reader:
                attach(reader, self.path, TARGET, "READ_ONLY", Patience(10.0, lambda text: None))
                return registry.read_registry(reader.query, TARGET) == self._expected
        except EngineError:  # somebody else has it by now
            return bool(self._committed)

    def _finish(self) -> None:
        """Fold the log into the file, let go of it, and read back what a reader will find."""
        self._run(f"CHECKPOINT {TARGET}")
        self._run("USE memory")
        self._run(f"DETACH {TARGET}")
        self._verify(self._expected)

    def _probe(self, query: registry.Query, catalog: str) -> None:
        problems = []
        for row in registry.read_registry(query, catalog) or ():
            view = f"{catalog}.{relation_sql(row.name, row.schema, self.dialect)}"
            if row.project == self.project and row.type == "view":
                broken = registry.is_view_broken(query, view)
                if broken:
                    message = f"the view {row.name} cannot be read after this build: {broken}"
                    problems.append(Problem("SK404", message, help=f"change {row.node or view}"))
        if problems:
            raise PublishError(problems)

    def _verify(self, expected: tuple[Registered, ...]) -> None:
        """Read back what a reader will find. DuckDB says COMMIT also to what it rolls back."""
        built = self._building
        if Path(f"{built}.wal").exists():
            raise self._lost("its log was not folded into the file")
        with DuckDBEngine() as reader:
            attach(reader, built, TARGET, "READ_ONLY", Patience(10.0, lambda text: None))
            # Views were made with this catalog as the default one; so are they read.
            reader.execute(f"USE {TARGET}")
            reader.lock_down()
            if registry.read_registry(reader.query, TARGET) != expected:
                raise self._lost("the run is not on record in it")
            self._probe(reader.query, TARGET)

    def _lost(self, why: str) -> PublishError:
        message = f"{self.path.name} was not published: {why}"
        return PublishError(Problem("SK601", message, help="build again"))

    def _swap(self) -> None:
        if Path(f"{self.path}.wal").exists():
            # A log beside the new file would be applied to it.
            message = f"{self.path.name} was opened for writing during the build"
            raise PublishError(Problem("SK601", message, help="close it there and build again"))
        self._folder.sync(self._building.name)
        self._built = _identity(self._building)
        self._folder.replace(self._building.name, self.path.name)
        self._folder.sync()

    def discard(self) -> None:
        """Forget what was built; what was published before is untouched."""
        if self._is_open:
            if self.mode == "in place":
                self._rollback()
            self._close()

    def _close(self) -> None:
        self._is_open = False
        try:
            super().close()
            remove_building_files(self._folder, self.path.name)
        finally:
            self._stack.close()

    def close(self) -> None:
        self.discard()


def open_workspace(
    path: Path,
    *,
    project: str,
    carry_over: bool,
    timeout: float | None = None,
    on_wait: Callable[[str], None] = lambda text: None,
    root: Path | None = None,
) -> DuckDBWorkspace:
    """Return a workspace for the next state of the file at ``path``.

    It holds the lock against a second build (``.<name>.lock`` beside the file)
    until it is published or discarded.

    Parameters
    ----------
    project : str
        The project's name; a file that another project made is refused (SK603).
    carry_over : bool
        Start from what is published, instead of from nothing. A file that is
        changed in place always starts from what it holds.
    timeout : float or None
        Seconds to wait for another build, for a process that has a file open
        that is changed in place, or one that writes in the file of a source;
        None waits for ever.
    on_wait : callable
        Called with a sentence when waiting begins.
    root : Path, optional
        No folder from here to the file may be a link; its own folder by default.

    Raises
    ------
    ConfigError
        SK007 if the file, its log or a folder above it is a link.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(OwnFolder(path.parent, root or path.parent))
        lock = path.with_name(f".{path.name}.lock")
        stack.enter_context(exclusive_lock(lock, timeout=timeout, on_wait=on_wait, root=root))
        patience = Patience(timeout, on_wait)
        remove_building_files(folder, path.name)
        _check_names(folder, path.name)
        check_log_alone(path)
        _fold_log(path, patience)
        before = _stamp(path)
        found = _inspect(path, project, patience)
        workspace = DuckDBWorkspace(path, project, found, folder, patience)
        building = workspace._building
        stack.callback(workspace.discard)
        if found.mode == "renamed" and found.previous:
            if carry_over:
                folder.copy_in(path, building.name)
            # Attached for the whole build: it keeps writers out of the file that is replaced.
            attach(workspace, path, PREVIOUS, "READ_ONLY", patience)
            if _stamp(path) != before:
                message = f"{path.name} was changed while the build began"
                raise PublishError(Problem("SK601", message, help="build again"))
            workspace._has_previous = True
        options = _OLD_FORMAT if found.mode == "renamed" else "READ_WRITE"
        attach(workspace, building, TARGET, options, patience)
        _begin(workspace, found)
        workspace._stack = stack.pop_all()
    return workspace


def _begin(workspace: DuckDBWorkspace, found: Found) -> None:
    workspace.execute(f"USE {TARGET}")
    workspace._broken = None  # attempts to attach a file that was in use are no failures
    if found.mode == "in place":
        workspace.execute("BEGIN")
    rows = registry.read_registry(workspace.query, TARGET)
    if rows is None:
        if workspace.exists("main", REGISTRY):
            raise workspace._not_ours("main", REGISTRY)
        workspace.execute(registry.CREATE_SQL)
    workspace._run_number = max(found.run, registry.last_run(rows or (), workspace.project)) + 1
    workspace.register("main", REGISTRY, SELF, "")


def _inspect(path: Path, project: str, patience: Patience) -> Found:
    if _stamp(path) is None:
        return Found("renamed")
    with DuckDBEngine() as engine:
        attach(engine, path, PREVIOUS, "READ_ONLY", patience)
        rows = registry.read_registry(engine.query, PREVIOUS) or ()
        found = registry.relations(engine.query, PREVIOUS)
    there = tuple(row for row in rows if row.folded in found or row.type in (FOLDER, STATE))
    if registry.others(rows, found):
        return Found("in place", rows=there)
    strangers = {row.project for row in rows} - {project}
    if strangers:
        raise PublishError(
            Problem(
                "SK603",
                f"{path.name} belongs to the project {min(strangers)!r}, not to {project!r}",
                help="set another `path:` for the target, or move the file away",
            )
        )
    return Found("renamed", previous=True, run=registry.last_run(rows, project), rows=there)


def _fold_log(path: Path, patience: Patience) -> None:
    """Fold the log that a writer left behind into the file, so that nothing of it is lost."""
    if path.exists() and Path(f"{path}.wal").exists():
        with DuckDBEngine() as engine:
            attach(engine, path, TARGET, "READ_WRITE", patience)
            engine.execute(f"CHECKPOINT {TARGET}")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does; None where there is nothing to keep."""
    try:
        stat = path.stat()
    except FileNotFoundError:  # and no other error: what cannot be looked at is not nothing
        return None
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns) if stat.st_size else None


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, under whatever name."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _building(path: Path) -> Path:
    # Not *.duckdb: tools that open every database in a folder must not find it.
    return path.with_name(f".{path.name}.building-{os.getpid()}")


def remove_building_files(folder: OwnFolder, name: str) -> None:
    """Remove what builds of this file left behind. Only while holding its lock."""
    for entry in folder.names():
        if entry.startswith(f".{name}.building-"):
            folder.remove(entry)


def _check_names(folder: OwnFolder, name: str) -> None:
    """DuckDB opens the file, and what it lays beside it, by their names: none may be a link."""
    for entry in folder.names():
        if entry == name or entry.startswith(f"{name}."):
            folder.check(entry)
