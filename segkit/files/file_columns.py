"""A column of a file of texts: its texts, what it is, what has to be asked."""

from __future__ import annotations

from dataclasses import dataclass

from segkit.files.date_columns import DateForm
from segkit.files.number_study import NumberForm
from segkit.files.shapes import Shape


@dataclass(frozen=True)
class ColumnTexts:
    """``shapes`` of the texts that are not empty; None: there are too many to tell.

    ``distinct`` texts; ``same``: two of them that are one number.
    """

    name: str
    shapes: tuple[Shape, ...] | None
    distinct: int
    same: tuple[str, str] | None = None


@dataclass(frozen=True)
class ColumnReading:
    """``type`` is the name of an SQL type; texts of ``shapes`` are of it, ``missing`` words NULL.

    ``others`` are texts that are none of this type and missing for that; ``example`` is a text
    that is not written as a program writes it. ``why_text``: why a column whose texts are
    mostly numbers is none, or one whose texts are mostly days.
    """

    name: str
    type: str
    number: NumberForm | None = None
    day: DateForm | None = None
    shapes: tuple[str, ...] = ()
    missing: tuple[Shape, ...] = ()
    others: tuple[Shape, ...] = ()
    example: str | None = None
    why_text: str | None = None
    is_declared: bool = False

    @property
    def is_plain(self) -> bool:
        form = self.number or self.day
        return form is None or form.is_plain


@dataclass(frozen=True)
class Question:
    """``kind``: separator, currency, percent, order, two orders, others, same.

    Of columns that are alike. ``n`` of ``of`` texts are others; of two orders, ``n`` texts are
    days by the first one alone and ``of`` by the second.
    """

    kind: str
    columns: tuple[str, ...]
    example: str
    answers: tuple[str, ...]
    n: int = 0
    of: int = 0


@dataclass(frozen=True)
class Readings:
    columns: tuple[ColumnReading, ...]
    questions: tuple[Question, ...]
