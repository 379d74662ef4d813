"""Write the example's seeds, customers.csv and orders.csv: an invented shop.

    python scripts/make_example.py [DIRECTORY]

Run it again and the bytes are the same: every draw comes from ``Random.random``,
the only method whose sequence Python promises to keep from version to version.

Nobody in these files exists. The mess is that of real exports: skewed spend,
empty cells, sentinels (age 999, income -1), regions spelled in several ways,
test accounts, cancelled orders, refunds, lines exported twice, and orders of
accounts that are gone.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

SEED = 111
START = date(2023, 1, 1)
AS_OF = date(2026, 1, 1)  # features look back from here; the same date as vars in segkit.yml
END = date(2026, 4, 1)  # the 90 days from AS_OF on are the metric
COUNT_CUSTOMERS = 4128
COUNT_TEST_ACCOUNTS = 22
COUNT_DELETED_ACCOUNTS = 5
DEFAULT_DIRECTORY = Path(__file__).resolve().parent.parent / "warehouse" / "seeds"


@dataclass(frozen=True)
class Group:
    """Customers who behave alike.

    ``signed_up`` is a range of days since START, ``life`` the days for which
    they keep ordering (None: they still do), ``basket`` a median in dollars.
    """

    share: float
    signed_up: tuple[int, int]
    order_gap_days: float
    basket: float
    life: tuple[int, int] | None
    age_mean: float
    age_sd: float
    income: float  # median, in k$


# Six groups that differ in when, how often and how much they buy: something to be found.
GROUPS = {
    "loyal": Group(0.14, (0, 540), 40, 320, None, 49, 9, 95),
    "bargain": Group(0.20, (0, 720), 46, 13, None, 33, 9, 42),
    "lapsed": Group(0.22, (0, 300), 200, 26, (20, 250), 41, 13, 55),
    "new": Group(0.17, (1055, 1096), 90, 26, None, 29, 8, 48),
    "occasional": Group(0.22, (0, 700), 280, 170, None, 54, 12, 68),
    "never bought": Group(0.05, (300, 1096), math.inf, 0, None, 38, 14, 50),
}
REGIONS = (("north", 0.34), ("south", 0.28), ("east", 0.20), ("west", 0.15), ("", 0.03))


@dataclass(frozen=True)
class Customer:
    group: Group
    signed_up_on: date
    age: str
    annual_income: str
    region: str
    is_test: bool


@dataclass(frozen=True)
class Order:
    customer_id: str
    ordered_on: date
    status: str  # completed, cancelled, refund
    cents: int  # negative for a refund


def draw_normal(rng: Random) -> float:
    """A standard normal number (Box-Muller: two calls of ``random()``)."""
    return math.sqrt(-2 * math.log(1 - rng.random())) * math.cos(2 * math.pi * rng.random())


def draw_between(rng: Random, low: int, high: int) -> int:
    """A whole number, low <= n < high."""
    return low + int(rng.random() * (high - low))


def draw_group(rng: Random) -> Group:
    point = rng.random()
    for group in GROUPS.values():
        point -= group.share
        if point < 0:
            return group
    return group


def draw_region(rng: Random) -> str:
    """A region as people type it: mostly lower case, sometimes not, sometimes nothing."""
    point = rng.random()
    for name, share in REGIONS:
        point -= share
        region = name
        if point < 0:
            break
    spelling = rng.random()
    if spelling < 0.04:
        return region.upper()
    return f"{region.title()} " if spelling < 0.07 else region


def draw_age(rng: Random, group: Group) -> str:
    age = round(min(91, max(18, group.age_mean + group.age_sd * draw_normal(rng))))
    gap = rng.random()
    if gap < 0.05:
        return ""
    return "999" if gap < 0.065 else str(age)


def draw_income(rng: Random, group: Group) -> str:
    """k$ with one decimal; most of the empty cells are young, as in real forms."""
    income = f"{group.income * math.exp(0.35 * draw_normal(rng)):.1f}"
    gap = rng.random()
    if gap < (0.12 if group.age_mean < 35 else 0.05):
        return ""
    return "-1" if gap > 0.985 else income


def draw_customer(rng: Random, is_test: bool = False) -> Customer:
    group = draw_group(rng)
    signed_up_on = START + timedelta(days=draw_between(rng, *group.signed_up))
    age, income = draw_age(rng, group), draw_income(rng, group)
    return Customer(group, signed_up_on, age, income, draw_region(rng), is_test)


def draw_orders(rng: Random, customer_id: str, customer: Customer) -> list[Order]:
    """Orders at exponential gaps from sign-up to the end of the customer's life."""
    group = customer.group
    if math.isinf(group.order_gap_days):
        return []
    last = END
    if group.life is not None:
        last = customer.signed_up_on + timedelta(days=draw_between(rng, *group.life))
    # customers of a group differ: in pace, in basket, and a few buy for a whole office
    gap_days = group.order_gap_days * math.exp(0.3 * draw_normal(rng))
    basket = group.basket * math.exp(0.28 * draw_normal(rng))
    if rng.random() < 0.006:
        basket *= 12
    orders: list[Order] = []
    # everybody but the never-buyers has a first order soon after signing up
    day = customer.signed_up_on + timedelta(days=draw_between(rng, 0, 5))
    while day < last:
        cents = max(200, round(100 * basket * math.exp(0.45 * draw_normal(rng))))
        fate = rng.random()
        status = "cancelled" if fate < 0.03 else "completed"
        orders.append(Order(customer_id, day, status, cents))
        if fate > 0.965:
            part = cents if rng.random() < 0.6 else cents // 2
            refunded_on = day + timedelta(days=draw_between(rng, 3, 28))
            if refunded_on < END:
                orders.append(Order(customer_id, refunded_on, "refund", -part))
        day += timedelta(days=1 + int(-math.log(1 - rng.random()) * gap_days))
    return orders


