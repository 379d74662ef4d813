"""What `explain --id` says is so: changes that it names are made, and the rules asked again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.pipeline import Options, explain_customer, run_build
from segkit.pipeline.customer import customer_path
from segkit.report.explain import change_text
from tests.conftest import MALL, MakeProject, build_first
from tests.projects.test_online_retail import DATA, PROJECT
from tests.stated import Case, example, false_ones, published_case, random_case, statements
from tests.subjects import subject_of

SEGMENTS = """\
segments:
  - name: shoppers
    from: customer_features
    key: customer_id
    features:
      - {column: recency_days, scale: log}
      - {column: orders, scale: log}
      - {column: total_spend, unit: $, scale: log}
    clusters: {k: 5, k_max: 6, seed: 1}
    rules: {max_moved: 0.001}
"""


def count_true(cases: Iterable[Case]) -> int:
    """How many changes are said; each of them comes true."""
    count = 0
    for case in cases:
        some = list(statements(case))
        assert false_ones(case, some) == []
        count += len(some)
    return count


def test_changes_that_are_said_come_true() -> None:
    assert count_true(map(random_case, range(8))) > 250


@pytest.mark.slow
def test_thousands_of_changes_that_are_said_come_true() -> None:
    assert count_true(map(random_case, range(100, 190))) > 2500


@pytest.mark.slow
def test_changes_said_in_the_example_come_true(tmp_path: Path) -> None:
    assert count_true([published_case(example(tmp_path))]) > 2000
    path = explain_customer(Options(tmp_path), None, "C00042", {})
    assert path.nearest is not None
    assert change_text(path.nearest) == "$562 more would make it B Total spend $322-$2,130"


@pytest.mark.slow
@pytest.mark.skipif(not MALL.is_file(), reason="the article's data is not beside the repository")
def test_changes_said_of_the_shoppers_of_the_article_come_true(mall_project: Path) -> None:
    assert run_build(Options(mall_project)).ok
    assert count_true([published_case(mall_project)]) > 100


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not DATA.is_file(), reason="online_retail.parquet is not beside the repository")
def test_changes_said_of_the_customers_of_online_retail_come_true(tmp_path: Path) -> None:
    shutil.copytree(PROJECT, tmp_path / "p", ignore=shutil.ignore_patterns("warehouse", "target"))
    (tmp_path / "p/data").mkdir(exist_ok=True)
    shutil.copyfile(DATA, tmp_path / "p/data/online_retail.parquet")
    (tmp_path / "p/sql/segments.yml").write_text(SEGMENTS)
    assert run_build(Options(tmp_path / "p")).ok
    assert count_true([published_case(tmp_path / "p")]) > 2000


@pytest.mark.slow
@pytest.mark.long
def test_five_thousand_changes_that_are_said_come_true() -> None:
    assert count_true(map(random_case, range(10_000, 10_180))) > 5000


def test_no_number_that_is_said_has_the_tail_of_a_float() -> None:
    for seed in range(8):
        case = random_case(seed)
        axes = case.axes()
        for id_, row in case.rows():
            path = customer_path(subject_of(case.node, case.fit), id_, row, axes)
            for step in path.steps:
                assert not re.search(r"\d\.\d*(0{7}|9{7})\d", step.label), (seed, id_, step.label)


MODEL = """\
SELECT
  customer_id,
  CAST(age AS UTINYINT) AS age,
  CAST(income AS FLOAT) AS income,
  CAST(spend AS DECIMAL(9, 2)) AS spend,
  CAST(age // 20 AS INTEGER) AS store
FROM {{ source('crm', 'customers') }}
"""
TYPED = """\
segments:
  - name: shoppers
    from: customer_features
    key: customer_id
    features: [age, income, {column: spend, scale: log}, {column: store, kind: category}]
    clusters: {k: 4, k_max: 5, seed: 1}
"""


@pytest.fixture
def typed(make_project: MakeProject) -> Path:
    files: dict[str, str | None] = {
        "sql/features/customer_features.sql": MODEL,
        "sql/segments.yml": TYPED,
        "sql/buckets.yml": None,
    }
    project = make_project(files=files)
    assert build_first(project).ok
    return project


def test_a_value_that_is_set_is_one_that_the_column_can_have(typed: Path) -> None:
    """What the warehouse would round, or refuse, is not asked of the rules."""
    for change, message, help_ in (
        ("age=300", "too large", "0 to 255, or null"),
        ("age=-1", "too small", "0 to 255, or null"),
        ("age=40.5", "age holds whole numbers", "a whole number, or null"),
        ("spend=12.345", "spend holds 2 digits behind the point",
         "a number with at most 2 digits behind the point, or null"),
        ("spend=10000000", "too large", "-9999999.99 to 9999999.99, or null"),
        ("income=1e16", "too large", "a number, or null"),
        ("income=nan", "not a number", "a number, or null"),
        ("income=much", "not a number", "a number, or null"),
    ):  # fmt: skip
        column, _, text = change.partition("=")
        with pytest.raises(ConfigError) as error:
            explain_customer(Options(typed), None, "0001", {column: text})
        (problem,) = error.value.problems
        assert (problem.code, problem.message, problem.help) == (
            "SK702", f"--set {change}: {message}", help_,
        )  # fmt: skip


def test_a_value_that_is_set_is_read_as_the_column_has_it(typed: Path) -> None:
    options = Options(typed)
    before = explain_customer(options, None, "0001", {})
    same = {"age": "2.5e1", "income": "0.1", "spend": "100", "store": "1.0"}
    path = explain_customer(options, None, "0001", same)
    shown = {step.label for step in path.steps}
    assert shown <= {"Age 25", "Income 0.1", "Spend 100", "Store 1"}
    assert explain_customer(options, None, "0001", {"store": ""}).segment_id
    assert before == explain_customer(options, None, "0001", {})
