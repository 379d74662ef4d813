"""What people see of whole results, at three widths, as texts to be read.

``SEGKIT_UPDATE_GOLDEN=1`` rewrites them: read the diff as a marketer, and as a statistician.
"""

from __future__ import annotations

import csv
import os
import random
import shutil
from pathlib import Path

import pytest

from segkit.learn import rule_stability
from segkit.pipeline import Options, explain_segmentation, run_build, try_data
from segkit.report.explain import explanation_page
from segkit.report.first_screen import first_screen, trial_page
from segkit.report.page import Page
from segkit.report.render_text import render_text
from tests.conftest import MALL
from tests.stated import example

WIDTHS = (80, 100, 140)
GOLDEN = Path(__file__).parents[1] / "golden" / "screens"
RETAIL = MALL.with_name("online_retail.parquet")


def check(name: str, page: Page) -> list[str]:
    """Compare the page with the file; return its lines at 80 columns."""
    texts = {width: render_text(page, width=width) for width in WIDTHS}
    said = "".join(f"--- {width} columns ---\n{text}\n\n" for width, text in texts.items())
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("SEGKIT_UPDATE_GOLDEN"):
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")
    return texts[80].split("\n")


def check_trial(name: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_stability, "PAIRS", 6)  # as it is measured outside of tests
    result = try_data(Options(path.parent), str(path)).result
    lines = check(name, trial_page(result, (f"segkit try {path.name} --save my_segments",)))
    title = next(place for place, line in enumerate(lines) if " segments, " in line)
    assert lines.index("", title) - title <= 24


def test_the_example(tmp_path: Path) -> None:
    options = Options(example(tmp_path))
    # the first build says no changes
    (tmp_path / "warehouse/shop.duckdb").unlink()
    shutil.rmtree(tmp_path / "warehouse/history")
    shutil.rmtree(tmp_path / "target")
    (result,) = run_build(options).segmentations
    steps = ("segkit explain shopper_segments", "segkit compile shopper_segments")
    lines = check("example", first_screen(result, steps, "explain --stats", "segkit explain"))
    assert len(lines) <= 23  # and the line of the run
    assert max(map(len, lines)) <= 80
    check("example_explained", explanation_page(explain_segmentation(options, None), stats=True))


@pytest.mark.slow
@pytest.mark.skipif(not MALL.is_file(), reason="Mall_Customers.csv is not in ../shared/data")
def test_the_customers_of_the_article(monkeypatch: pytest.MonkeyPatch) -> None:
    check_trial("mall", MALL, monkeypatch)


@pytest.mark.slow
@pytest.mark.skipif(not RETAIL.is_file(), reason="online_retail.parquet is not in ../shared/data")
def test_online_retail(monkeypatch: pytest.MonkeyPatch) -> None:
    check_trial("online_retail", RETAIL, monkeypatch)


@pytest.mark.slow
def test_a_file_of_22_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bank.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([BANK, *(bank_customer(i) for i in range(1500))])
    check_trial("bank", path, monkeypatch)


BANK = (
    "client_id", "signup_date", "region", "age", "tenure_months", "is_employee", "balance",
    "savings", "card_spend", "cash_withdrawals", "transfers_in", "transfers_out", "logins_30d",
    "complaints", "products", "credit_score", "salary", "salary_eur", "risk_code", "postcode",
    "last_login_days", "revenue_next_90d",
)  # fmt: skip


def bank_customer(i: int) -> list[object]:
    """Of students, families and the well-off; some columns say nothing, one is empty for many."""
    draw = random.Random(i)
    age, salary, saved = ((21, 900, 0.4), (41, 2900, 2.0), (58, 5200, 9.0))[i % 3]
    age = max(18, round(draw.gauss(age, 4)))
    income = round(salary * draw.lognormvariate(0, 0.25), 2)
    logins = draw.randrange(3, 40) if i % 3 != 2 else draw.randrange(0, 9)
    savings = round(income * saved * draw.lognormvariate(0, 0.6), 2)
    return [
        f"C{i:05d}",
        f"20{draw.randrange(10, 25)}-0{draw.randrange(1, 10)}-11",
        draw.choice(["north", "south", "east"]),
        age,
        max(1, round(draw.gauss(age - 17, 3) * 6)),
        int(draw.random() < 0.01),
        round(income * draw.lognormvariate(0, 0.4), 2),
        "" if draw.random() < 0.12 else savings,
        round(income * draw.uniform(0.1, 0.5), 2),
        draw.randrange(0, 9),
        draw.randrange(1, 5),
        draw.randrange(0, 12),
        logins,
        0 if draw.random() < 0.9 else draw.randrange(1, 4),
        1 + (i % 3) + draw.randrange(0, 2),
        round(draw.gauss(620 + 60 * (i % 3), 35)),
        income,
        round(income * 0.92, 2),
        draw.choice([1, 2, 3]),
        draw.randrange(10000, 99999),
        draw.randrange(0, 30) if logins else draw.randrange(30, 200),
        round(max(0.0, draw.gauss(income * 0.01, 9)), 2),
    ]
