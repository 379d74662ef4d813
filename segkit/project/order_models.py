"""Models that make one row a customer of order lines: clean lines, and the macro on them."""

from __future__ import annotations

from dataclasses import dataclass

CUSTOMER = "customer_id"  # as rfm_features calls it
# why a line is no purchase, in the order in which it is asked
REASONS = {
    "customer": "customer_id IS NULL",
    "other": "NOT is_bought",
    "cancelled": "is_cancelled",
    "order": "order_id IS NULL",
    "date": "ordered_at IS NULL",
    "amount": "amount IS NULL",
    "negative": "amount < 0",
    "nothing": "amount = 0",
}


@dataclass(frozen=True)
class OrderModels:
    """What a line has, as SQL over its columns; ``order`` None: a day is an order.

    ``cancelled`` are conditions of which none may hold, ``bought`` is one that has to: of a log
    of events, of which few are purchases. ``is_once``: each line has the amount
    of its whole order. ``decimals`` are those of the total.
    """

    name: str
    customer: str
    ordered_at: str
    amount: str
    order: str | None = None
    cancelled: tuple[str, ...] = ()
    is_once: bool = False
    decimals: int = 2
    bought: str | None = None

    @property
    def orders(self) -> str:
        return f"{self.name}_orders"

    @property
    def customers(self) -> str:
        return f"{self.name}_customers"

    def files(self, source: str) -> dict[str, str]:
        """Texts of the models' files by their paths; ``source`` is the call of the lines."""
        return {
            f"sql/{self.orders}.sql": f"{self.orders_sql(source)}\n",
            f"sql/{self.customers}.sql": f"{self.customers_sql()}\n",
        }

    def lines_sql(self, relation: str) -> str:
        """A SELECT of all lines, with what a purchase is judged by."""
        order = f"CAST({self.ordered_at} AS DATE)" if self.order is None else self.order
        values = {
            CUSTOMER: self.customer,
            "order_id": order,
            "ordered_at": self.ordered_at,
            # as rfm_features adds it up; what is no number, or infinite, is NULL
            "amount": f"TRY_CAST({self.amount} AS DECIMAL(18, 4))",
        }
        if self.bought:
            values["is_bought"] = f"coalesce({self.bought}, FALSE)"
        if self.cancelled:
            values["is_cancelled"] = f"coalesce({' OR '.join(self.cancelled)}, FALSE)"
        items = [name if sql == name else f"{sql} AS {name}" for name, sql in values.items()]
        return "SELECT\n  " + ",\n  ".join(items) + f"\nFROM {relation}"

    @property
    def reasons(self) -> dict[str, str]:
        """Those of ``REASONS`` that a line of these can have."""
        asked = {"cancelled": self.cancelled, "other": self.bought}
        return {reason: sql for reason, sql in REASONS.items() if asked.get(reason, True)}

    def orders_sql(self, relation: str) -> str:
        """The SELECT of the lines that were bought."""
        lines = self.lines_sql(relation).replace("\n", "\n  ")
        distinct = " DISTINCT" if self.is_once else ""
        once = "  -- of the whole order, on each of its lines" if self.is_once else ""
        kept = ["customer_id IS NOT NULL", "order_id IS NOT NULL", "ordered_at IS NOT NULL"]
        kept += ["amount > 0", *(["is_bought"] if self.bought else [])]
        kept += ["NOT is_cancelled"] if self.cancelled else []
        columns = f"customer_id,\n  order_id,\n  ordered_at,\n  amount{once}"
        return (
            "-- Lines that were bought: without cancellations, and with all that is counted.\n"
            f"WITH lines AS (\n  {lines}\n)\n\nSELECT{distinct}\n  {columns}\nFROM lines\n"
            f"WHERE {(chr(10) + '  AND ').join(kept)}"
        )

    def customers_sql(self) -> str:
        """The model with one row a customer, as Jinja."""
        exactly = f", decimals={self.decimals}" if self.decimals != 2 else ""  # as it is by itself
        return (
            "{{ config(materialized='table') }}\n\n"
            "-- One row a customer who bought before {{ var('as_of') }}.\n"
            f"{{{{ rfm_features(ref('{self.orders}'), var('as_of'){exactly}) }}}}"
        )
