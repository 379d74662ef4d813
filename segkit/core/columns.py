"""Columns and what their types mean for an exact comparison."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What kind of values a column holds, whatever the engine calls the type."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"  # single precision
    DOUBLE = "double"
    BOOLEAN = "boolean"
    TEXT = "text"
    DATE = "date"
    TIMESTAMP = "timestamp"
    OTHER = "other"


_WHOLE = re.compile(r"(0|-?[1-9][0-9]{0,37})\Z")
_INTEGER_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
_KINDS: dict[str, Kind] = {
    **{f"{sign}{name}": Kind.INTEGER for sign in ("", "U") for name in _INTEGER_BITS},
    "INT": Kind.INTEGER,
    **dict.fromkeys(("DECIMAL", "NUMERIC"), Kind.DECIMAL),
    **dict.fromkeys(("FLOAT", "REAL"), Kind.FLOAT),
    **dict.fromkeys(("DOUBLE", "DOUBLE PRECISION"), Kind.DOUBLE),
    **dict.fromkeys(("BOOLEAN", "BOOL"), Kind.BOOLEAN),
    **dict.fromkeys(
        ("VARCHAR", "TEXT", "CHAR", "UUID", "CHARACTER VARYING", "CHARACTER", "BPCHAR", "NAME"),
        Kind.TEXT,
    ),
    "DATE": Kind.DATE,
}

# a value equals itself alone: of others blanks at the end do not count, or it has many spellings
_PLAIN_TEXTS = ("VARCHAR", "TEXT", "CHAR", "CHARACTER VARYING", "NAME")
_LARGEST_SINGLE = 2.0**128 - 2.0**104


@dataclass(frozen=True)
class ColumnType:
    """An SQL type. ``precision`` and ``scale`` are set for decimals only."""

    sql: str
    kind: Kind
    precision: int | None = None
    scale: int | None = None

    @property
    def is_numeric(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE)

    @property
    def holds_non_finite(self) -> bool:
        """True if the type has NaN, and maybe infinities."""
        return bool(self.non_finite)

    @property
    def non_finite(self) -> tuple[str, ...]:
        """The values that are no finite number, as texts: PostgreSQL's numeric has NaN alone."""
        if self.kind in (Kind.FLOAT, Kind.DOUBLE):
            return "nan", "inf", "-inf"
        return ("nan",) if self.sql.startswith("numeric") else ()

    @property
    def is_plain_text(self) -> bool:
        """True if a value equals itself alone: a UUID has many spellings, a collation equates."""
        return self.kind is Kind.TEXT and self.sql.upper().split("(")[0] in _PLAIN_TEXTS

    @property
    def compares_with_texts(self) -> bool:
        """False where a text has to be of a form, or of a list of the type's own (an ENUM)."""
        is_enumeration = self.kind is Kind.TEXT and _name(self.sql) not in _KINDS
        return self.kind not in (Kind.BOOLEAN, Kind.INTEGER) and not is_enumeration

    @property
    def step(self) -> Decimal | None:
        """What lies between a value and the next one, if that is the same everywhere."""
        if self.kind not in (Kind.INTEGER, Kind.DECIMAL):
            return None
        return Decimal(1).scaleb(-(self.scale or 0))

    @property
    def ends(self) -> tuple[Decimal, Decimal]:
        """The least and the largest number of the type."""
        if self.kind is Kind.DECIMAL:
            digits = "9" * (self.precision or 18)
            largest = Decimal(digits).scaleb(-(self.scale or 0), Context(prec=400))
        elif self.kind in (Kind.FLOAT, Kind.DOUBLE):
            largest = Decimal(_LARGEST_SINGLE if self.kind is Kind.FLOAT else sys.float_info.max)
        else:
            name = self.sql.upper()
            bits = _INTEGER_BITS.get(name.removeprefix("U"), 64)
            if name.startswith("U"):
                return Decimal(0), Decimal(2**bits - 1)
            return Decimal(-(2 ** (bits - 1))), Decimal(2 ** (bits - 1) - 1)
        return largest.copy_negate(), largest

    def prints(self, text: str) -> bool:
        """Whether a value of the type can be printed as the text: as a category's level."""
        if self.kind is Kind.BOOLEAN:
            return text in ("true", "false")
        whole = self.kind is Kind.INTEGER
        return self.kind is Kind.TEXT or (whole and _WHOLE.match(text) is not None)


@dataclass(frozen=True)
class Column:
    name: str
    type: ColumnType


Spell = Callable[[str], str]


def spelling_of(columns: Iterable[Column]) -> Spell:
    """How a relation writes the name of a column, given it in any case.

    A name that the relation lacks stays as it is.
    """
    names = {column.name: column.name for column in columns}
    folded = {name.casefold(): name for name in reversed(names)}  # the first of several
    return lambda name: names.get(name) or folded.get(name.casefold(), name)


def parse_type(sql: str) -> ColumnType:
    """Return the ColumnType that an engine's type name stands for.

    >>> parse_type("DECIMAL(18,2)")
    ColumnType(sql='DECIMAL(18,2)', kind=<Kind.DECIMAL: 'decimal'>, precision=18, scale=2)
    """
    name = _name(sql)
    if name.startswith("TIMESTAMP"):
        return ColumnType(sql, Kind.TIMESTAMP)
    kind = Kind.OTHER if sql.endswith("]") else _KINDS.get(name, Kind.OTHER)
    if kind is Kind.DECIMAL:
        digits = re.search(r"\((\d+)\s*,\s*(\d+)\)", sql)
        precision, scale = (int(digits[1]), int(digits[2])) if digits else (18, 3)
        return ColumnType(sql, kind, precision, scale)
    return ColumnType(sql, kind)


def _name(sql: str) -> str:
    return re.split(r"\(| COLLATE ", sql.upper())[0].strip()
