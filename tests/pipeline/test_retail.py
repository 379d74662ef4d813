"""Online Retail, from raw order lines to RFM names and learned segments.

541,909 lines, all text. The figures are those that the retailer's data is known by; the scores
are computed here once more, in numpy, from the features.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from segkit.core.fact_english import assumption_sentences, reason_sentence
from segkit.core.k_criteria import picks_of
from segkit.core.rfm import FULL, GRID, cells_of
from segkit.core.tree import Below, splits
from segkit.learn.clusters.choose_k import Wanted, choose_k
from segkit.learn.clusters.judge import judge
from segkit.learn.clusters.panel import measure_panel
from segkit.learn.clusters.sweep import sweep
from segkit.learn.trees.ranks import Rows
from segkit.learn.trees.short_cuts import digits_of
from segkit.pipeline import Options, run_build
from segkit.publish.stored.fits import fit_path, read_fit
from segkit.results import BuildResult

# half a minute for what smaller data show as well, one by one; .ci/run has these
pytestmark = pytest.mark.slow

DATA = Path(__file__).parents[3] / "shared" / "data" / "online_retail.parquet"
PROJECT = """\
name: retail
sources:
  - {name: shop, tables: [{name: lines, path: data/online_retail.parquet}]}
vars: {as_of: "2011-12-10"}
"""
LINES = """\
-- One row a line that was bought: with a customer, not cancelled, for a price.
SELECT
  split_part("CustomerID", '.', 1) AS customer_id,
  "InvoiceNo" AS invoice,
  CAST("InvoiceDate" AS TIMESTAMP) AS ordered_at,
  CAST("Quantity" AS INTEGER) * CAST("UnitPrice" AS DECIMAL(12, 3)) AS amount
FROM {{ source('shop', 'lines') }}
WHERE "CustomerID" IS NOT NULL
  AND "InvoiceNo" NOT LIKE 'C%'
  AND CAST("Quantity" AS INTEGER) > 0
  AND CAST("UnitPrice" AS DECIMAL(12, 3)) > 0
"""
FEATURES = """\
{{ config(materialized='table') }}
SELECT
  customer_id,
  date_diff('day', max(ordered_at), DATE '{{ var("as_of") }}') AS recency_days,
  count(DISTINCT invoice) AS orders,
  sum(amount) AS total_spend
FROM {{ ref('order_lines') }}
WHERE ordered_at < DATE '{{ var("as_of") }}'
GROUP BY customer_id
"""
DECLARED = """\
buckets:
  - name: scores
    from: customer_features
    key: customer_id
    columns:
      - name: rf
        rfm: {recency: recency_days, frequency: orders, monetary: total_spend}
        names: grid
      - name: rfm
        rfm: {recency: recency_days, frequency: orders, monetary: total_spend}
        names: full
segments:
  - name: shoppers
    from: customer_features
    key: customer_id
    features:
      - {column: recency_days, label: Days since last order, scale: log}
      - {column: orders, scale: log}
      - {column: total_spend, unit: £, scale: log}
    clusters: {k: 5, k_max: 6, seed: 1}
    rules: {max_moved: 0.001}
