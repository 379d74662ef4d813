"""Another DuckDB file: what is in it, and a copy of what a project reads. It is never written.

What is in it is data, not ours: its views run on a locked connection that has this file
and nothing else, so that one which reads a file, or another database, is refused. From
there the rows go through a file of our own, so that the lock on theirs is let go of at
once: a transaction would keep it to its end.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from segkit.dialects.spelling import identifier
from segkit.dialects.spelling import relation as relation_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.base import FileRelation
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.duckdb_errors import kind_of, why_not_opened
from segkit.engines.duckdb.published_file import attach
from segkit.engines.duckdb.registry import REGISTRY
from segkit.engines.locks import Patience
from segkit.errors import ConfigError, EngineError, Problem
from segkit.files.names import CONTROL
from segkit.project.nodes import database_name
from segkit.project.safe_files import special_kind

_COPY = "segkit_copy"
_RESERVED = frozenset(("", "memory", "system", "temp", _COPY))
_LISTED = 10
_OTHER_FILES = (
    "other files are told by their names: .csv, .tsv, .txt, .parquet, .json, .xlsx; "
    "in a project they go under `tables`, each with a `path`"
)
_numbers = count(1)


def list_relations(path: Path) -> tuple[FileRelation, ...]:
    """Return the tables and views of a DuckDB file; see ``open.py``."""
    with open_file(path) as engine:
        return _relations(engine)


def copy_relation(
    engine: DuckDBEngine,
    path: Path,
    schema: str,
    name: str,
    into: str,
    patience: Patience | None = None,
) -> int:
    """Make the table ``into`` (SQL) of a relation of the file; return its number of rows.

    Works before ``lock_down`` only.

    Raises ConfigError: SK101 if the file has no such relation, SK106 if the file or the relation
    cannot be read.
    Raises EngineError: SK601 if a process has the file open for writing, after the patience given.
    """
    spill = engine.spill_directory
    with TemporaryDirectory(prefix=f"{spill.name}-", dir=spill.parent) as folder:
        between = Path(folder) / "copy"
        with open_file(path, patience, between) as file:
            _check(file, path, schema, name)
            try:
                file.execute(f"CREATE TABLE {_COPY}.copied AS FROM {_relation(path, schema, name)}")
            except EngineError as error:
                hint = f"read it in {path.name}: it fails there as well"
                raise _unreadable(path, schema, name, error, hint) from None
        catalog = f"{_COPY}_{next(_numbers)}"  # a transaction holds on to a name that is detached
        attach(engine, between, catalog, "READ_ONLY", None, aside=True)
        try:
            engine.execute(f"CREATE TABLE {into} AS SELECT * FROM {catalog}.copied")
        finally:
            engine.query_aside(f"DETACH {catalog}")
    rows: int = engine.query(f"SELECT count(*) FROM {into}")[0][0]
    return rows


@contextmanager
def open_file(
    path: Path, patience: Patience | None = None, between: Path | None = None
) -> Iterator[DuckDBEngine]:
    """A connection on which the file is all there is: read-only, locked, its catalog the default.

    Rows that a process which died left in the log beside the file are there, and
    neither of the two is changed. ``between`` is a file to write copies into.

    Raises ConfigError: SK106 if it is not there, or is not a DuckDB file that can be read.
    Raises EngineError: SK601 if a process has it open for writing, after the patience given (None:
    at once).
    """
    with DuckDBEngine() as engine:
        if between is not None:
            attach(engine, between, _COPY, "READ_WRITE", None)
        _attach(engine, path, patience)
        engine.execute(f"USE {_catalog(path)}")
        engine.lock_down()
        yield engine


def _attach(engine: DuckDBEngine, path: Path, patience: Patience | None) -> None:
    # The file is not opened here to look at it: closing it would drop the locks of this process.
    if not path.exists():
        log = Path(f"{path}.wal")
        hint = "a path starts at segkit.yml's folder"
        if log.exists():
            hint = f"only its log is there, {log.name}: put the file back beside it"
        raise _problem(path, "there is no such file", hint)
    if path.is_dir():
        raise _problem(path, "a folder, not a DuckDB file", "name the file in it")
    kind = special_kind(path)
    if kind is not None:
        raise _problem(path, f"{kind}, not a DuckDB file", "name a file")
    try:
        attach(engine, path, _catalog(path), "READ_ONLY", patience, cannot_open=_cannot_open)
    except EngineError as error:
        hint = "close it there, or try again when it has finished"
        raise EngineError([replace(problem, help=hint) for problem in error.problems]) from None


def _catalog(path: Path) -> str:
    """The name under which the file is attached, as SQL: that which it had when it was written.

    Views made by DuckDB 1 hold it: ``FROM dev.main.customers``.
    """
    name = database_name(path)
    is_free = name.lower() not in _RESERVED and name.isprintable()
    return identifier(name if is_free else "segkit_source", DUCKDB)


def _relation(path: Path, schema: str, name: str) -> str:
    return f"{_catalog(path)}.{relation_sql(name, schema, DUCKDB)}"


def _cannot_open(path: Path, message: str) -> ConfigError:
    said, hint = why_not_opened(path, message)
    return _problem(path, said, hint or kind_of(path)[1] or _OTHER_FILES)


def _check(file: DuckDBEngine, path: Path, schema: str, name: str) -> None:
    """Refuse what is not there, a view that is more than this file, and names that are no words."""
    known = _relations(file)
    wanted = (schema.lower(), name.lower())
    if wanted not in {(r.schema.lower(), r.name.lower()) for r in known}:
        raise ConfigError(_unknown(path, FileRelation(schema, name, "table").shown, known))
    try:
        columns = file.columns(_relation(path, schema, name))
    except EngineError as error:
        hint = "a view may read its own file alone: make a table of it where it is made"
        raise _unreadable(path, schema, name, error, hint) from None
    strange = [column.name for column in columns if CONTROL.search(column.name)]
    if strange:
        message = f"{name}: a control character in the column name {strange[0]!r}"
        raise _problem(path, message, "rename the column where it is made")


def _unreadable(path: Path, schema: str, name: str, error: EngineError, help: str) -> ConfigError:
    message = error.problems[0].message
    shown = FileRelation(schema, name, "view").shown
    return _problem(path, f"{shown} cannot be read: {message}", help)


def _unknown(path: Path, name: str, known: tuple[FileRelation, ...]) -> Problem:
    names = [relation.shown for relation in known]
    near = difflib.get_close_matches(name.lower(), [n.lower() for n in names], n=1)
    meant = next((n for n in names if near and n.lower() == near[0]), None)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    listed = f"it has {', '.join(names[:_LISTED])}{more}" if names else "it has none at all"
    return Problem(
        "SK101",
        f"{path.name} has no table or view `{name}`",
        help=f"did you mean `{meant}`? {listed}" if meant else listed,
    )


def _relations(engine: DuckDBEngine) -> tuple[FileRelation, ...]:
    here = "NOT internal AND database_name = current_database()"
    rows = engine.query(
        "SELECT schema_name, table_name, 'table', estimated_size FROM duckdb_tables()"
        f" WHERE {here} UNION ALL"
        f" SELECT schema_name, view_name, 'view', NULL FROM duckdb_views() WHERE {here}"
        " ORDER BY schema_name <> 'main', 1, 2"
    )
    return tuple(FileRelation(*row) for row in rows if row[1] != REGISTRY)


def _problem(path: Path, message: str, help: str) -> ConfigError:
    return ConfigError(Problem("SK106", f"{path.name}: {message}", help=help))
