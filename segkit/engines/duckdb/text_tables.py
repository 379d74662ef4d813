"""A file of text as a table whose columns have safe types.

DuckDB guesses types by value; an id such as 0001 must not become 1. So every value is read as
text. What a column is, is decided on the beginning of the file and proved on all of it while it
is loaded; where a text contradicts, it is decided anew, on the shapes of all texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from segkit.dialects.spelling import identifier
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.column_texts import Query, column_shapes, column_texts, read_all_texts
from segkit.engines.duckdb.text_source import (
    CsvSource,
    Part,
    Scratch,
    as_it_is,
    clean_copy,
    find_parts,
)
from segkit.engines.duckdb.text_sql import misfit_sql, no_day_sql, quick_sql, text_sql, value_sql
from segkit.files.column_readings import read_columns
from segkit.files.csv_options import FileOptions
from segkit.files.file_columns import ColumnReading, ColumnTexts, Question
from segkit.files.read_again import is_alike, recounted, without_days
from segkit.files.reading import Asked, Changed, Reading
from segkit.files.rows import LeftOut
from segkit.files.shapes import Shape, count_shapes
from segkit.files.text_file import TextProblem
from segkit.files.written_numbers import SPACES

_PREFIX = 1_000  # rows on which it is decided first
_MISFIT = "segkit_misfit"
_WORD = "segkit_word_"


def load_text(
    run: Query,
    query: Query,
    paths: Sequence[Path],
    relation: str,
    options: FileOptions,
    kept: Sequence[ColumnReading] = (),
) -> tuple[Reading, int] | Asked:
    """Make the table ``relation`` (SQL) of a file, or of several of one shape.

    ``run``, ``query``: in the transaction of the table, and beside it: an error there aborts
    nothing.
    ``kept``: how the columns were read the last time: so they are read again, as long as no text
    contradicts.

    Raises TextProblem with the line, where there is one.
    """
    with Scratch() as scratch:
        parts, options = find_parts(paths, scratch, options)
        loader = _Loader(run, query, relation, options, parts, tuple(kept))
        source = as_it_is(parts, options.csv.nulls)
        if source is not None:
            with suppress(_NotPlain):
                return loader.load(source, LeftOut())
        left_out = LeftOut()
        copy = clean_copy(parts, scratch.file(), left_out, options.csv.nulls)
        return loader.load(copy, left_out)


class _NotPlain(Exception):
    """Other readers read the file in another way than DuckDB does, or not at all."""


@dataclass(frozen=True)
class _Loader:
    run: Query
    query: Query
    relation: str
    options: FileOptions
    parts: tuple[Part, ...]
    kept: tuple[ColumnReading, ...]

    def load(self, source: CsvSource, left_out: LeftOut) -> tuple[Reading, int] | Asked:
        first = list(islice(self.parts[0].rows(LeftOut()), _PREFIX))
        found = read_columns(
            _texts(source.names, first, self.options.csv.nulls), self.options, self.kept
        )
        proved = None if found.questions else self._prove(source, found.columns, _padded(first))
        if proved is not None:
            return self._table(source, left_out, proved)
        if not source.is_copy and self._has_odd_rows(source):
            raise _NotPlain
        found = read_all_texts(
            self.run,
            source.sql(),
            {name: _c(place) for place, name in enumerate(source.names)},
            self.options,
            self.kept,
        )
        if found.questions:
            return Asked(found.questions)
        columns = [self._with_days(source, *pair) for pair in enumerate(found.columns)]
        if others := tuple(c for c in columns if isinstance(c, Question)):
            return Asked(others)
        readings = tuple(c for c in columns if isinstance(c, ColumnReading))
        self._create(source, readings, [value_sql(_c(n), c) for n, c in enumerate(readings)], [])
        return self._table(source, left_out, readings)

    def _prove(
        self, source: CsvSource, columns: Sequence[ColumnReading], padded: Collection[int]
    ) -> tuple[ColumnReading, ...] | None:
        """Make the table, with what is counted in all of it.

        None, and no table, if a text contradicts what its column is. Spaces around a text are
        taken off in ``padded`` columns only: that takes longer than all the rest.
        """
        texts = [
            text_sql(_c(n)) if n in padded and column.type != "VARCHAR" else _c(n)
            for n, column in enumerate(columns)
        ]
        values = [quick_sql(*pair) for pair in zip(texts, columns, strict=True)]
        marks = {_MISFIT: _is_odd(source, texts, columns)} | {
            f"{_WORD}{place}": f"CASE WHEN {values[place]} IS NULL THEN {_c(place)} END"
            for place, column in enumerate(columns)
            if column.type != "VARCHAR" and (column.missing or column.others)
        }
        self._create(source, columns, values, [f"{sql} AS {name}" for name, sql in marks.items()])
        proved = None
        if not self.run(f"SELECT count(*) FROM {self.relation} WHERE {_MISFIT}")[0][0]:
            proved = self._recounted(columns)
        if proved is None:
            self.run(f"DROP TABLE {self.relation}")
            return None
        for name in marks:
            self.run(f"ALTER TABLE {self.relation} DROP COLUMN {name}")
        return proved

    def _recounted(self, columns: Sequence[ColumnReading]) -> tuple[ColumnReading, ...] | None:
        """The columns with their words as often as they stand in all of the file.

        None where that makes another column of one: of the beginning 5+ was a slip, or a level.
        """
        found = list[ColumnReading]()
        for place, column in enumerate(columns):
            name = identifier(column.name, DUCKDB)
            again: ColumnReading | None = column
            if column.type == "VARCHAR" and column.others:
                texts = column_texts(self.run, self.relation, name, column.name)
                again = next(iter(read_columns([texts], self.options).columns), None)
            elif column.missing or column.others:
                words = column_shapes(self.run, self.relation, f"{_WORD}{place}")
                known = self.run(f"SELECT count({name}) FROM {self.relation}")[0][0]
                again = recounted(column, words, known)
            if again is None or again.type != column.type:
                return None
            found.append(again)
        return tuple(found)

    def _create(
        self,
        source: CsvSource,
        columns: Sequence[ColumnReading],
        values: Sequence[str],
        marks: Sequence[str],
    ) -> None:
        items = [
            f"{value} AS {identifier(column.name, DUCKDB)}"
            for value, column in zip(values, columns, strict=True)
        ]
        select = f"SELECT\n  {(',' + chr(10) + '  ').join([*items, *marks])}\nFROM {source.sql()}"
        self.run(f"CREATE TABLE {self.relation} AS\n{select}")

    def _has_odd_rows(self, source: CsvSource) -> bool:
        texts = ["VARCHAR"] * len(source.names)
        counted = f"SELECT count(*) FROM {source.sql()} WHERE {source.odd_sql(texts)}"
        return bool(self.query(counted)[0][0])

    def _with_days(
        self, source: CsvSource, place: int, column: ColumnReading
    ) -> ColumnReading | Question:
        """With the texts that only look like a day counted."""
        if column.day is None:
            return column
        c = _c(place)
        test = no_day_sql(c, column)
        known, n, least, greatest, example = self.query(
            f"SELECT count({c}), count(*) FILTER ({test}), min({c}) FILTER ({test}), "
            f"max({c}) FILTER ({test}), max({c}) FILTER ({value_sql(c, column)} IS NOT NULL) "
            f"FROM {source.sql()}"
        )[0]
        if not n:
            return column
        return without_days(column, Shape(greatest, n, least, greatest), known, example)

    def _table(
        self, source: CsvSource, left_out: LeftOut, columns: tuple[ColumnReading, ...]
    ) -> tuple[Reading, int]:
        """The table, if it has as many rows as another reader counts."""
        loaded = self.run(f"SELECT count(*) FROM {self.relation}")[0][0]
        part = self.parts[0]
        if loaded == source.rows:
            changed = tuple(self._changed(source, columns))
            reading = Reading(part.file, part.layout, left_out, columns, part.known.sheet, changed)
            return reading, loaded
        self.run(f"DROP TABLE {self.relation}")
        if not source.is_copy:
            raise _NotPlain
        message = f"{source.rows} records, but {loaded} rows could be loaded"
        raise TextProblem(message, "look for quotes and line ends that do not match")

    def _changed(self, source: CsvSource, columns: Sequence[ColumnReading]) -> Iterator[Changed]:
        """Columns that are not read as they were the last time, and a text that speaks for it."""
        before = {column.name: column for column in self.kept}
        for place, column in enumerate(columns):
            last = before.get(column.name)
            if last is None or is_alike(last, column):
                continue
            text = None
            if (misfit := misfit_sql(text_sql(_c(place)), last)) is not None:
                select = f"SELECT min({_c(place)}) FROM {source.sql()} WHERE {misfit}"
                text = self.run(select)[0][0]
            yield Changed(last, column, text)


def _is_odd(source: CsvSource, texts: Sequence[str], columns: Sequence[ColumnReading]) -> str:
    """TRUE for a row with a text that was not known, or one that may be no customer."""
    misfits = [misfit_sql(*pair) for pair in zip(texts, columns, strict=True)]
    tests = [f"({test})" for test in misfits if test is not None]
    tests += [] if source.is_copy else [f"({source.odd_sql([c.type for c in columns])})"]
    return f"coalesce({' OR '.join(tests)}, false)" if tests else "false"


def _c(place: int) -> str:
    """A column of the file, as ``CsvSource`` calls it."""
    return f"c{place}"


def _texts(
    names: Sequence[str], first: Sequence[Sequence[str]], nulls: Collection[str] = ()
) -> list[ColumnTexts]:
    found = []
    for place, name in enumerate(names):
        values = (row[place] for row in first if row[place] not in nulls)
        texts = [text for value in values if (text := value.strip(SPACES))]
        distinct = set(texts)
        found.append(ColumnTexts(name, count_shapes(texts), len(distinct), _same(distinct)))
    return found


def _padded(first: Sequence[Sequence[str]]) -> set[int]:
    """Places of columns that have texts with spaces around them."""
    return {
        place for row in first for place, value in enumerate(row) if value != value.strip(SPACES)
    }


def _same(texts: Collection[str]) -> tuple[str, str] | None:
    """Two texts that are one number to a program."""
    numbers: dict[float, str] = {}
    for text in sorted(texts):
        with suppress(ValueError):
            other = numbers.setdefault(float(text), text)
            if other != text:
                return other, text
    return None
