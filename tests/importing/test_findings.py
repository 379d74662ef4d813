"""What is said of an old CASE, by its code and its place."""

from __future__ import annotations

import pytest

from segkit.importing.candidates import candidates
from segkit.importing.findings import findings, narrowed
from tests.importing.plain_cases import AGES, analysis


def said(case: str) -> list[tuple[str, str]]:
    found = analysis(case)
    problems = findings(found, next(candidates(found)), None)
    assert all(p.severity == "warning" for p in problems)
    return [(p.code, p.message) for p in problems]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (
            "CASE WHEN age = NULL THEN 'x' WHEN age < 25 THEN 'a' WHEN age >= 25 THEN 'b' END",
            (
                "SK213",
                'this condition is never TRUE, so nobody is in "x" by it: nothing is equal to NULL',
            ),
        ),
        (
            "CASE WHEN age < 25 AND age > 30 THEN 'x' WHEN age < 25 THEN 'a' ELSE 'b' END",
            ("SK213", "`age < 25 AND age > 30` never holds, whatever the row"),
        ),
        (
            "CASE WHEN age < 25 THEN 'a' WHEN age < 20 THEN 'b' ELSE 'c' END",
            (
                "SK214",
                "`age < 20` is never reached: what is before it takes every row, so "
                '"b" has nobody by it',
            ),
        ),
        (
            "CASE WHEN age < 25 OR age >= 25 OR age IS NULL THEN 'a' ELSE 'c' END",
            ("SK214", 'ELSE "c" is never reached: the conditions take every row'),
        ),
        (
            "CASE WHEN spend <= 35 THEN '0-35' WHEN spend > 35 THEN '50+' END",
            ("SK203", "2 labels of `band` do not say what their condition holds"),
        ),
    ],
)
def test_what_is_wrong(case: str, expected: tuple[str, str]) -> None:
    assert expected in said(case)


def test_a_clean_case_has_nothing_to_be_said() -> None:
    assert said("CASE WHEN age IS NULL THEN 'none' WHEN age < 9 THEN 'a' ELSE 'b' END") == []


def test_conditions_that_hold_for_rows_taken_before() -> None:
    assert narrowed(analysis(AGES)) == 1
    assert narrowed(analysis("CASE WHEN age < 9 THEN 'a' WHEN age >= 9 THEN 'b' END")) == 0
