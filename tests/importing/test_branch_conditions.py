"""What the condition of a branch says in DuckDB's SQL, and which are never or always TRUE."""

from __future__ import annotations

import pytest
import sqlglot

from segkit.errors import ConfigError
from segkit.importing.branch_conditions import holds_always, unqualified_sql
from tests.importing.plain_cases import old_case


def text_of(condition: str) -> str | None:
    (branch,) = old_case(f"CASE WHEN {condition} THEN 'a' ELSE 'b' END").branches
    return branch.predicate and branch.predicate.text


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("customers.age < 25", "age < 25"),
        ("coalesce(age, 0) < 25", "age < 25 OR age IS NULL"),
        ("coalesce(age, 25) < 25", "age < 25 AND NOT age IS NULL"),
        ("coalesce(age, 25) <= 25", "age <= 25 OR age IS NULL"),
        ("coalesce(country, 'UK') = 'UK'", "country = 'UK' OR country IS NULL"),
        ("age = NULL", None),
        ("age > 3 AND NULL", None),
        ("FALSE", None),
    ],
)
def test_what_a_condition_says(condition: str, text: str | None) -> None:
    assert text_of(condition) == text


def test_an_or_above_another_condition_keeps_its_brackets() -> None:
    inner = "CASE WHEN age < 9 OR spend > 5 THEN CASE WHEN age > 3 THEN 'a' ELSE 'b' END END"
    first, _ = old_case(inner).branches
    assert first.predicate and first.predicate.text == "(age < 9 OR spend > 5) AND age > 3"


def test_what_follows_a_condition_that_always_holds_is_refused() -> None:
    with pytest.raises(ConfigError, match="holds for every row"):
        old_case("CASE WHEN 1 = 1 THEN 'a' WHEN age < 3 THEN 'b' END")


@pytest.mark.parametrize(("sql", "always"), [("TRUE", True), ("1 = 1", True), ("1 = 2", False)])
def test_always(sql: str, always: bool) -> None:
    assert holds_always([sqlglot.parse_one(sql)]) is always


def test_only_the_relations_own_name_goes() -> None:
    node = sqlglot.parse_one("c.age + other.age")
    assert unqualified_sql(node, ["C"]) == "age + other.age"
