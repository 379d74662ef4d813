"""Online Retail month by month: who moved, why, and whether it is unusual."""

from __future__ import annotations

import shutil
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

import segkit
from segkit.pipeline import Options, run_build
from tests.pipeline.test_retail import DATA, LINES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.exists(), reason="the retailer's data are not at hand"),
]

YML = """\
name: retail
sources:
  - {name: shop, tables: [{name: lines, path: data/online_retail.parquet}]}
vars: {as_of: "2011-12-01"}
"""
FEATURES = """\
{{ config(materialized='table') }}
SELECT
  customer_id,
  max(CAST(ordered_at AS DATE)) AS last_ordered_on,
  DATE '{{ var('as_of') }}' - max(CAST(ordered_at AS DATE)) AS recency_days,
  count(DISTINCT invoice) AS orders,
  CAST(sum(amount) AS DECIMAL(14, 2)) AS spend
FROM {{ ref('lines') }}
WHERE ordered_at < DATE '{{ var('events_until') }}'
GROUP BY customer_id
"""
SEGMENTS = """\
segments:
  - name: shoppers
    from: customers
    key: customer_id
    features:
      - {column: recency_days, scale: log}
      - {column: orders, scale: log}
      - {column: spend, scale: log}
    clusters: {k: 4, k_max: 4}
    activity: last_ordered_on
"""
MONTHS = [datetime(2011, month, 1) for month in range(3, 13)]
TABLES = ("history", "profile_history", "changes", "flows", "builds")


def write(directory: Path) -> Path:
    (directory / "data").mkdir(parents=True)
    shutil.copy(DATA, directory / "data/online_retail.parquet")
    (directory / "segkit.yml").write_text(YML, encoding="utf-8")
    (directory / "sql").mkdir()
    (directory / "sql/lines.sql").write_text(
        "{{ config(materialized='table') }}\n" + LINES, encoding="utf-8"
    )
    (directory / "sql/customers.sql").write_text(FEATURES, encoding="utf-8")
    (directory / "sql/segments.yml").write_text(SEGMENTS, encoding="utf-8")
    return directory


def build(directory: Path, month: datetime, **more: Any) -> None:
    assert run_build(Options(directory, as_of=month, report=False, **more)).ok


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One built month by month, one at once with a backfill, by the same fit."""
    root = tmp_path_factory.mktemp("retail")
    monthly, at_once = write(root / "monthly"), write(root / "at_once")
    for month in MONTHS:
        build(monthly, month)
    shutil.copytree(monthly / "warehouse/fits", at_once / "warehouse/fits")
    build(at_once, MONTHS[-1], backfill="9m")
    return monthly, at_once


def ask(directory: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(directory / "warehouse/retail.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.mark.parametrize("table", TABLES)
def test_a_backfill_is_the_same_to_the_row(shops: tuple[Path, Path], table: str) -> None:
    one, other = (ask(shop, f"FROM shoppers_{table} ORDER BY ALL") for shop in shops)
    assert one == other
    assert one


def test_reasons_add_up_to_movers_and_the_history_to_the_profiles(
    shops: tuple[Path, Path],
) -> None:
    shop, _ = shops
    for since, month in pairwise(MONTHS):
        was, now = (
            dict(
                ask(
                    shop,
                    "SELECT customer_id, segment_id FROM shoppers_history WHERE valid_from <="
                    f" '{moment}' AND (valid_to IS NULL OR valid_to > '{moment}')",
                )
            )
            for moment in (since, month)
        )
        moved = {key for key in was.keys() & now.keys() if was[key] != now[key]}
        found = ask(
            shop, f"SELECT customer_id, reason FROM shoppers_changes WHERE changed_at = '{month}'"
        )
        assert {key for key, reason in found if reason not in ("joined", "left")} == moved
        assert {key for key, reason in found if reason == "joined"} == now.keys() - was.keys()
        flows = ask(
            shop,
            "SELECT coalesce(reason, ''), CAST(sum(n) AS BIGINT) FROM shoppers_flows"
            f" WHERE as_of = '{month}' GROUP BY ALL",
        )
        reasons = [reason for _, reason in found]
        assert {r: n for r, n in flows if r} == {r: reasons.count(r) for r in set(reasons)}
        sizes = ask(
            shop, f"SELECT segment_id, n FROM shoppers_profile_history WHERE as_of = '{month}'"
        )
        assert dict(sizes) == {id_: list(now.values()).count(id_) for id_ in set(now.values())}


def test_who_bought_nothing_moves_by_the_calendar_only(shops: tuple[Path, Path]) -> None:
    shop, _ = shops
    for since, month in pairwise(MONTHS):
        silent = ask(
            shop,
            "SELECT DISTINCT reason FROM shoppers_changes AS c WHERE changed_at ="
            f" '{month}' AND NOT EXISTS (SELECT 1 FROM lines AS l WHERE l.customer_id ="
            f" c.customer_id AND ordered_at >= '{since}' AND ordered_at < '{month}')",
        )
        assert silent in ([("calendar",)], [])
    assert ask(
        shop, "SELECT count(*) FROM shoppers_changes WHERE reason IN ('calendar', 'behaviour')"
    ) > [(2000,)]


def test_a_growing_shop_is_watched_seldom_and_never_acted_on(shops: tuple[Path, Path]) -> None:
    levels = ask(
        shops[0],
        "SELECT as_of, check_name, level FROM shoppers_drift WHERE level IN ('watch', 'act')",
    )
    assert not [row for row in levels if row[2] == "act"], levels
    assert len({row[0] for row in levels}) <= 3, levels


def test_a_december_refit_keeps_the_ids_of_four_in_five(tmp_path: Path) -> None:
    """On one day's data: by September's rules themselves two in five of its customers moved."""
    shop = write(tmp_path / "shop")
    build(shop, datetime(2011, 9, 1))
    was = dict(ask(shop, "SELECT customer_id, segment_id FROM shoppers"))
    build(shop, MONTHS[-1], full_refresh=True)
    columns = ("recency_days", "orders", "spend")
    rows = ask(shop, f"SELECT customer_id, segment_id, {', '.join(columns)} FROM shoppers")
    both = [row for row in rows if row[0] in was]
    assert len(both) == len(was)
    frame = pd.DataFrame([row[2:] for row in both], columns=list(columns)).astype(float)
    old = segkit.load_fit(shop / "warehouse/fits/shoppers/v0001.json").predict(frame)
    new = np.array([row[1] for row in both])
    assert np.mean(old == new) >= 0.8
    # no other letters would have kept more, of September's segments either
    before = np.array([was[row[0]] for row in both])
    for then in (old, before):
        counts = pd.crosstab(then, new).to_numpy()
        best = counts[linear_sum_assignment(-counts)].sum()
        assert best == np.sum(then == new)
    assert abs(np.mean(before == new) - np.mean(before == old)) < 0.02
