"""Order lines that somebody tries: one row a customer is made of them, and it is said how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from segkit.core.columns import Column, Kind, parse_type
from segkit.dialects.spelling import identifier, literals
from segkit.engines.base import FileBench
from segkit.engines.duckdb.text_sql import quick_sql, shapes_sql, text_sql, value_sql
from segkit.errors import ConfigError, DataError, Problem
from segkit.files.columns import ColumnReading, ColumnTexts, Question, read_columns
from segkit.files.options import CsvOptions, FileOptions
from segkit.files.reading import in_words
from segkit.files.shapes import MOST, Shape
from segkit.learn.data.key_column import customer_by_name, has_several_rows
from segkit.learn.data.line_evidence import (
    Cancelled,
    LineCounts,
    count_currencies,
    count_from,
    count_lines,
    find_cancelled,
    is_of_order,
)
from segkit.learn.data.order_lines import LineRoles, find_roles, may_be_value
from segkit.project.jinja.calls import Names
from segkit.project.order_models import OrderModels
from segkit.project.sql_files import renderer_of

_FEW = 1.5  # rows a customer: where there are no more, and no orders, some customers stand twice


@dataclass(frozen=True)
class OrderLines:
    """``said``: what was taken for what, and left out."""

    models: OrderModels
    as_of: date
    said: tuple[str, ...]


@dataclass(frozen=True)
class _Lines:
    """A table, and what its columns are once their texts are read: SQL and type by name."""

    engine: FileBench
    relation: str
    columns: Mapping[str, Column]
    sql: Mapping[str, str]
    roles: LineRoles


def find_order_lines(
    engine: FileBench,
    relation: str,
    name: str,
    wanted: str | None,
    csv: CsvOptions | None,
    as_of: datetime | None,
) -> OrderLines | None:
    """Return what makes customers of the lines; None if rows are no lines of orders.

    Parameters
    ----------
    wanted : str, optional
        The column with the customer, if somebody names it.
    csv : CsvOptions, optional
        How texts are written; None if it is decided already what each column is.

    Raises
    ------
    ConfigError
        SK305, SK321 or SK108, with one question, where they are lines but something is missing.
    """
    columns = engine.columns(relation)
    customer = customer_by_name(engine, relation, columns, wanted)
    if customer is None and wanted is not None:
        return None
    each = 1.0 if customer is None else has_several_rows(engine, relation, customer)
    if customer is not None and each == 1.0:
        return None
    sql = {column.name: identifier(column.name, engine.dialect) for column in columns}
    if csv is not None:
        columns, read = _read_texts(engine, relation, columns, customer, csv)
        sql |= read
    roles = find_roles(columns, customer)
    if customer is None:
        _ask_for_customer(columns, roles)
        return None
    lines = _Lines(engine, relation, {c.name: c for c in columns}, sql, roles)
    if not roles.is_complete:
        _ask_for_value(lines)
        return None
    if roles.order is None and each < _FEW:
        return None
    return _order_lines(lines, name, as_of)


def _order_lines(lines: _Lines, name: str, as_of: datetime | None) -> OrderLines:
    engine, relation, roles = lines.engine, lines.relation, lines.roles
    _ask_for_currency(lines)
    cancelled = tuple(find_cancelled(engine, relation, roles, lines.columns))
    assert roles.customer is not None and roles.date is not None
    models = OrderModels(
        name,
        _key_sql(lines.columns[roles.customer], lines.sql[roles.customer]),
        _day_sql(lines.columns[roles.date], lines.sql[roles.date]),
        " * ".join(lines.sql[column] for column in roles.amounts),
        None if roles.order is None else lines.sql[roles.order],
        tuple(each.sql for each in cancelled),
    )
    models = replace(models, is_once=is_of_order(engine, relation, models, roles.amounts[-1]))
    counts = count_lines(engine, relation, models)
    if counts.last is None:
        why = "; ".join(_left_out(counts, roles, cancelled))
        raise DataError(Problem("SK301", f"no line is a purchase: {why}", help="look at the file"))
    models = replace(models, decimals=counts.decimals)
    day = as_of.date() if as_of is not None else counts.last + timedelta(days=1)
    engine.execute(f"CREATE TABLE {models.orders} AS {models.orders_sql(relation)}")
    later = count_from(engine, models.orders, day)
    said = [
        _roles_said(roles, counts),
        *_amount_said(roles, models),
        *_left_out(counts, roles, cancelled),
        *([f"{_lines(later)} of {day} and later left out"] if later else []),
        f"as of {day}" + ("" if as_of is not None else ": the day after the last order"),
    ]
    return OrderLines(models, day, tuple(said))


def make_customers(engine: FileBench, lines: OrderLines, into: str) -> None:
    """Make the table with one row a customer, as a build would by the macro."""
    names = Names({lines.models.orders: ("", lines.models.orders)}, {}, engine.dialect)
    renderer, _ = renderer_of(Path(), {"as_of": lines.as_of.isoformat()}, names)
    made = renderer.render(lines.models.customers_sql(), "customers.sql")
    engine.execute(f"CREATE TABLE {into} AS {made.sql}")


def _key_sql(column: Column, sql: str) -> str:
    """The customer; pandas makes fractions of whole numbers of which some are missing."""
    if column.type.kind in (Kind.DOUBLE, Kind.FLOAT):
        return f"TRY_CAST({sql} AS BIGINT)"
    return sql


def _day_sql(column: Column, sql: str) -> str:
    """When it was ordered, by the clock that is in the data."""
    is_zoned = column.type.sql.upper() in ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
    return f"CAST({sql} AS TIMESTAMP)" if is_zoned else sql


# --- texts ------------------------------------------------------------------------------------


def _read_texts(
    engine: FileBench,
    relation: str,
    columns: Sequence[Column],
    customer: str | None,
    csv: CsvOptions,
) -> tuple[tuple[Column, ...], dict[str, str]]:
    """Columns with the types of what their texts say, and the SQL that reads these."""
    found, sql = list(columns), dict[str, str]()
    for place, column in enumerate(columns):
        name = identifier(column.name, engine.dialect)
        if column.type.kind is not Kind.TEXT:
            continue
        if column.name == customer or not may_be_value(column.name):
            sql[column.name] = text_sql(name) if column.name == customer else name
            continue
        reading = _reading(engine, relation, column, csv)
        if reading.type == "VARCHAR":
            continue
        found[place] = Column(column.name, parse_type(reading.type))
        sql[column.name] = _text_value(name, reading, engine)
    return tuple(found), sql


def _reading(engine: FileBench, relation: str, column: Column, csv: CsvOptions) -> ColumnReading:
    rows = engine.query(shapes_sql(identifier(column.name, engine.dialect), relation))
    shapes = tuple(
        Shape(shape, n, least, greatest, tuple(parts[:3]), tuple(parts[3:]))
        for shape, n, least, greatest, *parts in rows
    )
    texts = ColumnTexts(column.name, None if len(shapes) > MOST else shapes, 0, False)
    found = read_columns([texts], FileOptions(csv))
    if found.questions:
        raise ConfigError(_question(found.questions[0]))
    return found.columns[0]


def _question(question: Question) -> Problem:
    asked = in_words(question)
    told = [
        f"{meaning}: --csv {key}={value}"
        for option, values, meaning in asked.answers
        for key, value in values.items()
        if option == "csv"
    ]
    return Problem("SK108", asked.message, help="; or ".join(told) or "give the column its type")


def _text_value(name: str, reading: ColumnReading, engine: FileBench) -> str:
    day = reading.day
    if day is not None and day.formats and not day.months and not day.has_zone:
        formats = f"[{literals(day.formats, engine.dialect)}]"
        return f"CAST(try_strptime({text_sql(name)}, {formats}) AS {reading.type})"
    plain = replace(reading, missing=(), others=())  # TRY_CAST makes NULL of these
    return quick_sql(name, plain) if reading.is_plain else value_sql(name, reading)


# --- questions --------------------------------------------------------------------------------


def _ask_for_customer(columns: Sequence[Column], roles: LineRoles) -> None:
    if not roles.is_complete or roles.order is None:
        return
    taken = {roles.order, roles.date, *roles.amounts}
    left = [c.name for c in columns if c.name not in taken and not c.type.is_numeric]
    raise ConfigError(
        Problem(
            "SK321",
            f"these look like lines of orders ({_shown(roles)}): which column is the customer?",
            help=f"say it: --key {(left or ['COLUMN'])[0]}; or --key {roles.order}, to segment the "
            f"orders; columns: {', '.join(c.name for c in columns)}",
        )
    )


def _ask_for_value(lines: _Lines) -> None:
    """Say what is missing, if most of what makes a line of an order is there."""
    roles, dialect = lines.roles, lines.engine.dialect
    if roles.order is None and not roles.amounts:
        return
    what = "date" if roles.date is None else "amount"
    hint = "call its column order_date, if there is one"
    if what == "amount":
        hint = "call its column amount (or two: quantity and price), if there is one"
    key = identifier(roles.customer or "", dialect)
    items = [key]
    if roles.order is not None:
        items.append(f"count(DISTINCT {identifier(roles.order, dialect)}) AS orders")
    if roles.amounts:
        amount = " * ".join(identifier(column, dialect) for column in roles.amounts)
        items.append(f"sum({amount}) AS total_spend")
    raise ConfigError(
        Problem(
            "SK305",
            f"{roles.customer} has several rows, which look like lines of orders "
            f"({_shown(roles)}), but no column is the {what} by its name and its values",
            help=f"{hint}; or make one row a customer first, and try that",
            notes=(f"for example: SELECT {', '.join(items)} FROM ... GROUP BY {key}",),
        )
    )


def _ask_for_currency(lines: _Lines) -> None:
    column = lines.roles.currency
    if column is None:
        return
    found = count_currencies(lines.engine, lines.relation, column)
    if len(found) > 1:
        message = f"amounts are in several kinds of money ({column}: {', '.join(found)})"
        hint = "change them into one first: what is added up has to be of one kind"
        raise ConfigError(Problem("SK305", message, help=hint))


# --- what is said -----------------------------------------------------------------------------


def _shown(roles: LineRoles) -> str:
    found = {"customer": roles.customer, "order": roles.order, "date": roles.date}
    shown = [f"{role} {column}" for role, column in found.items() if column is not None]
    if roles.amounts:
        shown.append(f"amount {' x '.join(roles.amounts)}")
    return ", ".join(shown)


def _roles_said(roles: LineRoles, counts: LineCounts) -> str:
    of = "1 customer" if counts.customers == 1 else f"{counts.customers:,} customers"
    return f"order lines: {counts.rows:,} of {of}; {_shown(roles)} (--key says another customer)"


def _amount_said(roles: LineRoles, models: OrderModels) -> Iterator[str]:
    if roles.order is None:
        yield "no order id: what a customer bought on one day is an order"
    if models.is_once:
        yield f"{roles.amounts[-1]} is the same on all lines of an order: counted once an order"
    if roles.discounts:
        yield f"not taken off the amount: {', '.join(roles.discounts)}"
    if roles.others:
        yield f"not used, though by name they could be: {', '.join(roles.others)}"


def _left_out(
    counts: LineCounts, roles: LineRoles, cancelled: Sequence[Cancelled]
) -> Iterator[str]:
    words = {
        "customer": f"without {roles.customer}",
        "cancelled": f"of cancellations ({', '.join(each.said for each in cancelled)})",
        "order": f"without {roles.order}",
        "date": f"without {roles.date}",
        "amount": f"without {' or '.join(roles.amounts)}",
        "negative": "with a negative amount",
        "nothing": "for nothing (amount 0)",
    }
    back = [reason for reason in ("cancelled", "negative") if reason in counts.left_out]
    for reason, n in counts.left_out.items():
        kept = ": what was spent is not reduced by it" if reason in back[-1:] else ""
        yield f"{_lines(n)} {words[reason]} left out{kept}"


def _lines(n: int) -> str:
    return "1 line" if n == 1 else f"{n:,} lines"
