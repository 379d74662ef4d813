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
from segkit.core.predicate import Formula, bound
from segkit.errors import Place
from segkit.project.conditions.door import read_condition
from segkit.project.conditions.predicates import parse_condition
from segkit.project.yaml.marks import Entry, parse_yaml
from tests.conftest import insert_rows
from tests.core.reference import truth_of, truths_of

TYPES = {
    "n": "BIGINT",
    "a": "DECIMAL(6,2)",
    "f": "DOUBLE",
    "b": "BOOLEAN",
    "t": "VARCHAR",
    "c": "VARCHAR COLLATE nocase",
    "u": "UUID",
}
COLUMNS = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}
NUMBERS = ("0", "1", "-1", "+1", "2.5", ".5", "1.", "0.1", "-0.50")
TEXTS = ("'x'", "'X'", "'it''s'", "''", "'true'")
IDS = ("'00000000-0000-0000-0000-0000000000a0'", "'00000000-0000-0000-0000-0000000000A0'")
ROWS = [
    dict(zip(TYPES, values, strict=True))
    for values in product(
        (None, -1, 0, 1, 2, 3),
        (None, Decimal("-0.50"), Decimal("0.10"), Decimal("2.50")),
        (None, 0.1, 0.5, 1.0, 2.5),
        (None, True, False),
        (None, "x", "it's", "", "true"),
        ("X",),
        (IDS[0].strip("'"),),
    )
]


def formula_of(text: str) -> Formula | None:
    quoted = "'" + text.replace("'", "''") + "'"
    document, problems = parse_yaml(f"when: {quoted}\n", "rules.yml")
    assert document is not None and not problems
    entry = Entry(document, ("when",))
    condition, problems = read_condition(entry), entry.problems
    assert condition is not None, (text, problems)
    return bound(condition.predicate, COLUMNS).formula


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    engine = duckdb.connect()
    columns = ", ".join(f"{name} {type_}" for name, type_ in TYPES.items())
    engine.execute(f"CREATE TABLE rows (i INTEGER, {columns})")
    values = [[i, *row.values()] for i, row in enumerate(ROWS)]
    insert_rows(engine, "rows", values)
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
        st.builds("{} {} {}".format, st.sampled_from("tc"), equal, text),
        st.builds("u {} {}".format, equal, st.sampled_from(IDS)),
        st.builds("b {} {}".format, equal, st.sampled_from(["'true'", "'false'"])),
        st.builds("b {}IN ('true', 'false')".format, negated),
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
    assert [truth for (truth,) in answers] == truths_of(formula, ROWS)


