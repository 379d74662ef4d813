"""Where a guard stands, and where none is needed."""

from __future__ import annotations

import pytest

from segkit.core.guarded_text import Spelling
from tests.core.test_arithmetic import TYPES, predicate_of


def written(text: str, spelling: Spelling | None = None) -> str:
    names = {name: name for name in TYPES}
    spelling = spelling or Spelling()
    return predicate_of(text).sql(names, spelling=spelling)


@pytest.mark.parametrize(
    "text",
    [
        "a - b > 1",
        "a / 2 > 1",
        "a / -0.5 > 1",
        "a / nullif(b, 0) > 1",
        "x * 0.5 > 2",
        "abs(x) > 1",
        "coalesce(x, 0) > 1",
        "lower(t) = 'a' OR t LIKE 'a%'",
        "day - INTERVAL 3 DAY > DATE '2020-01-01'",
        "TRY_CAST(t AS DECIMAL(10,2)) > 1",
    ],
)
def test_what_is_always_finite_stays_as_it_is_written(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a * 100 / b >= 34", "a * 100 / nullif(b, 0) >= 34"),
        ("A / B > 1", "a / nullif(b, 0) > 1"),
        ("a / (b - 1) > 1", "a / nullif(b - 1, 0) > 1"),
        ("a / -b > 1", "a / nullif(-b, 0) > 1"),
        ("a // b > 1 or a % b = 0", "a // nullif(b, 0) > 1 or a % nullif(b, 0) = 0"),
        ("mod(a, b) = 1", "mod(a, nullif(b, 0)) = 1"),
        ("a / 0 > 1", "a / nullif(0, 0) > 1"),
        ("a in (1, 2/b)", "a in (1, 2/nullif(b, 0))"),
        ("x / b > 1", "x / nullif(b, 0) > 1"),
        ("NOT a / b > 1", "NOT a / nullif(b, 0) > 1"),
        ("a between b / d and 7", "a between b / nullif(d, 0) and 7"),
        ("a / b IS NULL", "a / nullif(b, 0) IS NULL"),
        (
            "CASE WHEN b = 0 THEN 0 ELSE a / b END > 2",
            "CASE WHEN b = 0 THEN 0 ELSE a / nullif(b, 0) END > 2",
        ),
        ("length(t) / a > 2", "length(t) / nullif(a, 0) > 2"),
        ("x - y > 1", "CASE WHEN isfinite(x - y) THEN x - y END > 1"),
        ("(x - y) > 1", "CASE WHEN isfinite(x - y) THEN x - y END > 1"),
        ("f * 2 > 1", "CASE WHEN isfinite(f * 2) THEN f * 2 END > 1"),
        # by its quotient, which may overflow, in DuckDB
        ("fmod(a, b) > 1", "CASE WHEN isfinite(fmod(a, b)) THEN fmod(a, b) END > 1"),
        ("sqrt(a) > 10", "sqrt(CASE WHEN a >= 0 THEN a END) > 10"),
        ("ln(a - b) > 1", "ln(CASE WHEN a - b > 0 THEN a - b END) > 1"),
        (
            "sqrt(x - y) > 1",
            "sqrt(CASE WHEN isfinite(x - y) AND x - y >= 0 THEN x - y END) > 1",
        ),
        ("t::DOUBLE > 1", "CASE WHEN isfinite(t::DOUBLE) THEN t::DOUBLE END > 1"),
        (
            "coalesce(x * 2, 0) > 1",
            "coalesce(CASE WHEN isfinite(x * 2) THEN x * 2 END, 0) > 1",
        ),
        # functions that divide, sum or multiply without an operator
        ("fdiv(a, b) > 3", "CASE WHEN isfinite(fdiv(a, b)) THEN fdiv(a, b) END > 3"),
        ("add(x, y) > 3", "CASE WHEN isfinite(add(x, y)) THEN add(x, y) END > 3"),
        (
            "list_sum([x, y]) > 3",
            "CASE WHEN isfinite(list_sum([x, y])) THEN list_sum([x, y]) END > 3",
        ),
        # NULL would be skipped
        (
            "greatest(a / b, 1) > 3",
            "CASE WHEN a / nullif(b, 0) IS NOT NULL OR a IS NULL OR b IS NULL "
            "THEN greatest(a / nullif(b, 0), 1) END > 3",
        ),
        (
            "list_max([1, a / b]) > 3",
            "CASE WHEN a / nullif(b, 0) IS NOT NULL OR a IS NULL OR b IS NULL "
            "THEN list_max([1, a / nullif(b, 0)]) END > 3",
        ),
        (
            "least(sqrt(a), x) > 3",
            "CASE WHEN sqrt(CASE WHEN a >= 0 THEN a END) IS NOT NULL OR a IS NULL "
            "THEN least(sqrt(CASE WHEN a >= 0 THEN a END), x) END > 3",
        ),
        (
            "greatest(-least(a / b, 1), x) > 3",
            "CASE WHEN -CASE WHEN a / nullif(b, 0) IS NOT NULL OR a IS NULL OR b IS NULL "
            "THEN least(a / nullif(b, 0), 1) END IS NOT NULL OR a IS NULL OR b IS NULL "
            "THEN greatest(-CASE WHEN a / nullif(b, 0) IS NOT NULL OR a IS NULL OR b IS NULL "
            "THEN least(a / nullif(b, 0), 1) END, x) END > 3",
        ),
        # what a person made of NULL stays
        ("greatest(a / nullif(b, 0), x) > 3", "greatest(a / nullif(b, 0), x) > 3"),
        ("greatest(coalesce(a / b, 0), 1) > 3", "greatest(coalesce(a / nullif(b, 0), 0), 1) > 3"),
        ("greatest(a - b, x, 1) > 3", "greatest(a - b, x, 1) > 3"),
        (
            "1 / (x + y) > 1",
            "CASE WHEN isfinite(1 / nullif(CASE WHEN isfinite(x + y) THEN x + y END, 0)) "
            "THEN 1 / nullif(CASE WHEN isfinite(x + y) THEN x + y END, 0) END > 1",
        ),
    ],
)
def test_what_may_not_be_finite_is_guarded_once(text: str, expected: str) -> None:
    assert written(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a * 100 / b > 1", "CAST(a * 100 AS DOUBLE) / nullif(b, 0) > 1"),
        ("x / b > 1", "x / nullif(b, 0) > 1"),
        ("a // b > 1", "a // nullif(b, 0) > 1"),
        ("a // d > 1", "CAST(a AS DOUBLE) / nullif(d, 0) > 1"),
        ("x - y > 1", "CASE WHEN (x - y) - (x - y) = 0 THEN x - y END > 1"),
    ],
)
def test_other_engines_divide_doubles(text: str, expected: str) -> None:
    assert written(text, Spelling("{0} - {0} = 0", divides_exactly=True)) == expected


def test_an_engine_without_infinity_needs_no_guard() -> None:
    assert written("x / y > 1", Spelling("")) == "x / nullif(y, 0) > 1"
