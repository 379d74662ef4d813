"""What a condition's text means to segkit is what it means to the engine."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.columns import Column, parse_type
from segkit.core.evaluate import truth_of
from segkit.core.predicate import Formula, bound
from segkit.project.predicates import read_condition
from segkit.project.yaml_marks import parse_yaml

TYPES = {"n": "BIGINT", "a": "DECIMAL(6,2)", "f": "DOUBLE", "b": "BOOLEAN", "t": "VARCHAR"}
COLUMNS = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}
NUMBERS = ("0", "1", "-1", "+1", "2.5", ".5", "1.", "0.1", "-0.50")
TEXTS = ("'x'", "'it''s'", "''", "'true'")
ROWS = [
    dict(zip(TYPES, values, strict=True))
    for values in product(
        (None, -1, 0, 1, 2, 3),
        (None, Decimal("-0.50"), Decimal("0.10"), Decimal("2.50")),
        (None, 0.1, 0.5, 1.0, 2.5),
        (None, True, False),
        (None, "x", "it's", "", "true"),
    )
]


def formula_of(text: str) -> Formula | None:
    quoted = "'" + text.replace("'", "''") + "'"
    document, problems = parse_yaml(f"when: {quoted}\n", "rules.yml")
    assert document is not None and not problems
    condition, problems = read_condition(document, ("when",))
    assert condition is not None, (text, problems)
    return bound(condition.predicate, COLUMNS).formula


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    engine = duckdb.connect()
    columns = ", ".join(f"{name} {type_}" for name, type_ in TYPES.items())
    engine.execute(f"CREATE TABLE rows (i INTEGER, {columns})")
    values = [[i, *row.values()] for i, row in enumerate(ROWS)]
    engine.executemany("INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", values)
    yield engine
    engine.close()


def _atoms() -> st.SearchStrategy[str]:
    column, number = st.sampled_from(["n", "a", "f", "N", '"f"']), st.sampled_from(NUMBERS)
    operator = st.sampled_from(["<", "<=", ">", ">=", "=", "<>", "!=", "=="])
    negated = st.sampled_from(["", "NOT "])
    equal = st.sampled_from(["=", "<>", "!="])
    text = st.sampled_from(TEXTS)
    return st.one_of(
        st.tuples(column, operator, number).map(" ".join),
        st.tuples(number, operator, column).map(" ".join),
        st.builds("{} {}BETWEEN {} AND {}".format, column, negated, number, number),
        st.builds("{} {}IN ({}, {})".format, column, negated, number, number),
        st.builds("t {} {}".format, equal, text),
        st.builds("{1} {0} t".format, equal, text),
        st.builds("t {}IN ({}, {})".format, negated, text, text),
        st.builds("{} IS {}NULL".format, st.sampled_from(list(TYPES)), negated),
        st.builds("b {} {}".format, equal, st.sampled_from(["TRUE", "false"])),
        st.just("b"),
    )


TEXTS_OF_CONDITIONS = st.recursive(
    _atoms(),
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
        st.builds("NOT {}".format, inner),
        st.builds("({})".format, inner),
        st.builds("{} or\t{}".format, inner, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS_OF_CONDITIONS)
def test_a_formula_says_what_the_text_says(text: str, engine: duckdb.DuckDBPyConnection) -> None:
    """Precedence, NOT, BETWEEN, IN, constants on either side, and NULL everywhere."""
    formula = formula_of(text)
    if formula is None:
        return
    answers = engine.execute(f"SELECT {text} FROM rows ORDER BY i").fetchall()
    assert [truth for (truth,) in answers] == [truth_of(formula, row) for row in ROWS]


@pytest.mark.parametrize(
    "text",
    [
        "n < 5",
        "5 > n",
        "n = -1",
        "n BETWEEN 1 AND 2.5",
        "n IN (1, 2)",
        "t IN ('x', 'y')",
        "t NOT IN ('x')",
        "NOT (n < 1 OR t = 'x')",
        "b",
        "NOT b",
        "b = TRUE",
        "f IS NOT NULL AND f >= 0.1",
    ],
)
def test_simple_conditions_are_understood(text: str) -> None:
    assert formula_of(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "n < a",  # two columns
        "n + 1 < 5",
        "abs(n) < 5",
        "lower(t) = 'x'",
        "t LIKE 'x%'",
        "t < 'x'",  # the order of texts is the collation's
        "n = '1'",  # the engine casts
        "t = 1",
        "n < 1e3",  # a DOUBLE
        "n < 9007199254740992.00000000000000000000000",
        "n IN (1, NULL)",
        "n BETWEEN 2 AND 1",
        "CASE WHEN n > 1 THEN TRUE ELSE FALSE END",
        "n IS DISTINCT FROM 1",
        "b IS TRUE",
        "n = ANY ([1, 2])",
        "TRUE",
    ],
)
def test_what_only_the_engine_can_tell(text: str) -> None:
    assert formula_of(text) is None


def test_a_float_meets_the_float_nearest_to_the_constant() -> None:
    """0.1 and 0.1000...01 are the same DOUBLE: `<= 0.1` and `>= 0.1000...01` are both TRUE."""
    low, high = formula_of("f <= 0.1"), formula_of("f >= 0.10000000000000001")
    assert low is not None and high is not None
    assert truth_of(low, {"f": 0.1}) and truth_of(high, {"f": 0.1})
    assert low.values.upper == high.values.lower  # type: ignore[union-attr]
