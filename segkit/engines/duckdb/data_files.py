"""CSV and Parquet as a SELECT whose columns have safe types.

DuckDB guesses types per value; an id such as 0001 must not become 1. So every
CSV value is read as text, and a column gets a type only if no value loses by it.
"""

from __future__ import annotations

import csv
import re
import shlex
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import DUCKDB
from segkit.errors import ConfigError, EngineError, Label, Place, Problem
from segkit.project.safe_files import is_there, special_kind

Query = Callable[[str], list[tuple[Any, ...]]]
_DELIMITERS = ",;\t|"
_CHUNK = 1 << 20
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# (type, test): the first type whose test every value passes; $ is the trimmed text.
_NUMBER = r"-?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]+)?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_TESTS = (
    ("BOOLEAN", "lower($) IN ('true', 'false')"),
    # A leading zero or a plus sign is part of an id or of a telephone number.
    ("BIGINT", "regexp_full_match($, '-?(0|[1-9][0-9]*)') AND TRY_CAST($ AS BIGINT) IS NOT NULL"),
    # More than 15 digits without a point: an id that a DOUBLE may not hold.
    (
        "DOUBLE",
        f"(regexp_full_match($, '{_NUMBER}') AND isfinite(TRY_CAST($ AS DOUBLE))"
        " AND NOT regexp_full_match($, '-?[0-9]{16,}'))"
        " OR regexp_full_match(lower($), '-?(nan|inf|infinity)')",
    ),
    # ISO only: nobody can tell whether 01/02/2024 is in January or in February.
    ("DATE", f"regexp_full_match($, '{_DAY}') AND TRY_CAST($ AS DATE) IS NOT NULL"),
    # Z, but no other offset: the cast would drop it in silence.
    (
        "TIMESTAMP",
        f"regexp_full_match($, '{_DAY}([ T]{_CLOCK}Z?)?') AND TRY_CAST($ AS TIMESTAMP) IS NOT NULL",
    ),
)


def select_sql(query: Query, path: Path) -> tuple[str, int | None]:
    """Return the SELECT that reads the file, and its records, if counted independently of DuckDB.

    CSV: UTF-8, one header line, separated by comma, semicolon, tab or bar. An
    empty value is NULL. A column is BOOLEAN (true/false), BIGINT, DOUBLE, DATE
    or TIMESTAMP (ISO) if all its values are, and else VARCHAR; in particular
    with one value of leading zeros, a plus sign, or more than 15 digits that
    BIGINT does not hold.

    Raises
    ------
    ConfigError
        SK106.
    """
    suffix = path.suffix.lower()
    kind = special_kind(path)
    if kind is not None:  # it can be read once at most, and nobody may be at its other end
        raise _problem(path, f"it is {kind}, not a file", help="save it as a file first")
    try:
        is_gone = not is_there(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    if is_gone or path.is_dir():
        raise _problem(path, "there is no such file", help="a path starts at segkit.yml's folder")
    if suffix not in (".csv", ".parquet"):
        raise _problem(path, "neither .csv nor .parquet", help="convert it to one of the two")
    try:
        return _csv(query, path) if suffix == ".csv" else _parquet(query, path)
    except EngineError as error:
        message = error.problems[0].message.partition(" Possible ")[0].replace(str(path), path.name)
        kind = "a Parquet" if suffix == ".parquet" else "a CSV"
        raise _problem(path, message, help=f"is it {kind} file, and whole?") from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> ConfigError:
    message = f"cannot be read: {(error.strerror or str(error)).lower()}"
    return _problem(path, message, help="look at its permissions")


def check_count(path: Path, records: int | None, rows: int) -> None:
    """Refuse a table that has not as many rows as the file has records."""
    if records is not None and records != rows:
        message = f"{records} records, but {rows} rows could be loaded"
        raise _problem(path, message, help="look for quotes and line ends that do not match")


def _parquet(query: Query, path: Path) -> tuple[str, None]:
    # The reader renames a and A to a and A_1 in silence, so the names are asked of the file.
    names: list[str] = []
    skip = 0
    for name, children in query(
        f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({_path_literal(path)})"
    )[1:]:
        if skip == 0:
            names.append(name)
        skip = max(0, skip - 1) + children
    _check_names(path, names)
    return f"SELECT * FROM read_parquet({_path_literal(path)})", None


def _csv(query: Query, path: Path) -> tuple[str, int]:
    _check_text(path)
    delimiter, names, rows = _scan(path)
    raw = _read_csv(path, delimiter, names, strict=True)
    try:
        counted = query(_types_sql(raw, len(names)))[0]
    except EngineError:
        # The strict parser stops at mixed line ends. Ragged rows are ruled out by _scan.
        raw = _read_csv(path, delimiter, names, strict=False)
        counted = query(_types_sql(raw, len(names)))[0]
    columns = ",\n".join(
        f"  {_typed(position, passed)} AS {identifier(name, DUCKDB)}"
        for position, (name, passed) in enumerate(zip(names, _groups(counted), strict=True))
    )
    return f"SELECT\n{columns}\nFROM {raw}", rows


def _read_csv(path: Path, delimiter: str, names: Sequence[str], *, strict: bool) -> str:
    columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(names)))
    return (
        f"read_csv({_path_literal(path)}, auto_detect = false, header = true,"
        f" delim = {literal(delimiter, DUCKDB)}, quote = '\"', escape = '\"', comment = '',"
        f" strict_mode = {'true' if strict else 'false'}, columns = {{{columns}}})"
    )


