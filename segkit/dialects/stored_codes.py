"""A view in front of a table that holds the codes: ``materialized: table``."""

from __future__ import annotations

from dataclasses import replace

from segkit.dialects.phrases import phrases
from segkit.dialects.select import ViewSelect, lookups, steps_and_last
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect


def codes_select(view: ViewSelect, relation_sql: str, dialect: Dialect) -> str:
    """Return the SELECT of the key and the codes alone, as the rules make them."""
    steps, source = steps_and_last(replace(view, passed=()), relation_sql, dialect)
    names = (view.key, *(coded.code for coded in view.coded))
    listed = ",\n".join(f"  {identifier(name, dialect)}" for name in names)
    return "WITH " + ",\n".join(steps) + f"\nSELECT\n{listed}\nFROM {source}"


def stored_select(view: ViewSelect, relation_sql: str, codes_sql: str, dialect: Dialect) -> str:
    """Return the SELECT of what the view has, by the table of codes.

    A key has one row in the relation, which the join says in so many words: a query that asks
    for no feature then reads the codes alone.
    """
    key, passed = (identifier(view.key, dialect), [identifier(n, dialect) for n in view.passed])
    items = [f"c.{key}", *passed]
    for coded in view.coded:
        items += lookups(coded, dialect)
    listed = ",\n".join(item if item.startswith(" ") else f"  {item}" for item in items)
    each = phrases(dialect).one_of_each(key, passed, relation_sql).replace("\n", "\n  ")
    return (
        f"SELECT\n{listed}\nFROM {codes_sql} AS c\n"
        f"LEFT JOIN (\n  {each}\n) AS r ON r.{key} = c.{key}"
    )
