"""Copies of histories in Parquet: a lost database is no lost history.

A node's history ``<node>_history`` is kept as ``<node>.parquet``, the other tables of it under
their own names beside it. The first is written last, and has the digest of each: files of two
builds, or damaged ones, are told by that. A digest is that of a file's bytes, which is the same in
any version of any engine.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Protocol

from segkit.dialects.spelling import identifier, literal, relation
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.published_file import attach
from segkit.engines.duckdb.registry import Query, read_registry, tables_and_views
from segkit.engines.duckdb.text_source import path_literal
from segkit.engines.leftovers import spill_path, temporary_name
from segkit.engines.locks import Patience
from segkit.engines.registered import HISTORY
from segkit.errors import EngineError, Label, Place, Problem, SegkitError
from segkit.project.safe_files import OwnFolder, is_there, names_in, special_kind

_NOTE = "segkit"  # the key of what is said in a file
_FORMAT, _OF_ROWS = 2, 1  # in the first one a digest was DuckDB's own, of the rows
_BLANK = "0" * 64
_IGNORE = ".gitignore"
_PATIENCE = Patience(10.0)
# of so many rows each column with few texts is written as a list, and a place in it for each row
_MANY, _FEW = 100_000, 100
# types that come back from Parquet as they were; others are kept as texts
_EXACT = re.compile(
    r"BOOLEAN|U?(TINY|SMALL|BIG)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\s?\d+\)|VARCHAR|DATE"
    r"|TIMESTAMP|UUID"
)
_AS_TEXT = re.compile(
    r"U?HUGEINT|TIMESTAMP_(S|MS|NS)|TIMESTAMP WITH TIME ZONE|VARCHAR COLLATE [A-Za-z_.]+"
)


class _Maker(Protocol):
    """What a table of a copy is made with: the part of a ``Publisher`` that this needs."""

    def query(self, sql: str) -> list[tuple[Any, ...]]: ...

    def atomic(self) -> AbstractContextManager[None]: ...

    def register(self, schema: str, name: str, type_: str, node: str) -> None: ...


@dataclass(frozen=True)
class _Note:
    """What a file says of itself. ``digest``: of its bytes, with ``_BLANK`` in that place.

    ``tables``: the digests of the other tables, in the first file.
    """

    project: str
    node: str
    table: str
    columns: Mapping[str, str]  # their types
    rows: int
    tables: Mapping[str, str]
    digest: str = _BLANK
    format: int = _FORMAT


def save_histories(path: Path, project: str, folder: Path, root: Path) -> frozenset[str]:
    """Write a copy of each history in a published file, and return the names of the files.

    One that says the same stays as it is. No step to ``folder`` from ``root`` may be a link.
    An error does not touch what is published.
    """
    files: set[str] = set()
    with DuckDBEngine() as engine, _room() as room:
        attach(engine, path, "published", "READ_ONLY", _PATIENCE)
        engine.execute("USE published")
        there = tables_and_views(engine.query, "published")
        found: dict[str, list[str]] = {}
        for row in read_registry(engine.query, "published") or ():
            is_table = there.get(row.folded) == "table"  # a view in its place is somebody else's
            if row.type == HISTORY and row.project == project and is_table:
                found.setdefault(row.node, []).append(row.name)
        if found:
            with OwnFolder(folder, root) as own:
                if own.stat(_IGNORE) is None:  # whatever the project's own says: it has ids in it
                    own.write(_IGNORE, b"*\n")
                for node, tables in found.items():
                    if f"{node}_history" in tables:
                        _save(engine, own, room, project, node, tables)
                        files |= {_file(node, table) for table in tables}
    return frozenset(files)


def copies_of(project: str, folder: Path) -> list[str]:
    """Names of the files in a folder that say that they are copies of a project's histories."""
    names = [name for name in names_in(folder) if name.endswith(".parquet")]
    with DuckDBEngine() as engine:
        return [name for name in names if _is_of(engine.query, folder / name, project)]


def _is_of(run: Query, path: Path, project: str) -> bool:
    with suppress(EngineError):
        said = None if special_kind(path) else _note_of(run, path)
        return said is not None and said.get("project") == project
    return False


def restore_history(engine: _Maker, node: str, project: str, folder: Path, shown: str) -> bool:
    """Make the tables of a history that is not in the database of its copy, if there is one.

    Works before ``lock_down`` only. ``shown`` is the folder, as seen from the project's.

    Raises EngineError: SK609 for one that is damaged, or another's, with what to do.
    """
    head = folder / f"{node}.parquet"
    if not is_there(head):
        return False
    with engine.atomic():
        for path, said in _read_notes(engine.query, head, node, project, shown).items():
            with _telling(path, shown):
                _restore(engine, path, said)
    return True


