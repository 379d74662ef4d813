"""CSV, Parquet and other files of data as tables."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from segkit.engines.base import Loaded
from segkit.engines.duckdb.column_texts import Query
from segkit.engines.duckdb.text_source import path_literal
from segkit.engines.duckdb.text_tables import load_text
from segkit.errors import ConfigError, EngineError, Label, Place, Problem
from segkit.files.csv_options import FileOptions
from segkit.files.file_columns import ColumnReading, Question
from segkit.files.file_kinds import PATTERN, SUFFIXES
from segkit.files.kept import FileState
from segkit.files.names import names_problem
from segkit.files.reading import Asked, in_words
from segkit.files.text_file import TextProblem
from segkit.project.safe_files import is_there, special_kind


def load_file(
    run: Query,
    query: Query,
    path: Path,
    relation: str,
    options: FileOptions,
    kept: Sequence[ColumnReading] = (),
) -> Loaded:
    """Make the table ``relation`` (SQL) of a file of data, or of all that a pattern meets.

    Parquet has types. A value of CSV, JSON or a workbook is text first: a column gets a type
    only if no value loses by it, see ``files.column_readings``.

    ``run``, ``query``: in the transaction of the table, and beside it: an error there aborts
    nothing.
    ``kept``: how the columns of a file of texts were read the last time.

    Raises ConfigError: SK106, with the line where there is one; SK108 where it could be read in two
    ways.
    """
    paths = files_of(path)
    try:
        if paths[0].suffix.lower() == ".parquet":
            select = _parquet(query, paths)
            run(f"CREATE TABLE {relation} AS\n{select}")
            return Loaded(int(run(f"SELECT count(*) FROM {relation}")[0][0]))
        found = load_text(run, query, paths, relation, options, kept)
    except TextProblem as problem:
        file = problem.file or path
        raise _problem(file, problem.message, line=problem.line, help=problem.help) from None
    except EngineError as error:
        message = error.problems[0].message.partition(" Possible ")[0].replace(str(path), path.name)
        kind = "a Parquet" if path.suffix.lower() == ".parquet" else "a text"
        raise _problem(path, message, help=f"is it {kind} file, and whole?") from None
    except OSError as error:
        raise _unreadable(path, error) from None
    if isinstance(found, Asked):
        raise ConfigError([_question(path, question) for question in found.questions])
    return Loaded(found[1], found[0])


def file_state(path: Path) -> FileState | None:
    """The bytes of a file of texts, or of several; None for Parquet, and for none to be read."""
    try:
        paths = files_of(path)
        return None if paths[0].suffix.lower() == ".parquet" else FileState.of(paths)
    except (ConfigError, OSError):  # said when it is loaded
        return None


def files_of(path: Path) -> list[Path]:
    """The file, or those that a pattern meets, by their names."""
    if not _is_there(path) and PATTERN.search(path.name):
        found = sorted(path.parent.glob(path.name))
        if not found:
            raise _problem(path, "no file is called so", help="look at the pattern")
        return [file for each in found for file in files_of(each)]
    kind = special_kind(path)
    if kind is not None:  # it can be read once at most, and nobody may be at its other end
        raise _problem(path, f"it is {kind}, not a file", help="save it as a file first")
    if not _is_there(path) or path.is_dir():
        raise _problem(path, "there is no such file", help="a path starts at segkit.yml's folder")
    if path.suffix.lower() not in SUFFIXES:
        message = f"it is none of {', '.join(SUFFIXES)}"
        raise _problem(path, message, help="convert it to one of them")
    return [path]


def _is_there(path: Path) -> bool:
    try:
        return is_there(path)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> ConfigError:
    message = f"cannot be read: {(error.strerror or str(error)).lower()}"
    return _problem(path, message, help="look at its permissions")


def _parquet(query: Query, paths: Sequence[Path]) -> str:
    """The SELECT of one file, or of several that have the same columns."""
    selects = [f"SELECT * FROM read_parquet({path_literal(path)})" for path in paths]
    names = [_parquet_names(query, path) for path in paths]
    for path, found in zip(paths, names, strict=True):
        if found != names[0]:
            message = f"{path.name} has other columns: {', '.join(found)}"
            raise TextProblem(message, f"{paths[0].name} has {', '.join(names[0])}")
    return "\nUNION ALL\n".join(selects)


def _parquet_names(query: Query, path: Path) -> list[str]:
    # The reader renames a and A to a and A_1 in silence, so the names are asked of the file.
    names: list[str] = []
    skip = 0
    for name, children in query(
        f"SELECT name, coalesce(num_children, 0) FROM parquet_schema({path_literal(path)})"
    )[1:]:
        if skip == 0:
            names.append(name)
        skip = max(0, skip - 1) + children
    if problem := names_problem(names):
        raise problem
    return names


def _question(path: Path, question: Question) -> Problem:
    asked = in_words(question)
    answers = []
    for option, values, meaning in asked.answers:
        ((key, value),) = values.items()
        flag = "--type" if option == "types" else "--csv"
        answers.append(f"{meaning}: {flag} {shlex.quote(f'{key}={value}')}")
    hint = f"{'; or '.join(answers)} (in a project: `csv:` or `types:` of the source)"
    return Problem("SK108", f"{path.name}: {asked.message}", help=hint)


def _problem(
    path: Path, message: str, *, line: int | None = None, help: str | None = None
) -> ConfigError:
    where = f"{path.name}, line {line}" if line else path.name
    labels = (Label(Place(path.name, line, 1)),) if line else ()
    return ConfigError(Problem("SK106", f"{where}: {message}", labels, help=help))
