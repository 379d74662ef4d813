"""Values that go missing after the fit: what a build, and a test alone, says and does of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.pipeline import Options, run_build, run_tests
from tests.conftest import T1, TWO_SEGMENTS_YML, MakeProject, build_first
from tests.pipeline.test_build import problems

MODEL = """\
SELECT customer_id, age, spend, {income} AS income
FROM {{{{ source('crm', 'customers') }}}}
"""
NAME = "missing grew shopper_segments"


def model(income: str = "CAST(income AS DOUBLE)") -> str:
    return MODEL.format(income=income)


@pytest.fixture
def shop(make_project: MakeProject) -> Path:
    """240 customers, of whom 9 have no income, in two segments."""
    directory = make_project(
        files={
            "sql/features/customer_features.sql": model(),
            "sql/segments.yml": TWO_SEGMENTS_YML,
            "sql/buckets.yml": None,
        }
    )
    first = build_first(directory)
    assert first.ok, problems(first)
    (said,) = first.segmentations[0].assumptions
    assert said == "9 missing income count as $46.4k (the median)"
    return directory


def lose(directory: Path, condition: str, value: str = "NULL") -> None:
    """Have another value for the income of these customers."""
    text = model(f"CASE WHEN {condition} THEN {value} ELSE CAST(income AS DOUBLE) END")
    (directory / "sql/features/customer_features.sql").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("value", ["NULL", "'NaN'::DOUBLE", "'Infinity'::DOUBLE"])
def test_a_broken_join_is_not_published(shop: Path, value: str) -> None:
    lose(shop, "customer_id > '0120'", value)
    result = run_build(Options(shop, as_of=T1))
    assert not result.ok and not result.published
    (found,) = [node for node in result.nodes if node.name == NAME]
    assert (found.status, found.failures) == ("fail", 1)
    assert found.problems[0].message.startswith(
        "income: 51.7% missing (3.75% at the fit): these 124 customers count as "
    )


def test_a_few_more_are_a_warning_and_counted_as_of_today(shop: Path) -> None:
    lose(shop, "customer_id <= '0040'")
    result = run_build(Options(shop, as_of=T1))
    assert result.ok and result.published
    (found,) = [node for node in result.nodes if node.name == NAME]
    assert found.status == "warn"
    (said,) = result.segmentations[0].assumptions
    assert said.startswith("47 missing income count as ")


@pytest.mark.slow
def test_the_threshold_is_that_of_the_segmentation(shop: Path) -> None:
    lose(shop, "customer_id > '0120'")
    path = shop / "sql/segments.yml"
    for written, status in (("0.48", ["warn"]), ("0.47", ["fail"]), ("false", [])):
        path.write_text(f"{TWO_SEGMENTS_YML}    missing_grew: {written}\n", encoding="utf-8")
        result = run_build(Options(shop, as_of=T1))
        assert [node.status for node in result.nodes if node.name == NAME] == status
        assert not [node for node in result.nodes if node.status == "stale"]  # no definition


def test_it_is_asked_of_what_is_published_too(shop: Path) -> None:
    result = run_tests(Options(shop))
    assert [node.status for node in result.nodes if node.name == NAME] == ["pass"]
    path = shop / "sql/segments.yml"
    path.write_text(f"{TWO_SEGMENTS_YML}    missing_grew: 1\n", encoding="utf-8")
    lose(shop, "customer_id > '0120'")
    assert run_build(Options(shop, as_of=T1)).published
    path.write_text(TWO_SEGMENTS_YML, encoding="utf-8")
    result = run_tests(Options(shop))
    assert [node.status for node in result.nodes if node.name == NAME] == ["fail"]
    assert not result.ok


def test_a_new_fit_is_measured_anew(shop: Path) -> None:
    lose(shop, "customer_id > '0120'")
    result = run_build(Options(shop, as_of=T1, full_refresh=True))
    assert [node.status for node in result.nodes if node.name == NAME] == ["pass"]
    assert result.published


@pytest.mark.slow
def test_whoever_lacks_a_feature_is_unassigned(make_project: MakeProject) -> None:
    directory = make_project(
        files={
            "sql/features/customer_features.sql": model(),
            "sql/segments.yml": f"{TWO_SEGMENTS_YML}    missing: unassigned\n",
            "sql/buckets.yml": None,
        }
    )
    first = build_first(directory)
    said = "9 customers with a missing feature are unassigned"
    assert first.segmentations[0].assumptions == (said,)
    lose(directory, "customer_id > '0120'")
    result = run_build(Options(directory, as_of=T1))
    (found,) = [node for node in result.nodes if node.name == NAME]
    assert found.problems[0].message == (
        "income: 51.7% missing (3.75% at the fit): these 124 customers are unassigned"
    )


def test_whoever_is_in_a_segment_of_their_own_is_not_filled_in(make_project: MakeProject) -> None:
    """60 customers have no age; of the 9 without an income those among them are not filled in."""
    no_age = "CASE WHEN customer_id > '{}' THEN NULL ELSE age END AS age"
    directory = make_project(
        files={
            "sql/features/customer_features.sql": model().replace("age", no_age.format("0180")),
            "sql/segments.yml": f"{TWO_SEGMENTS_YML}    missing: {{Age: own}}\n",
            "sql/buckets.yml": None,
        }
    )
    first = build_first(directory)
    assert first.ok, problems(first)
    (published,) = first.segmentations
    (own,) = published.fit.own.values()
    assert (own.n, published.fit.own.keys()) == (60, {"age"})
    (said,) = published.assumptions
    assert said.startswith("6 missing income count as ")
    income = "CASE WHEN customer_id > '0050' THEN CAST(income AS DOUBLE) END"
    text = model(income).replace("age", no_age.format("0110"))
    (directory / "sql/features/customer_features.sql").write_text(text, encoding="utf-8")
    result = run_build(Options(directory, as_of=T1))
    (found,) = [node for node in result.nodes if node.name == NAME]
    assert found.status == "fail"
    of_age, of_income = (problem.message for problem in found.problems)
    assert of_age == (
        f"age: 54.2% missing (25% at the fit): these 130 customers are {own.id}, "
        "a segment of their own"
    )
    # 50 of the first, and those of 51 to 110 who have none anyway
    assert of_income.startswith("income: 21.7% missing (2.5% at the fit): these 52 customers ")