def _types_sql(raw: str, width: int) -> str:
    tests = []
    for position in range(width):
        column = _text(position)
        tests.append(f"count({column})")
        tests += [f"count(*) FILTER ({test.replace('$', column)})" for _, test in _TESTS]
    return f"SELECT {', '.join(tests)} FROM {raw}"


def _groups(counted: Sequence[int]) -> list[tuple[int, ...]]:
    width = len(_TESTS) + 1
    return [tuple(counted[start : start + width]) for start in range(0, len(counted), width)]


def _typed(position: int, counted: tuple[int, ...]) -> str:
    values, *passed = counted
    for (type_, _), number in zip(_TESTS, passed, strict=True):
        if values and number == values:
            return f"CAST({_text(position)} AS {type_})"
    return f"c{position}"


def _text(position: int) -> str:
    """The value without the spaces around it; NULL if nothing is left."""
    return f"nullif(trim(c{position}), '')"


def _check_text(path: Path) -> None:
    decoder = getincrementaldecoder("utf-8")()
    line = 1
    with path.open("rb") as file:
        chunk = file.read(_CHUNK)
        if not chunk.strip():
            raise _problem(path, "the file is empty", help="it needs a header line and rows")
        if chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
            message, hint = "the file is UTF-16", _to_utf8(path, "UTF-16")
            raise _problem(path, message, line=1, help=hint)
        while chunk:
            if b"\x00" in chunk:
                line += chunk[: chunk.index(b"\x00")].count(b"\n")
                raise _problem(path, "a NUL character", line=line, help="is it a CSV file?")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                bad = error.object[error.start]
                message = f"not UTF-8: the byte 0x{bad:02x}"
                hint = _to_utf8(path, "WINDOWS-1252")
                raise _problem(path, message, line=line, help=hint) from None
            line += chunk.count(b"\n")
            chunk = file.read(_CHUNK)
        if decoder.getstate()[0]:
            raise _problem(
                path, "not UTF-8: it ends inside a character", line=line, help="save it as UTF-8"
            )


def _to_utf8(path: Path, encoding: str) -> str:
    """What converts the file; ``encoding`` is what such a file mostly is."""
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else Path(path.name)
    made = shlex.quote(str(shown.with_stem(f"{shown.stem}_utf8")))
    name = shlex.quote(str(shown))
    return f"save it as UTF-8 (Excel: CSV UTF-8), or: iconv -f {encoding} -t UTF-8 {name} > {made}"


def _scan(path: Path) -> tuple[str, list[str], int]:
    """Delimiter, names and number of records, by a second, independent reader."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        line = 1  # where the record begins that is being read
        try:
            names = [name.strip() for name in next(reader)]
            _check_names(path, names)
            rows = 0
            line = reader.line_num + 1
            for record in reader:
                line = reader.line_num + 1
                if not record and len(names) > 1:
                    continue  # an empty line
                if len(record) != len(names) and record:
                    raise _problem(
                        path,
                        f"{_values(len(record))}, but the header has {len(names)}",
                        line=reader.line_num,
                        help="quote values that contain the separator",
                    )
                rows += 1
        except csv.Error as error:
            open_quote = str(error) == "unexpected end of data"
            message = "a quote that is never closed" if open_quote else str(error)
            hint = "a quote inside a quoted value is written twice"
            raise _problem(path, message, line=line, help=hint) from None
    return delimiter, names, rows


def _delimiter(header: str) -> str:
    outside = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=outside.count)  # the comma where there is none


def _check_names(path: Path, names: Sequence[str]) -> None:
    if not names:
        raise _problem(path, "the first line is empty", line=1, help="it must hold the names")
    empty = [position for position, name in enumerate(names, 1) if not name]
    if empty:
        raise _problem(path, f"column {empty[0]} has no name", line=1, help="name every column")
    strange = [name for name in names if CONTROL.search(name)]
    if strange:
        message = f"a control character in the column name {strange[0]!r}"
        raise _problem(path, message, line=1, help="rename the column")
    folded = Counter(name.casefold() for name in names)
    double = [name for name in names if folded[name.casefold()] > 1]
    if double:
        listed = ", ".join(dict.fromkeys(double))
        raise _problem(
            path,
            f"column names that stand twice: {listed}",
            line=1,
            help="rename all but one; SQL does not tell capitals from small letters",
        )


def _values(number: int) -> str:
    return "1 value" if number == 1 else f"{number} values"


def _path_literal(path: Path) -> str:
    """The path as SQL; the characters of a glob pattern stand for themselves."""
    return literal(re.sub(r"([\[*?])", r"[\1]", str(path)), DUCKDB)


def _problem(
    path: Path, message: str, *, line: int | None = None, help: str | None = None
) -> ConfigError:
    where = f"{path.name}, line {line}" if line else path.name
    labels = (Label(Place(path.name, line, 1)),) if line else ()
    return ConfigError(Problem("SK106", f"{where}: {message}", labels, help=help))
