"""What columns are, by name and type, if rows are lines of orders."""

from __future__ import annotations

import pytest

from segkit.core.columns import Column, parse_type
from segkit.learn.data.order_lines import (
    LineRoles,
    find_roles,
    may_be_day,
    may_be_number,
    name_words,
)

TYPES = {
    "i": "BIGINT",
    "n": "DOUBLE",
    "t": "VARCHAR",
    "d": "DATE",
    "m": "TIMESTAMP",
    "b": "BOOLEAN",
}


def roles(text: str, customer: str | None = None) -> LineRoles:
    """Of columns such as ``order_id:i``."""
    parts = [word.rsplit(":", 1) for word in text.split()]
    columns = [Column(name.replace("~", " "), parse_type(TYPES[type_])) for name, type_ in parts]
    return find_roles(columns, customer)


@pytest.mark.parametrize(
    ("text", "order", "date", "amounts"),
    [
        ("row_id:i order_id:t postal_code:i order_date:d sales:n quantity:i",
         "order_id", "order_date", ("sales",)),
        ("InvoiceNo:t StockCode:t Quantity:i InvoiceDate:m UnitPrice:n Country:t",
         "InvoiceNo", "InvoiceDate", ("Quantity", "UnitPrice")),
        ("ORDERNUMBER:i QUANTITYORDERED:i PRICEEACH:n ORDERLINENUMBER:i SALES:n ORDERDATE:m MSRP:i",
         "ORDERNUMBER", "ORDERDATE", ("SALES",)),
        ("Row~ID:i Order~ID:t Order~Date:d Ship~Date:d Sales:n Quantity:i Discount:n Profit:n",
         "Order ID", "Order Date", ("Sales",)),
        ("Bestellnummer:i Lieferdatum:d Rechnungsdatum:d Menge:i Einzelpreis:n MwSt:n",
         "Bestellnummer", "Rechnungsdatum", ("Menge", "Einzelpreis")),
        ("SalesOrderID:i OrderQty:i UnitPrice:n LineTotal:n OrderDate:m ModifiedDate:m",
         "SalesOrderID", "OrderDate", ("LineTotal",)),
        ("Transaction~ID:i Date:d Age:i Quantity:i Price~per~Unit:n Total~Amount:n",
         "Transaction ID", "Date", ("Total Amount",)),
        ("date:d cds:i dollars:n", None, "date", ("dollars",)),
        ("item:t bought_on:d unit_price:n total_price:n qty:i",
         None, "bought_on", ("total_price",)),
        ("price:n amount:i at:m", None, "at", ("amount", "price")),
        ("price:n amount:n at:m", None, "at", ("amount",)),
        ("order_line_id:i order_item_id:i day:d price:n", None, "day", ("price",)),
        ("birth_date:d signup_at:m last_order_date:d orders:i balance:n credit_limit:n tax:n",
         None, None, ()),
    ],
)  # fmt: skip
def test_roles(text: str, order: str | None, date: str | None, amounts: tuple[str, ...]) -> None:
    found = roles(text)
    assert (found.order, found.date, found.amounts) == (order, date, amounts)
    assert found.is_complete is bool(date and amounts)


def test_the_customer_is_nothing_else() -> None:
    assert roles("order_id:i date:d total:n", "order_id").order is None


def test_what_else_could_be_it_is_named() -> None:
    found = roles("paid_at:m ordered_at:m subtotal:n total:n discount:n currency:t")
    assert (found.date, found.amounts, found.others) == (
        "ordered_at", ("total",), ("subtotal",)
    )  # fmt: skip
    assert (found.discounts, found.currency) == (("discount",), "currency")


@pytest.mark.parametrize(
    ("text", "state", "flag"),
    [
        ("order_status:t", "order_status", None),
        ("STATUS:t is_cancelled:b", "STATUS", "is_cancelled"),
        ("marital_status:t product_type:t refunded_amount:n", None, None),
        ("status:i returned:i return_date:d", None, "returned"),
    ],
)
def test_what_says_that_a_line_was_cancelled(text: str, state: str | None, flag: str) -> None:
    found = roles(text)
    assert (found.state, found.is_cancelled) == (state, flag)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CUSTOMERNAME", ("customer", "name")),
        ("Kundennummer", ("kunden", "nummer")),
        ("Stückpreis", ("stück", "preis")),
        ("customer_id", ("customer", "id")),
        ("Order #", ("order",)),
        ("note", ("note",)),
        ("###", ()),
    ],
)
def test_words_of_a_name(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


def test_what_the_texts_of_a_column_may_be_by_its_name() -> None:
    names = ["InvoiceDate", "bought_on", "ship_date", "order_id", "Description", "UnitPrice",
             "Menge", "Umsatz", "tax_total"]  # fmt: skip
    assert [name for name in names if may_be_day(name)] == ["InvoiceDate", "bought_on"]
    assert [name for name in names if may_be_number(name)] == ["UnitPrice", "Menge", "Umsatz"]
