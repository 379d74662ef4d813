"""Rules that divide, through whole builds: what is not finite is missing, everywhere."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from segkit.pipeline import Options
from segkit.pipeline.compile import compile_node
from tests.pipeline.test_build import build, problems, query

SEGKIT_YML = """\
name: shop
buckets:
  - name: b
    from: data/c.csv
    key: customer_id
    columns:
      - name: return_rate
        rules: [{label: frequent returner, when: "returns * 100 / orders >= 34"}]
        else: keeper
      - name: basket
        rules: [{label: big, when: "spend / orders > 50"}]
        else: small
      - name: logs
        rules:
          - {label: lo, when: "spend < 100"}
          - {label: hi, when: "spend >= 100 AND sqrt(spend) > 10"}
        else: mid
      - name: every_other
        rules: [{label: even, when: "orders // returns % 2 = 0"}]
        else: odd
"""
ROWS = "customer_id,returns,orders,spend\n1,0,0,0\n2,1,4,200\n3,2,4,90\n4,0,3,10\n5,0,0,25\n"
EXPECTED = [
    (1, "Unknown", "Unknown", "lo", "Unknown"),
    (2, "keeper", "small", "hi", "even"),
    (3, "frequent returner", "small", "lo", "even"),
    (4, "keeper", "small", "lo", "Unknown"),
    (5, "Unknown", "Unknown", "lo", "Unknown"),
]
COLUMNS = "customer_id, return_rate, basket, logs, every_other"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("division")
    (directory / "data").mkdir()
    (directory / "segkit.yml").write_text(SEGKIT_YML, encoding="utf-8")
    (directory / "data/c.csv").write_text(ROWS, encoding="utf-8")
    result = build(directory)
    assert result.ok, problems(result)
    return directory


def test_who_ordered_nothing_is_missing(project: Path) -> None:
    assert query(project, f"SELECT {COLUMNS} FROM b ORDER BY 1") == EXPECTED


HIDDEN = {  # condition -> the labels for orders of 3, 4, NULL, and of what is large
    "fdiv(returns, orders - 3) > 3": ("Unknown", "yes", "Unknown", "no"),
    "exp(orders * 100) > 3": ("yes", "yes", "Unknown", "Unknown"),
    "add(spend, spend) > 3": ("yes", "yes", "yes", "Unknown"),
    "list_sum([spend, spend]) > 3": ("yes", "yes", "yes", "Unknown"),
    "greatest(returns / (orders - 3), 1) > 3": ("Unknown", "yes", "no", "no"),
    "least(returns / (orders - 3), 5) > 3": ("Unknown", "yes", "yes", "no"),
    "list_max([returns / (orders - 3), 1]) > 3": ("Unknown", "yes", "no", "no"),
    "concat(returns // (orders - 3), '!') = '9!'": ("Unknown", "yes", "no", "no"),
    "greatest(greatest(returns / (orders - 3), 1), 2) > 3": ("Unknown", "yes", "no", "no"),
    "greatest(list_sum([spend, spend]), 1) > 3": ("yes", "yes", "yes", "Unknown"),
    "greatest(spend * 2, 1) > 3": ("yes", "yes", "yes", "Unknown"),
    "greatest(returns / nullif(orders - 3, 0), 1) > 3": ("no", "yes", "no", "no"),
    "coalesce(returns / (orders - 3), 1) > 3": ("no", "yes", "no", "no"),
}


def test_no_function_hides_what_is_not_finite(tmp_path: Path) -> None:
    columns = "".join(
        f"      - {{name: c{i}, rules: [{{label: 'yes', when: \"{when}\"}}], else: 'no'}}\n"
        for i, when in enumerate(HIDDEN)
    )
    head = SEGKIT_YML.partition("      - name")[0]
    (tmp_path / "data").mkdir()
    (tmp_path / "segkit.yml").write_text(head + columns, encoding="utf-8")
    rows = "1,9,3,10\n2,9,4,10\n3,9,,10\n4,9,800000,1e308\n"
    text = f"customer_id,returns,orders,spend\n{rows}"
    (tmp_path / "data/c.csv").write_text(text, encoding="utf-8")
    result = build(tmp_path)
    assert result.ok, problems(result)
    names = ", ".join(f"c{i}" for i in range(len(HIDDEN)))
    by_column = zip(*query(tmp_path, f"SELECT {names} FROM b ORDER BY customer_id"), strict=True)
    assert dict(zip(HIDDEN, by_column, strict=True)) == HIDDEN


def test_sqlite_gives_the_same_rows_and_its_check_none(project: Path) -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE c (customer_id INTEGER, returns INTEGER, orders INTEGER, spend)")
    lines = [line.split(",") for line in ROWS.splitlines()[1:]]
    database.executemany("INSERT INTO c VALUES (?, ?, ?, ?)", [[*map(int, row)] for row in lines])
    options = Options(project)
    database.executescript(compile_node(options, "b", dialect="sqlite"))
    assert database.execute(f"SELECT {COLUMNS} FROM b ORDER BY 1").fetchall() == EXPECTED
    check = compile_node(options, "b", dialect="sqlite", check=True)
    assert database.execute(check).fetchall() == []
    wrong = check.replace("AS REAL) / NULLIF(orders", "AS INTEGER) / NULLIF(orders")
    assert wrong != check
    assert database.execute(wrong).fetchall()


@pytest.mark.parametrize(
    ("dialect", "written"),
    [
        ("postgres", "CAST(returns * 100 AS DOUBLE PRECISION) / NULLIF(orders, 0) >= 34"),
        ("tsql", "CAST(returns * 100 AS FLOAT) / NULLIF(orders, 0) >= 34"),
        ("mysql", "CAST(returns * 100 AS DOUBLE) / NULLIF(orders, 0) >= 34"),
        ("snowflake", "CAST(returns * 100 AS DOUBLE) / NULLIF(orders, 0) >= 34"),
        ("bigquery", "CAST(returns * 100 AS FLOAT64) / NULLIF(orders, 0) >= 34"),
    ],
)
def test_each_dialect_divides_doubles_by_no_zero(project: Path, dialect: str, written: str) -> None:
    assert written in compile_node(Options(project), "b", dialect=dialect)


def test_where_and_not_scored_divide_too(tmp_path: Path) -> None:
    """NULL leaves a row out of the view, and scores it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "segkit.yml").write_text(
        """\
name: shop
buckets:
  - name: kept
    from: data/c.csv
    key: customer_id
    where: "spend / orders >= 0"
    columns: [{name: size, column: spend, edges: [50]}]
  - name: scored
    from: data/c.csv
    key: customer_id
    columns:
      - name: rfm
        rfm:
          {recency: days, frequency: orders, monetary: spend, not_scored: "orders % returns = 0"}
""",
        encoding="utf-8",
    )
    head, *lines = ROWS.splitlines()
    with_days = [f"{head},days", *(f"{line},{i}" for i, line in enumerate(lines))]
    (tmp_path / "data/c.csv").write_text("\n".join(with_days), encoding="utf-8")
    result = build(tmp_path)
    assert result.ok, problems(result)
    assert query(tmp_path, "SELECT customer_id FROM kept ORDER BY 1") == [(2,), (3,), (4,)]
    found = query(tmp_path, "SELECT customer_id FROM scored WHERE rfm = 'not_scored' ORDER BY 1")
    assert found == [(2,), (3,)]
