"""How each engine spells things. A dialect is a value in a table, not a subclass.

This is the one place that quotes identifiers and writes literals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from segkit.core.columns import ColumnType, Kind
from segkit.core.tree import Below

# Words that DuckDB does not take for a column or a relation everywhere (duckdb_keywords(), all
# categories but unreserved), and some that other engines reserve: quoting them costs nothing.
_RESERVED_WORDS = """
all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint
binary bit boolean both by case cast char character check coalesce collate collation column
columns concurrently constraint create cross current_role date dec decimal default deferrable
desc describe distinct do else end except exists extract false fetch float for foreign freeze
from full generated glob group grouping grouping_id groups having ilike in index initially
inner inout int integer intersect interval into is isnull join key lambda lateral leading left
like limit map national natural nchar none not notnull null nullif numeric offset on only or
order out outer overlaps overlay pivot pivot_longer pivot_wider placing position positional
precision primary qualify rank real references returning right row rows select semi
session_user setof show similar smallint some struct substring summarize symmetric table
tablesample then time timestamp to trailing treat trim true try_cast tuple union unique unpack
unpivot user using values varchar variadic verbose when where window with xmlattributes
xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
xmltable
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
_EXACT = Context(prec=400)  # 28 digits are usual, and some types have 38
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Dialect:
    """``max_digits``: significant digits up to which a bare decimal equals the nearest double."""

    name: str
    double: str
    is_finite: str  # with {} for the expression
    lookup: str  # element of a list: {items} by {index}, which counts from 1
    max_digits: int = 15


DUCKDB = Dialect(
    name="duckdb",
    double="DOUBLE",
    is_finite="isfinite({})",
    lookup="[{items}][{index}]",
)
DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (DUCKDB,)}


def identifier(name: str, dialect: Dialect = DUCKDB) -> str:
    """Return the name as SQL: bare if it is plain and not reserved, else quoted.

    Raises
    ------
    ValueError
        For an empty name, or one with control characters.

    >>> identifier("annual_income"), identifier('a"b'), identifier("order")
    ('annual_income', '"a""b"', '"order"')
    """
    if not name or any(ord(char) < 32 or ord(char) == 127 for char in name):
        raise ValueError(f"{name!r} cannot be the name of a column or relation")
    if _PLAIN.match(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def relation(name: str, schema: str | None = None, dialect: Dialect = DUCKDB) -> str:
    """Return ``schema.name``, quoted where needed."""
    bare = identifier(name, dialect)
    return f"{identifier(schema, dialect)}.{bare}" if schema else bare


def literal(text: str, dialect: Dialect = DUCKDB) -> str:
    """Return the text as an SQL string.

    >>> literal("it's")
    "'it''s'"
    """
    if "\x00" in text:
        raise ValueError("a text with a NUL character cannot be written as SQL")
    return "'" + text.replace("'", "''") + "'"


def comparison(
    expression: str,
    test: Below,
    type_: ColumnType,
    dialect: Dialect = DUCKDB,
    *,
    negated: bool = False,
) -> str:
    """Return ``expression < cut`` (or its negation), exact for the column's own type.

    Integers and decimals are compared in their own type, with the cut rounded
    to the next value that the type has: ``age < 41.5`` is ``age < 42``. Floats
    are compared as DOUBLE with the double nearest to the cut; so are integers and
    decimals with a cut that is larger than any value of their type.
    """
    operator = {(False, False): "<", (True, False): "<=", (False, True): ">=", (True, True): ">"}[
        test.inclusive, negated
    ]
    if type_.kind in (Kind.INTEGER, Kind.DECIMAL) and test.cut.adjusted() < _whole_digits(type_):
        return f"{expression} {operator} {_plain(_to_grid(test, type_))}"
    if type_.kind is not Kind.DOUBLE:
        return f"CAST({expression} AS {dialect.double}) {operator} {_double(test.cut)}"
    plain = test.cut.normalize(_EXACT)
    exact = (
        len(plain.as_tuple().digits) <= dialect.max_digits
        and plain.adjusted() < 18
        and int(plain.as_tuple().exponent) >= -18
    )
    return f"{expression} {operator} {_plain(test.cut) if exact else _double(test.cut)}"


def membership(
    expression: str,
    levels: Sequence[str],
    type_: ColumnType,
    dialect: Dialect = DUCKDB,
    *,
    negated: bool = False,
) -> str:
    """Return ``expression IN (levels)`` (or its negation); NULL where the value is NULL.

    >>> from segkit.core.columns import parse_type
    >>> membership("region", ["north", "south"], parse_type("VARCHAR"), negated=True)
    "region NOT IN ('north', 'south')"
    >>> membership("is_member", ["true"], parse_type("BOOLEAN"), negated=True)
    'NOT is_member'
    """
    if type_.kind is Kind.BOOLEAN and len(levels) == 1:
        return expression if (levels[0] == "true") != negated else f"NOT {expression}"
    items = [
        level if type_.kind in (Kind.BOOLEAN, Kind.INTEGER) else literal(level, dialect)
        for level in levels
    ]
    if len(items) == 1:
        return f"{expression} {'<>' if negated else '='} {items[0]}"
    return f"{expression} {'NOT IN' if negated else 'IN'} ({', '.join(items)})"


def _whole_digits(type_: ColumnType) -> int:
    """Digits before the point up to which a number fits the type, or the next wider one."""
    if type_.kind is Kind.DECIMAL:
        return (type_.precision or 18) - (type_.scale or 0)
    return 38


def _to_grid(test: Below, type_: ColumnType) -> Decimal:
    """``x < cut`` and ``x < ceil(cut)`` agree on every value of the grid; likewise floor for <=."""
    step = Decimal(1).scaleb(-(type_.scale or 0))
    rounding = ROUND_FLOOR if test.inclusive else ROUND_CEILING
    return test.cut if test.cut.adjusted() > 300 else test.cut.quantize(step, rounding, _EXACT)


def _plain(number: Decimal) -> str:
    text = format(number.normalize(_EXACT), "f")
    return "0" if text in ("-0", "") else text


def _double(number: Decimal) -> str:
    text = repr(float(number))
    return text if "e" in text else f"{text}e0"