"""
EDGES = {
    "rf_r": [13.8, 33, 72, 180],
    "rf_f": [1, 2, 3, 6],
    "rf_m": [250.194, 490.096, 942.276, 2058.426],
}


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not DATA.is_file():
        pytest.skip("online_retail.parquet is not beside the repository")
    directory = tmp_path_factory.mktemp("retail")
    (directory / "sql").mkdir()
    (directory / "data").mkdir()
    (directory / "segkit.yml").write_text(PROJECT)
    (directory / "sql/order_lines.sql").write_text(LINES)
    (directory / "sql/customer_features.sql").write_text(FEATURES)
    (directory / "sql/declared.yml").write_text(DECLARED)
    shutil.copyfile(DATA, directory / "data/online_retail.parquet")
    result = build(directory)
    assert result.ok, [p.message for node in result.nodes for p in node.problems]
    (problem,) = (problem for node in result.nodes for problem in node.problems)
    assert problem.message.startswith(bought_once(directory))
    return directory


def build(project: Path, **options: object) -> BuildResult:
    return run_build(Options(project, as_of=datetime(2011, 12, 10), **options))  # type: ignore[arg-type]


def query(project: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(project / "warehouse/retail.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def stored_edges(project: Path, version: str = "v0001") -> dict[str, list[float]]:
    data = json.loads((project / f"warehouse/fits/scores/{version}.json").read_text())
    return {name: [float(e) for e in s["edges"]] for name, s in data["scores"].items()}


def scores(project: Path) -> dict[str, tuple]:
    """customer_id -> everything that the view says of them."""
    return {row[0]: row[1:] for row in query(project, "SELECT * FROM scores")}


def test_the_customers_and_the_stored_edges(retail: Path) -> None:
    assert query(retail, "SELECT count(*), max(total_spend) FROM customer_features") == [
        (4338, Decimal("280206.02"))
    ]
    edges = stored_edges(retail)
    assert {name: edges[name] for name in EDGES} == EDGES
    assert {name.replace("rfm_", "rf_"): values for name, values in edges.items()} == EDGES


def test_every_customer_has_the_name_of_their_scores(retail: Path) -> None:
    names = [
        {
            cell: name
            for name, patterns in table.items()
            for p in patterns
            for cell in cells_of(p, 5)
        }
        for table in (GRID, FULL)
    ]
    rows = query(
        retail,
        "SELECT f.recency_days, f.orders, CAST(f.total_spend AS DOUBLE), rf, rf_r, rf_f, rf_m, "
        "rfm, rfm_r, rfm_f, rfm_m "
        "FROM scores JOIN customer_features AS f USING (customer_id)",
    )
    assert len(rows) == 4338
    features = np.array([row[:3] for row in rows], dtype=float)
    by_hand = [
        1 + (features[:, place : place + 1] > np.array(EDGES[f"rf_{letter}"])).sum(axis=1)
        for place, letter in enumerate("rfm")
    ]
    by_hand[0] = 6 - by_hand[0]  # few days are good
    for r, f, m, row in zip(*by_hand, rows, strict=True):
        assert row[4:7] == row[8:11] == (r, f, m)
        assert (row[3], row[7]) == (names[0][r, f], names[1][r, f, m])
    assert set(Counter(row[3] for row in rows)) == set(GRID)
    assert set(Counter(row[7] for row in rows)) == set(FULL)


def test_the_learned_segments_are_all_above_one_percent(retail: Path) -> None:
    found = query(retail, "SELECT n, share FROM shoppers_profile")
    assert len(found) == 5
    assert sum(n for n, _ in found) == 4338
    assert min(share for _, share in found) >= 0.01


def test_no_number_of_segments_stands_out_and_it_is_said(retail: Path) -> None:
    """Recency, orders and spend are one long cloud, which any measure likes best in two."""
    sql = (
        "SELECT recency_days, orders, total_spend FROM customer_features ORDER BY md5(customer_id)"
    )
    values = np.log1p(np.array(query(retail, sql), dtype=np.float64))
    scaled = (values - values.mean(axis=0)) / values.std(axis=0)
    rows, clusterings = Rows.of_array(scaled), sweep(scaled, 10, 111)
    panel = measure_panel(rows, clusterings, 111, ())
    picks = picks_of(panel)
    assert (picks["silhouette"], picks["calinski_harabasz"], picks["stability"]) == (2, 2, 2)
    judged = judge(rows, clusterings, panel)
    choice = choose_k(Wanted(), judged, 0.01, lambda k: panel[k - 1].smallest_share)
    assert choice is not None
    assert (choice.k, choice.verdict) == (picks["log_inertia"], "degrees") == (4, "degrees")
    assert reason_sentence(choice.reason).startswith(
        "no gaps between clusters of any k from 2 to 10: customers differ by degrees; "
        "k = 4 is the knee of the log-inertia"
    )


def test_every_cut_has_three_digits_and_what_it_costs_is_said(retail: Path) -> None:
    fit = read_fit(fit_path(retail / "warehouse/fits", "shoppers", 1))
    tests = [split.test for split in splits(fit.tree)]
    assert max(digits_of(test.cut) for test in tests if isinstance(test, Below)) <= 3
    assert fit.quality.moved <= 4
    assert any(
        said.startswith("cuts were rounded, which puts") for said in assumption_sentences(fit)
    )
    header = (retail / "warehouse/views/shoppers.sql").read_text().split("\n")[1]
    assert f"cuts snapped, {fit.quality.moved} row" in header


def test_shuffled_rows_change_no_score(retail: Path, tmp_path: Path) -> None:
    copy = tmp_path / "shuffled"
    shutil.copytree(retail, copy, ignore=shutil.ignore_patterns("warehouse", "target"))
    path = copy / "data/online_retail.parquet"
    duckdb.sql(
        f"COPY (SELECT * FROM '{DATA}' ORDER BY hash(InvoiceNo || StockCode || Quantity), 1) "
        f"TO '{path}' (FORMAT parquet)"
    )
    assert build(copy).ok
    assert scores(copy) == scores(retail)
    for name in ("fits/scores/v0001.json", "fits/shoppers/v0001.json", "views/scores.sql"):
        assert (copy / "warehouse" / name).read_bytes() == (
            retail / "warehouse" / name
        ).read_bytes(), name


def bought_once(project: Path) -> str:
    """Of those who are called so, counted in the features."""
    ((once, n),) = query(
        project,
        "SELECT count(*) FILTER (WHERE orders = 1), count(*) "
        "FROM scores JOIN customer_features USING (customer_id) WHERE rfm = 'cannot_lose_them'",
    )
    assert once > n / 2 > 50
    return f"{once} of {n} `cannot_lose_them` bought once at most"


def test_three_months_earlier_an_edge_stands_twice(retail: Path, tmp_path: Path) -> None:
    copy = tmp_path / "september"
    shutil.copytree(retail, copy, ignore=shutil.ignore_patterns("warehouse", "target"))
    (copy / "sql/declared.yml").write_text(DECLARED[: DECLARED.index("segments:")])
    result = build(copy, vars={"as_of": "2011-09-01"})
    assert result.ok
    assert query(copy, "SELECT count(*) FROM scores") == [(3317,)]
    assert stored_edges(copy)["rf_f"] == [1, 1, 2, 4]
    warnings = [p for node in result.nodes for p in node.problems]
    assert [p.code for p in warnings] == ["SK207", "SK207", "SK219"]
    assert "(1, 1, 2, 4): nobody has a score of 2" in warnings[0].message
    assert warnings[2].message.startswith(bought_once(copy))
    assert query(copy, "SELECT DISTINCT rf_f FROM scores ORDER BY ALL") == [(1,), (3,), (4,), (5,)]
    assert query(copy, "SELECT count(*) FROM scores WHERE rf_order = 0 OR rfm_order = 0") == [(0,)]


def test_edges_move_only_when_asked(retail: Path, tmp_path: Path) -> None:
    copy = tmp_path / "kept"
    shutil.copytree(retail, copy)
    assert build(copy, vars={"as_of": "2011-09-01"}).ok
    assert stored_edges(copy)["rf_m"] == EDGES["rf_m"]
    result = build(copy, vars={"as_of": "2011-09-01"}, refresh_edges=True)
    assert result.ok
    assert stored_edges(copy, "v0002")["rf_f"] == [1, 1, 2, 4]
    detail = next(node.detail for node in result.nodes if node.kind == "buckets")
    before = scores(retail)
    assert set(before) > set(scores(copy))
    assert re.fullmatch(
        r"edges v0002: rf moves [\d,]+ \(.*\), rfm moves [\d,]+ \(.* kept\)", detail
    )
