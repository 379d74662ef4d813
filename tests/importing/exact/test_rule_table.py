"""The table of rules: what is in it, and what no rule knows."""

from __future__ import annotations

import pytest
from sqlglot import exp

from segkit.importing.exact.rule_table import RULES, RUN_RULES, exact_in
from tests.importing.exact.test_rewrite import condition


@pytest.mark.parametrize(
    ("dialect", "old", "new"),
    [
        ("postgres", "t ILIKE 'a%'", None),
        ("postgres", "a BETWEEN SYMMETRIC 2 AND 1", None),
        ("postgres", "a ^ 2 > 1", None),
        ("oracle", "a > 1", None),
        ("sqlite", "t GLOB 'a*'", None),
        ("sqlite", "t REGEXP 'a'", None),
        ("postgres", "a IN (SELECT 1)", None),
        ("sqlite", "CAST(a AS INTEGER) > 1 AND RANDOM() > 1", None),
        ("trino", "UPPER(t) = 'A'", None),
        (
            "sqlite",
            "UPPER(t) = 'A'",
            "translate(t, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') = 'A'",
        ),
    ],
)
def test_conditions(dialect: str, old: str, new: str | None) -> None:
    assert condition(old, dialect) == new


def test_a_rule_knows_all_that_is_in_its_node() -> None:
    """Parts that the rule does not look at would be lost: TRIM(t, 'x') is another one."""
    unary = (exp.Paren, exp.Neg, exp.Abs, exp.Not, exp.Lower, exp.Upper, exp.Length, exp.Trim)
    known = {**RULES, **RUN_RULES}
    for kind in unary:
        assert set(kind.arg_types) & set(known[kind].parts) == {"this"}, kind


def test_functions_are_known_of_engines_that_are_run() -> None:
    sqlite, trino = (exact_in(name, {}) for name in ("sqlite", "trino"))
    assert exp.Upper in sqlite.rules and exp.Upper not in trino.rules
    assert set(trino.rules) == set(RULES)
    assert not set(RULES) & set(RUN_RULES)
