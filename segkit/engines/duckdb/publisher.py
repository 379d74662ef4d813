"""Where the next state is built, unseen until it is published at once.

segkit's own file is never written to while it is published: a new file (or a
copy) is built beside it and renamed over it. That file is private until then,
so each statement stands for itself and one that fails spoils nothing. A file
with other people's tables is changed in place, in one transaction; there the
first failing statement aborts the whole, because DuckDB has no savepoints.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from segkit.dialects.spelling import identifier
from segkit.dialects.spelling import relation as relation_sql
from segkit.engines.duckdb import registry
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.own_relations import PREVIOUS, DuckDBRelations, Mode
from segkit.engines.duckdb.published_file import attach, check_log_alone
from segkit.engines.duckdb.registry import REGISTRY
from segkit.engines.duckdb.swap import (
    TARGET,
    building_path,
    check_names,
    fold_log,
    identity,
    remove_building_files,
    stamp,
)
from segkit.engines.locks import Patience, exclusive_lock
from segkit.engines.registered import HISTORY, SELF, Registered
from segkit.errors import EngineError, Problem, PublishError
from segkit.project.safe_files import OwnFolder

_OLD_FORMAT = "STORAGE_VERSION 'v1.0.0'"  # clients from DuckDB 1.0 on read it
_FOREVER = Patience()


@dataclass(frozen=True)
class Found:
    """What lies at the target's path. ``previous``: a file of our own to carry over from."""

    mode: Mode
    previous: bool = False
    run: int = 0
    rows: tuple[Registered, ...] = ()


