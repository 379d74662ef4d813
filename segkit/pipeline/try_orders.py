"""Order lines that somebody tries: one row a customer is made of them, and it is said how."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from segkit.core.columns import Column, Kind
from segkit.core.fact_english import sentences
from segkit.core.facts import Fact
from segkit.dialects.spelling import identifier
from segkit.engines.base import FileBench
from segkit.engines.typed_columns import TextValues
from segkit.errors import ConfigError, DataError, Problem
from segkit.files.csv_options import CsvOptions
from segkit.learn.data.key_column import customer_by_name, other_customers, rows_each
from segkit.learn.data.line_evidence import (
    LineCounts,
    LineTest,
    count_lines,
    find_bought,
    find_cancelled,
    is_of_order,
    kinds_of_money,
)
from segkit.learn.data.order_lines import (
    LineRoles,
    find_roles,
    may_be_day,
    may_be_number,
    name_words,
)
from segkit.project.jinja.calls import Names
from segkit.project.order_models import OrderModels
from segkit.project.project_files import ProjectFiles, builtin_macros_directory
from segkit.project.sql_files import renderer_of

_FEW = 1.5  # rows a customer: where there are no more, and no orders, some customers stand twice
_WHO = (("name",), ("email",), ("id",))  # last words of what may well be a customer


@dataclass(frozen=True)
class _Tests:
    """What lines say of themselves."""

    cancelled: tuple[LineTest, ...]
    bought: LineTest | None


@dataclass(frozen=True)
class OrderLines:
    """``facts``: what was taken for what, and what was left out."""

    models: OrderModels
    as_of: date
    facts: tuple[Fact, ...]

    @property
    def said(self) -> tuple[str, ...]:
        return sentences(self.facts)


def find_order_lines(
    engine: FileBench,
    relation: str,
    name: str,
    wanted: str | None,
    csv: CsvOptions | None,
    as_of: datetime | None,
) -> OrderLines | None:
    """Return what makes customers of the lines; None if rows are no lines of orders.

    ``wanted``: the column with the customer, if somebody names it.
    ``csv``: how texts are written; None if it is decided already what each column is.

    Raises ConfigError: SK108, SK305 or SK321, with one question, where they are lines but something
    is missing.
    """
    columns = engine.columns(relation)
    customer = customer_by_name(engine, relation, columns, wanted)
    each = 0.0 if customer is None else rows_each(engine, relation, customer)
    if each == 1.0 or (customer is None and wanted is not None):
        return None
    values = _values(engine, relation, columns, csv)
    roles = find_roles([values.columns.get(c.name, c) for c in columns], customer)
    if customer is None:
        _ask_for_customer(engine, relation, columns, roles)
        return None
    values.ask()
    if not roles.is_complete:
        _ask_for_value(columns, roles)
    if not roles.is_complete or (roles.order is None and each < _FEW):
        return None
    _ask_for_money(engine, relation, roles)
    cancelled = tuple(find_cancelled(engine, relation, roles, columns))
    tests = _Tests(cancelled, find_bought(engine, relation, roles))
    models = _models(engine, columns, values, roles, name, tests)
    models = replace(models, is_once=is_of_order(engine, relation, models, roles.amounts[-1]))
    others = other_customers(columns, customer, wanted)
    return _made(engine, relation, models, roles, tests, others, as_of)


def _values(
    engine: FileBench, relation: str, columns: Sequence[Column], csv: CsvOptions | None
) -> TextValues:
    """Columns that are days or numbers both by their names and by what they hold."""
    days = [c for c in columns if may_be_day(c.name)]
    found = engine.whole_days(relation, days)
    if csv is None:
        return found
    asked = [c for c in columns if c in days or may_be_number(c.name)]
    return found | engine.text_values(relation, asked, csv)


def _models(
    engine: FileBench,
    columns: Sequence[Column],
    values: TextValues,
    roles: LineRoles,
    name: str,
    tests: _Tests,
) -> OrderModels:
    sql = {c.name: identifier(c.name, engine.dialect) for c in columns} | dict(values.sql)
    kinds = {column.name: column.type for column in columns}
    assert roles.customer is not None and roles.date is not None
    customer, day = sql[roles.customer], sql[roles.date]
    if kinds[roles.customer].kind in (Kind.DOUBLE, Kind.FLOAT):  # pandas makes it of whole numbers
        customer = f"TRY_CAST({customer} AS BIGINT)"
    elif kinds[roles.customer].is_plain_text:
        customer = f"nullif(trim({customer}), '')"
    if "ZONE" in kinds[roles.date].sql.upper():
        day = f"CAST({day} AS TIMESTAMP)"
    return OrderModels(
        name,
        customer,
        day,
        " * ".join(sql[column] for column in roles.amounts),
        None if roles.order is None else sql[roles.order],
        tuple(each.sql for each in tests.cancelled),
        bought=None if tests.bought is None else tests.bought.sql,
    )


def _made(
    engine: FileBench,
    relation: str,
    models: OrderModels,
    roles: LineRoles,
    tests: _Tests,
    other_customers: Sequence[str],
    as_of: datetime | None,
) -> OrderLines:
    """With the table of the lines that count."""
    counts = count_lines(engine, relation, models)
    if counts.last is None:
        why = "; ".join(sentences(_left_out(counts, roles, tests)))
        raise DataError(Problem("SK301", f"no line is a purchase: {why}", help="look at the file"))
    models = replace(models, decimals=counts.decimals)
    day = counts.last + timedelta(days=1) if as_of is None else as_of.date()
    engine.execute(f"CREATE TABLE {models.orders} AS {models.orders_sql(relation)}")
    is_later = f"ordered_at >= DATE '{day}'"
    later, bought = engine.query(
        f"SELECT count(*) FILTER (WHERE {is_later}), "
        f"count(DISTINCT customer_id) FILTER (WHERE NOT ({is_later})) FROM {models.orders}"
    )[0]
    facts = (
        Fact("order_lines", n=counts.rows, value=(counts.customers, _shown(roles))),
        *(Fact("other_customer", name) for name in other_customers),
        *_of_amount(roles, models),
        *_left_out(counts, roles, tests),
        *([Fact("lines_later", n=later, value=str(day))] if later else []),
        *([Fact("no_purchase", n=n)] if (n := counts.customers - bought) else []),
        Fact("as_of_last" if as_of is None else "as_of", value=str(day)),
    )
    return OrderLines(models, day, facts)


def make_customers(engine: FileBench, lines: OrderLines, into: str) -> None:
    """Make the table with one row a customer, as a build does by the macro."""
    names = Names({lines.models.orders: ("", lines.models.orders)}, {}, engine.dialect)
    own = ProjectFiles(builtin_macros_directory().parent)
    renderer = renderer_of(own, {"as_of": lines.as_of.isoformat()}, names)
    made = renderer.render(lines.models.customers_sql(), "customers.sql")
    engine.execute(f"CREATE TABLE {into} AS {made.sql}")


# --- questions --------------------------------------------------------------------------------


def _ask_for_customer(
    engine: FileBench, relation: str, columns: Sequence[Column], roles: LineRoles
) -> None:
    ids = [c.name for c in columns if name_words(c.name) == ("id",)]
    is_line = roles.order is not None or any(rows_each(engine, relation, id_) > 1 for id_ in ids)
    if not roles.is_complete or not is_line:
        return
    left = [c.name for c in columns if name_words(c.name)[-1:] in _WHO] or ["COLUMN"]
    names = ", ".join(column.name for column in columns)
    message = f"these look like order lines ({_shown(roles)}): which column is the customer?"
    hint = f"say it: --key {shlex.quote(left[0])}"
    hint += f"; or --key {roles.order}, to segment orders" if roles.order is not None else ""
    raise ConfigError(Problem("SK321", message, help=f"{hint}; columns: {names}"))


def _ask_for_value(columns: Sequence[Column], roles: LineRoles) -> None:
    """Say what is missing, if some of what makes a line of an order is there."""
    if roles.order is None and not roles.amounts:
        return
    if roles.date is None:
        missing, name, type_, may_be = "date of the order", "order_date", "DATE", may_be_day
    else:
        missing, name, type_, may_be = "amount", "amount, or price", "DOUBLE", may_be_number
    texts = [c.name for c in columns if c.type.kind is Kind.TEXT and may_be(c.name)]
    one = f"--type {shlex.quote(f'{texts[0]}={type_}')}" if texts else f"rename it to {name}"
    message = f"these look like order lines ({_shown(roles)}), but no column is the {missing}"
    hint = f"if one of them is, {one}; otherwise make a table with one row for each customer, "
    hint += f"and try that; columns: {', '.join(column.name for column in columns)}"
    raise ConfigError(Problem("SK305", message, help=hint))


def _ask_for_money(engine: FileBench, relation: str, roles: LineRoles) -> None:
    found = kinds_of_money(engine, relation, roles)
    if len(found) > 1:
        message = f"amounts are of several kinds of money ({roles.currency}: {', '.join(found)})"
        hint = "change them into one first: only then they can be added up"
        raise ConfigError(Problem("SK305", message, help=hint))


# --- what was taken for what, and what was left out ---------------------------------------------


def _shown(roles: LineRoles) -> str:
    found = {"customer": roles.customer, "order": roles.order, "date": roles.date}
    found["amount"] = " x ".join(roles.amounts) or None
    return ", ".join(f"{role} {column}" for role, column in found.items() if column is not None)


def _of_amount(roles: LineRoles, models: OrderModels) -> Iterator[Fact]:
    if roles.order is None:
        yield Fact("orders_by_day")
    if models.is_once:
        yield Fact("once_an_order", roles.amounts[-1])
    for code, columns in (("discounts", roles.discounts), ("other_roles", roles.others)):
        if columns:
            yield Fact(code, value=", ".join(columns))


def _left_out(counts: LineCounts, roles: LineRoles, tests: _Tests) -> Iterator[Fact]:
    columns = {"customer": roles.customer, "order": roles.order, "date": roles.date}
    columns["amount"] = " or ".join(roles.amounts)
    for reason, n in counts.left_out.items():
        if reason in columns:
            yield Fact("lines_without", columns[reason], n)
        elif reason == "cancelled":
            said = ", ".join(each.said for each in tests.cancelled)
            yield Fact("lines_cancelled", n=n, value=said)
        elif reason == "other" and tests.bought is not None:
            yield Fact("lines_other", n=n, value=tests.bought.said)
        else:
            yield Fact(f"lines_{reason}", n=n)
