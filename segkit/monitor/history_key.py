"""The customer's id in a history, where its type is not what it was.

Nobody is somebody else because a file was read another way. A column of ids such as 17 is
text from the day on which X17 joins: the history keeps texts then, and 17 is '17' in it.
"""

from __future__ import annotations

from segkit.core.columns import Column, ColumnType, Kind, parse_type
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Publisher
from segkit.errors import Problem, PublishError


def take_key(
    engine: Publisher, name: str, table: str, key: Column, view: str
) -> tuple[Problem, ...]:
    """Have the ids of a history in a type that holds today's as well.

    Returns a warning where texts and numbers are compared, and how many ids were found so.

    ``name``, ``table``: the history, and its SQL. Its first column has the ids.
    ``key``: the ids as they are in the view.

    Raises PublishError: SK105 if the key has another name, or values that are none of the
    history's.
    """
    kept = engine.columns(table)[0]
    type_ = _type_of_both(kept.type, key.type, engine.dialect)
    if kept.name.casefold() != key.name.casefold() or type_ is None:
        raise _another_key(name, kept, key)
    if type_ != kept.type.sql.upper():
        column = identifier(kept.name, engine.dialect)
        engine.run_ddl(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {type_}")
    if Kind.TEXT not in (kept.type.kind, key.type.kind) or kept.type == key.type:
        return ()
    return (_compared_by_text(engine, name, table, kept, key, view),)


def as_kept(sql: str, type_: ColumnType, kept: ColumnType, dialect: Dialect) -> str:
    """SQL of an id of today, as a history has it."""
    by_text = kept.kind is Kind.TEXT and type_.sql.upper() != kept.sql.upper()
    return as_text(sql, dialect) if by_text else sql


def _type_of_both(kept: ColumnType, now: ColumnType, dialect: Dialect) -> str | None:
    """The type that holds the ids of both without loss; None where there is none."""
    kept_sql, now_sql = kept.sql.upper(), now.sql.upper()
    if kept_sql == now_sql:
        return kept_sql
    if not all(_names_customers(type_) for type_ in (kept, now)):
        return None
    if Kind.TEXT in (kept.kind, now.kind):
        return parse_type(dialect.types[Kind.TEXT]).sql.upper()
    (low, high), (least, most) = kept.ends, now.ends
    if low <= least and most <= high:
        return kept_sql
    return now_sql if least <= low and high <= most else None


def _names_customers(type_: ColumnType) -> bool:
    """Whole numbers and texts: what is fractional has another text in each database."""
    is_whole = type_.kind is Kind.INTEGER or (type_.kind is Kind.DECIMAL and not type_.scale)
    return is_whole or type_.kind is Kind.TEXT


def _compared_by_text(
    engine: Publisher, name: str, table: str, kept: Column, key: Column, view: str
) -> Problem:
    """Say how many ids were found; if none were, they are written in another way."""
    dialect = engine.dialect
    id_ = identifier(kept.name, dialect)
    today = as_text(f"v.{identifier(key.name, dialect)}", dialect)
    ((ids, found),) = engine.query(
        f"SELECT count(*), count(v.segment_id) FROM {table} AS h LEFT JOIN {view} AS v"
        f" ON {today} = h.{id_} WHERE h.valid_to IS NULL"
    )
    was, is_ = kept.type.sql, key.type.sql
    if ids and not found:
        note = f"as texts, not one of the {ids:,} ids of {name} is among those of today"
        raise _another_key(name, kept, key, note)
    return Problem(
        "SK105",
        f"{key.name} was {was} in {name} and is {is_} now: ids are compared as texts, "
        f"and {found:,} of {ids:,} are there again",
        help=f"to have one type for good, say `types: {{{key.name}: {dialect.types[Kind.TEXT]}}}` "
        "where its file is declared, or cast it in the model",
        severity="warning",
    )


def _another_key(name: str, kept: Column, key: Column, *notes: str) -> PublishError:
    was = kept.type.sql
    message = (
        f"{name} is kept by {kept.name} ({was}), but the key is now {key.name} ({key.type.sql})"
    )
    hint = (
        f"cast the key back to {was} under its old name in the model, or"
        " give the segmentation another name to begin a new history"
    )
    return PublishError(Problem("SK105", message, help=hint, notes=notes))
