from __future__ import annotations

from segkit.core.fact_english import sentences
from segkit.core.facts import Fact
from segkit.core.line_facts import ORDER_LINES

SAID = {
    Fact("order_lines", n=9000, value=(1200, "customer who, date day")): (
        "order lines: 9,000 of 1,200 customers; customer who, date day"
    ),
    Fact("other_customer", "buyer"): "--key buyer takes that for the customer",
    Fact("orders_by_day"): "no order id: what a customer bought on one day is an order",
    Fact("once_an_order", "total"): (
        "total is the same on all lines of an order: counted once an order"
    ),
    Fact("discounts", value="rebate"): "not taken off the amount: rebate",
    Fact("other_roles", value="paid_on"): (
        "by name they could be the date or the amount, too: paid_on"
    ),
    Fact("lines_without", "who", 1): "1 line without who left out",
    Fact("lines_cancelled", n=2000, value="void"): (
        "2,000 lines of cancellations (void) left out, not taken off the amount"
    ),
    Fact("lines_negative", n=5): (
        "5 lines with a negative amount left out, not taken off the amount"
    ),
    Fact("lines_nothing", n=6): "6 lines for nothing (amount 0) left out",
    Fact("lines_later", n=7, value="2026-02-01"): "7 lines of 2026-02-01 and later left out",
    Fact("as_of", value="2026-02-01"): "as of 2026-02-01",
    Fact("as_of_last", value="2026-02-01"): "as of 2026-02-01: the day after the last order",
}


def test_every_guess_is_a_sentence() -> None:
    assert {fact.code for fact in SAID} == {*ORDER_LINES}
    assert sentences(SAID) == tuple(SAID.values())
