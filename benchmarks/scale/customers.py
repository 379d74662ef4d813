"""Customers of any number, made in DuckDB: six skewed columns and a metric, of five latent groups.

The draws are whole-number arithmetic on the customer's number, which is no hash that segkit uses:
a figure cannot be good because both sides deal rows alike. ``moved`` gives that many of a thousand
customers the columns of a later day, so that a second build has somebody to write down.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

FEATURES = (
    "recency_days",
    "orders",
    "total_spend",
    "average_order",
    "tenure_days",
    "discount_share",
)
# of each group: its share, and the middle of each column on the scale on which it is drawn
GROUPS = (
    (0.35, (5.5, 0.2, 3.2, 3.0, 6.5, 0.05), 1.0),
    (0.25, (3.0, 1.2, 4.6, 3.6, 5.5, 0.20), 3.0),
    (0.20, (4.2, 2.0, 5.6, 3.4, 6.8, 0.15), 4.0),
    (0.13, (2.2, 2.8, 6.6, 4.4, 6.2, 0.35), 5.2),
    (0.07, (1.5, 3.5, 8.0, 5.0, 7.0, 0.50), 6.5),
)
_COLUMNS = {  # SQL of a column of a middle {m} and a normal draw {z}
    "recency_days": "CAST(least(1500, floor(exp({m} + 0.7e0 * {z}))) AS INTEGER)",
    "orders": "CAST(1 + floor(exp({m} + 0.5e0 * {z})) AS INTEGER)",
    "total_spend": "round(exp({m} + 0.6e0 * {z}), 2)",
    "average_order": "round(exp({m} + 0.4e0 * {z}), 2)",
    "tenure_days": "CAST(floor(exp({m} + 0.5e0 * {z})) AS INTEGER)",
    "discount_share": "round(least(1, greatest(0, {m} + 0.1e0 * {z})), 4)",
}
_PRIME = 2_147_483_647  # products of two numbers below it fit a BIGINT
_MULTIPLIERS = (48_271, 1_583_458_089, 630_360_016)


def write_customers(path: Path, rows: int, *, seed: int = 1, moved: int = 0) -> None:
    """Write a Parquet file of so many customers; the same file for the same arguments."""
    with duckdb.connect(config={"threads": 2}) as connection:
        select = customers_sql(rows, seed=seed, moved=moved)
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")


def customers_sql(rows: int, *, seed: int = 1, moved: int = 0) -> str:
    """Return the SELECT of the customers, in the order of their numbers."""
    middles = {
        name: _of_group([group[1][place] for group in GROUPS], "g")
        for place, name in enumerate(FEATURES)
    }
    later = _of_group([group[2] for group in GROUPS], "g")
    draws = ", ".join(f"{_normal(place, seed)} AS z{place}" for place in range(len(FEATURES) + 1))
    columns = ", ".join(
        f"{_COLUMNS[name].format(m=middles[name], z=f'z{place}')} AS {name}"
        for place, name in enumerate(FEATURES)
    )
    return f"""
WITH numbers AS (
  SELECT i, i + CASE WHEN {_draw("i", 90, seed)} < {moved / 1000!r}e0 THEN {rows} ELSE 0 END AS j
  FROM range({rows}) AS r (i)
), drawn AS (SELECT i, {_group("i", seed)} AS g, {draws} FROM numbers)
SELECT i * 7 + 1000 AS customer_id, {columns},
  round(exp({later} + 0.8e0 * z6), 2) AS spend_next
FROM drawn"""


def _draw(number: str, stream: int, seed: int) -> str:
    """A draw between 0 and 1, both left out: three rounds, so that neighbours say nothing."""
    sql = f"({number} + {1 + (seed * 1009 + stream) * 7_919_933} )"
    for multiplier in _MULTIPLIERS:
        sql = f"(xor({sql}, {sql} >> 13) % {_PRIME}) * {multiplier} % {_PRIME}"
    return f"(({sql} + 0.5e0) / {_PRIME})"


def _normal(stream: int, seed: int) -> str:
    one, other = _draw("j", 2 * stream, seed), _draw("j", 2 * stream + 1, seed)
    return f"sqrt(-2 * ln({one})) * cos(6.283185307179586e0 * {other})"


def _group(number: str, seed: int) -> str:
    draw, whens, to = _draw(number, 80, seed), [], 0.0
    for place, (share, *_) in enumerate(GROUPS[:-1]):
        to += share
        whens.append(f"WHEN {draw} < {to!r}e0 THEN {place}")
    return f"CASE {' '.join(whens)} ELSE {len(GROUPS) - 1} END"


def _of_group(values: list[float], group: str) -> str:
    *first, last = values
    whens = " ".join(f"WHEN {place} THEN {value!r}e0" for place, value in enumerate(first))
    return f"(CASE {group} {whens} ELSE {last!r}e0 END)"
