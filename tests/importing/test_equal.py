"""Whatever the CASE: what is imported says the same of every row, or the import is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segkit.core.columns import Column, parse_type
from segkit.dialects.select import expression_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import ConfigError
from segkit.importing import analysis as analysis_module
from segkit.importing import choice
from segkit.importing.analysis import Analysis, analysed
from segkit.importing.bucket_yaml import SetDraft, read_back
from segkit.importing.candidates import Candidate, candidates
from segkit.importing.choice import choose
from segkit.importing.old_cases import read_case
from segkit.importing.sql_file import read_sql_file
from segkit.importing.statement import read_statement
from segkit.publish.views.bucket_view import bucket_view
from tests.core.formulas import FORMULAS, ROWS, as_sql

TYPES_OF_A = ("DECIMAL(4,1)", "INTEGER", "DOUBLE", "FLOAT")
TYPES = {"a": TYPES_OF_A[0], "n": "INTEGER", "t": "VARCHAR"}
LABELS = ("Low", "Mid", "High", "<1", "1-2", "2+", "Unknown", "No bucket")


# what only the engine understands, and what is never TRUE
OTHERS = (
    "t LIKE 'x%'",
    "lower(t) = 'x'",
    "n % 2 = 0",
    "a + n > 1",
    "n IN (1, NULL)",
    "a > n",
    "coalesce(a, 0) < 1",
    "coalesce(n, 2) >= 2",
    "a = NULL",
    "TRUE",
    "CASE WHEN a > 1 THEN n > 1 ELSE n < 2 END",
)
PLAIN = FORMULAS.map(as_sql)
CONDITIONS = st.one_of(PLAIN, PLAIN, PLAIN, st.sampled_from(OTHERS))
VALUES = st.sampled_from((*(f"'{label}'" for label in LABELS), "NULL"))


def case_of(whens: Sequence[tuple[str, str]], otherwise: str | None) -> str:
    listed = " ".join(f"WHEN {condition} THEN {value}" for condition, value in whens)
    return f"CASE {listed} {f'ELSE {otherwise} ' if otherwise else ''}END"


def cases(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    whens = st.lists(st.tuples(CONDITIONS, values), min_size=1, max_size=4)
    return st.builds(case_of, whens, st.one_of(st.none(), values))


SIMPLE = st.builds(
    lambda numbers, labels: (
        "CASE n "
        + " ".join(f"WHEN {n} THEN {v}" for n, v in zip(numbers, labels, strict=False))
        + " END"
    ),
    st.lists(st.one_of(st.integers(0, 3).map(str), st.just("NULL")), min_size=1, max_size=3),
    st.lists(VALUES, min_size=3, max_size=3),
)
OLD = st.one_of(
    cases(VALUES),
    cases(VALUES),
    cases(st.one_of(VALUES, VALUES, cases(VALUES))),  # one within another
    cases(VALUES).map(lambda sql: f"coalesce({sql}, 'Unknown')"),
    st.builds(lambda c, a, b: f"IF({c}, {a}, {b})", CONDITIONS, VALUES, VALUES),
    SIMPLE,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        scratch.lock_down()
        yield scratch


@pytest.fixture(scope="module")
def grid() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every row, with the number of the row as its key, in a table for each type of ``a``."""
    with duckdb.connect() as connection:
        for type_ in TYPES_OF_A:
            table = table_of(type_)
            connection.execute(
                f"CREATE TABLE {table} (id INTEGER, a {type_}, n INTEGER, t VARCHAR)"
            )
            connection.executemany(
                f"INSERT INTO {table} VALUES ($1, $2, $3, $4)",
                [(i, row["a"], row["n"], row["t"]) for i, row in enumerate(ROWS)],
            )
            if type_ in ("DOUBLE", "FLOAT"):
                connection.execute(
                    f"INSERT INTO {table} SELECT -1, CAST(x AS {type_}), 1, 'x' "
                    "FROM unnest(['nan', 'inf', '-inf', '0.9999999999', '2.0000001']) AS u(x)"
                )
        yield connection


def table_of(type_: str) -> str:
    return f"grid_{type_.lower().partition('(')[0]}"


def analysis_of(sql: str, types: dict[str, str] = TYPES) -> Analysis:
    file = read_sql_file(f"SELECT id, {sql} AS band FROM grid", "old.sql", "duckdb")
    statement = read_statement(file)
    case = read_case(file, statement.items[1], "band", statement.aliases)
    columns = {name: Column(name, parse_type(type_)) for name, type_ in types.items()}
    return analysed(case, columns, types_known=True)


def differing(
    grid: duckdb.DuckDBPyConnection, old: str, candidate: Candidate, types: dict[str, str] = TYPES
) -> list[tuple[object, ...]]:
    """Rows of the grid for which the published view says another thing than the CASE."""
    node, problems = read_back(SetDraft("bands", "grid", "id", (candidate,)))
    assert node is not None, problems
    columns = [Column("id", parse_type("INTEGER"))]
    columns += [Column(name, parse_type(type_)) for name, type_ in types.items()]
    table = table_of(types["a"])
    view = bucket_view(node, columns, {})
    band = expression_sql(view.coded[0], view, DUCKDB)
    rows = grid.execute(f"SELECT *, {old} AS old, (\n{band}\n) AS band FROM {table}").fetchall()
    assert len(rows) >= len(ROWS)
    return [row for row in rows if row[-2] != (None if row[-1] in candidate.absent else row[-1])]


