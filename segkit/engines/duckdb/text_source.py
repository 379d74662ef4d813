"""A file of text, or several of one shape, as DuckDB's reader of CSV takes them."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.engines.leftovers import spill_path
from segkit.files.convert import Written, is_text, write_as_text
from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.files.file_kinds import other_kind
from segkit.files.footer import FOOTER, TOTAL, is_footer, is_total
from segkit.files.layout import Layout, find_layout, split
from segkit.files.names import names_problem
from segkit.files.rows import LeftOut, rows
from segkit.files.text_file import TextFile, TextProblem, find_text, problems_of


@dataclass(frozen=True)
class CsvSource:
    """A file that DuckDB reads as it is: the file, or a clean copy of it."""

    path: Path
    delimiter: str
    names: tuple[str, ...]
    rows: int  # counted by another reader
    nulls: tuple[str, ...]
    is_copy: bool

    def odd_sql(self, types: Sequence[str]) -> str:
        """TRUE for a row that may be no customer: the header again, or a total.

        In a column that is no text, both are misfits anyhow: there is no need to look.
        """
        places = range(min(3, len(types)))
        texts = [f"c{place}" for place in places if types[place] == "VARCHAR"]
        empty = [f"c{place} IS NULL" for place in places if types[place] != "VARCHAR"]
        tests = []
        if texts:
            begins = f"regexp_matches(coalesce({', '.join(texts)}), {_literal(TOTAL)}, 'i')"
            tests.append(" AND ".join([*(empty if types[0] != "VARCHAR" else ()), begins]))
        if set(types) == {"VARCHAR"}:
            names = (f"trim(c{n}) = {_literal(name)}" for n, name in enumerate(self.names))
            tests.append(" AND ".join(names))
        return " OR ".join(tests) or "false"

    def sql(self) -> str:
        # An error would end the transaction. What is passed over is counted by another reader.
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(self.names)))
        nulls = ", ".join(_literal(text) for text in ("", *self.nulls))
        return (
            f"read_csv({path_literal(self.path)}, auto_detect = false, header = true,"
            f" delim = {_literal(self.delimiter)}, quote = '\"', escape = '\"',"
            f" nullstr = [{nulls}], comment = '', strict_mode = true, ignore_errors = true,"
            f" columns = {{{columns}}})"
        )


@dataclass(frozen=True)
class Part:
    """One of the files, as text, and how it is laid out."""

    path: Path
    file: TextFile
    layout: Layout
    known: Written

    def rows(self, left_out: LeftOut) -> Iterator[list[str]]:
        with problems_of(self.path), self.file.open() as text:
            yield from rows(text, self.layout, left_out)


def find_parts(
    paths: Sequence[Path], scratch: Scratch, options: FileOptions
) -> tuple[tuple[Part, ...], FileOptions]:
    """Return the files with their layouts, and what is said and known of all of them.

    Raises TextProblem if they are not of one shape, or have no columns that a table can have.
    """
    parts = tuple(_part(path, scratch, options.csv) for path in paths)
    options = replace(options, csv=_common(options.csv, [part.known.csv for part in parts]))
    _check_names(parts, options)
    return parts, options


def _part(path: Path, scratch: Scratch, said: CsvOptions) -> Part:
    with problems_of(path):
        file, known = _text(path, scratch, said)
        head = file.head()
        if (hint := other_kind(head)) is not None:
            raise TextProblem("no table of text", hint)
        return Part(path, file, find_layout(head, known.csv.over(said)), known)


def _check_names(parts: Sequence[Part], options: FileOptions) -> None:
    first = parts[0]
    names = first.layout.names
    for name in options.types:
        if name.lower() not in {each.lower() for each in names}:
            hint = f"it has {', '.join(names)}"
            raise TextProblem(f"`types` names `{name}`, which is no column of it", hint)
    if not names:
        raise TextProblem("no lines are left", f"`skip` is {options.csv.skip}")
    if problem := names_problem(names, first.layout.skip + 1):
        raise problem
    for part in parts:
        if part.layout.names != names:
            hint = f"{first.path.name} has {', '.join(names)}: files of one shape are one"
            message = f"{part.path.name} has other columns: {', '.join(part.layout.names)}"
            raise TextProblem(message, hint)


def _text(path: Path, scratch: Scratch, said: CsvOptions) -> tuple[TextFile, Written]:
    """The file as text, and what is known of it."""
    if is_text(path):
        return find_text(path, said.encoding), Written(None, CsvOptions())
    goal = scratch.file()
    written = write_as_text(path, goal, said.sheet, said.encoding)
    return find_text(goal), written


def _common(said: CsvOptions, known: Sequence[CsvOptions]) -> CsvOptions:
    """What is said, with the decimal sign that all files are known to have."""
    decimals = {each.decimal for each in known}
    return replace(said, decimal=decimals.pop()) if decimals == {"."} else said


class Scratch:
    """A folder for copies, made for the first of them and gone with the last use of it."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files = 0

    def file(self) -> Path:
        """The path of a new file.

        Raises TextProblem if there is no room for it.
        """
        if self._folder is None:
            folder = spill_path()
            try:
                folder.mkdir(mode=0o700)
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                message = f"no folder for a copy of it can be made: {reason}"
                raise TextProblem(message, "look at TMPDIR") from None
            self._folder = folder
        self._files += 1
        return self._folder / f"{self._files}.csv"

    def __enter__(self) -> Scratch:
        return self

    def __exit__(self, *error: object) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def as_it_is(parts: Sequence[Part], nulls: tuple[str, ...]) -> CsvSource | None:
    """The file itself, if DuckDB reads it as other readers do, as far as its two ends show."""
    if len(parts) > 1 or not _is_plain(parts[0]):
        return None
    file, layout = parts[0].file, parts[0].layout
    lines = file.count_lines()
    if lines is None:
        return None
    return CsvSource(file.path, layout.delimiter, layout.names, lines - 1, nulls, False)


def _is_plain(part: Part) -> bool:
    file, layout = part.file, part.layout
    if not layout.is_plain or file.is_gzip or file.encoding != "utf-8-sig":
        return False
    last = list(split(file.tail(), layout.delimiter))[-FOOTER:]
    width = layout.width
    ends_blank = bool(last) and len(last[-1]) == width and not any(last[-1])
    return not ends_blank and all(
        len(record) in (0, width) and not (is_total(record) or is_footer(record, width))
        for record in last
    )


def clean_copy(
    parts: Sequence[Part], goal: Path, left_out: LeftOut, nulls: tuple[str, ...]
) -> CsvSource:
    """A copy of the rows alone, written as every reader reads it."""
    n = 0
    with goal.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(parts[0].layout.names)
        for part in parts:
            for row in part.rows(left_out):
                writer.writerow(row)
                n += 1
    return CsvSource(goal, ",", parts[0].layout.names, n, nulls, True)


def _literal(text: str) -> str:
    return literal(text, DUCKDB)


def path_literal(path: Path) -> str:
    """The path as SQL; the characters of a glob pattern stand for themselves."""
    return _literal(re.sub(r"([\[*?])", r"[\1]", str(path)))
