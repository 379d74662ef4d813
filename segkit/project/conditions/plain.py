"""The plainest conditions, which need no parser: ``orders >= 10 AND tenure_days < 30``."""

from __future__ import annotations

import re
from decimal import Decimal

from segkit.core.predicate import AllOf, AnyOf, ColumnUse, Compare, Predicate
from segkit.core.rules import Interval
from segkit.dialects.reserved import DUCKDB_WORDS

MAX_DIGITS = 18  # a BIGINT beside a longer one does not fit a DECIMAL: it becomes a DOUBLE
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
            or len(found[3].replace(".", "")) > MAX_DIGITS
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
