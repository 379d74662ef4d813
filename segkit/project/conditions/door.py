"""The conditions of a YAML file, read where they stand.

sqlglot takes a third of ``ls``: the plainest, ``orders >= 10 AND tenure_days < 30``,
are read without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from segkit.core.predicate import BIGINT_DIGITS, AllOf, AnyOf, ColumnUse, Compare, Predicate
from segkit.core.rules import Interval
from segkit.dialects.reserved import DUCKDB_WORDS
from segkit.errors import ConfigError, Place, Problem
from segkit.project.yaml.marks import Entry

_WITHOUT_COLUMNS = {
    "when": "compare a column: `orders >= 10`; the bucket of all others is `else: ...`",
    "where": "leave `where` out, or compare a column: `orders >= 10`",
    "not_scored": "leave `not_scored` out, or compare a column: `orders = 0`",
}
_MAX_PARTS = 20  # more are left to the parser, and to its bounds
_COMPARISON = re.compile(r"([A-Za-z_]\w*) ?(<=|>=|<|>|=) ?(-?\d+(?:\.\d+)?)", re.ASCII)
_JOINED_BY = re.compile(r" (and|or) ", re.IGNORECASE)
# no names to the parser, where a condition begins with them
_STATEMENTS = """
alter attach begin cache call comment commit connect copy current_catalog current_date current_time
current_timestamp current_user delete detach disconnect drop execute explain force grant if insert
install kill list load localtime localtimestamp merge nullable object optimize partitioned_by
pragma prepare range regexp rename reset revoke rlike rollback set truncate uncache update use
vacuum while xor
"""
_WORDS = frozenset((*DUCKDB_WORDS, *_STATEMENTS.split()))


def place_in(start: Place | None, whole: Place, offset: int, length: int) -> Place:
    """The place of some characters of a text; the whole of it where they are spelled otherwise."""
    if start is None or start.column is None:
        return whole
    return replace(start, column=start.column + offset, length=max(1, length))


@dataclass(frozen=True)
class SqlCondition:
    """A condition as written; ``start`` is its first character, None where the file escapes it."""

    predicate: Predicate
    place: Place
    start: Place | None = None

    def names(self) -> Iterator[tuple[str, Place]]:
        """Columns that are named, and where."""
        for use in self.predicate.uses:
            yield use.column, self.at(use.start, use.end - use.start)

    def at(self, offset: int, length: int = 1) -> Place:
        """The place of some characters of the text."""
        return place_in(self.start, self.place, offset, length)


def read_condition(entry: Entry) -> SqlCondition | None:
    """Return the condition that the entry states; None if it is none, and why is in the entry."""
    if entry.path in entry.document.trapped:  # said already
        return None
    text = str(entry.value or "").rstrip()
    whole = entry.place()
    start = _start(entry, text)
    at, hint = partial(place_in, start, whole), _WITHOUT_COLUMNS[str(entry.path[-1])]
    predicate, problems = _parsed(text, at, whole, hint)
    entry.problems.extend(problems)
    return None if predicate is None else SqlCondition(predicate, whole, start)


def stored_condition(text: str, place: Place) -> SqlCondition:
    """Return a condition that was read once, and is kept in another file.

    Raises ConfigError if it is none, by this segkit; it is said of ``place``.
    """
    predicate, problems = _parsed(text, lambda *_: place, place, _WITHOUT_COLUMNS["where"])
    if predicate is None:
        raise ConfigError(problems)
    return SqlCondition(predicate, place)


def _parsed(
    text: str, at: Callable[[int, int], Place], whole: Place, hint: str
) -> tuple[Predicate | None, list[Problem]]:
    predicate = plain_predicate(text)
    if predicate is not None:
        return predicate, []
    from segkit.project.conditions.predicates import parse_condition

    return parse_condition(text, at, whole, hint)


def _start(entry: Entry, text: str) -> Place | None:
    """Where the text's first character stands; None where the file spells it otherwise."""
    place = entry.place()
    if place.line is None or place.column is None:
        return None
    column = place.column + (entry.path in entry.document.quoted)
    line = entry.document.text.split("\n")[place.line - 1]
    if not line[column - 1 :].startswith(text):
        return None
    return Place(place.path, place.line, column)


def plain_predicate(text: str) -> Predicate | None:
    """Return what the parser makes of comparisons with numbers, joined by AND or by OR.

    None for anything else, and where a name could be a word of SQL.
    """
    pieces = _JOINED_BY.split(text)
    words = {word.lower() for word in pieces[1::2]}
    if len(words) > 1 or len(pieces) > 2 * _MAX_PARTS:
        return None
    parts, uses, start = [], [], 0
    for piece, word in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        found = _COMPARISON.fullmatch(piece)
        if (
            found is None
            or found[1].lower() in _WORDS
            or len(found[3].replace(".", "")) > BIGINT_DIGITS
        ):
            return None
        uses.append(ColumnUse(start, start + len(found[1]), found[1]))
        parts.append(Compare(found[1], _values(found[2], Decimal(found[3]))))
        start += len(piece) + len(word) + 2
    if not words:
        return Predicate(text, tuple(uses), parts[0], is_compound=False)
    kind = AllOf if words == {"and"} else AnyOf
    return Predicate(text, tuple(uses), kind(tuple(parts)))


def _values(operator: str, number: Decimal) -> Interval:
    if operator == "=":
        return Interval(number, number, True, True)
    if operator in ("<", "<="):
        return Interval(upper=number, upper_closed=operator == "<=")
    return Interval(lower=number, lower_closed=operator == ">=")
