"""Regions as SQL that a person wrote, or could have: the shortest spelling, in a stable order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from segkit.core.columns import parse_type
from segkit.core.labels import number_text
from segkit.core.regions import Region
from segkit.core.rules import Condition, Interval, Levels
from segkit.dialects.spelling import identifier, membership
from segkit.dialects.table import CONDITIONS

_FLAG, _TEXT = parse_type("BOOLEAN"), parse_type("VARCHAR")


def region_sql(region: Region, flags: Collection[str] = ()) -> str:
    """Return the region as one condition; ``flags`` are columns that are TRUE or FALSE.

    >>> from decimal import Decimal
    >>> low, high = Interval(upper=Decimal(18)), Interval(lower=Decimal(65))
    >>> region_sql(({"age": Condition("age", low, True)}, {"age": Condition("age", high)}))
    'age < 18 OR age >= 65 OR age IS NULL'
    """
    terms = [_term_sql(term, flags) for term in _grouped(region)]
    if len(terms) > 1:
        terms = [f"({sql})" if " AND " in sql else sql for sql in terms]
    return " OR ".join(terms)


_Group = dict[str, tuple[Condition, ...]]  # by column, conditions of which one holds


def _grouped(region: Region) -> list[_Group]:
    """Terms that differ in one column as one, so that what they share is said once."""
    groups: list[_Group] = [{name: (c,) for name, c in term.items()} for term in region]
    place = 0
    while place < len(groups):
        group = groups[place]
        for other in groups[place + 1 :]:
            differing = [name for name in group if group[name] != other.get(name)]
            if group.keys() == other.keys() and len(differing) == 1:
                group[differing[0]] += other[differing[0]]
                groups.remove(other)
                place = -1
                break
        place += 1
    return groups


def _term_sql(group: _Group, flags: Collection[str]) -> str:
    parts = [_one_column_sql(conditions, flags) for conditions in group.values()]
    if len(parts) > 1:
        parts = [f"({sql})" if " OR " in sql else sql for sql in parts]
    return " AND ".join(parts)


def _one_column_sql(conditions: Sequence[Condition], flags: Collection[str]) -> str:
    """Values in ascending order, and NULL at last."""
    name = conditions[0].column
    column = identifier(name, CONDITIONS)
    values = [c.values for c in conditions if c.values is not None]
    has_null = any(c.null for c in conditions)
    if any(v.is_everything for v in values):
        return f"{column} IS NOT NULL" + (f" OR {column} IS NULL" if has_null else "")
    parts = _intervals_sql(column, [v for v in values if isinstance(v, Interval)])
    parts += [
        _levels_sql(column, v, is_flag=name in flags) for v in values if isinstance(v, Levels)
    ]
    return " OR ".join([*parts, f"{column} IS NULL"] if has_null else parts)


def _intervals_sql(column: str, intervals: Sequence[Interval]) -> list[str]:
    """Ranges, in ascending order; a list where single numbers are in, or are left out."""
    points = [i.lower for i in intervals if i.lower is not None and i.lower == i.upper]
    if len(points) == len(intervals) > 1:
        return [f"{column} IN ({_listed(points)})"]
    holes = all_but(intervals)
    if holes:
        is_one = len(holes) == 1
        return [
            f"{column} <> {_listed(holes)}" if is_one else f"{column} NOT IN ({_listed(holes)})"
        ]
    ordered = sorted(intervals, key=lambda i: (i.lower is not None, i.lower or 0))
    parts = [interval_sql(column, interval) for interval in ordered]
    return [f"({sql})" if " AND " in sql and len(parts) > 1 else sql for sql in parts]


def all_but(intervals: Sequence[Interval]) -> list[Decimal]:
    """The single numbers that some ranges leave out; none where they leave out more."""
    ordered = sorted(intervals, key=lambda i: (i.lower is not None, i.lower or 0))
    if len(ordered) < 2 or ordered[0].lower is not None or ordered[-1].upper is not None:
        return []
    holes = []
    for low, high in pairwise(ordered):
        if low.upper is None or low.upper != high.lower or low.upper_closed or high.lower_closed:
            return []
        holes.append(low.upper)
    return holes


def _listed(numbers: Sequence[Decimal]) -> str:
    return ", ".join(number_text(number) for number in sorted(numbers))


def interval_sql(column: str, interval: Interval) -> str:
    """The range as a condition on ``column``, which is SQL; empty if all values are in it."""
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
    type_ = _FLAG if is_flag else _TEXT
    return membership(column, sorted(levels.listed), type_, CONDITIONS, negated=levels.excluded)


def ordered_terms(region: Region, order: Mapping[str, int]) -> Region:
    """The same region with the columns of each term in the order of ``order``."""
    last = len(order)
    return tuple(
        dict(sorted(term.items(), key=lambda item: order.get(item[0], last))) for term in region
    )
