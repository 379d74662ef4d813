"""A small shop with an experiment: customers of two segments, orders with a planted effect."""

from __future__ import annotations

import csv
import random
from datetime import datetime
from hashlib import md5
from pathlib import Path

from segkit.pipeline import Options, run_build
from segkit.results import BuildResult

START, LATER, END = datetime(2026, 2, 1), datetime(2026, 2, 8), datetime(2026, 3, 10)
YML = """\
name: shop
sources:
  - name: crm
    tables:
      - {name: customers, path: data/customers.csv}
      - {name: orders, path: data/orders.csv}
      - {name: given, path: data/given.csv}
"""
SEGMENTS = """\
segments:
  - name: shoppers
    from: crm.customers
    key: customer_id
    features: [age, income]
    clusters: {k: 2, k_max: 2}
    metrics: [{column: next_spend, period: later}]
    sensitive: [age]
"""
EXPERIMENT = """\
experiments:
  - name: price
    segments: shoppers
    arms: {control: 50, offer: 50}
    salt: exp1
    start: 2026-02-01
    end: 2026-02-10
    covariates: [spend_before]
    primary:
      {metric: revenue, from: crm.orders, key: customer_id, at: ordered_at, days: 28, cap: 0.99}
    guardrails:
      - {metric: refunds, worse: higher, margin: 0.5}
"""


def bucket(salt: str, id_: object) -> int:
    return int(md5(f"{salt}:{id_}".encode()).hexdigest()[:8], 16) % 10_000


def arm_of(id_: object, salt: str = "exp1") -> str:
    return "control" if bucket(salt, id_) < 5000 else "offer"


def is_young(id_: int) -> bool:
    return id_ % 2 == 0


def write_shop(directory: Path, experiment: str = EXPERIMENT, customers: int = 1200) -> Path:
    """The young buy for half as much again with the offer, the old for half as much."""
    for folder in ("sql", "data"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    (directory / "segkit.yml").write_text(YML, encoding="utf-8")
    (directory / "sql/segments.yml").write_text(SEGMENTS, encoding="utf-8")
    write_experiment(directory, experiment)
    write_customers(directory, customers)
    draw = random.Random(2)
    orders, given = [], []
    for id_ in range(1, 2 * customers + 1):
        arm, factor = arm_of(id_), 1.0
        if arm == "offer":
            factor = 1.5 if is_young(id_) else 0.5
        given.append((id_, arm, "2026-02-01 00:00:00"))
        for day in (4, 9, 20):
            amount = round(draw.gauss(20, 5) * factor, 2)
            orders.append((id_, f"2026-02-{day:02d} 12:00:00", amount, round(amount * 0.05, 2)))
        orders.append((id_, "2026-01-20 12:00:00", round(draw.gauss(60, 5), 2), 0))
    _write(
        directory / "data/orders.csv", ("customer_id", "ordered_at", "revenue", "refunds"), orders
    )
    _write(directory / "data/given.csv", ("customer", "variant", "seen_at"), given)
    return directory


def write_customers(directory: Path, customers: int) -> None:
    draw = random.Random(1)
    rows = []
    for id_ in range(1, customers + 1):
        age, income = (25, 30) if is_young(id_) else (60, 90)
        spend = round(draw.gauss(50, 10), 2) if id_ % 10 else ""
        person = (round(draw.gauss(age, 2), 1), round(draw.gauss(income, 3), 1))
        rows.append((id_, *person, spend, 1.0))
    head = ("customer_id", "age", "income", "spend_before", "next_spend")
    _write(directory / "data/customers.csv", head, rows)


def write_experiment(directory: Path, text: str) -> None:
    (directory / "sql/experiments.yml").write_text(text, encoding="utf-8")


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def build_at(directory: Path, moment: datetime, *select: str) -> BuildResult:
    options = Options(directory, as_of=moment, report=False, drift=False, select=select)
    return run_build(options)
