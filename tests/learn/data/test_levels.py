from __future__ import annotations

import pytest

from segkit.core.columns import Column, parse_type
from segkit.core.fact_english import sentences
from segkit.dialects.table import DUCKDB
from segkit.learn.data.data_problems import level_problems
from segkit.learn.data.data_warnings import level_warnings
from segkit.learn.data.levels import (
    LevelSummary,
    is_category,
    summarise_levels,
)
from tests.learn.conftest import MemoryEngine, feature, segmentation

REGION = feature("region", kind="category")


def counted(engine: MemoryEngine, values: str) -> LevelSummary:
    engine.execute(f"CREATE TABLE customers AS SELECT unnest({values}) AS region")
    return summarise_levels(engine, "customers", "region")


def test_a_level_is_kept_from_two_customers_on(engine: MemoryEngine) -> None:
    """A fit holds no single customer's values."""
    found = counted(engine, "['west', 'east', 'west', 'east', 'lives alone', NULL, 'west']")
    assert found.counts == {"east": 2, "west": 3}
    assert (found.rows, found.missing, found.known, found.distinct) == (7, 1, 6, 3)
    assert (found.rare, found.levels) == (1, ("east", "west"))
    assert not found.is_constant
    assert sentences(level_warnings(found)) == (
        "region is a value of their own for 1 customers: they count as the most frequent",
    )


@pytest.mark.parametrize(("levels", "codes"), [(50, []), (51, ["SK315"])])
def test_fifty_levels_and_no_more(engine: MemoryEngine, levels: int, codes: list[str]) -> None:
    found = counted(engine, f"[x % {levels} FOR x IN range({3 * levels})]")
    assert (found.distinct, len(found.counts)) == (levels, levels)
    problems = level_problems(REGION, found, segmentation(REGION), DUCKDB)
    assert [problem.code for problem in problems] == codes
    if problems:
        assert "has 51 categories; more than 50" in problems[0].message
        assert "IN ('0', '1', '10', ...)" in (problems[0].help or "")


def test_of_many_levels_the_most_frequent_are_kept(engine: MemoryEngine) -> None:
    many = "list_concat([x // 2 FOR x IN range(200)], [77, 77, 12])"
    found = counted(engine, many)
    assert found.distinct == 100
    assert len(found.counts) == 51  # one more than can be used, so that it is noticed
    assert (found.counts["77"], found.counts["12"]) == (4, 3)


def test_a_column_without_values() -> None:
    empty = LevelSummary("region", 9, 9, {}, 0)
    (problem,) = level_problems(REGION, empty, segmentation(REGION), DUCKDB)
    assert problem.code == "SK306"
    assert "in any of the 9 rows of customers" in problem.message


def test_what_can_be_used_with_care() -> None:
    half = LevelSummary("region", 10, 5, {"east": 3, "west": 2}, 2)
    assert list(level_warnings(half)) == []
    more = LevelSummary("region", 10, 6, {"east": 2, "west": 2}, 2)
    assert sentences(level_warnings(more)) == ("region is NULL in 6 of 10 rows",)
    constant = LevelSummary("region", 10, 0, {"east": 9}, 2)
    assert constant.is_constant
    assert sentences(level_warnings(constant)) == (
        "region hardly differs between customers: it is left out of the fit",
    )


def test_a_flag_is_a_category_without_being_asked() -> None:
    flag, number = (Column("f", parse_type(t)) for t in ("BOOLEAN", "INTEGER"))
    assert is_category(feature("f"), flag)
    assert not is_category(feature("f"), number)
    assert is_category(feature("f", kind="category"), number)
    assert not is_category(feature("f", kind="number"), flag)