@pytest.mark.slow
@settings(max_examples=150)
@given(old=OLD)
def test_an_import_is_equal_on_every_row(
    engine: DuckDBEngine, grid: duckdb.DuckDBPyConnection, old: str
) -> None:
    try:
        chosen = choose(engine, analysis_of(old))
    except ConfigError as error:
        # no buckets at all; nothing else of this kind cannot be written
        assert {problem.code for problem in error.problems} == {"SK216"}
        assert "one label" in error.problems[0].message or "every row" in error.problems[0].message
        return
    assert differing(grid, old, chosen.candidate) == []


@pytest.mark.slow
@pytest.mark.parametrize("type_", TYPES_OF_A[1:])
@settings(max_examples=40)
@given(old=cases(VALUES))
def test_an_import_is_equal_in_every_type(
    engine: DuckDBEngine, grid: duckdb.DuckDBPyConnection, type_: str, old: str
) -> None:
    """But for what is not finite, and that is said."""
    types = {**TYPES, "a": type_}
    try:
        chosen = choose(engine, analysis_of(old, types))
    except ConfigError:  # which ones are refused is tested above
        return
    rows = differing(grid, old, chosen.candidate, types)
    assert all(isinstance(row[1], float) and not math.isfinite(row[1]) for row in rows)
    assert bool(rows) <= bool(chosen.comparison.odd)


LADDERS = st.builds(
    lambda cuts, closed, descending, labels, else_: _ladder(
        sorted(set(cuts)), closed, descending, labels, else_
    ),
    st.lists(st.integers(0, 3), min_size=1, max_size=3),
    st.booleans(),
    st.booleans(),
    st.permutations(["Low", "Mid", "High", "Top"]),
    st.booleans(),
)


def _ladder(
    cuts: Sequence[int], closed: bool, descending: bool, labels: Sequence[str], has_else: bool
) -> str:
    operator = (">" if descending else "<") + "=" * closed
    ordered = sorted(cuts, reverse=descending)
    whens = [f"WHEN a {operator} {cut} THEN '{labels[i]}'" for i, cut in enumerate(ordered)]
    if has_else:
        return f"CASE WHEN a IS NULL THEN 'None' {' '.join(whens)} ELSE '{labels[3]}' END"
    return f"CASE {' '.join(whens)} END"


@settings(max_examples=60)
@given(old=LADDERS)
@example(old="CASE WHEN a IS NULL THEN 'None' WHEN a <= 1 THEN 'Low' ELSE 'High' END")
def test_a_ladder_with_a_label_for_null_is_bands(
    engine: DuckDBEngine, grid: duckdb.DuckDBPyConnection, old: str
) -> None:
    chosen = choose(engine, analysis_of(old))
    assert differing(grid, old, chosen.candidate) == []
    if "IS NULL" in old:
        assert chosen.candidate.way == "bands"
        assert chosen.candidate.missing == "None"
        assert not chosen.problems


def test_rules_without_what_is_before_them_are_not_taken(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof holds where the derivation is wrong: here it forgets that the first match wins."""
    old = "CASE WHEN a < 1 THEN 'Low' WHEN a < 2 THEN 'Mid' ELSE 'High' END"
    derived = analysis_module.first_match
    monkeypatch.setattr(
        analysis_module, "first_match", lambda asked: (tuple(asked), derived(asked)[1])
    )
    wrong = [str(c.spec) for c in candidates(analysis_of(old)) if "'a < 2'" in str(c.spec)]
    assert wrong  # it is a mutation that shows
    assert str(choose(engine, analysis_of(old)).candidate.spec) not in wrong


def test_opaque_rules_that_hold_together_are_not_taken(
    engine: DuckDBEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Conditions that only the engine understands are asked without an order, too."""
    old = "CASE WHEN t LIKE 'x%' THEN 'x' WHEN lower(t) LIKE '%' THEN 'some' ELSE 'none' END"
    both = {"label": "some", "when": "coalesce(lower(t) LIKE '%', FALSE)"}
    first = {"label": "x", "when": "coalesce(t LIKE 'x%', FALSE)"}
    spec = {"name": "band", "rules": [first, both], "else": "none"}
    lax = Candidate("rules", spec, "Unknown", frozenset({"Unknown"}))
    monkeypatch.setattr(choice, "candidates", lambda analysis: iter([lax]))
    with pytest.raises(ConfigError) as refused:
        choose(engine, analysis_of(old))
    assert refused.value.problems[0].code == "SK217"


def test_what_is_not_finite_is_said(engine: DuckDBEngine) -> None:
    types = {**TYPES, "a": "DOUBLE"}
    analysis = analysis_of(
        "CASE WHEN a IS NULL THEN 'None' WHEN a < 1 THEN 'L' ELSE 'H' END", types
    )
    odd = choose(engine, analysis).comparison.odd
    assert {(difference.row[0][1], difference.old) for difference in odd} == {
        ("nan", "H"),
        ("inf", "H"),
        ("-inf", "L"),
    }
