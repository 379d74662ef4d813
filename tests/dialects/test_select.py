"""The SQL of views, as files that a person can read. SEGKIT_UPDATE_GOLDEN=1 rewrites them."""

import math
import os
import re
from decimal import Decimal
from itertools import pairwise, product
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.case import Case, Cells, Gate, Outcome, case_of_bands
from segkit.core.columns import Column, parse_type
from segkit.core.edges import ScoredColumn, ScoreEdges, score_tree
from segkit.core.predicate import ColumnUse, Formula, Predicate, bound
from segkit.core.rules import Interval
from segkit.core.tree import Below, Known, Leaf, Split, Tree
from segkit.dialects.select import CodedColumn, ViewSelect, expression_sql, select_sql
from segkit.dialects.spelling import identifier
from segkit.dialects.table import DUCKDB
from tests.conftest import insert_rows
from tests.core.formulas import FORMULAS, as_sql
from tests.core.reference import decide, truth_of
from tests.core.test_case import TREES as LEVEL_TREES

GOLDEN = Path(__file__).parents[1] / "golden"
TYPES = {
    "customer_id": "VARCHAR",
    "age": "INTEGER",
    "total spend ($)": "DOUBLE",
    "income": "DECIMAL(12,2)",
    "score": "FLOAT",
}
COLUMNS = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}


def _bands(*edges: str) -> list[Interval]:
    ends = [None, *map(Decimal, edges), None]
    return [Interval(low, high) for low, high in pairwise(ends)]


def bucket_view() -> ViewSelect:
    labelled = {
        "age": ("age_band", ["<25", "25-35", "35-55", "55+"], ["25", "35", "55"]),
        "total spend ($)": ("spend_tier", ["it's low", "high"], ["0.525"]),
        "income": ("income_band", ["<25", "25-50", "50+"], ["25", "50.005"]),
        "score": ("score_band", ["low", "high"], ["0.1"]),
    }
    coded = tuple(
        CodedColumn(
            f"{name}_order",
            case_of_bands(column, list(zip(labels, _bands(*edges), strict=True)), "Unknown"),
            name,
        )
        for column, (name, labels, edges) in labelled.items()
    )
    return ViewSelect("customer_id", (), coded, COLUMNS)


def segment_view(*, unassigned: bool) -> ViewSelect:
    tree = Split(
        "total spend ($)",
        Below(Decimal(61)),
        yes=Split(
            "age",
            Below(Decimal(42)),
            yes=Split("income", Below(Decimal(40)), Leaf(3), Leaf(2)),
            no=Split("score", Below(Decimal("0.5")), Leaf(3), Leaf(1), missing="yes"),
        ),
        no=Split("income", Below(Decimal("54.5")), Leaf(4), Leaf(2)),
        missing="yes",
    )
    if unassigned:
        for column in ("income", "age"):
            tree = Split(column, Known(), tree, Leaf(0))
    names = ("Older, mid spend", "High income", "Low income, low spend", "It's --odd")
    outcomes = [Outcome(0, "unassigned", "Unassigned")]
    outcomes += [Outcome(i, "ABCD"[i - 1], name) for i, name in enumerate(names, start=1)]
    coded = CodedColumn("segment_order", Case(tree, tuple(outcomes)), "segment_name", "segment_id")
    passed = ("age", "total spend ($)", "income", "score")
    return ViewSelect("customer_id", passed, (coded,), COLUMNS)


SQL = {
    "buckets": lambda: select_sql(bucket_view(), "customer_features", DUCKDB),
    "segments": lambda: select_sql(segment_view(unassigned=False), "customer_features", DUCKDB),
    "segments_unassigned": lambda: select_sql(
        segment_view(unassigned=True), "crm.customers", DUCKDB
    ),
    "segments_expression": lambda: expression_sql(
        segment_view(unassigned=True).coded[0], segment_view(unassigned=True), DUCKDB
    ),
}