@pytest.mark.parametrize(
    "text",
    [
        "n < 5",
        "5 > n",
        "n = -1",
        "n BETWEEN 1 AND 2.5",
        "n BETWEEN 2 AND 1",  # never
        "n IN (1, 2)",
        "t IN ('x', 'y')",
        "t NOT IN ('x')",
        "NOT (n < 1 OR t = 'x')",
        "b",
        "NOT b",
        "b = TRUE",
        "b <> FALSE",
        "b = 'false'",
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
        "c = 'x'",  # so is what equals what
        f"u = {IDS[1]}",  # a value has many spellings
        "n = '1'",  # the engine casts
        "t = 1",
        "t = TRUE",
        "t",
        "n < 1e3",  # a DOUBLE
        "n < 9007199254740992.00000000000000000000000",
        "n IN (1, NULL)",
        "CASE WHEN n > 1 THEN TRUE ELSE FALSE END",
        "n IS DISTINCT FROM 1",
        "b IS TRUE",
        "n = ANY ([1, 2])",
        "n > 1 OR TRUE",
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


# what is refused --------------------------------------------------------------------------------


def refused(text: str) -> tuple[str, str]:
    """Message and what the caret stands under."""
    line = f'when: "{text}"'
    document, problems = parse_yaml(line + "\n", "rules.yml")
    assert document is not None and not problems
    entry = Entry(document, ("when",))
    condition, problems = read_condition(entry), entry.problems
    assert condition is None
    (problem,) = problems
    assert problem.code == "SK206"
    assert problem.help
    place = problem.place
    assert place is not None and (place.path, place.line) == ("rules.yml", 1)
    assert place.column is not None
    return problem.message, line[place.column - 1 : place.column - 1 + place.length]


ONE_ROW = "a condition looks at one row: it cannot hold "
COMMENT = "a comment cannot stand in a condition: it runs inside other SQL"
MANY = ONE_ROW + "`COLUMNS`, which stands for many"
SAME = "this condition names no column: it is the same for every row"
ANEW = "which is another value each time"


@pytest.mark.parametrize(
    ("text", "message", "under"),
    [
        ("n > avg(n)", ONE_ROW + "an aggregate", None),
        ("count(*) > 1", ONE_ROW + "an aggregate", None),
        ("bool_or(b)", ONE_ROW + "an aggregate", None),
        ("rank() OVER (ORDER BY n) < 5", ONE_ROW + "a window function", None),
        ("n > (SELECT 1)", ONE_ROW + "a query of its own", None),
        ("n IN (SELECT 1)", ONE_ROW + "a query of its own", None),
        ("n IN (VALUES (1))", ONE_ROW + "a query of its own", None),
        ("EXISTS (SELECT 1)", ONE_ROW + "a query of its own", None),
        ("n = ?", ONE_ROW + "a parameter", None),
        ("n = $1", ONE_ROW + "a parameter", None),
        ("n = $low", ONE_ROW + "a parameter", None),
        ("COLUMNS(*) > 1", MANY, None),
        ("COLUMNS('n') > 1", MANY, None),
        ("n > 1 AND #2 > 1", ONE_ROW + "a column by its position", None),
        ("TRUE", SAME, None),
        ("1 = 1", SAME, None),
        ("lower('A') = 'a'", SAME, None),
        ("(n > 1 AND t = ')'", "a `(` is never closed", "("),
        ("n > 1 AND t = '(' +", "this is not a condition in SQL", "+"),
        ("t = '(' AND (n > 1", "a `(` is never closed", "("),
        ("random() < 0.5", ONE_ROW + "a random number", None),
        ("d < current_date", ONE_ROW + "the current date", None),
        ("d < today()", ONE_ROW + "the current date", None),
        ("d < current_timestamp", ONE_ROW + "the current time", None),
        ("d < now()", f"{ONE_ROW}`now`, {ANEW}", None),
        (
            "d < localtimestamp",
            f"{ONE_ROW}`localtimestamp`, {ANEW}",
            None,
        ),
        ("uuid() = t", f"{ONE_ROW}`uuid`, {ANEW}", None),
        ("age(d) > INTERVAL 1 YEAR", f"{ONE_ROW}`age`, {ANEW}", None),
        (
            "n > 1 -- for now",
            "a comment cannot stand in a condition: it runs inside other SQL",
            None,
        ),
        ("n /* x */ > 1", COMMENT, None),
        ("SELECT TRUE", "this is a statement, not a condition", None),
        ("n > 1 AS big", "this is a statement, not a condition", None),
        (
            "n > 1 AND t.größe > 2",
            "`t.größe` names a relation or a field: name a column alone",
            "t.größe",
        ),
        (
            "crm.t.größe > 2",
            "`crm.t.größe` names a relation or a field: name a column alone",
            "crm.t.größe",
        ),
        (
            "struct_pack(x := n).x > 1",
            "a condition compares plain columns, not fields of one",
            None,
        ),
        ("n > 1, n < 5", "this is not a condition in SQL", ","),
        ("größe >", "this is not a condition in SQL", ">"),
        ("n > 1)", "this is not a condition in SQL", ")"),
    ],
)
def test_what_no_condition_may_hold(text: str, message: str, under: str | None) -> None:
    assert refused(text) == (message, under or text)


@pytest.mark.parametrize("text", ["", " ", ";"])
def test_an_empty_condition(text: str) -> None:
    assert refused(text)[0] == "this condition is empty"


def test_two_statements_are_no_condition() -> None:
    message, under = refused("n > 1; DROP TABLE customers")
    assert "statement" in message
    assert under == '"n > 1; DROP TABLE customers"'


def test_what_the_engine_gives_anew_each_time_is_refused(engine: duckdb.DuckDBPyConnection) -> None:
    """Every function that DuckDB itself does not call consistent."""
    found = engine.execute(
        "SELECT DISTINCT function_name, len(parameters) FROM duckdb_functions() "
        "WHERE function_type = 'scalar' AND stability <> 'CONSISTENT'"
    ).fetchall()
    assert len(found) > 20
    calls = [f"{name}({', '.join('n' * count)})" for name, count in found]
    for call in (*calls, "current_time", "localtime", "current_localtime()", "age(d)"):
        assert refused(f"{call} = n")[0].startswith(ONE_ROW), call


def test_what_gives_the_same_each_time_is_not() -> None:
    for text in ("age(d, e) > INTERVAL 1 DAY", "'random()' = t", "today > 3", "uuid = 'x'"):
        assert place_of_uses(text)


def place_of_uses(text: str, quoted: str | None = None) -> list[tuple[str, str]]:
    """What of the text is taken for a column, and which."""
    document, _ = parse_yaml(f"when: {quoted or chr(34) + text + chr(34)}\n", "rules.yml")
    assert document is not None
    entry = Entry(document, ("when",))
    condition, problems = read_condition(entry), entry.problems
    assert condition is not None, problems
    predicate = condition.predicate
    return [(predicate.text[use.start : use.end], use.column) for use in predicate.uses]


def test_columns_are_found_where_they_stand() -> None:
    found = place_of_uses("", quoted="'\"Größe (cm)\" > größe AND t = ''größe'' OR \"a\"\"b\" < 1'")
    assert found == [
        ('"Größe (cm)"', "Größe (cm)"),
        ("größe", "größe"),
        ("t", "t"),
        ('"a""b"', 'a"b'),
    ]
    assert place_of_uses("a = 1 AND b = 2 AND c = a") == [(n, n) for n in ("a", "b", "c", "a")]


@pytest.mark.parametrize(
    ("yaml", "offset", "place"),
    [
        ("when: n > 1", 4, "rules.yml:1:11"),
        ("when: 'n > 1'", 4, "rules.yml:1:12"),
        ('when: "n > 1"', 4, "rules.yml:1:12"),
        ("when: 'n = ''x'''", 4, "rules.yml:1:7"),  # spelled otherwise: the whole
        ("when: |\n  n > 1\n", 4, "rules.yml:1:7"),
        ("when:\n  n > 1\n", 4, "rules.yml:2:7"),
    ],
)
def test_a_place_inside_a_condition(yaml: str, offset: int, place: str) -> None:
    document, _ = parse_yaml(yaml, "rules.yml")
    assert document is not None
    condition = read_condition(Entry(document, ("when",)))
    assert condition is not None
    assert str(condition.at(offset)) == place


def test_lines_after_the_condition_are_no_part_of_it() -> None:
    document, _ = parse_yaml("when: |\n  n > 1\n  AND n < 5\n\n", "rules.yml")
    assert document is not None
    condition = read_condition(Entry(document, ("when",)))
    assert condition is not None
    assert condition.predicate.text == "n > 1\nAND n < 5"


def test_a_word_of_sql_is_no_column() -> None:
    """The parser keeps no place of it."""
    place = Place("p.yml", 1, 1)
    predicate, problems = parse_condition("NOT f.TRUE", lambda start, length: place, place)
    assert predicate is None
    assert [(p.code, p.message) for p in problems] == [
        ("SK206", "a word of SQL stands where the name of a column should")
    ]
