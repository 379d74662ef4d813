"""What is read of an SQL file, and where what cannot be read stands."""

from __future__ import annotations

import time

import pytest
from sqlglot import exp

from segkit.errors import ConfigError
from segkit.importing.old_cases import OldCase, is_bucket, read_case
from segkit.importing.sql_file import SqlFile, dialect_of, read_sql_file
from segkit.importing.statement import Statement, read_statement

CASE = "CASE WHEN age < 25 THEN 'young' ELSE 'old' END"


def read(sql: str, dialect: str = "duckdb") -> tuple[SqlFile, Statement]:
    file = read_sql_file(sql, "old.sql", dialect)
    return file, read_statement(file)


def case_of(sql: str, dialect: str = "duckdb") -> OldCase:
    file, statement = read(sql, dialect)
    item = next(item for item in statement.items if is_bucket(item.node))
    return read_case(file, item, item.alias or "band", statement.aliases)


@pytest.mark.parametrize(
    ("sql", "relation"),
    [
        (f"SELECT id, {CASE} AS b FROM crm.customers", "crm.customers"),
        (f"SELECT id, {CASE} AS b FROM warehouse.crm.customers c", "crm.customers"),
        (f"SELECT id, {CASE} AS b FROM {{{{ ref('customers') }}}}", "customers"),
        (f"SELECT id, {CASE} AS b FROM {{{{ source('crm', 'customers') }}}} AS c", "crm.customers"),
        (f"CREATE VIEW v AS SELECT id, {CASE} AS b FROM t", "t"),
        (f"WITH t AS (SELECT * FROM raw.t) SELECT id, {CASE} AS b FROM t", "raw.t"),
        (f"WITH t AS (SELECT id, age FROM t) SELECT id, {CASE} AS b FROM t", "t"),
        (f"WITH f AS (SELECT id, {CASE} AS b FROM t) SELECT * FROM f", "t"),
        (f"SELECT b, count(*) FROM (SELECT id, {CASE} AS b FROM t) GROUP BY 1", "t"),
        (f"WITH f AS (SELECT id, {CASE} AS b FROM t) SELECT b, count(*) FROM f GROUP BY b", "t"),
        (CASE, None),
        (f"{CASE} AS b", None),
        (f"SELECT id, {CASE} AS b FROM t JOIN u USING (id)", None),
        (f"WITH t AS (SELECT id, max(age) AS age FROM u GROUP BY 1) SELECT {CASE} FROM t", None),
        (f"SELECT id, {CASE} AS b FROM t AS x(id, age)", None),
    ],
)
def test_what_a_select_reads(sql: str, relation: str | None) -> None:
    _, statement = read(sql)
    assert statement.relation == relation
    assert any(is_bucket(item.node) for item in statement.items)


