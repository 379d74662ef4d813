from __future__ import annotations

from dataclasses import replace
from datetime import date

from segkit.learn.data.line_evidence import LineCounts, LinesTaken
from segkit.learn.data.order_lines import LineRoles
from segkit.report.order_lines import order_lines_said

ROLES = LineRoles(
    "who", "receipt", "day", ("pieces", "price"), others=("paid_on",), discounts=("rebate",)
)
REASONS = ("customer", "cancelled", "order", "date", "amount", "negative", "nothing")
LEFT_OUT = dict(zip(REASONS, (1200, 1, 2, 3, 4, 5, 6), strict=True))
COUNTS = LineCounts(9000, 1, LEFT_OUT, date(2026, 1, 31), 2)
TAKEN = LinesTaken(
    ROLES, COUNTS, ("receipt begins with C", "void"), ("buyer",), True, date(2026, 2, 1), False, 0
)


def test_every_guess_is_a_sentence() -> None:
    assert order_lines_said(TAKEN) == (
        "order lines: 9,000 of 1 customer; customer who, order receipt, date day, "
        "amount pieces x price",
        "--key buyer takes that for the customer",
        "price is the same on all lines of an order: counted once an order",
        "not taken off the amount: rebate",
        "by name they could be the date or the amount, too: paid_on",
        "1,200 lines without who left out",
        "1 line of cancellations (receipt begins with C, void) left out, not taken off the amount",
        "2 lines without receipt left out",
        "3 lines without day left out",
        "4 lines without pieces or price left out",
        "5 lines with a negative amount left out, not taken off the amount",
        "6 lines for nothing (amount 0) left out",
        "as of 2026-02-01: the day after the last order",
    )


def test_a_day_that_was_asked_for_may_leave_lines_out() -> None:
    roles, counts = LineRoles("who", None, "day", ("paid",)), replace(COUNTS, left_out={})
    taken = replace(
        TAKEN, roles=roles, counts=counts, others=(), is_once=False, is_asked=True, later=7
    )
    assert order_lines_said(taken)[1:] == (
        "no order id: what a customer bought on one day is an order",
        "7 lines of 2026-02-01 and later left out",
        "as of 2026-02-01",
    )
