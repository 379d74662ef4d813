"""Order lines in words: what was taken for what, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segkit.learn.data.line_evidence import LineCounts, LinesTaken
from segkit.learn.data.order_lines import LineRoles
from segkit.report.text import count_of

# by the roles of columns, what cancels a line, and the amounts
_REASONS = {
    "customer": "without {0.customer}",
    "order": "without {0.order}",
    "cancelled": "of cancellations ({1})",
    "date": "without {0.date}",
    "amount": "without {2}",
    "negative": "with a negative amount",
    "nothing": "for nothing (amount 0)",
}
_KEPT = ("cancelled", "negative")  # lines that could have been taken off the amount


def order_lines_said(taken: LinesTaken) -> tuple[str, ...]:
    """A sentence for each guess."""
    roles, counts = taken.roles, taken.counts
    read = f"{counts.rows:,} of {count_of(counts.customers, 'customer')}"
    return (
        f"order lines: {read}; {roles_said(roles)}",
        *(f"--key {name} takes that for the customer" for name in taken.others),
        *_amount_said(taken),
        *left_out_said(counts, roles, taken.cancelled),
        *([f"{_lines(taken.later)} of {taken.as_of} and later left out"] if taken.later else []),
        f"as of {taken.as_of}{'' if taken.is_asked else ': the day after the last order'}",
    )


def roles_said(roles: LineRoles) -> str:
    """``customer CustomerID, order InvoiceNo, date InvoiceDate, amount Quantity x UnitPrice``"""
    found = {"customer": roles.customer, "order": roles.order, "date": roles.date}
    found["amount"] = " x ".join(roles.amounts) or None
    return ", ".join(f"{role} {column}" for role, column in found.items() if column is not None)


def left_out_said(counts: LineCounts, roles: LineRoles, cancelled: Sequence[str]) -> Iterator[str]:
    """Yield how many lines do not count, by reason."""
    for reason, n in counts.left_out.items():
        why = _REASONS[reason].format(roles, ", ".join(cancelled), " or ".join(roles.amounts))
        kept = ", not taken off the amount" if reason in _KEPT else ""
        yield f"{_lines(n)} {why} left out{kept}"


def _amount_said(taken: LinesTaken) -> Iterator[str]:
    roles = taken.roles
    if roles.order is None:
        yield "no order id: what a customer bought on one day is an order"
    if taken.is_once:
        yield f"{roles.amounts[-1]} is the same on all lines of an order: counted once an order"
    if roles.discounts:
        yield f"not taken off the amount: {', '.join(roles.discounts)}"
    if roles.others:
        yield f"by name they could be the date or the amount, too: {', '.join(roles.others)}"


def _lines(n: int) -> str:
    return count_of(n, "line")
