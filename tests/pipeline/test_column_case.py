"""Columns are found whatever their case: in a project, on the day after, and by every verb."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from segkit import load_fit
from segkit.pipeline import Options, explain_customer, fit_challengers, run_build, run_tests
from segkit.results import BuildResult
from tests.conftest import T1, MakeProject, build_first, customers
from tests.pipeline.test_build import problems

MODEL = """\
SELECT customer_id AS {customer_id}, age AS {age}, income AS {income}, spend AS {spend}
FROM {{{{ source('crm', 'customers') }}}}
"""
LOWER = ("customer_id", "age", "income", "spend")
UPPER = ("CUSTOMER_ID", "AGE", "INCOME", "SPEND")
MIXED = ("Customer_Id", "Age", "incomE", "Spend")
SEGMENTS = """\
models:
  - name: customer_features
    columns:
      - {name: customer_id, description: who it is, tests: [unique]}
      - name: age
        tests: [not_null, {accepted_values: {values: [1], config: {severity: warn}}}]
segments:
  - name: shopper_segments
    from: customer_features
    key: customer_id
    where: age > 18
    features: [age, {column: income, unit: "k$"}]
    clusters: {k: 2, k_max: 2, seed: 1}
    metrics: [spend]
    sensitive: [age]
"""
BUCKETS = """\
buckets:
  - name: customer_buckets
    from: customer_features
    key: customer_id
    where: age > 18
    columns:
      - {name: age_band, column: age, edges: [25, 35, 55]}
      - {name: spend_half, column: spend, quantiles: 2}
      - {name: income_width, column: income, width: 40}
      - name: kind
        rules: [{label: Young, when: "age < 30"}]
        else: Old
"""


def model(names: tuple[str, ...]) -> str:
    return MODEL.format(**dict(zip(LOWER, names, strict=True)))


def spelled(project: Path, names: tuple[str, ...]) -> None:
    path = project / "sql/features/customer_features.sql"
    path.write_text(model(names), encoding="utf-8")


def columns(project: Path, view: str) -> list[str]:
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        return [row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()]


def status(result: BuildResult) -> dict[str, str]:
    return {node.name: node.status for node in result.nodes}


@pytest.fixture
def shop(make_project: MakeProject) -> Path:
    """A project of small letters over a relation of capitals."""
    project = make_project(
        files={
            "sql/features/customer_features.sql": model(UPPER),
            "sql/segments.yml": SEGMENTS,
            "sql/buckets.yml": BUCKETS,
        }
    )
    first = build_first(project)
    assert first.ok, problems(first)
    return project


def test_the_view_is_spelled_as_the_relation_and_words_as_the_file(shop: Path) -> None:
    assert columns(shop, "shopper_segments")[:3] == ["CUSTOMER_ID", "AGE", "INCOME"]
    assert columns(shop, "customer_buckets")[0] == "CUSTOMER_ID"
    text = (shop / "warehouse/views/shopper_segments.sql").read_text(encoding="utf-8")
    assert '"AGE"' in text and "age" not in text.split("SELECT", 1)[1].split("segment_id")[0]
    fit = load_fit(shop / "warehouse/fits/shopper_segments/v0001.json").fit
    assert [(f.column, f.label) for f in fit.features] == [("AGE", "Age"), ("INCOME", "Income")]


@pytest.mark.parametrize("names", [LOWER, MIXED])
def test_nothing_goes_stale_when_the_case_changes(shop: Path, names: tuple[str, ...]) -> None:
    spelled(shop, names)
    result = run_build(Options(shop, as_of=T1))
    assert result.ok and result.published, problems(result)
    assert columns(shop, "shopper_segments")[:3] == list(names[:3])
    with duckdb.connect(str(shop / "warehouse/shop.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            "SELECT count(*), count(valid_to) FROM shopper_segments_history"
        ).fetchone()
        comment = connection.execute(
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'customer_features' "
            "AND lower(column_name) = 'customer_id'"
        ).fetchone()
    assert counts and counts[1] == 0  # nobody moved
    assert comment == ("who it is",)


def test_nor_when_the_file_is_written_in_another_case(shop: Path) -> None:
    for path, text in (("sql/segments.yml", SEGMENTS), ("sql/buckets.yml", BUCKETS)):
        for name in LOWER:
            text = text.replace(f" {name}", f" {name.upper()}").replace(
                f"[{name}", f"[{name.upper()}"
            )
        (shop / path).write_text(text, encoding="utf-8")
    result = run_build(Options(shop, as_of=T1))
    assert result.ok and "stale" not in status(result).values(), problems(result)


def test_what_is_more_than_the_case_is_stale(shop: Path) -> None:
    path = shop / "sql/segments.yml"
    path.write_text(SEGMENTS.replace("[age, ", "[{column: Age, scale: robust}, "), encoding="utf-8")
    result = run_build(Options(shop, as_of=T1))
    (found,) = [p for node in result.nodes for p in node.problems if p.code == "SK310"]
    assert [note for note in found.notes if note.startswith("changed")] == [
        "changed: features.AGE.scale: standard -> robust"
    ]


def test_the_other_verbs_find_them_too(shop: Path) -> None:
    spelled(shop, MIXED)
    assert run_build(Options(shop, as_of=T1)).ok
    assert run_tests(Options(shop)).ok
    path = explain_customer(Options(shop), None, "0001", {"AGE": "20", "income": "30"})
    assert {"Age 20", "Income $30k"} & {step.label for step in path.steps}
    (learned,) = fit_challengers(Options(shop), (), promote=False)
    assert [f.column for f in learned.fit.features] == ["Age", "incomE"]
    frame = pd.DataFrame(customers(), columns=list(LOWER))
    fit = load_fit(shop / "warehouse/fits/shopper_segments/v0001.json")
    assert set(fit.predict(frame)) == {"A", "B"}
