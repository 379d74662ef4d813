"""Buckets by rules: what is built of them, and what is wrong with them whatever the data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.predicate import Formula, Predicate, Step
from segkit.core.rules import Condition, Interval, Levels
from segkit.errors import Place
from segkit.project.buckets.rule_buckets import (
    RuleColumn,
    not_proved_apart,
    rule_problems,
    term_text,
)
from segkit.project.nodes import NamedRule, SqlCondition
from tests.conftest import insert_rows
from tests.core.formulas import FORMULAS, ROWS, as_sql
from tests.project.buckets.bucket_columns import declared as column

STEP: Step = {"n": Decimal(1)}.get


def listed(*conditions: str, tail: str = "else: z") -> str:
    rules = [f'  - {{label: r{i}, when: "{text}"}}' for i, text in enumerate(conditions)]
    return "\n".join(["name: stage", "rules:", *rules, tail])


def test_what_is_built() -> None:
    built, problems = column(listed("age < 30", "age >= 30 AND income > 5"))
    assert problems == []
    assert isinstance(built, RuleColumn)
    assert (built.name, built.otherwise, built.missing) == ("stage", "z", "Unknown")
    assert [rule.label for rule in built.rules] == ["r0", "r1"]
    assert [rule.condition.predicate.columns for rule in built.rules] == [
        ("age",),
        ("age", "income"),
    ]
    assert str(built.place) == "b.yml:1:7"
    assert [str(rule.place) for rule in built.rules] == ["b.yml:3:13", "b.yml:4:13"]


@pytest.mark.parametrize(
    ("conditions", "tail", "found"),
    [
        (("age < 30", "age >= 30"), "else: z", []),
        (("age < 30", "age >= 30"), "", []),
        (("age < 30", "age > 30"), "", [("SK202", "1:7")]),
        (("age < 30", "age > 30 OR age IS NULL"), "else: z", []),
        (("age < 30", "age >= 29"), "else: z", [("SK201", "3:24")]),
        (
            ("age < 30", "age > 40", "age >= 20 AND age < 50"),
            "else: z",
            [("SK201", "3:24"), ("SK201", "4:24")],
        ),
        # between 29 and 30 nothing lies if it holds whole numbers, and that is not known yet
        (("age < 30", "age > 29"), "else: z", []),
        (("age <= 29", "age >= 30"), "", []),
        # a flag has no other values, and a DECIMAL none between these; the types are not known yet
        (("b = 'true'", "b = 'false'"), "", []),
        (("b = 'true'", "b <> 'true'"), "", []),
        (("b = 'true'", "B = 'false'", "b IS NULL"), "", []),
        (("b = 'true'",), "", [("SK202", "1:7")]),
        (("x <= 149.99", "x >= 150"), "", []),
        (("age < 30", "lower(name) = 'x'"), "else: z", []),  # the data will tell
        (("age < 30", "lower(name) = 'x'"), "", [("SK202", "1:7")]),
        (("age < 30", "age IS NULL"), "else: z", []),
        (("age < 30", "income IS NULL"), "else: z", [("SK201", "3:24")]),
        (("age < 30", "age >"), "else: z", [("SK206", "4:28")]),
        (("age < 30", "sum(age) > 5"), "else: z", [("SK206", "4:24")]),
        # what cannot be read is not held against the others
        (("age < 30", "age < 40", "age >"), "else: z", [("SK206", "5:28")]),
        (("age < 30", "age >= 30"), "else: r1", [("SK205", "4:13")]),
        (("age < 30", "age >= 30"), "else: Unknown", [("SK205", "5:7")]),
        (("age < 30", "age >= 30"), "else: z\nmissing: r0", [("SK205", "3:13")]),
    ],
)
def test_what_is_wrong(
    conditions: Sequence[str], tail: str, found: Sequence[tuple[str, str]]
) -> None:
    _, problems = column(listed(*conditions, tail=tail))
    assert [(p.code, str(p.place).removeprefix("b.yml:")) for p in problems] == list(found)


def test_an_overlap_shows_both_and_says_what_to_add() -> None:
    (problem,) = column(listed("age < 30", "income >= 5 AND age > 20"))[1]
    assert problem.message == (
        "rules of `stage` overlap: age above 20 up to 30 and income 5 and more is in two of them"
    )
    assert [(str(label.place), label.place.length, label.text) for label in problem.labels] == [
        ("b.yml:3:24", 8, '"r0" holds it'),
        ("b.yml:4:24", 24, '"r1" holds it too'),
    ]
    assert problem.help == 'add to "r1" what tells it apart: `AND NOT (age < 30)`'
    _, problems = column(listed("age < 30", "income >= 5 AND age > 20 AND NOT (age < 30)"))
    assert problems == []


@pytest.mark.parametrize(
    ("conditions", "gap"),
    [
        (("age < 30", "age > 40"), "age 30 up to and including 40"),
        (("region = 'north'", "region = 'south'"), "region other than north, south"),
        (("region <> 'north'",), "region = north"),
        (("age IS NULL",), "age of any value"),
        (("age < 30", "age >= 30 AND income > 5"), "age 30 and more and income 5 and less"),
    ],
)
def test_a_gap_is_said_in_words(conditions: Sequence[str], gap: str) -> None:
    (problem,) = column(listed(*conditions, tail=""))[1]
    assert problem.message == f"rules of `stage` leave a gap: {gap} is in none"
    assert problem.help == "add `else: ...`, the bucket of all others"


def test_terms_in_words() -> None:
    conditions = (
        Condition("a", Interval(Decimal(1), Decimal(2))),
        Condition("b", Levels(frozenset({"y", "x"}))),
        Condition("c", Levels(frozenset({"y"}), excluded=True)),
        Condition("d", None, null=True),
        Condition("e"),
        Condition("f", null=True),
    )
    assert term_text({c.column: c for c in conditions}) == (
        "a 1 up to 2 and b = x, y and c other than y and d NULL and e of any value"
    )
    assert term_text({}) == "every row"


# against the engine ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grid() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE customers (a DECIMAL(6, 2), n INTEGER, t VARCHAR)")
    rows = [(row["a"], row["n"], row["t"]) for row in ROWS]
    insert_rows(connection, "customers", rows)
    return connection


def rule_column(formulas: Sequence[Formula], otherwise: str | None) -> RuleColumn:
    place = Place("b.yml", 1, 1)
    rules = tuple(
        NamedRule(f"r{i}", SqlCondition(Predicate(as_sql(f), (), f), place), place)
        for i, f in enumerate(formulas)
    )
    return RuleColumn(
        name="stage", missing="Unknown", place=place, rules=rules, otherwise=otherwise
    )


@settings(max_examples=80, deadline=None)
@given(formulas=st.lists(FORMULAS, min_size=1, max_size=3), has_else=st.booleans())
def test_problems_are_those_that_rows_have(
    grid: duckdb.DuckDBPyConnection, formulas: list[Formula], has_else: bool
) -> None:
    """ROWS has every value that matters: a problem is one of rows, and no such row is missed."""
    built = rule_column(formulas, "z" if has_else else None)
    predicates = [rule.condition.predicate for rule in built.rules]
    problems = rule_problems(built, predicates, STEP, "customers")
    texts = [predicate.text for predicate in predicates]

    def count(condition: str) -> int:
        found = grid.execute(f"SELECT count(*) FROM customers WHERE {condition}").fetchall()
        return int(found[0][0])

    overlaps = sum(count(f"({a}) AND ({b})") > 0 for a, b in combinations(texts, 2))
    left = count(" AND ".join(f"NOT ({text})" for text in texts))
    codes = [problem.code for problem in problems]
    assert codes.count("SK201") == overlaps
    assert codes.count("SK202") == (not has_else and left > 0)
    assert bool(not_proved_apart(predicates, STEP)) == (overlaps > 0)
    for problem in problems:  # and the rows concerned can be counted
        affected = problem.affected
        assert affected is not None and affected.relation == "customers"
        assert count(affected.condition_sql) > 0


def test_where_the_engine_must_tell_two_rules_may_overlap() -> None:
    asked = [Predicate("f(n)", ()), Predicate("n < 5", ())]
    assert not_proved_apart(asked, STEP) == [0, 1]
    assert not not_proved_apart(asked[:1], STEP)
