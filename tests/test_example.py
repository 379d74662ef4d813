"""The example at the repository's root: its seeds, its mess and its macros."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "warehouse" / "seeds"
SCRIPT = ROOT / "scripts" / "make_example.py"


def read_seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_script_writes_the_seeds_byte_for_byte(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "customers.csv: 4,150 rows" in done.stdout
    for name in ("customers.csv", "orders.csv"):
        assert (tmp_path / name).read_bytes() == (SEEDS / name).read_bytes(), name


def test_the_seeds_are_small_enough_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in SEEDS.iterdir()) < 2_500_000


def test_customers_have_the_mess_of_a_real_export() -> None:
    customers = read_seed("customers.csv")
    assert len({row["customer_id"] for row in customers}) == len(customers)
    assert sum(row["is_test"] == "false" for row in customers) == 4128
    assert sum(row["is_test"] == "true" for row in customers) == 22
    for column, value in (("age", ""), ("age", "999"), ("annual_income", "-1")):
        assert sum(row[column] == value for row in customers) >= 20, (column, value)
    spellings = {row["region"] for row in customers}
    assert {"north", "NORTH", "North ", ""} <= spellings
    assert {spelling.strip().lower() for spelling in spellings} == {
        "north", "south", "east", "west", "",
    }  # fmt: skip


def test_orders_have_the_mess_of_a_real_export() -> None:
    orders = read_seed("orders.csv")
    known = {row["customer_id"] for row in read_seed("customers.csv")}
    once = {row["order_id"]: row for row in orders}
    assert len(orders) - len(once) >= 20  # lines exported twice
    assert all(once[row["order_id"]] == row for row in orders)
    assert {row["status"] for row in orders} == {"completed", "cancelled", "refund"}
    assert all((float(row["amount"]) < 0) == (row["status"] == "refund") for row in orders)
    buyers = {row["customer_id"] for row in orders}
    assert len(known - buyers) >= 100  # customers without orders
    assert 1 <= len(buyers - known) <= 5  # accounts that are gone


def test_as_of_leaves_90_days_of_orders() -> None:
    as_of = date.fromisoformat(
        yaml.safe_load((ROOT / "segkit.yml").read_text(encoding="utf-8"))["vars"]["as_of"]
    )
    last = max(date.fromisoformat(row["ordered_on"]) for row in read_seed("orders.csv"))
    assert (last - as_of).days == 89


def evaluate_macro(call: str, columns: dict[str, str]) -> Any:
    """What DuckDB makes of ``{{ call }}`` on one row; ``columns`` maps names to SQL values."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    names: dict[str, Any] = {}
    for path in sorted((ROOT / "macros").glob("*.sql")):
        names |= vars(environment.from_string(path.read_text(encoding="utf-8")).module)
    expression = environment.from_string("{{ " + call + " }}").render(names)
    row = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    found = duckdb.sql(f"SELECT {expression} FROM (SELECT {row})").fetchall()
    return found[0][0]


@pytest.mark.parametrize(
    ("call", "columns", "expected"),
    [
        ("safe_divide('spend', 'orders')", {"spend": "90", "orders": "3"}, 30.0),
        ("safe_divide('spend', 'orders')", {"spend": "0", "orders": "0"}, None),
        ("safe_divide('spend', 'orders')", {"spend": "NULL::INT", "orders": "3"}, None),
        ("safe_divide('spend', 'orders')", {"spend": "1", "orders": "NULL::INT"}, None),
        ("safe_divide('a + b', 'a - b')", {"a": "4", "b": "2"}, 3.0),
        ("null_if_sentinel('age', [999, -1])", {"age": "44"}, 44),
        ("null_if_sentinel('age', [999, -1])", {"age": "999"}, None),
        ("null_if_sentinel('age', [999, -1])", {"age": "-1"}, None),
        ("null_if_sentinel('age', [999, -1])", {"age": "NULL::INT"}, None),
        ("days_between('a', 'b')", {"a": "DATE '2025-12-30'", "b": "DATE '2026-01-01'"}, 2),
        ("days_between('a', 'b')", {"a": "DATE '2026-01-01'", "b": "DATE '2026-01-01'"}, 0),
        ("days_between('a', 'b')", {"a": "DATE '2026-01-02'", "b": "DATE '2026-01-01'"}, -1),
        ("days_between('a', 'b')", {"a": "NULL::DATE", "b": "DATE '2026-01-01'"}, None),
    ],
)
def test_macros_do_what_their_comments_say(
    call: str, columns: dict[str, str], expected: float | None
) -> None:
    assert evaluate_macro(call, columns) == expected
