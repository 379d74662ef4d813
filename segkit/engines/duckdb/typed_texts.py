"""Texts of a table that has types, as values in DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from segkit.core.columns import Column, parse_type
from segkit.dialects.spelling import identifier, literals
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.column_texts import Query, read_all_texts
from segkit.engines.duckdb.text_sql import quick_sql, text_sql, value_sql
from segkit.engines.typed_columns import TextValues
from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.files.file_columns import ColumnReading


def read_text_values(
    query: Query, relation: str, columns: Sequence[Column], csv: CsvOptions
) -> TextValues:
    """Return what the texts are; all columns are looked at together, as those of a file are."""
    names = {c.name: identifier(c.name, DUCKDB) for c in columns if c.type.is_plain_text}
    found = read_all_texts(query, relation, names, FileOptions(csv))
    values = [reading for reading in found.columns if reading.type != "VARCHAR"]
    return TextValues(
        {reading.name: Column(reading.name, parse_type(reading.type)) for reading in values},
        {reading.name: _plain_sql(names[reading.name], reading) for reading in values},
        found.questions,
    )


def _plain_sql(name: str, reading: ColumnReading) -> str:
    """The plainest SQL for it: people read it in the model."""
    day = reading.day
    if reading.is_plain:  # TRY_CAST makes NULL of all that is no value
        return quick_sql(name, replace(reading, missing=(), others=()))
    if day is not None and day.formats and not day.months and not day.has_zone:
        formats = f"[{literals(day.formats, DUCKDB)}]"
        return f"CAST(try_strptime({text_sql(name)}, {formats}) AS {reading.type})"
    return value_sql(name, reading)
