"""Texts of a table that nobody has described: numbers in disguise, codes, categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segkit.core.columns import Column, Kind
from segkit.core.facts import Fact
from segkit.dialects.phrases import as_double, as_text, phrases
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.files.names import code_by_name
from segkit.learn.data.levels import MAX_LEVELS

MOSTLY = 0.9  # of the texts of a column have to be numbers, if it is to be one
_SIGNS = "$€£% "
# a sign of money before, % or a sign of money after; thousands in groups or not at all:
# no group begins with 0, so 0,125 is an eighth
_FORM = "[$€£]? ?-?[$€£]?({0}|{1}) ?[%$€£]?"
_POINT = _FORM.format(r"[0-9]{1,15}(\.[0-9]+)?", r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")
_COMMA = _FORM.format(r"[0-9]{1,15}(,[0-9]+)?", r"[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?")
_CODE = "[+0][0-9]{2,}"
_DATE = r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{2,4}([ T].*)?"


@dataclass(frozen=True)
class TextColumn:
    """Counts of a column of texts: ``point`` are numbers such as 1,234.5, ``comma`` 1.234,5.

    ``code``: digits that begin with 0 or +, as of a post code or a telephone number.
    ``date``: days such as 03/04/2024, which nobody can tell from days such as 04/03/2024.
    """

    column: str
    known: int
    distinct: int
    point: int
    comma: int
    code: int
    date: int

    @property
    def numbers(self) -> int:
        return max(self.point, self.comma)

    @property
    def is_number(self) -> bool:
        """True if nearly all texts are numbers, and none of them a code."""
        if code_by_name(self.column) or self.code or not self.known:
            return False
        return self.numbers >= MOSTLY * self.known

    @property
    def levels(self) -> int:
        """How many different texts there are, if they are neither numbers, days nor codes."""
        is_other = self.code > self.known / 2 or self.date >= MOSTLY * self.known
        return 0 if is_other or self.numbers == self.known else self.distinct

    def number_sql(self, dialect: Dialect) -> str:
        """The text as a number; NULL where it is none."""
        name = identifier(self.column, dialect)
        bare = f"translate({name}, '{_SIGNS},', '')"
        form = _POINT
        if self.comma > self.point:
            bare = f"replace(translate({name}, '{_SIGNS}.', ''), ',', '.')"
            form = _COMMA
        is_number = phrases(dialect).matches(name, f"'{form}'")
        return f"CASE WHEN {is_number} THEN {as_double(bare, dialect)} END"


def look_at_texts(engine: Reader, relation: str, columns: Sequence[Column]) -> list[TextColumn]:
    """Count what kind of texts there are, over all rows, in the columns that are texts."""
    texts = [column for column in columns if column.type.kind is Kind.TEXT]
    if not texts:
        return []
    items = []
    for column in texts:
        name = as_text(identifier(column.name, engine.dialect), engine.dialect)  # a UUID is none
        items += [f"count({name})", f"count(DISTINCT {name})"]
        items += [
            f"count(*) FILTER (WHERE {phrases(engine.dialect).matches(name, quoted)})"
            for quoted in (f"'{form}'" for form in (_POINT, _COMMA, _CODE, _DATE))
        ]
    counts = engine.query(f"SELECT {', '.join(items)} FROM {relation}")[0]
    return [
        TextColumn(column.name, *map(int, counts[6 * place : 6 * place + 6]))
        for place, column in enumerate(texts)
    ]


def why_not(column: Column, texts: Sequence[TextColumn]) -> Fact:
    """Why a column that is no number is not learned from."""
    name = column.name
    if column.type.kind in (Kind.DATE, Kind.TIMESTAMP):
        return Fact("out_date", name)
    if reason := code_by_name(name):
        return Fact("out_by_name", name, value=reason)
    if column.type.kind is Kind.BOOLEAN:
        return Fact("out_flag", name)
    text = next((text for text in texts if text.column == name), None)
    return Fact("out_type", name, value=column.type.sql) if text is None else _what_it_is(text)


def _what_it_is(text: TextColumn) -> Fact:
    reasons = (
        ("out_empty", not text.known),
        ("out_code", text.code > text.known / 2),
        ("out_number_as_text", text.is_number),
        ("out_date_as_text", text.date >= MOSTLY * text.known),
        ("out_constant", text.distinct == 1),
    )
    for code, holds in reasons:
        if holds:
            return Fact(code, text.column)
    if text.distinct <= min(MAX_LEVELS, text.known / 2):
        return Fact("out_text_levels", text.column, text.distinct)
    return Fact("out_free_text", text.column)
