"""What the lines themselves say: what was bought, or cancelled, whose amounts they have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from segkit.core.columns import Column
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import identifier, literals
from segkit.engines.base import Reader
from segkit.learn.data.order_lines import LineRoles, name_words
from segkit.project.order_models import CUSTOMER, OrderModels

_CANCELLED = re.compile(
    "cancel|void|refund|return|reject|storn|annul|anul|fail|retour|declin", re.IGNORECASE
)
# what a log calls that something was bought, the likeliest first: of "order" and "payment" one
_BOUGHT = (
    r"purchased?|bought|buy|sale|sold|kauf|gekauft|achat|compra",
    r"(complete[d_ ]*|place[d_ ]*)?order([_ ](completed|placed|paid|complete))?|ordered|bestellung",
    r"transaction|checkout[_ ]completed?|paid|payment",
)
_LEVELS = 20  # a state has no more
_MOSTLY = 0.9  # of the order ids are digits, some of them behind a C
_ENOUGH = 20  # orders of several lines with one amount each, before it is that of the order
_TOTALS = frozenset({"order", "invoice", "total"})


@dataclass(frozen=True)
class LineTest:
    """A condition of lines, of those that were cancelled or bought, and in words which ones."""

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


def find_bought(engine: Reader, relation: str, roles: LineRoles) -> LineTest | None:
    """Return which lines are purchases where others are of something else: views, carts."""
    levels = [] if roles.event is None else _levels(engine, relation, roles.event)
    if roles.event is None or not 1 < len(levels) <= _LEVELS:
        return None
    for words in _BOUGHT:
        found = [level for level in levels if re.fullmatch(words, level.strip(), re.IGNORECASE)]
        if found:
            texts = literals(found, engine.dialect)
            name = as_text(identifier(roles.event, engine.dialect), engine.dialect)
            said = f"{roles.event} is not {' or '.join(found)}"
            return LineTest(f"{name} IN ({texts})", said) if len(found) < len(levels) else None
    return None


def find_cancelled(
    engine: Reader, relation: str, roles: LineRoles, columns: Sequence[Column]
) -> Iterator[LineTest]:
    """Yield what lines say of themselves when they were cancelled."""
    dialect = engine.dialect
    texts = {column.name for column in columns if column.type.is_plain_text}
    if roles.order is not None and roles.order in texts:
        name = identifier(roles.order, dialect)
        digits, behind_c = (
            f"count(*) FILTER (WHERE {phrases(dialect).matches(name, pattern)})"
            for pattern in ("'[0-9]+'", "'[Cc][0-9]+'")
        )
        sql = f"SELECT count({name}), {digits}, {behind_c} FROM {relation}"
        known, plain, marked = engine.query(sql)[0]
        if 0 < marked < plain and plain + marked >= _MOSTLY * known:
            yield LineTest(f"upper({name}) LIKE 'C%'", f"{roles.order} begins with C")
    if roles.state is not None:
        name = identifier(roles.state, dialect)
        levels = _levels(engine, relation, roles.state)
        found = [level for level in levels if _CANCELLED.search(level)]
        if found and len(levels) <= _LEVELS:
            sql = f"{name} IN ({literals(found, dialect)})"
            yield LineTest(sql, f"{roles.state} is {' or '.join(found)}")
    if roles.is_cancelled is not None:
        name = identifier(roles.is_cancelled, dialect)
        sql = f"SELECT max(CAST({name} AS INTEGER)), min(CAST({name} AS INTEGER)) FROM {relation}"
        if engine.query(sql)[0] == (1, 0):  # not how many pieces came back
            yield LineTest(f"CAST({name} AS BOOLEAN)", roles.is_cancelled)


def kinds_of_money(engine: Reader, relation: str, roles: LineRoles) -> list[str]:
    """Return the currencies that amounts are in, if a column says it."""
    return [] if roles.currency is None else _levels(engine, relation, roles.currency)


def _levels(engine: Reader, relation: str, column: str) -> list[str]:
    """The different texts of a column, sorted; of many only one more than there should be."""
    text = as_text(identifier(column, engine.dialect), engine.dialect)
    found = engine.query(
        f"SELECT DISTINCT {text} FROM {relation} WHERE {text} IS NOT NULL LIMIT {_LEVELS + 1}"
    )
    return sorted(text for (text,) in found)


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
    enough = 2 if _TOTALS.intersection(name_words(column)) else _ENOUGH
    return bool(not varied and several >= enough and amounts > several / 4)


def count_lines(engine: Reader, relation: str, models: OrderModels) -> LineCounts:
    """Count the lines by the first reason for which they are no purchase."""
    reasons = models.reasons
    cases = " ".join(f"WHEN {sql} THEN '{reason}'" for reason, sql in reasons.items())
    lines = f"({models.lines_sql(relation)}) AS lines"
    found = engine.query(
        f"SELECT CASE {cases} END AS reason, count(*), max(CAST(ordered_at AS DATE)), "
        "max(CASE WHEN amount = round(amount, 2) THEN 2 WHEN amount = round(amount, 3) THEN 3 "
        f"ELSE 4 END) FROM {lines} GROUP BY reason"
    )
    ((customers,),) = engine.query(f"SELECT count(DISTINCT {CUSTOMER}) FROM {lines}")
    by_reason = {reason: n for reason, n, *_ in found}
    last, decimals = next(((day, most) for reason, _, day, most in found if not reason), (None, 2))
    left_out = {reason: by_reason[reason] for reason in reasons if reason in by_reason}
    return LineCounts(sum(by_reason.values()), int(customers), left_out, last, decimals)
