"""Random conditions as formulas and as SQL, and the rows to try them on."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from hypothesis import strategies as st

from segkit.core.predicate import AllOf, AnyOf, Compare, Formula, IsNull, Not
from segkit.core.rules import Interval, Levels

LEVELS = ("x", "y", "it's")
NUMBERS = (None, *(Decimal(n) / 2 for n in range(-1, 8)))
TEXTS = (None, *LEVELS, "unseen")
ROWS = tuple({"a": a, "n": n, "t": t} for a, n, t in product(NUMBERS, (None, *range(-1, 5)), TEXTS))

CUTS = st.integers(0, 3).map(Decimal)
INTERVALS = st.one_of(
    st.builds(lambda c, closed: Interval(upper=c, upper_closed=closed), CUTS, st.booleans()),
    st.builds(lambda c, closed: Interval(lower=c, lower_closed=closed), CUTS, st.booleans()),
    CUTS.map(lambda c: Interval(c, c, True, True)),
    st.builds(lambda a, b: Interval(min(a, b), max(a, b), True, True), CUTS, CUTS),
)
ATOMS: st.SearchStrategy[Formula] = st.one_of(
    st.builds(Compare, st.sampled_from("an"), INTERVALS),
    st.frozensets(st.sampled_from(LEVELS), min_size=1, max_size=2).map(
        lambda levels: Compare("t", Levels(levels))
    ),
    st.builds(IsNull, st.sampled_from("ant")),
)
FORMULAS: st.SearchStrategy[Formula] = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=6,
)


def as_sql(formula: Formula) -> str:
    """The formula as a person would write it."""
    if isinstance(formula, IsNull):
        return f"{formula.column} IS NULL"
    if isinstance(formula, Not):
        return f"NOT ({as_sql(formula.part)})"
    if isinstance(formula, AllOf | AnyOf):
        word = " AND " if isinstance(formula, AllOf) else " OR "
        return word.join(f"({as_sql(part)})" for part in formula.parts)
    values = formula.values
    if isinstance(values, Levels):
        listed = ", ".join("'" + level.replace("'", "''") + "'" for level in sorted(values.listed))
        return f"{formula.column} IN ({listed})"
    if values.lower is not None and values.upper is not None:
        if values.lower == values.upper:
            return f"{formula.column} = {values.lower}"
        return f"{formula.column} BETWEEN {values.lower} AND {values.upper}"
    if values.upper is not None:
        return f"{formula.column} {'<=' if values.upper_closed else '<'} {values.upper}"
    return f"{formula.column} {'>=' if values.lower_closed else '>'} {values.lower}"