def _save(
    engine: DuckDBEngine, own: OwnFolder, room: Path, project: str, node: str, names: Sequence[str]
) -> None:
    head = f"{node}_history"
    listed: dict[str, str] = {}
    for table in (*sorted(name for name in names if name != head), head):
        made = room / "copy.parquet"
        said = asdict(_write(engine, made, project, node, table, listed if table == head else {}))
        listed[table] = said["digest"]
        name = _file(node, table)
        if own.stat(name) is not None and _is_there(engine.query, own.path / name, said):
            continue
        temporary = temporary_name(name)
        own.remove(temporary)
        try:
            own.copy_in(made, temporary)
            own.sync(temporary)
            own.check(name)
            own.replace(temporary, name)
        finally:
            own.remove(temporary)
    own.sync()


def _write(
    engine: DuckDBEngine, path: Path, project: str, node: str, table: str, others: Mapping[str, str]
) -> _Note:
    """Write a table to a file, and in its note the digest of what that is without it."""
    columns = {c.name: _kept_type(c.type.sql) for c in engine.columns(_sql(table))}
    ((rows,),) = engine.query(f"SELECT count(*) FROM {_sql(table)}")
    words = _words(engine.query, table, columns) if rows >= _MANY else {}
    said = _Note(project, node, table, columns, rows, dict(others))
    note = literal(json.dumps(asdict(said)), DUCKDB)
    engine.execute(
        f"COPY (SELECT {_items(columns, words)} FROM {_sql(table)})"
        f" TO {literal(str(path), DUCKDB)}"
        " (FORMAT parquet, COMPRESSION zstd,"
        # numbers by their differences: a quarter of the size, at two thirds of the work
        f" PARQUET_VERSION v2, KV_METADATA {{{_NOTE}: {note}}})"
    )
    digest, place = _digest(path, _BLANK)
    with path.open("r+b") as file:
        file.seek(place)
        file.write(digest.encode())
    return replace(said, digest=digest)


def _digest(path: Path, noted: str) -> tuple[str, int]:
    """The SHA-256 of a file's bytes with ``_BLANK`` for what is noted, and where that stands."""
    with (
        path.open("rb") as file,
        mmap(file.fileno(), 0, access=ACCESS_READ) as held,
        memoryview(held) as all_,
    ):
        place = held.rfind(str(noted).encode())
        made = sha256(all_[:place])
        made.update(_BLANK.encode())
        made.update(all_[place + len(_BLANK) :])
        return made.hexdigest(), place


def _is_there(run: Query, path: Path, said: Mapping[str, Any]) -> bool:
    """Whether the file says the same already, and holds it; one that cannot be read does not."""
    with suppress(EngineError):
        is_same = special_kind(path) is None and _note_of(run, path) == said
        return is_same and _holds(path, said)
    return False


def _holds(path: Path, said: Mapping[str, Any]) -> bool:
    """Whether a file is what was written."""
    return _digest(path, said["digest"])[0] == str(said["digest"])


def _read_notes(
    run: Query, head: Path, node: str, project: str, shown: str
) -> dict[Path, dict[str, Any]]:
    """What each file of a copy says, the first one's word held against the others'."""
    first = _checked(run, head, node, project, f"{node}_history", shown)
    notes = {head: first}
    for table, digest in first["tables"].items():
        path = head.with_name(_file(node, table))
        said = _checked(run, path, node, project, table, shown)
        if said["digest"] != digest:
            message = f"is not of the build that {head.name} is of"
            raise _damaged(path, shown, message)
        notes[path] = said
    return notes


def _checked(
    run: Query, path: Path, node: str, project: str, table: str, shown: str
) -> dict[str, Any]:
    if not is_there(path):
        raise _damaged(path, shown, "is not there")
    if kind := special_kind(path):
        raise _damaged(path, shown, f"is {kind}, not a file")
    with _telling(path, shown):
        said = _note_of(run, path)
    if said is None or said.get("format") not in (_FORMAT, _OF_ROWS):
        raise _damaged(path, shown, "says nothing that this segkit reads of itself")
    whose = (said.get("project"), said.get("node"), said.get("table"))
    if whose != (project, node, table):
        is_of = f"is a copy of {whose[2]} of the project {whose[0]}, not of {table} of {project}"
        raise _damaged(path, shown, is_of)
    is_plain = {"columns", "rows", "digest"} <= said.keys() and all(
        _EXACT.fullmatch(str(t)) or _AS_TEXT.fullmatch(str(t)) for t in said["columns"].values()
    )
    if not is_plain:
        raise _damaged(path, shown, "does not say what it holds")
    with _telling(path, shown):
        is_whole = said["format"] == _OF_ROWS or _holds(path, said)
    if not is_whole:
        raise _damaged(path, shown, "is damaged: it is not as it was written")
    return said


