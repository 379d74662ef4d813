"""Rows without a label, and NULL among values: which are said, and of which rows."""

from __future__ import annotations

import pytest

from segkit.importing.candidates import candidates
from segkit.importing.null_findings import gaps, null_among_values, null_of_opaque
from tests.importing.plain_cases import AGES, analysis

OPAQUE = "CASE WHEN country LIKE 'a%' THEN 'a' ELSE 'rest' END"


def gap_of(case: str, types: dict[str, str]) -> tuple[str, str, tuple[str, ...]] | None:
    found = analysis(case, types)
    problem = next(gaps(found, next(candidates(found))), None)
    if problem is None:
        return None
    assert problem.affected is not None
    return problem.code, problem.affected.condition_sql, problem.notes


def test_a_gap_is_said_with_its_rows() -> None:
    case = "CASE WHEN age <= 24 THEN 'a' WHEN age >= 26 THEN 'b' END"
    assert gap_of(case, {"age": "INTEGER"}) == ("SK202", "age > 24 AND age < 26", ())
    hint = "if `age` holds whole numbers only, --type age=INTEGER says so"
    between = "CASE WHEN age <= 24 THEN 'a' WHEN age >= 25 THEN 'b' END"
    assert gap_of(between, {}) == ("SK202", "age > 24 AND age < 25", (hint,))


@pytest.mark.parametrize(
    "case",
    [
        "CASE WHEN age <= 24 THEN 'a' WHEN age >= 25 THEN 'b' END",
        "CASE WHEN age < 24 THEN 'a' WHEN age >= 26 THEN 'b' ELSE 'c' END",
    ],
)
def test_no_gap_where_every_value_has_a_label(case: str) -> None:
    assert gap_of(case, {"age": "INTEGER"}) is None


def test_null_in_else() -> None:
    found = analysis(AGES)
    in_else = next(way for way in candidates(found) if way.spec.get("else") == "old")
    (problem,) = null_among_values(found, in_else)
    assert problem.code == "SK215"
    assert problem.affected is not None and "age IS NULL" in problem.affected.condition_sql
    apart = analysis("CASE WHEN age IS NULL THEN 'none' WHEN age < 9 THEN 'a' ELSE 'b' END")
    assert list(null_among_values(apart, next(candidates(apart)))) == []


def test_null_in_else_of_what_only_the_engine_understands() -> None:
    (problem,) = null_of_opaque(analysis(OPAQUE), "rest")
    assert (problem.code, problem.message) == (
        "SK215",
        'NULL in `country` is in "rest", with all others that fit no condition',
    )
    assert list(null_of_opaque(analysis(OPAQUE), "a")) == []
    asked = OPAQUE.replace("LIKE 'a%'", "LIKE 'a%' OR country IS NULL")
    assert list(null_of_opaque(analysis(asked), "rest")) == []
