"""A project whose customers are made of orders, as of a day; and the same worked out by hand."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from segkit.pipeline import Options, run_build
from segkit.results import BuildResult

FIRST, SECOND, THIRD = datetime(2026, 1, 1), datetime(2026, 2, 1), datetime(2026, 3, 1)
MODEL = """\
{{ config(materialized='table') }}
SELECT
  customer_id,
  max(ordered_on) AS last_order_on,
  DATE '{{ var('as_of') }}' - max(ordered_on) AS recency_days,
  count(*) AS orders
FROM {{ source('crm', 'orders') }}
WHERE ordered_on < DATE '{{ var('events_until') }}'
GROUP BY customer_id
"""
SEGMENTS = """\
segments:
  - name: shoppers
    from: customers
    key: customer_id
    features: [recency_days, {column: orders, scale: log}]
    clusters: {k: 3, k_max: 3}
    activity: last_order_on
"""
YML = """\
name: shop
vars: {as_of: "2026-01-01"}
sources:
  - {name: crm, tables: [{name: orders, path: data/orders.csv}]}
"""


@dataclass(frozen=True)
class Order:
    customer: int
    day: date


def orders(customers: int = 300, seed: int = 1) -> list[Order]:
    """From 2025 to April 2026; some buy weekly, some once, some stop."""
    draw = random.Random(seed)
    found = []
    for customer in range(1, customers + 1):
        day = date(2025, 1, 1) + timedelta(days=draw.randrange(420))
        gap = draw.choice((9, 30, 60, 400))
        end = date(2026, 4, 1) - timedelta(days=draw.choice((0, 0, 100, 200)))
        while day < end:
            found.append(Order(customer, day))
            day += timedelta(days=1 + round(draw.expovariate(1 / gap)))
    return found


def write_orders(directory: Path, rows: list[Order]) -> None:
    path = directory / "data" / "orders.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("customer_id", "ordered_on"))
        writer.writerows((row.customer, row.day) for row in rows)


def write_orders_project(
    directory: Path, rows: list[Order], segments: str = SEGMENTS, model: str = MODEL
) -> Path:
    write_orders(directory, rows)
    (directory / "segkit.yml").write_text(YML, encoding="utf-8")
    (directory / "sql").mkdir()
    (directory / "sql" / "customers.sql").write_text(model, encoding="utf-8")
    (directory / "sql" / "segments.yml").write_text(segments, encoding="utf-8")
    return directory


def build_at(directory: Path, moment: datetime, **more: object) -> BuildResult:
    return run_build(Options(directory, as_of=moment, **more))  # type: ignore[arg-type]


def features(rows: list[Order], as_of: date, until: date) -> dict[int, tuple[int, int]]:
    """Recency and orders of each customer, from the orders before ``until``."""
    days: dict[int, list[date]] = {}
    for row in rows:
        if row.day < until:
            days.setdefault(row.customer, []).append(row.day)
    return {key: ((as_of - max(found)).days, len(found)) for key, found in days.items()}
