"""Identifiers, literals and comparisons: the one place that writes them, by ``table.py``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from segkit.core.axis import EXACT
from segkit.core.columns import ColumnType, Kind
from segkit.core.labels import number_text
from segkit.core.tree import Below
from segkit.dialects.table import Dialect
from segkit.errors import CompileError, Problem

_LIST_WIDTH = 72  # a longer list of texts stands on a line each
_DOUBLE_DIGITS = 15  # significant digits up to which a bare decimal equals the nearest double
_BARE = (Kind.BOOLEAN, Kind.INTEGER)  # levels of these stand without quotes
_BRACE = re.compile(r"\{[{%#]")  # what Jinja reads
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")


def identifier(name: str, dialect: Dialect) -> str:
    """Return the name as SQL: bare if it is plain and not reserved, else quoted.

    Raises ValueError for an empty name, or one with control characters.
    Raises CompileError: SK802 for a name that the dialect does not allow.

    >>> identifier("annual_income"), identifier('a"b'), identifier("order")
    ('annual_income', '"a""b"', '"order"')
    """
    if not name or any(ord(char) < 32 or ord(char) == 127 for char in name):
        raise ValueError(f"{name!r} cannot be the name of a column or relation")
    _check_name(name, dialect)
    plain = _PLAIN.match(name.lower() if dialect.folds_upper and name.isupper() else name)
    if plain and name.lower() not in dialect.reserved:
        return name
    opening, closing = dialect.quotes
    escapes = dialect.name_escapes or ((closing, 2 * closing),)
    return opening + _escaped(name, escapes) + closing


def identifiers(names: Iterable[str], dialect: Dialect) -> str:
    """Return the names as a list: ``age, "order"``."""
    return ", ".join(identifier(name, dialect) for name in names)


def literals(texts: Iterable[str], dialect: Dialect) -> str:
    """Return the texts as a list: ``'a', 'b'``."""
    return ", ".join(literal(text, dialect) for text in texts)


def _check_name(name: str, dialect: Dialect) -> None:
    length = len(name.encode()) if dialect.counts_bytes else len(name)
    if dialect.max_name and length > dialect.max_name:
        unit = "bytes" if dialect.counts_bytes else "characters"
        message = f"{dialect.title} has names of up to {dialect.max_name} {unit}"
        short = f"{name[:40]}..."
        hint = f"`{short}` has {length}: give it a shorter name in the project"
        raise CompileError(Problem("SK802", message, help=hint))
    if dialect.allowed_name and not re.fullmatch(dialect.allowed_name, name):
        message = f"{dialect.title} does not allow the name `{name}`"
        hint = "give the column another name in the model"
        raise CompileError(Problem("SK802", message, help=hint))


def relation(name: str, schema: str | None, dialect: Dialect) -> str:
    """Return ``schema.name``, quoted where needed.

    Raises CompileError: SK802 for a name that the dialect does not allow.
    """
    if dialect.allowed_relation and not re.fullmatch(dialect.allowed_relation, name):
        message = f"{dialect.title} does not allow a table or view to be called `{name}`"
        hint = "give it another name there with --from and --as"
        raise CompileError(Problem("SK802", message, help=hint))
    bare = identifier(name, dialect)
    return f"{identifier(schema, dialect)}.{bare}" if schema else bare


def literal(text: str, dialect: Dialect) -> str:
    """Return the text as an SQL string.

    >>> literal("it's")
    "'it''s'"
    """
    if "\x00" in text:
        raise ValueError("a text with a NUL character cannot be written as SQL")
    return f"{dialect.string_prefix}'{_escaped(text, dialect.escapes)}'"


def _escaped(text: str, escapes: Sequence[tuple[str, str]]) -> str:
    return text.translate({ord(char): escaped for char, escaped in escapes})


def double(number: float | Decimal) -> str:
    """Return a DOUBLE: with an exponent, because 0.5 is a DECIMAL in most dialects."""
    text = repr(float(number))
    return text if "e" in text else f"{text}e0"


def boolean(value: bool, dialect: Dialect) -> str:
    """Return TRUE or FALSE, 1 or 0 where there are none."""
    return str(value).upper() if dialect.has_booleans else str(int(value))


def cast(sql: str, kind: Kind, dialect: Dialect) -> str:
    """``CAST(sql AS <the dialect's type of that kind>)``."""
    return f"CAST({sql} AS {dialect.types[kind]})"


def looked_up(
    code: str, texts: Sequence[str], dialect: Dialect, *, first: int = 1, indent: str = ""
) -> str:
    """Return SQL for the one of several texts (SQL, too) that a code stands for.

    ``first`` is the code of the first text. A long list stands on a line each.

    >>> looked_up("code", ["'A'", "'B'"]), looked_up("code", ["'none'", "'A'"], first=0)
    ("['A', 'B'][code]", "['none', 'A'][code + 1]")
    """
    numbered = list(enumerate(texts, start=first))
    ways = {
        "items": (list(texts), ", "),
        "pairs": ([f"{place}, {text}" for place, text in numbered], ", "),
        "whens": ([f"WHEN {place} THEN {text}" for place, text in numbered], " "),
    }
    template, index = dialect.lookup, code
    if "{items}" in template and first != 1:
        index = f"{code} + {1 - first}"
    listed = {way: _listed(parts, between, indent) for way, (parts, between) in ways.items()}
    for way, text in listed.items():
        if text.startswith("\n"):
            template = template.replace(f" {{{way}}}", f"{{{way}}}")
    return template.format(index=index, **listed)


def _listed(parts: Sequence[str], between: str, indent: str) -> str:
    listed = between.join(parts)
    if len(listed) <= _LIST_WIDTH or not indent:
        return listed
    return f"\n{indent}  " + f"{between.rstrip()}\n{indent}  ".join(parts) + f"\n{indent}"


def comparison(
    expression: str, test: Below, type_: ColumnType, dialect: Dialect, *, negated: bool = False
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
        return f"{expression} {operator} {_decimal(_to_grid(test, type_), type_, dialect)}"
    if type_.kind is not Kind.DOUBLE:
        wide = expression if dialect.widens else cast(expression, Kind.DOUBLE, dialect)
        return f"{wide} {operator} {double(test.cut)}"
    plain = test.cut.normalize(EXACT)
    exact = (
        len(plain.as_tuple().digits) <= _DOUBLE_DIGITS
        and plain.adjusted() < 15  # whole numbers that every double holds
        and int(plain.as_tuple().exponent) >= -18
    )
    return f"{expression} {operator} {number_text(test.cut) if exact else double(test.cut)}"


def membership(
    expression: str,
    levels: Sequence[str],
    type_: ColumnType,
    dialect: Dialect,
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
    is_bare = type_.kind in _BARE and all(type_.prints(level) for level in levels)
    if is_bare and type_.kind is Kind.BOOLEAN and len(levels) == 1 and dialect.has_booleans:
        return expression if (levels[0] == "true") != negated else f"NOT {expression}"
    if is_bare:
        items = [_bare(level, type_, dialect) for level in levels]
    else:  # also of a type that has no such values: what is no number never stands without quotes
        items = [literal(level, dialect) for level in levels]
        wide = cast(expression, Kind.TEXT, dialect)
        expression = dialect.text.format(expression if type_.compares_with_texts else wide)
    if len(items) == 1:
        return f"{expression} {'<>' if negated else '='} {items[0]}"
    return f"{expression} {'NOT IN' if negated else 'IN'} ({', '.join(items)})"


def _bare(level: str, type_: ColumnType, dialect: Dialect) -> str:
    return boolean(level == "true", dialect) if type_.kind is Kind.BOOLEAN else level


def _whole_digits(type_: ColumnType) -> int:
    """Digits before the point up to which a number fits the type, or the next wider one."""
    if type_.kind is Kind.DECIMAL:
        return (type_.precision or 18) - (type_.scale or 0)
    return 38


def _to_grid(test: Below, type_: ColumnType) -> Decimal:
    """``x < cut`` and ``x < ceil(cut)`` agree on every value of the grid; likewise floor for <=."""
    step = Decimal(1).scaleb(-(type_.scale or 0))
    rounding = ROUND_FLOOR if test.inclusive else ROUND_CEILING
    return test.cut if test.cut.adjusted() > 300 else test.cut.quantize(step, rounding, EXACT)


def _decimal(number: Decimal, type_: ColumnType, dialect: Dialect) -> str:
    """A number that is compared exactly with integers and decimals."""
    text = number_text(number)
    if "." not in text or dialect.exact_decimals:
        return text
    return dialect.decimal.format(text, precision=type_.precision, scale=type_.scale)


def in_jinja(text: str) -> str:
    """A template that says the text, whatever braces are in it.

    >>> in_jinja("{{ 5 }}")
    "{{ '{{' }} 5 }}"
    """
    return _BRACE.sub(r"{{ '\g<0>' }}", text)