def make_rows(seed: int = SEED) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows of customers.csv and of orders.csv, headers first."""
    rng = Random(seed)
    customers = [draw_customer(rng) for _ in range(COUNT_CUSTOMERS)]
    customers += [draw_customer(rng, is_test=True) for _ in range(COUNT_TEST_ACCOUNTS)]
    customers.sort(key=lambda customer: customer.signed_up_on)  # stable; ids count sign-ups

    customer_rows = [["customer_id", "age", "annual_income", "region", "signed_up_on", "is_test"]]
    orders: list[Order] = []
    for number, customer in enumerate(customers, start=1):
        customer_id = f"C{number:05d}"
        orders += draw_orders(rng, customer_id, customer)
        answers = [customer.age, customer.annual_income, customer.region]
        facts = [customer.signed_up_on.isoformat(), str(customer.is_test).lower()]
        customer_rows.append([customer_id, *answers, *facts])
    for number in range(COUNT_DELETED_ACCOUNTS):
        gone = Customer(GROUPS["lapsed"], START, "", "", "", False)
        orders += draw_orders(rng, f"C9{number:04d}", gone)

    orders.sort(key=lambda order: (order.ordered_on, order.customer_id))
    order_rows = [["order_id", "customer_id", "ordered_on", "status", "amount"]]
    for number, order in enumerate(orders, start=1):
        amount = f"{order.cents / 100:.2f}"
        ids = [f"O{number:06d}", order.customer_id]
        row = [*ids, order.ordered_on.isoformat(), order.status, amount]
        order_rows.append(row)
        if rng.random() < 0.0012:  # exported twice
            order_rows.append(row)
    return customer_rows, order_rows


def write_csv(path: Path, rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def main(directory: Path = DEFAULT_DIRECTORY) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, rows in zip(("customers.csv", "orders.csv"), make_rows(), strict=True):
        path = directory / name
        write_csv(path, rows)
        print(f"{name}: {len(rows) - 1:,} rows, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
