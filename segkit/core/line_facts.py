"""What was taken for what in lines of orders, and which of them do not count: the sentences."""

from __future__ import annotations

from collections.abc import Mapping

# as in ``facts.py``; a fit has none of these
ORDER_LINES: Mapping[str, str] = {
    "order_lines": "order lines: {n:,} of {0:,} customers; {1}",
    "other_customer": "--key {column} takes that for the customer",
    "orders_by_day": "no order id: what a customer bought on one day is an order",
    "once_an_order": "{column} is the same on all lines of an order: counted once an order",
    "discounts": "not taken off the amount: {0}",
    "other_roles": "by name they could be the date or the amount, too: {0}",
    "lines_without": "{lines} without {column} left out",
    "lines_cancelled": "{lines} of cancellations ({0}) left out, not taken off the amount",
    "lines_negative": "{lines} with a negative amount left out, not taken off the amount",
    "lines_nothing": "{lines} for nothing (amount 0) left out",
    "lines_later": "{lines} of {0} and later left out",
    "as_of": "as of {0}",
    "as_of_last": "as of {0}: the day after the last order",
}
