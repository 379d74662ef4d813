"""What lines say of themselves: cancellations, totals of orders, reasons for leaving them out."""

from __future__ import annotations

from datetime import date

import pytest

from segkit.engines.base import FileBench
from segkit.engines.open import open_bench
from segkit.learn.data.line_evidence import (
    count_lines,
    find_bought,
    find_cancelled,
    is_of_order,
    kinds_of_money,
)
from segkit.learn.data.order_lines import find_roles
from segkit.project.order_models import OrderModels

MODELS = OrderModels("t", "customer_id", "day", "amount", "order_id")


def table(engine: FileBench, select: str) -> None:
    engine.execute(f"CREATE OR REPLACE TABLE t AS {select}")


def cancelled(select: str) -> list[str]:
    with open_bench() as engine:
        table(engine, select)
        columns = engine.columns("t")
        return [c.said for c in find_cancelled(engine, "t", find_roles(columns, None), columns)]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("CASE WHEN i % 9 = 0 THEN 'C' ELSE '' END || (500 + i)", ["invoice begins with C"]),
        ("'C' || (500 + i)", []),  # all of them
        ("CASE WHEN i % 2 = 0 THEN 'C' ELSE 'A' END || (500 + i)", []),  # a part of the number
        ("CASE WHEN i = 0 THEN 'C1' ELSE 'x' || i END", []),
        ("500 + i", []),
    ],
)
def test_a_c_before_the_number_of_an_invoice(order: str, said: list[str]) -> None:
    assert cancelled(f"SELECT {order} AS invoice FROM range(90) AS r(i)") == said


def test_a_state_has_levels_that_say_it() -> None:
    levels = "['Shipped', 'Cancelled', 'refunded', 'On hold']"
    sql = f"SELECT {levels}[i % 4 + 1] AS status FROM range(8) AS r(i)"
    assert cancelled(sql) == ["status is Cancelled or refunded"]
    assert cancelled("SELECT 'return ' || i AS status FROM range(90) AS r(i)") == []  # free text
    assert cancelled("SELECT i % 2 = 0 AS returned FROM range(90) AS r(i)") == ["returned"]
    assert cancelled("SELECT i % 2 AS returned FROM range(90) AS r(i)") == ["returned"]
    assert cancelled("SELECT i % 3 AS returned FROM range(90) AS r(i)") == []  # pieces


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (["view", "cart", "purchase"], "event_type is not purchase"),
        (["page_view", "Order Completed", "Refund"], "event_type is not Order Completed"),
        (["purchase", "payment", "view"], "event_type is not purchase"),  # of one order both
        (["Purchase", "purchased", "view"], "event_type is not Purchase or purchased"),
        (["view", "cart", "add_to_order"], None),
        (["purchase"], None),  # all of them
        (["buy", "bought"], None),
    ],
)
def test_purchases_among_other_events(levels: list[str], said: str | None) -> None:
    with open_bench() as engine:
        table(engine, f"SELECT {levels}[i % {len(levels)} + 1] AS event_type FROM range(9) AS r(i)")
        found = find_bought(engine, "t", find_roles(engine.columns("t"), None))
        assert (found and found.said) == said


@pytest.mark.parametrize(
    ("amount", "column", "is_total"),
    [
        ("order_id * 1.5", "amount", True),
        ("order_id * 1.5 + i % 2", "amount", False),
        ("9.5", "amount", False),  # a subscription: the same for all
        ("9.5", "order_total", False),
    ],
)
def test_the_amount_of_an_order(amount: str, column: str, is_total: bool) -> None:
    with open_bench() as engine:
        rows = "SELECT i // 4 AS customer_id, i // 2 AS order_id, DATE '2025-01-01' AS day, i"
        table(engine, f"SELECT *, {amount} AS amount FROM ({rows} FROM range(80) AS r(i))")
        assert is_of_order(engine, "t", MODELS, column) is is_total


def test_two_orders_are_enough_where_the_name_says_it() -> None:
    with open_bench() as engine:
        rows = "SELECT 1 AS customer_id, i // 2 AS order_id, DATE '2025-01-01' AS day, i"
        table(engine, f"SELECT *, order_id + 1 AS amount FROM ({rows} FROM range(6) AS r(i))")
        assert is_of_order(engine, "t", MODELS, "order_total")
        assert not is_of_order(engine, "t", MODELS, "amount")


def test_lines_are_counted_by_the_first_reason() -> None:
    with open_bench() as engine:
        table(
            engine,
            "SELECT * FROM (VALUES (1, 1, DATE '2025-01-03', 1.125), (2, 2, DATE '2025-01-01', 2),"
            " (NULL, NULL, DATE '2025-02-01', -1), (3, NULL, NULL, -1), (3, 1, NULL, 1),"
            " (3, 1, DATE '2025-02-01', -1), (3, 1, DATE '2025-02-01', 0),"
            " (3, 1, DATE '2025-02-01', NULL)) AS v(customer_id, order_id, day, amount)",
        )
        counts = count_lines(engine, "t", MODELS)
    assert (counts.rows, counts.customers, counts.last) == (8, 3, date(2025, 1, 3))
    assert counts.decimals == 3
    assert counts.left_out == dict.fromkeys(
        ("customer", "order", "date", "amount", "negative", "nothing"), 1
    )


def test_kinds_of_money() -> None:
    with open_bench() as engine:
        table(engine, "SELECT ['EUR', 'USD', NULL][i % 3 + 1] AS currency FROM range(9) AS r(i)")
        roles = find_roles(engine.columns("t"), None)
        assert kinds_of_money(engine, "t", roles) == ["EUR", "USD"]
