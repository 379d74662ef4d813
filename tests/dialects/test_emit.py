"""The chain and the flat rules say what the tree says, on a real engine."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings

from segkit.core.columns import parse_type
from segkit.core.evaluate import evaluate
from segkit.core.rules import rules_of
from segkit.core.tree import Below, Known, Leaf, Split, Tree
from segkit.dialects.emit import (
    MAX_NESTING,
    Chain,
    Operand,
    When,
    case_inline,
    case_lines,
    chain_of,
)
from segkit.dialects.flat import flat_case
from segkit.dialects.table import DUCKDB
from tests.conftest import insert_rows
from tests.core.trees import COLUMNS, ROWS, TREES

OPERANDS = {name: Operand(name, parse_type("DOUBLE")) for name in COLUMNS}


@pytest.fixture(scope="module")
def grid() -> duckdb.DuckDBPyConnection:
    """ROWS as a table of doubles, made finite as a published view does."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE raw (n INTEGER, a DOUBLE, b DOUBLE)")
    cells = [
        [n, *(None if v is None else float(v) for v in (row["a"], row["b"]))]
        for n, row in enumerate(ROWS)
    ]
    insert_rows(connection, "raw", cells)
    finite = ", ".join(f"CASE WHEN isfinite({c}) THEN {c} END AS {c}" for c in COLUMNS)
    connection.execute(f"CREATE TABLE grid AS SELECT n, {finite} FROM raw")
    return connection


@settings(max_examples=150, deadline=None)
@given(tree=TREES)
def test_chain_and_flat_rules_equal_the_reference(
    grid: duckdb.DuckDBPyConnection, tree: Tree
) -> None:
    chain = case_inline(chain_of(tree, OPERANDS, DUCKDB))
    flat = flat_case(rules_of(tree), OPERANDS, str, DUCKDB)
    found = grid.execute(f"SELECT {chain}, {flat} FROM grid ORDER BY n").fetchall()
    expected = [evaluate(tree, row) for row in ROWS]
    assert found == [(code, code) for code in expected]


def _ladder(steps: int, missing: str) -> Tree:
    """A tree as deep as it has leaves, whose NULL side is the leaf, so that it wants to nest."""
    tree: Tree = Leaf(steps + 1)
    for step in range(steps, 0, -1):
        tree = Split("a", Below(Decimal(step)), Leaf(step), tree, missing)  # type: ignore[arg-type]
    return tree


def nesting(chain: Chain | int) -> int:
    """Levels of CASE; 0 for a plain code."""
    if isinstance(chain, int):
        return 0
    return 1 + max((nesting(when.then) for when in chain.whens), default=0)


def test_a_deep_tree_is_a_flat_list() -> None:
    assert nesting(chain_of(_ladder(500, "no"), OPERANDS, DUCKDB)) == 1


def test_null_gives_way_where_it_would_nest_too_deep() -> None:
    tree = _ladder(40, "yes")
    chain = chain_of(tree, OPERANDS, DUCKDB)
    assert nesting(chain) <= MAX_NESTING
    sql = case_inline(chain)
    for value in (None, 0, 7, 40, 41):
        cell = "NULL::INTEGER" if value is None else str(value)
        found = duckdb.execute(f"SELECT {sql} FROM (SELECT {cell} AS a) AS t").fetchall()[0][0]
        assert found == evaluate(tree, {"a": value})


def _full(levels: int, start: int = 0) -> Tree:
    """Every split of a column of its own level, NULL on either side: it nests with its depth."""
    if levels == 0:
        return Leaf(start)
    yes, no = _full(levels - 1, 2 * start), _full(levels - 1, 2 * start + 1)
    return Split("ab"[levels % 2], Below(Decimal(levels)), yes, no, "yes")


def test_eight_levels_and_no_more() -> None:
    """T-SQL documents 10, and SQLite's parser gives up from 18 on: 8 leave room for what stands
    around a view. A change of the number is a decision, so it stands here as a number.
    """
    assert [nesting(chain_of(_full(levels), OPERANDS, DUCKDB)) for levels in (7, 8, 9, 11)] == [
        7,
        8,
        8,
        8,
    ]
    assert nesting(chain_of(_ladder(8, "yes"), OPERANDS, DUCKDB)) == 8


def test_neighbours_with_one_code_share_a_when() -> None:
    rest = Split("a", Below(Decimal(3)), Leaf(1), Leaf(2))
    tree = Split("a", Known(), Split("b", Known(), rest, Leaf(0)), Leaf(0))
    assert case_inline(chain_of(tree, OPERANDS, DUCKDB)) == (
        "CASE WHEN a IS NULL OR b IS NULL THEN 0 WHEN a < 3 THEN 1 ELSE 2 END"
    )


def test_lines_are_aligned_and_name_what_they_return() -> None:
    inner = Chain((When(("b < 2",), 1),), 2)
    chain = Chain((When(("a < 10",), inner), When(("a < 200",), 2)), 1)
    names = {1: "A Small", 2: "B\nLarge"}
    assert case_lines(chain, names.__getitem__, "") == [
        "CASE",
        "  WHEN a < 10 THEN CASE WHEN b < 2 THEN 1 ELSE 2 END  -- A Small | B Large",
        "  WHEN a < 200 THEN 2                                 -- B Large",
        "  ELSE 1                                              -- A Small",
        "END",
    ]


def test_a_comment_does_not_end_with_a_backslash() -> None:
    """Spark takes it for a sign that the line goes on, and the next one is lost."""
    chain = Chain((When(("a < 1",), 1),), 2)
    lines = case_lines(chain, {1: "a\\", 2: "b \\ \\"}.__getitem__, "")
    assert [line.split("--")[1] for line in lines if "--" in line] == [" a", " b"]


def lines_of(condition: str) -> list[str]:
    return case_lines(Chain((When((condition,), 1),), 0), {1: "A", 0: "B"}.__getitem__, "    ")


def test_a_long_list_goes_over_several_lines() -> None:
    items = ["'it''s'", "'(no)'", "', '", *(f"'level {n}'" for n in range(12))]
    lines = lines_of(f"region IN ({', '.join(items)})")
    assert lines[:3] == ["    CASE", "      -- A", "      WHEN region IN ("]
    assert lines[-3:] == ["      ) THEN 1", "      ELSE 0  -- B", "    END"]
    assert max(map(len, lines)) <= 100
    assert " ".join(line.strip() for line in lines[3:-3]) == ", ".join(items)


@pytest.mark.parametrize("item", ["10115", "-7", "'it''s'", "''''''''"])
def test_brackets_after_a_long_list_are_seen_at_once(item: str) -> None:
    """Not after trying every way to read a number as two."""
    condition = f"code IN ({', '.join([item] * 80)}) AND (age > 1 OR age IS NULL)"
    assert lines_of(condition)[2] == f"      WHEN {condition} THEN 1"