def _restore(engine: _Maker, path: Path, said: Mapping[str, Any]) -> None:
    columns, run = said["columns"], engine.query
    listed = ", ".join(identifier(name, DUCKDB) for name in columns)
    ((rows,),) = run(f"SELECT count(*) FROM read_parquet({path_literal(path)})")
    if rows != said["rows"]:
        raise EngineError(Problem("SK609", f"has {rows:,} rows that are not those written"))
    table = relation(said["table"], "main", DUCKDB)
    types = ", ".join(f"{identifier(name, DUCKDB)} {type_}" for name, type_ in columns.items())
    run(f"CREATE TABLE {table} ({types})")
    run(f"INSERT INTO {table} SELECT {listed} FROM read_parquet({path_literal(path)})")
    engine.register("main", said["table"], HISTORY, said["node"])


def _file(node: str, table: str) -> str:
    return f"{node if table == f'{node}_history' else table}.parquet"


def _sql(table: str) -> str:
    return relation(table, "main", DUCKDB)


def _kept_type(sql: str) -> str:
    """The type that a column has when it is restored; a list of its own (ENUM) is text."""
    return sql if _EXACT.fullmatch(sql) or _AS_TEXT.fullmatch(sql) else "VARCHAR"


def _words(run: Query, table: str, columns: Mapping[str, str]) -> dict[str, list[str]]:
    """The texts of each column that has few, such as ids of segments; the first one names rows."""
    found = {}
    for name in [name for name, type_ in [*columns.items()][1:] if type_ == "VARCHAR"]:
        column = identifier(name, DUCKDB)
        texts = run(
            f"SELECT DISTINCT CAST({column} AS VARCHAR) FROM {_sql(table)}"
            f" WHERE {column} IS NOT NULL ORDER BY ALL LIMIT {_FEW + 1}"
        )
        if 0 < len(texts) <= _FEW:
            found[name] = [text for (text,) in texts]
    return found


def _items(columns: Mapping[str, str], words: Mapping[str, Sequence[str]]) -> str:
    items = []
    for name, type_ in columns.items():
        column = identifier(name, DUCKDB)
        if name in words:  # Parquet's list of them is written as it is, and none looked up again
            listed = ", ".join(literal(word, DUCKDB) for word in words[name])
            as_text = f"list_position([{listed}], CAST({column} AS VARCHAR))"
            items.append(f"CAST([{listed}] AS ENUM({listed})[])[{as_text}] AS {column}")
        elif type_ == "VARCHAR" or not _EXACT.fullmatch(type_):
            items.append(f"CAST({column} AS VARCHAR) AS {column}")
        else:
            items.append(column)
    return ", ".join(items)


def _note_of(run: Query, path: Path) -> dict[str, Any] | None:
    """What the file says of itself; None where it says nothing, or is no Parquet."""
    key = literal(_NOTE, DUCKDB)
    found = run(
        f"SELECT decode(value) FROM parquet_kv_metadata({path_literal(path)})"
        f" WHERE decode(key) = {key}"
    )
    try:
        said = json.loads(found[0][0]) if found else None
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


@contextmanager
def _telling(path: Path, shown: str) -> Iterator[None]:
    try:
        yield
    except (EngineError, OSError) as error:
        why = error.problems[0].message if isinstance(error, SegkitError) else str(error)
        raise _damaged(path, shown, f"is damaged: {why.replace(str(path), path.name)}") from None


def _damaged(path: Path, shown: str, why: str) -> EngineError:
    where = f"{shown}/{path.name}"
    hint = (
        "restore the database, or the folder, from a backup; or move the folder away, and the"
        " history begins anew"
    )
    return EngineError(Problem("SK609", f"{where} {why}", (Label(Place(where)),), hint))


@contextmanager
def _room() -> Iterator[Path]:
    """A folder of our own to write in; DuckDB writes by name, and the goal is held open."""
    room = spill_path()
    room.mkdir(mode=0o700)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
