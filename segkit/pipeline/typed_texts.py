"""Texts of a table that has types, such as Parquet: which are days and numbers by their shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segkit.core.columns import Column, parse_type
from segkit.dialects.spelling import identifier, literals
from segkit.engines.base import FileBench
from segkit.engines.duckdb.text_sql import (
    distinct_sql,
    quick_sql,
    shapes_sql,
    text_sql,
    value_sql,
)
from segkit.errors import ConfigError, Problem
from segkit.files.column_readings import read_columns
from segkit.files.columns import ColumnReading, ColumnTexts, Question
from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.files.reading import in_words
from segkit.files.shapes import MOST, Shape


@dataclass(frozen=True)
class TextValues:
    """Columns of the texts that are days or numbers, and the SQL that reads them, by name."""

    columns: Mapping[str, Column]
    sql: Mapping[str, str]
    questions: tuple[Question, ...] = ()

    def ask(self) -> None:
        """Raise ConfigError, SK108, where a text could be two things."""
        if not self.questions:
            return
        asked = in_words(self.questions[0])
        told = [
            f"{meaning}: --csv {key}={value}"
            for option, values, meaning in asked.answers
            for key, value in values.items()
            if option == "csv"
        ]
        hint = "; or ".join([*told, "give it its type (in a view, of a table of a database)"])
        raise ConfigError(Problem("SK108", asked.message, help=hint))


def read_text_values(
    engine: FileBench, relation: str, columns: Sequence[Column], csv: CsvOptions
) -> TextValues:
    """Return what the texts are; all columns are looked at together, as those of a file are."""
    texts = [_texts(engine, relation, c.name) for c in columns if c.type.is_plain_text]
    found = read_columns(texts, FileOptions(csv))
    values = [reading for reading in found.columns if reading.type != "VARCHAR"]
    return TextValues(
        {reading.name: Column(reading.name, parse_type(reading.type)) for reading in values},
        {reading.name: _value_sql(engine, reading) for reading in values},
        found.questions,
    )


def _texts(engine: FileBench, relation: str, column: str) -> ColumnTexts:
    name = identifier(column, engine.dialect)
    shapes = tuple(
        Shape(shape, n, least, greatest, tuple(parts[:3]), tuple(parts[3:]))
        for shape, n, least, greatest, *parts in engine.query(shapes_sql(name, relation))
    )
    distinct, numbers = engine.query(distinct_sql(name, relation))[0]
    known = None if len(shapes) > MOST else shapes
    return ColumnTexts(column, known, distinct, distinct > numbers > 0)


def _value_sql(engine: FileBench, reading: ColumnReading) -> str:
    """The plainest SQL for it: people read it in the model."""
    name, day = identifier(reading.name, engine.dialect), reading.day
    if reading.is_plain:  # TRY_CAST makes NULL of all that is no value
        return quick_sql(name, replace(reading, missing=(), others=()))
    if day is not None and day.formats and not day.months and not day.has_zone:
        formats = f"[{literals(day.formats, engine.dialect)}]"
        return f"CAST(try_strptime({text_sql(name)}, {formats}) AS {reading.type})"
    return value_sql(name, reading)