class DuckDBWorkspace(DuckDBRelations):
    """A ``Publisher``: a DuckDB file in the making."""

    def __init__(self, path: Path, project: str, folder: OwnFolder, patience: Patience) -> None:
        self._building = building_path(path)
        spill = Path(f"{self._building}.tmp")
        super().__init__(path, project, "renamed", (), patience, spill)
        self._folder = folder
        self._stack = ExitStack()  # the lock and the folder
        self._is_open = True
        self._is_prepared = False
        self._expected: tuple[Registered, ...] = ()
        self._built: tuple[int, int] | None = None
        self._committed: bool | None = None  # None: not asked for; False: not confirmed

    def _take(self, found: Found) -> None:
        self.mode, self._has_previous = found.mode, found.previous
        self._is_atomic = found.mode == "in place"
        self.previously = tuple(row for row in found.rows if row.project == self.project)
        if found.mode == "in place":
            self._building = self.path
            self.execute(f"DETACH {PREVIOUS}")

    @property
    def title(self) -> str:
        return self.path.name

    def prepare(self) -> None:
        if self.mode == "in place" and self._broken is not None:
            first = self._broken.problems[0]
            message = f"nothing was published in {self.path.name}: {first.message}"
            raise PublishError(Problem(first.code, message, help="mend that and build again"))
        registry.write_rows(self.execute, self.project, tuple(self._rows.values()))
        self._probe(self.query)
        self._expected = registry.read_registry(self.query, TARGET) or ()
        self._is_prepared = True
        if self.mode == "renamed":
            self._finish()

    def publish(self) -> None:
        if not self._is_prepared:
            self.prepare()
        if self.mode == "in place":
            self._committed = False
            self.execute("COMMIT")
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
            return self._built is not None and self._built == identity(self.path)
        return self._committed is not None and not self._is_open and self._is_on_record()

    def _is_on_record(self) -> bool:
        try:
            with DuckDBEngine() as reader:
                attach(reader, self.path, TARGET, "READ_ONLY", Patience(10.0))
                return registry.read_registry(reader.query, TARGET) == self._expected
        except EngineError:  # somebody else has it by now
            return bool(self._committed)

    def _finish(self) -> None:
        """Fold the log into the file, let go of it, and read back what a reader will find."""
        self.execute(f"CHECKPOINT {TARGET}")
        self.execute("USE memory")
        self.execute(f"DETACH {TARGET}")
        self._verify(self._expected)

    def _probe(self, query: registry.Query) -> None:
        problems = []
        for row in registry.read_registry(query, TARGET) or ():
            view = f"{TARGET}.{relation_sql(row.name, row.schema, self.dialect)}"
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
            attach(reader, built, TARGET, "READ_ONLY", Patience(10.0))
            # Views were made with this catalog as the default one; so are they read.
            reader.execute(f"USE {TARGET}")
            reader.lock_down()
            if registry.read_registry(reader.query, TARGET) != expected:
                raise self._lost("the run is not on record in it")
            self._probe(reader.query)

    def _lost(self, why: str) -> PublishError:
        message = f"{self.path.name} was not published: {why}"
        return PublishError(Problem("SK601", message, help="build again"))

    def _swap(self) -> None:
        if Path(f"{self.path}.wal").exists():
            # A log beside the new file would be applied to it.
            message = f"{self.path.name} was opened for writing during the build"
            raise PublishError(Problem("SK601", message, help="close it there and build again"))
        self._folder.sync(self._building.name)
        self._built = identity(self._building)
        self._folder.replace(self._building.name, self.path.name)
        self._folder.sync()

    def discard(self) -> None:
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
    forgets: bool = False,
    patience: Patience = _FOREVER,
    root: Path | None = None,
) -> DuckDBWorkspace:
    """Return a workspace for the next state of the file at ``path``; see ``open_publisher``.

    The lock is ``.<name>.lock`` beside the file.

    ``carry_over``: a file that is changed in place always starts from what it holds.
    ``forgets``: where nothing is carried over, histories come row by row: what a copy of the file
    has of rows that were deleted stays in it until something else is written there.
    ``patience``: with another build, with a process that has a file open that is changed in place,
    or one that writes in the file of a source.
    ``root``: no folder from here to the file may be a link; its own folder by default.

    Raises ConfigError: SK007 if the file, its log or a folder above it is a link.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(OwnFolder(path.parent, root or path.parent))
        lock = path.with_name(f".{path.name}.lock")
        stack.enter_context(exclusive_lock(lock, patience, root))
        remove_building_files(folder, path.name)
        check_names(folder, path.name)
        check_log_alone(path)
        fold_log(path, patience)
        before = stamp(path)
        workspace = DuckDBWorkspace(path, project, folder, patience)
        stack.callback(workspace.discard)
        found = _look(workspace, patience)
        workspace._take(found)
        building = workspace._building
        has_history = found.previous and any(row.type == HISTORY for row in found.rows)
        copies = carry_over or (has_history and not forgets)
        if found.previous:
            if copies:  # at a twentieth of what copying rows costs
                folder.copy_in(path, building.name)
            if stamp(path) != before:
                message = f"{path.name} was changed while the build began"
                raise PublishError(Problem("SK601", message, help="build again"))
        options = _OLD_FORMAT if found.mode == "renamed" else "READ_WRITE"
        attach(workspace, building, TARGET, options, patience)
        if copies and not carry_over:
            _keep_histories(workspace, found)
        _begin(workspace, found)
        workspace._stack = stack.pop_all()
    return workspace


def _keep_histories(workspace: DuckDBWorkspace, found: Found) -> None:
    """Drop all but the histories: what is built anew finds nothing of the last build."""
    workspace.execute(f"USE {TARGET}")
    histories = [row for row in found.rows if row.type == HISTORY]
    kept = {("main", REGISTRY), *(row.folded for row in histories)}
    for (schema, name), kind in registry.tables_and_views(workspace.query, TARGET).items():
        if (schema, name) not in kept:
            workspace.execute(f"DROP {kind} {relation_sql(name, schema, workspace.dialect)}")
    schemas = "SELECT schema_name FROM duckdb_schemas() WHERE NOT internal AND database_name = $1"
    for (schema,) in workspace.query(schemas, (TARGET,)):
        if schema != "main":
            workspace.execute(f"DROP SCHEMA {identifier(schema, workspace.dialect)}")
    registry.write_rows(workspace.execute, workspace.project, histories)
    workspace.execute(f"CHECKPOINT {TARGET}")  # from here on their room is free


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
    mine = [row for row in rows or () if row.project == workspace.project]
    workspace._rows = {row.folded: row for row in mine}
    workspace._run_number = max(found.run, registry.last_run(rows or (), workspace.project)) + 1
    workspace.register("main", REGISTRY, SELF, "")


def _look(workspace: DuckDBWorkspace, patience: Patience) -> Found:
    """See what the file holds. It stays attached: that keeps writers out of what is replaced."""
    path, project = workspace.path, workspace.project
    if stamp(path) is None:
        return Found("renamed")
    attach(workspace, path, PREVIOUS, "READ_ONLY", patience)
    rows = registry.read_registry(workspace.query, PREVIOUS) or ()
    found = registry.relations(workspace.query, PREVIOUS)
    there = tuple(row for row in rows if row.folded in found or not row.is_relation)
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
