"""The published file: opening it for reading, and saying why it cannot be opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from segkit.dialects.spelling import literal
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.duckdb_errors import why_not_opened
from segkit.engines.duckdb.registry import read_registry
from segkit.engines.locks import Patience, Waiting
from segkit.errors import EngineError, Problem, SegkitError
from segkit.project.safe_files import special_kind

PUBLISHED = "segkit_published"
_LOCKED = re.compile(
    r"could not set lock|unique file handle conflict|different configuration", re.IGNORECASE
)
_PID = re.compile(r"PID (\d+)")
_POLL_SECONDS = 0.1


def open_published(path: Path) -> DuckDBEngine:
    """Return the published state, read-only and locked down.

    Raises EngineError: SK605 if nothing was built yet; SK601 if the file is damaged, is not
    DuckDB's, or is being written (the process is named).
    """
    check_log_alone(path)
    if not has_content(path):
        raise _nothing_published(path, "it does not exist")
    kind = special_kind(path)
    if kind is not None:
        raise _cannot_open(path, f"it is {kind}, not a file")
    engine = DuckDBEngine()
    try:
        attach(engine, path, PUBLISHED, "READ_ONLY", None)
        engine.execute(f"USE {PUBLISHED}")
        if read_registry(engine.query, PUBLISHED) is None:
            raise _nothing_published(path, "segkit has built nothing in it")
        engine.lock_down()
    except BaseException:
        engine.close()
        raise
    return engine


def attach(
    engine: DuckDBEngine,
    path: Path,
    catalog: str,
    options: str,
    patience: Patience | None,
    *,
    cannot_open: Callable[[Path, str], SegkitError] | None = None,
    aside: bool = False,
) -> None:
    """Attach the file, waiting while another process has it. SK601 if it cannot be opened.

    ``cannot_open`` makes another error of it. ``aside``: outside a transaction
    that is open, which an attempt that fails would spoil.
    """
    # Without its type DuckDB looks for an extension that reads an SQLite file.
    statement = f"ATTACH {literal(str(path), engine.dialect)} AS {catalog} (TYPE duckdb, {options})"
    run = engine.query_aside if aside else engine.execute
    waiting = Waiting(patience or Patience(), _POLL_SECONDS)
    while True:
        try:
            run(statement)
            return
        except EngineError as error:
            message = error.problems[0].message
            if not _LOCKED.search(message):
                raise (cannot_open or _cannot_open)(path, message) from None
        holder = _holder(message)
        if patience is None:
            raise _in_use(path, holder, "try again when it has finished")
        if waiting.is_over(f"{holder}, which has {path.name} open"):
            raise _in_use(path, holder, "close it there, or give the build a file of its own")


def _holder(message: str) -> str:
    found = _PID.search(message)
    if found:
        return f"process {found[1]}"
    return "another process" if "could not set lock" in message.lower() else "this process"


def _in_use(path: Path, holder: str, help: str) -> EngineError:
    return EngineError(Problem("SK601", f"{path.name} is in use by {holder}", help=help))


def _cannot_open(path: Path, message: str) -> EngineError:
    said, hint = why_not_opened(path, message)
    help_ = f"{hint or 'move it away'}, or set another `path:` for the target"
    return EngineError(Problem("SK601", f"{path.name} cannot be opened: {said}", help=help_))


def has_content(path: Path) -> bool:
    """True if something lies there that could be a database."""
    return path.exists() and not (path.is_file() and path.stat().st_size == 0)


def check_log_alone(path: Path) -> None:
    """Refuse a log whose database is gone: DuckDB would apply it to whatever comes there next.

    Raises EngineError: SK601.
    """
    log = Path(f"{path}.wal")
    if not has_content(path) and log.exists():
        message = f"{log.name} is the log of a database that is gone: {path.name} is not there"
        help_ = f"put {path.name} back beside it, or move the log away"
        raise EngineError(Problem("SK601", message, help=help_))


def _nothing_published(path: Path, why: str) -> EngineError:
    message = f"nothing is published in {path.name}: {why}"
    return EngineError(Problem("SK605", message, help="run `segkit build`"))