@pytest.mark.parametrize(
    ("sql", "place", "said"),
    [
        ("", "old.sql:1:1", "no SQL"),
        (f"SELECT {CASE} FROM t;\n\nSELECT 1", "old.sql:3:1", "2 statements"),
        ("SELECT id\nFROM t WHERE", "old.sql", "not SQL of duckdb"),
        ("DELETE FROM t", "old.sql:1:1", "DELETE"),
        ("SELECT 1 UNION SELECT 2", "old.sql:1:1", "UNION"),
        ("SELECT id, 'a\nFROM t", "old.sql:1:12", "never closed"),
        ("SELECT id,\n  {{ var('x') }} FROM t", "old.sql:2:3", "Jinja"),
        ("SELECT id, {% if x %}1{% endif %} FROM t", "old.sql:1:12", "Jinja"),
    ],
)
def test_what_is_no_select_is_refused_with_its_place(sql: str, place: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(sql)
    problem = refused.value.problems[0]
    assert problem.code == "SK216"
    assert str(problem.place).startswith(place)
    assert said in problem.message
    assert problem.help


def test_places_are_those_of_the_file() -> None:
    """Also behind Jinja, with brackets and IS NULL, which the parser keeps no place of."""
    case = case_of(
        "SELECT {{ ref('x') }}.id, CASE\n"
        "  WHEN ({{ ref('x') }}.age < 25) THEN 'a'\n"
        "  WHEN NOT (age > 30 AND x IS NULL) THEN 'b'\n"
        "  ELSE 'c' END AS b FROM {{ ref('x') }}"
    )
    first, second = case.branches
    assert (str(first.place), first.place.length) == (
        "old.sql:2:8",
        len("({{ ref('x') }}.age < 25)"),
    )
    assert (str(second.place), second.place.length) == ("old.sql:3:8", 28)
    assert (str(case.rest.label_place), case.rest.label_place.length) == ("old.sql:4:8", 3)
    assert second.predicate is not None
    assert second.predicate.text == "NOT (age > 30 AND x IS NULL)"


@pytest.mark.parametrize(
    ("sql", "branches"),
    [
        (
            "CASE WHEN a < 1 THEN CASE WHEN b < 1 THEN 'x' ELSE 'y' END ELSE 'z' END",
            [("a < 1 AND b < 1", "x"), ("a < 1", "y"), (None, "z")],
        ),
        (
            "CASE a WHEN 1 THEN 'x' WHEN 2 THEN 3 END",
            [("a = 1", "x"), ("a = 2", "3"), (None, None)],
        ),
        ("CASE TRUE WHEN a < 1 THEN 'x' END", [("a < 1", "x"), (None, None)]),
        ("IF(a < 1, 'x', IF(a < 2, 'y', NULL))", [("a < 1", "x"), ("a < 2", "y"), (None, None)]),
        ("coalesce(CASE WHEN a < 1 THEN 'x' END, 'z')", [("a < 1", "x"), (None, "z")]),
        ("CASE WHEN a < 1 THEN CAST('x' AS VARCHAR) ELSE -1 END", [("a < 1", "x"), (None, "-1")]),
        ("CASE WHEN a < 1 THEN 'x' WHEN 1 = 1 THEN 'y' END", [("a < 1", "x"), (None, "y")]),
        (
            "CASE WHEN coalesce(a, 0) < 1 THEN 'x' WHEN coalesce(a, 0) >= 5 THEN 'y' END",
            [("a < 1 OR a IS NULL", "x"), ("a >= 5 AND NOT a IS NULL", "y"), (None, None)],
        ),
    ],
)
def test_branches_are_laid_flat(sql: str, branches: list[tuple[str | None, str | None]]) -> None:
    case = case_of(f"SELECT id, {sql} AS b FROM t")
    found = [(b.predicate.text if b.predicate else None, b.label) for b in case.branches]
    assert [*found, (None, case.rest.label)] == branches


@pytest.mark.parametrize(
    ("condition", "code", "said"),
    [
        ("sum(a) > 1", "SK206", "an aggregate"),
        ("a > (SELECT 1)", "SK206", "a query of its own"),
        ("a IN (SELECT b FROM u)", "SK206", "a query of its own"),
        ("EXISTS (SELECT 1 FROM u)", "SK206", "a query of its own"),
        ("row_number() OVER () > 1", "SK206", "a window function"),
        ("d > current_date", "SK206", "the current date"),
        ("random() < 0.5", "SK206", "a random number"),
        ("u.a > 1", "SK206", "names a relation"),
        ("a > ?", "SK206", "a parameter"),
    ],
)
def test_what_looks_beyond_the_row_is_refused(condition: str, code: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        case_of(f"SELECT id, CASE WHEN {condition} THEN 'x' ELSE 'y' END AS b FROM t")
    problem = refused.value.problems[0]
    assert problem.code == code
    assert said in problem.message
    assert problem.place is not None and problem.place.line == 1 and problem.help


def test_quotes_of_other_dialects_become_those_of_duckdb() -> None:
    case = case_of("SELECT id, CASE WHEN `My age` < 25 THEN 'a' END AS b FROM `t`", "bigquery")
    assert case.branches[0].predicate is not None
    assert case.branches[0].predicate.text == '"My age" < 25'
    assert case.columns == ("My age",)


def test_a_dialect_that_nobody_knows() -> None:
    assert dialect_of("BigQuery") == "bigquery"
    with pytest.raises(ConfigError, match="not a dialect"):
        dialect_of("exel")


def test_only_what_chooses_is_a_bucket() -> None:
    _, statement = read(
        f"SELECT id, {CASE} AS b, sum({CASE}) AS s, if(a, 1, 2) AS i, (({CASE})) FROM t"
    )
    assert [is_bucket(item.node) for item in statement.items] == [False, True, False, True, True]
    assert isinstance(statement.items[0].node, exp.Column)


@pytest.mark.parametrize("name", ["r\x00gion", "'\x00' < a AND a", '""', '"a\nb"', "a\x7fb"])
def test_names_that_no_column_can_have_are_refused(name: str) -> None:
    text = f"SELECT id, CASE WHEN {name} > 1 THEN 'x' ELSE 'y' END AS band FROM t"
    with pytest.raises(ConfigError) as refused:
        read_statement(read_sql_file(text, "old.sql", "duckdb"))
    (problem,) = refused.value.problems
    assert problem.code == "SK216" and str(problem.place).startswith("old.sql:1:")


@pytest.mark.slow
def test_4000_comparisons_are_read_in_seconds() -> None:
    """The tokens of each were looked for from the start of the file: 25 s."""
    whens = "".join(f"WHEN age >= {i} AND age < {i + 1} THEN 'b{i}' " for i in range(2000))
    start = time.process_time()
    old = case_of(f"SELECT id, CASE {whens}ELSE 'old' END AS b FROM t")
    assert time.process_time() - start < 20
    assert "age >= 1999 AND age < 2000" in repr(old)
