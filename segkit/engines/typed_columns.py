"""Texts of a table that has types, such as Parquet: which are days and numbers by their shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segkit.core.columns import Column
from segkit.errors import ConfigError, Problem
from segkit.files.file_columns import Question
from segkit.files.reading import in_words


@dataclass(frozen=True)
class TextValues:
    """Columns that are days or numbers by what they hold, and the SQL that reads them, by name."""

    columns: Mapping[str, Column]
    sql: Mapping[str, str]
    questions: tuple[Question, ...] = ()

    def __or__(self, other: TextValues) -> TextValues:
        return TextValues(
            {**self.columns, **other.columns},
            {**self.sql, **other.sql},
            (*self.questions, *other.questions),
        )

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
