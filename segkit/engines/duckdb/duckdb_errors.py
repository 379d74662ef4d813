"""What DuckDB's errors mean: a code, one line of words, and the place in the SQL."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb

from segkit.errors import EngineError, Problem, memory_problem

_DAMAGED = re.compile(r"corrupt|checksum|not a valid DuckDB database", re.IGNORECASE)
_NO_MEMORY = re.compile(r"out of memory|bad.alloc", re.IGNORECASE)
_DISK_FULL = re.compile(
    r"could not write|no space left|file too large|quota exceeded|max_temp_directory_size",
    re.IGNORECASE,
)
_NEWER = re.compile(r"version number|newer version", re.IGNORECASE)
# by their first bytes, and how they are read after all
_AS_PARQUET = "write it as Parquet: pandas.read_{}(...).to_parquet('customers.parquet')"
_KINDS = {
    b"SQLite format 3\0": ("an SQLite database", "export the table as CSV, and read that"),
    b"PGDMP": ("a dump of PostgreSQL", "restore it into a server: `type: postgres` reads that"),
    b"PAR1": ("a Parquet file", "give it the name it has elsewhere: .parquet at its end"),
    b"PK\3\4": ("a zip archive", "unpack it, and name the file that was in it"),
    b"\x1f\x8b": ("a file that gzip has packed", "a CSV in it is read if its name ends in .csv.gz"),
    b"ARROW1": ("an Arrow file", _AS_PARQUET.format("feather")),
    b"\x80\x04": ("a pickle", _AS_PARQUET.format("pickle")),
    b"\x80\x05": ("a pickle", _AS_PARQUET.format("pickle")),
    b"ORC": ("an ORC file", _AS_PARQUET.format("orc")),
    b"$FL2": ("a file of SPSS", _AS_PARQUET.format("spss")),
    b"<stata_dta>": ("a file of Stata", _AS_PARQUET.format("stata")),
    b"Obj\x01": ("an Avro file", "write it as Parquet, and name that"),
}
_NO_DISK_HELP = (
    "make room on the disk of the target, where DuckDB also puts what does not fit in memory"
)


def engine_error(
    error: duckdb.Error | MemoryError, sql: str, before: str = "", details: str | None = None
) -> EngineError:
    """Return the error with its place in ``sql``.

    SK404 as a rule, SK601 for a damaged file, SK606 where memory or the disk was too small.
    """
    message, offset = _parse_error(details or str(error))
    position = None
    if offset is not None:
        position = line_and_column(sql, offset - len(before.encode()))
    return EngineError(_problem(error, message), sql=sql, position=position)


def _problem(error: duckdb.Error | MemoryError, message: str) -> Problem:
    is_memory = isinstance(error, duckdb.OutOfMemoryException | MemoryError) or (
        _NO_MEMORY.search(message) is not None
    )
    if (is_memory or isinstance(error, duckdb.IOException)) and _DISK_FULL.search(message):
        return Problem("SK606", f"the disk is full: {_short(message)}", help=_NO_DISK_HELP)
    if is_memory:
        return memory_problem(_short(message))
    return Problem("SK601" if _DAMAGED.search(message) else "SK404", message)


def why_not_opened(path: Path, message: str) -> tuple[str, str | None]:
    """What is the matter with a file that DuckDB does not open, and what to do about it.

    No advice where it is no DuckDB file: that depends on what it was meant to be.
    """
    said = message.replace(str(path), path.name)
    if "not a valid DuckDB database file" in message:
        kind, _ = kind_of(path)
        return f"not a DuckDB file{kind and f', but {kind}'}", None
    if "encrypted" in message:
        return (
            "it is encrypted, and segkit has no key to give",
            "write what is needed into a DuckDB file without encryption",
        )
    if _NEWER.search(message):
        return "it was written by a newer DuckDB", "update the Python package duckdb"
    if _DAMAGED.search(message) or "Could not read enough bytes" in message:
        return f"it is damaged, or not whole: {said}", "put a good copy in its place"
    return said, "look at its permissions, and at what it is"


def kind_of(path: Path) -> tuple[str, str | None]:
    """What the first bytes of a file say that it is ("" if nothing), and how that is read.

    Nobody holds a lock that closing the file would drop.
    """
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError:
        return "", None
    if not head:
        return "an empty one", None
    return next((kind for start, kind in _KINDS.items() if head.startswith(start)), ("", None))


def _short(message: str) -> str:
    """Without DuckDB's advice, which is about settings that nobody can make here."""
    return re.split(r" Possible solutions:| This limit was set by", message)[0]


def _parse_error(text: str) -> tuple[str, int | None]:
    """Message on one line, and the offset in bytes that the error points at."""
    _, brace, rest = text.partition("{")
    try:
        details = json.loads(brace + rest)
    except ValueError:
        message = re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", text.split("\n\nLINE ")[0])
        return one_line(message), None
    position = details.get("position")
    message = details.get("exception_message") or details.get("error_message") or text
    return one_line(str(message)), None if position is None else int(position)


def one_line(message: str) -> str:
    # a list of every overload of + helps nobody
    return " ".join(message.split()).partition(" Candidate functions: ")[0][:600]


def line_and_column(sql: str, offset: int) -> tuple[int, int] | None:
    """(line, column) of an offset in bytes; None where it lies outside."""
    data = sql.encode()
    if not 0 <= offset <= len(data):
        return None
    return place_in(sql, len(data[:offset].decode(errors="replace")))


def place_in(sql: str, index: int) -> tuple[int, int]:
    """(line, column) of a character; of the first one where ``index`` is -1."""
    before = sql[: max(index, 0)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
