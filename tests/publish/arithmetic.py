"""Conditions that compute, at random, and what they mean: a second reading, with NULL for missing.

Written from the documentation and from what DuckDB answers, not from segkit:
whole numbers, decimals and doubles, where a step that is not finite gives NULL.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from random import Random
from typing import Any, Literal

Type = Literal["int", "dec", "dbl"]
Row = Mapping[str, Any]
TYPES: dict[str, tuple[Type, str]] = {
    "a": ("int", "INTEGER"),
    "b": ("int", "SMALLINT"),
    "d": ("dec", "DECIMAL(6,2)"),
    "x": ("dbl", "DOUBLE"),
    "y": ("dbl", "DOUBLE"),
}
VALUES: dict[Type, tuple[Any, ...]] = {
    "int": (None, 0, 0, 1, -1, 2, 7, -9),
    "dec": (None, *map(Decimal, ("0.00", "0.00", "1.00", "-0.50", "3.25", "0.01"))),
    "dbl": (
        *(None, 0.0, -0.0, 1.0, -2.5, 100.0, math.nan, math.inf, -math.inf),
        *(1.7976931348623157e308, -1e308, 1e200, 1e-200, 5e-324, -3e-310),
    ),
}
CONSTANTS: tuple[tuple[str, Type], ...] = (
    *(("0", "int"), ("1", "int"), ("3", "int"), ("0.5", "dec"), ("1e300", "dbl"), ("2e0", "dbl")),
)
_EXACT = Context(prec=60)
_LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "%": 2}


@dataclass(frozen=True)
class Value:
    type: Type
    value: Any


@dataclass(frozen=True)
class Expression:
    """``sql`` with brackets only where it binds less than ``level``."""

    sql: str
    level: int
    type: Type
    of: Callable[[Row], Any]

    def within(self, level: int) -> str:
        return self.sql if self.level >= level else f"({self.sql})"


def finite(value: Any) -> Any:
    return None if value is None or not math.isfinite(value) else value


def column(name: str) -> Expression:
    return Expression(name, 9, TYPES[name][0], lambda row: finite(row[name]))


def constant(sql: str, type_: Type) -> Expression:
    value = {"int": int, "dec": Decimal, "dbl": float}[type_](sql)
    return Expression(sql, 9, type_, lambda row: value)


def binary(left: Expression, sign: str, right: Expression) -> Expression:
    type_ = _result(left.type, sign, right.type)

    def of(row: Row) -> Any:
        one, other = left.of(row), right.of(row)
        if one is None or other is None:
            return None
        return finite(_compute(one, sign, other, type_))

    level = _LEVELS[sign]
    sql = f"{left.within(level)} {sign} {right.within(level + 1)}"
    return Expression(sql, level, type_, of)


def _result(one: Type, sign: str, other: Type) -> Type:
    if sign == "/" or "dbl" in (one, other):
        return "dbl"
    if "dec" in (one, other):
        return "dbl" if sign == "//" else "dec"
    return "int"


def _compute(one: Any, sign: str, other: Any, type_: Type) -> Any:
    if sign in ("/", "//", "%") and other == 0:
        return None
    if type_ == "dbl":
        return _of_doubles(float(one), sign, float(other))
    if sign == "//":
        return abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
    if type_ == "dec":
        return _of_decimals(Decimal(one), sign, Decimal(other))
    if sign == "%":
        return int(math.copysign(abs(one) % abs(other), one))
    return {"+": one + other, "-": one - other, "*": one * other}[sign]


def _of_doubles(one: float, sign: str, other: float) -> float:
    if sign == "%":
        return math.fmod(one, other)
    if sign in ("/", "//"):
        return one / other
    return {"+": one + other, "-": one - other, "*": one * other}[sign]


def _of_decimals(one: Decimal, sign: str, other: Decimal) -> Decimal:
    work = {
        "+": _EXACT.add,
        "-": _EXACT.subtract,
        "*": _EXACT.multiply,
        "%": _EXACT.remainder,
    }
    return work[sign](one, other)


def negated(inner: Expression) -> Expression:
    def of(row: Row) -> Any:
        value = inner.of(row)
        return None if value is None else -value

    return Expression(f"-{inner.within(9)}", 8, inner.type, of)


def absolute(inner: Expression) -> Expression:
    def of(row: Row) -> Any:
        value = inner.of(row)
        return None if value is None else abs(value)

    return Expression(f"abs({inner.sql})", 9, inner.type, of)


def root(inner: Expression) -> Expression:
    def of(row: Row) -> Any:
        value = inner.of(row)
        return None if value is None or value < 0 else math.sqrt(value)

    return Expression(f"sqrt({inner.sql})", 9, "dbl", of)


def first_known(one: Expression, other: Expression) -> Expression:
    """``coalesce`` of two of one type, or of doubles."""
    type_: Type = one.type if one.type == other.type else "dbl"

    def of(row: Row) -> Any:
        value = one.of(row)
        value = other.of(row) if value is None else value
        return float(value) if value is not None and type_ == "dbl" else value

    return Expression(f"coalesce({one.sql}, {other.sql})", 9, type_, of)


def _have_one_type(one: Expression, other: Expression) -> bool:
    return one.type == other.type or "dbl" in (one.type, other.type)


# conditions -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    sql: str
    of: Callable[[Row], bool | None]


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


def comparison(left: Expression, sign: str, right: Expression) -> Condition:
    def of(row: Row) -> bool | None:
        one, other = left.of(row), right.of(row)
        if one is None or other is None:
            return None
        if "dbl" in (left.type, right.type):
            one, other = float(one), float(other)
        return _COMPARISONS[sign](one, other)

    return Condition(f"{left.sql} {sign} {right.sql}", of)


def is_null(inner: Expression) -> Condition:
    return Condition(f"{inner.sql} IS NULL", lambda row: inner.of(row) is None)


def negation(inner: Condition) -> Condition:
    def of(row: Row) -> bool | None:
        truth = inner.of(row)
        return None if truth is None else not truth

    return Condition(f"NOT ({inner.sql})", of)


def both(one: Condition, other: Condition) -> Condition:
    def of(row: Row) -> bool | None:
        truths = (one.of(row), other.of(row))
        return False if False in truths else None if None in truths else True

    return Condition(f"({one.sql}) AND ({other.sql})", of)


# at random --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dice:
    """Random rows and conditions over some columns with some operators."""

    random: Random
    columns: tuple[str, ...]
    signs: tuple[str, ...]
    constants: tuple[tuple[str, Type], ...] = CONSTANTS

    def row(self) -> dict[str, Any]:
        return {name: self.random.choice(VALUES[type_]) for name, (type_, _) in TYPES.items()}

    def expression(self, depth: int) -> Expression:
        if depth == 0 or self.random.random() < 0.15:
            return self._leaf()
        inner = self.expression(depth - 1)
        kind = self.random.random()
        if kind < 0.7:
            return binary(inner, self.random.choice(self.signs), self.expression(depth - 1))
        if kind < 0.9:
            return self.random.choice((negated, absolute, root))(inner)
        other = self.expression(depth - 1)
        return first_known(inner, other) if _have_one_type(inner, other) else inner

    def _leaf(self) -> Expression:
        if self.random.random() < 0.75:
            return column(self.random.choice(self.columns))
        return constant(*self.random.choice(self.constants))

    def condition(self) -> Condition:
        """One that names a column."""
        while True:
            found = self._condition()
            if re.search(rf"\b({'|'.join(self.columns)})\b", found.sql):
                return found

    def _condition(self) -> Condition:
        one = self._compared()
        kind = self.random.random()
        if kind < 0.6:
            return one
        return negation(one) if kind < 0.8 else both(one, self._compared())

    def _compared(self) -> Condition:
        left = self.expression(self.random.randint(1, 3))
        if self.random.random() < 0.1:
            return is_null(left)
        right = self.expression(self.random.randint(0, 1))
        return comparison(left, self.random.choice(sorted(_COMPARISONS)), right)
