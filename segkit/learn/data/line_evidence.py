"""What the lines themselves say: cancellations, amounts of whole orders, how many count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from segkit.core.columns import Column, Kind
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import identifier, literals
from segkit.engines.base import Reader
from segkit.learn.data.order_lines import LineRoles, name_words
from segkit.project.order_models import CUSTOMER, OrderModels

_CANCELLED = re.compile(
    r"cancel|void|refund|return|reject|storn|annul|anul|fail|retour|declin", re.I
)
_LEVELS = 20  # a state has no more
_MOSTLY = 0.9  # of the order ids are digits, some of them behind a C
_ENOUGH = 20  # orders of several lines with one amount, before it is that of the order
_DIFFERENT = 5  # amounts of these


@dataclass(frozen=True)
class Cancelled:
    """A condition of lines that were cancelled, and in words which ones."""

    sql: str
    said: str


@dataclass(frozen=True)
class LineCounts:
    """``left_out`` by reason, as ``REASONS`` has them; ``last`` is the day of the last purchase.

    ``decimals`` of amounts, 2 to 4: with fewer, their sum would not be exact.
    """

    rows: int
    customers: int
    left_out: Mapping[str, int]
    last: date | None
    decimals: int


def find_cancelled(
    engine: Reader, relation: str, roles: LineRoles, columns: Mapping[str, Column]
) -> Iterator[Cancelled]:
    """Yield what lines say of themselves when they were cancelled."""
    dialect = engine.dialect
    if roles.order is not None and columns[roles.order].type.kind is Kind.TEXT:
        name = identifier(roles.order, dialect)
        digits_only, with_c = (
            phrases(dialect).matches(name, pattern) for pattern in ("'[0-9]+'", "'[Cc][0-9]+'")
        )
        known, digits, marked = engine.query(
            f"SELECT count({name}), count(*) FILTER (WHERE {digits_only}), "
            f"count(*) FILTER (WHERE {with_c}) FROM {relation}"
        )[0]
        if 0 < marked < digits and digits + marked >= _MOSTLY * known:
            yield Cancelled(f"upper({name}) LIKE 'C%'", f"{roles.order} begins with C")
    if roles.state is not None:
        name = identifier(roles.state, dialect)
        levels = engine.query(f"SELECT DISTINCT {name} FROM {relation} LIMIT {_LEVELS + 1}")
        found = sorted(level for (level,) in levels if level and _CANCELLED.search(level))
        if found and len(levels) <= _LEVELS:
            sql = f"{name} IN ({literals(found, dialect)})"
            yield Cancelled(sql, f"{roles.state} is {' or '.join(found)}")
    if roles.is_cancelled is not None:
        name = identifier(roles.is_cancelled, dialect)
        yield Cancelled(f"CAST({name} AS BOOLEAN)", f"{roles.is_cancelled} is true")


def is_of_order(engine: Reader, relation: str, models: OrderModels, column: str) -> bool:
    """True if all lines of an order have the same amount, and it is no chance: its total."""
    if models.order is None:
        return False
    varies = "min(amount) < max(amount) OR min(ordered_at) < max(ordered_at)"
    several, varied, amounts = engine.query(
        "SELECT count(*), count(*) FILTER (WHERE varies), count(DISTINCT least) FROM "
        f"(SELECT min(amount) AS least, {varies} AS varies "
        f"FROM ({models.lines_sql(relation)}) AS lines "
        "GROUP BY customer_id, order_id HAVING count(*) > 1) AS orders"
    )[0]
    is_named = not {"order", "invoice", "total"}.isdisjoint(name_words(column))
    return bool(
        several
        and not varied
        and (is_named or several >= _ENOUGH)
        and amounts >= (2 if is_named else _DIFFERENT)
    )


def count_currencies(engine: Reader, relation: str, column: str) -> tuple[str, ...]:
    """The kinds of money that lines are in."""
    name = as_text(identifier(column, engine.dialect), engine.dialect)
    found = engine.query(
        f"SELECT DISTINCT {name} FROM {relation} WHERE {name} IS NOT NULL LIMIT {_LEVELS}"
    )
    return tuple(sorted(text for (text,) in found))


def count_lines(engine: Reader, relation: str, models: OrderModels) -> LineCounts:
    """Count the lines by the first reason for which they are no purchase."""
    reasons = models.reasons
    cases = " ".join(f"WHEN {sql} THEN '{reason}'" for reason, sql in reasons.items())
    found = engine.query(
        f"SELECT CASE {cases} END AS reason, count(*), max(CAST(ordered_at AS DATE)), "
        "max(CASE WHEN amount = round(amount, 2) THEN 2 WHEN amount = round(amount, 3) THEN 3 "
        "ELSE 4 END) "
        f"FROM ({models.lines_sql(relation)}) AS lines GROUP BY reason"
    )
    by_reason = {reason: n for reason, n, *_ in found}
    last, decimals = next(((day, most) for reason, _, day, most in found if not reason), (None, 2))
    ((customers,),) = engine.query(
        f"SELECT count(DISTINCT {CUSTOMER}) FROM ({models.lines_sql(relation)}) AS lines"
    )
    return LineCounts(
        sum(by_reason.values()),
        customers,
        {reason: by_reason[reason] for reason in reasons if reason in by_reason},
        last,
        decimals,
    )


def count_from(engine: Reader, relation: str, day: date) -> int:
    """How many lines of clean ones are of that day or later."""
    sql = f"SELECT count(*) FROM {relation} WHERE ordered_at >= DATE '{day.isoformat()}'"
    return int(engine.query(sql)[0][0])
