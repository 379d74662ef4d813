"""Regions as SQL that a person wrote, or could have: the shortest spelling, in a stable order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from segkit.core.dialect import identifier, literal
from segkit.core.labels import number_text
from segkit.core.predicate import Term
from segkit.core.regions import Region, columns_in
from segkit.core.rules import Condition, Interval, Levels


def region_sql(region: Region, flags: Collection[str] = ()) -> str:
    """Return the region as one condition; ``flags`` are columns that are TRUE or FALSE.

    >>> from decimal import Decimal
    >>> low, high = Interval(upper=Decimal(18)), Interval(lower=Decimal(65))
    >>> region_sql(({"age": Condition("age", low, True)}, {"age": Condition("age", high)}))
    'age < 18 OR age >= 65 OR age IS NULL'
    """
    if len(columns_in(region)) == 1:
        conditions = [condition for term in region for condition in term.values()]
        return _one_column_sql(conditions, flags)
    terms = [_term_sql(term, flags) for term in region]
    if len(terms) > 1:
        terms = [f"({sql})" if " AND " in sql else sql for sql in terms]
    return " OR ".join(terms)


def _term_sql(term: Term, flags: Collection[str]) -> str:
    parts = [_one_column_sql([condition], flags) for condition in term.values()]
    if len(parts) > 1:
        parts = [f"({sql})" if " OR " in sql else sql for sql in parts]
    return " AND ".join(parts)


def _one_column_sql(conditions: Sequence[Condition], flags: Collection[str]) -> str:
    """Values in ascending order, and NULL at last."""
    name = conditions[0].column
    column = identifier(name)
    values = [c.values for c in conditions if c.values is not None]
    has_null = any(c.null for c in conditions)
    if any(v.is_everything for v in values):
        return f"{column} IS NOT NULL" + (f" OR {column} IS NULL" if has_null else "")
    intervals = [v for v in values if isinstance(v, Interval)]
    intervals.sort(key=lambda i: (i.lower is not None, i.lower or 0, not i.lower_closed))
    points = [i for i in intervals if i.lower is not None and i.lower == i.upper]
    if len(points) == len(intervals) > 1:
        parts = [
            f"{column} IN ({', '.join(number_text(i.lower) for i in points if i.lower is not None)})"
        ]
    else:
        parts = [_interval_sql(column, interval) for interval in intervals]
    parts += [
        _levels_sql(column, v, is_flag=name in flags) for v in values if isinstance(v, Levels)
    ]
    return " OR ".join([*parts, f"{column} IS NULL"] if has_null else parts)


def _interval_sql(column: str, interval: Interval) -> str:
    lower, upper = interval.lower, interval.upper
    if lower is not None and lower == upper:
        return f"{column} = {number_text(lower)}"
    parts = []
    if lower is not None:
        parts.append(f"{column} {'>=' if interval.lower_closed else '>'} {number_text(lower)}")
    if upper is not None:
        parts.append(f"{column} {'<=' if interval.upper_closed else '<'} {number_text(upper)}")
    return " AND ".join(parts)


def _levels_sql(column: str, levels: Levels, *, is_flag: bool) -> str:
    if is_flag:
        return column if ("true" in levels.listed) != levels.excluded else f"NOT {column}"
    items = [literal(text) for text in sorted(levels.listed)]
    if len(items) == 1:
        return f"{column} {'<>' if levels.excluded else '='} {items[0]}"
    return f"{column} {'NOT IN' if levels.excluded else 'IN'} ({', '.join(items)})"


def ordered_terms(region: Region, order: Mapping[str, int]) -> Region:
    """The same region with the columns of each term in the order of ``order``."""
    last = len(order)
    return tuple(
        dict(sorted(term.items(), key=lambda item: order.get(item[0], last))) for term in region
    )