@pytest.mark.parametrize("name", SQL)
def test_golden(name: str) -> None:
    path, text = GOLDEN / f"{name}.sql", SQL[name]() + "\n"
    if os.environ.get("SEGKIT_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_a_guarded_twin_does_not_take_a_name_that_is_taken() -> None:
    columns = {n: Column(n, parse_type("DOUBLE")) for n in ("id", "x", "x_finite")}
    case = case_of_bands("x", list(zip("ab", _bands("1"), strict=True)), "?")
    view = ViewSelect("id", ("x_finite",), (CodedColumn("b_order", case, "b"),), columns)
    assert "AS x_finite_\n" in select_sql(view, "t", DUCKDB)


@pytest.mark.parametrize("relation", ["finite", "assigned", "crm.Assigned", '"finite"'])
def test_a_step_is_not_called_like_the_relation(relation: str) -> None:
    sql = select_sql(bucket_view(), relation, DUCKDB)
    name = relation.split(".")[-1].strip('"').lower()
    assert f"{name}_ AS (" in sql and f"{name} AS (" not in sql
    assert sql.endswith("FROM assigned_" if name == "assigned" else "FROM assigned")


def test_output_names_the_columns_of_the_contract() -> None:
    assert segment_view(unassigned=False).output[-3:] == (
        "segment_id",
        "segment_name",
        "segment_order",
    )
    assert bucket_view().output[:3] == ("customer_id", "age_band", "age_band_order")


# scores and what is made of them, behind gates ---------------------------------------------------

# how a condition spells the columns of FORMULAS
SPELLED = {"a": '"größe (M)"', "n": "N", "t": '"select"'}
TYPED = {
    "i": "INTEGER",
    "Größe (m)": "DOUBLE",
    "n": "INTEGER",
    "select": "VARCHAR",
    "s_f": "DOUBLE",  # called like a score that is made of another column
    "tree_order": "INTEGER",  # and like the order of a bucket
}
RELATION = {name: Column(name, parse_type(type_)) for name, type_ in TYPED.items()}
DOUBLES = (None, math.nan, math.inf, -math.inf, -0.5, 0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 3.5)
ODD_ROWS = [
    {"a": a, "n": n, "t": t}
    for a, n, t in product(DOUBLES, (None, -1, 0, 1, 2, 3, 4), (None, "x", "it's", "unseen"))
]


def written(formula: Formula) -> Predicate:
    """As a person would write it, with the names that the relation has."""
    parts = re.split(r"\b([ant])\b", as_sql(formula))
    uses, at = [], 0
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = SPELLED[part]
            uses.append(ColumnUse(at, at + len(parts[place]), parts[place].strip('"')))
        at += len(parts[place])
    return Predicate("".join(parts), tuple(uses))


def renamed(tree: Tree) -> Tree:
    if isinstance(tree, Leaf):
        return tree
    name = {"a": "s_f", "t": "select"}[tree.column]
    return Split(name, tree.test, renamed(tree.yes), renamed(tree.no), tree.missing)


@pytest.fixture(scope="module")
def odd_rows() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    columns = ", ".join(f"{identifier(name, DUCKDB)} {type_}" for name, type_ in TYPED.items())
    connection.execute(f"CREATE TABLE t ({columns})")
    rows = [(i, *row.values(), row["a"], row["n"]) for i, row in enumerate(ODD_ROWS)]
    insert_rows(connection, "t", rows)
    return connection


EDGES = st.lists(st.integers(0, 3).map(Decimal), min_size=1, max_size=3, unique=True).map(sorted)
OUTCOMES = tuple(Outcome(code, f"name {code}", f"name {code}") for code in range(5))


@settings(max_examples=25, deadline=None)
@given(gate=FORMULAS, edges=st.tuples(EDGES, EDGES), tree=LEVEL_TREES)
def test_view_and_expression_say_what_the_cases_say(
    odd_rows: duckdb.DuckDBPyConnection,
    gate: Formula,
    edges: tuple[list[Decimal], list[Decimal]],
    tree: Tree,
) -> None:
    turned, plain = (
        score_tree(ScoredColumn(column, ScoreEdges(tuple(found), 9, {}), column == "tree_order"))
        for column, found in zip(("tree_order", "s_f"), edges, strict=True)
    )
    cells = product(*(range(1, len(found) + 2) for found in edges))
    named = Cells(("s_r", "s_f"), tuple((cell, 1 + sum(cell) % 3) for cell in cells))
    asked = bound(written(gate), RELATION)
    coded = (
        CodedColumn("s_order", Case(Gate(asked, 4, named), OUTCOMES), "s"),
        CodedColumn("s_r", Case(Gate(asked, 0, turned))),
        CodedColumn("s_f", Case(Gate(asked, 0, plain))),
        CodedColumn("tree_order", Case(renamed(tree), OUTCOMES), "tree"),
    )
    even = Predicate("i % 2 = 0", (ColumnUse(0, 1, "i"),))
    view = ViewSelect("i", (), coded, RELATION, even)
    expected = []
    for i, row in enumerate(ODD_ROWS):
        truth = truth_of(gate, row)
        values = {"s_f": row["a"], "tree_order": row["n"], "select": row["t"]}
        r, f, branch = (
            decide(column.case.decision, values, lambda predicate, truth=truth: truth)
            for column in coded[1:]
        )
        code = 4 if truth else dict(named.codes).get((r, f), 0)
        expected.append((i, f"name {code}", code, r or None, f or None, f"name {branch}", branch))
    found = odd_rows.execute(
        f"SELECT * FROM ({select_sql(view, 't', DUCKDB)}) ORDER BY i"
    ).fetchall()
    assert found == expected[::2]
    listed = ", ".join(expression_sql(column, view, DUCKDB) for column in coded)
    found = odd_rows.execute(f"SELECT {listed} FROM t ORDER BY i").fetchall()
    assert found == [(name, r, f, branch) for _, name, _, r, f, branch, _ in expected]
