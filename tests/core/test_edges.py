"""A score is one more than the number of stored edges below a value."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.case import columns_of
from segkit.core.columns import parse_type
from segkit.core.edges import (
    EdgeSet,
    ScoredColumn,
    ScoreEdges,
    cells_within,
    score_case,
    score_tree,
)
from segkit.dialects.emit import Operand, case_inline, chain_of
from segkit.dialects.flat import flat_sql
from segkit.dialects.table import DUCKDB
from tests.core.reference import decide

NUMBERS = st.decimals(-20, 20, places=1)
EDGES = st.lists(NUMBERS, min_size=1, max_size=6).map(sorted)
TIED = st.lists(st.integers(0, 3).map(Decimal), min_size=1, max_size=6).map(sorted)


def numbers(*edges: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, edges))


def scored(*edges: int, skips: bool = False, turned: bool = False) -> ScoredColumn:
    return ScoredColumn("x", ScoreEdges(numbers(*edges), 9, {}, skips), turned)


@given(EDGES)
def test_edges_that_repeat_count_once(edges: list[Decimal]) -> None:
    found = ScoreEdges(tuple(edges), 9, {})
    assert found.counted() == found.distinct == tuple(sorted(set(edges)))
    assert found.scores == len(set(edges)) + 1
    assert found.edges == tuple(edges)  # as found, for the message


def test_the_label_of_a_version() -> None:
    assert EdgeSet("b", 12, "dev", {}).label == "v0012"


@given(st.one_of(EDGES, TIED), st.booleans(), st.lists(st.one_of(NUMBERS, st.floats(-20, 20))))
def test_a_score(edges: list[Decimal], skips: bool, values: list[Decimal | float]) -> None:
    found = ScoreEdges(tuple(edges), 9, {}, skips)
    counted = edges if skips else sorted(set(edges))
    case, turned = (score_case(ScoredColumn("x", found, turned)) for turned in (False, True))
    assert columns_of(case.decision) == ("x",)
    for value in (*values, *edges):
        cuts = map(float, counted) if isinstance(value, float) else counted
        score = 1 + sum(edge < value for edge in cuts)
        assert decide(case.decision, {"x": value}) == score
        assert decide(turned.decision, {"x": value}) == len(counted) + 2 - score


def test_five_stays_the_best_where_edges_that_fall_together_each_count() -> None:
    """Orders of whom 55 % bought once, and days of whom 45 % came yesterday."""
    codes = {
        (skips, turned): scored(1, 1, 2, 4, skips=skips).found.codes(turned)
        for skips, turned in product((False, True), repeat=2)
    }
    assert codes == {
        (False, False): [1, 2, 3, 4],
        (False, True): [4, 3, 2, 1],
        (True, False): [1, 3, 4, 5],
        (True, True): [5, 3, 2, 1],
    }


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_what_is_unknown_has_no_score(value: float | None) -> None:
    for turned in (False, True):
        assert decide(score_tree(scored(1, turned=turned)), {"x": value}) == 0


def test_labels_are_those_of_the_scores_lowest_first() -> None:
    case = score_case(scored(1, 2), labels=["low", "mid", "high"], missing="?")
    assert [(o.code, o.name) for o in case.outcomes] == [
        (0, "?"),
        (1, "low"),
        (2, "mid"),
        (3, "high"),
    ]
    assert case.outcome(decide(case.decision, {"x": 1})).name == "low"  # an edge is its bucket's
    bare = score_case(scored(1, 2, turned=True))
    assert [o.name for o in bare.outcomes] == ["", "1", "2", "3"]
    assert bare.outcome(decide(bare.decision, {"x": 1})).name == "3"


@settings(max_examples=60, deadline=None)
@given(
    edges=st.one_of(EDGES, TIED),
    skips=st.booleans(),
    turned=st.booleans(),
    type_=st.sampled_from(["DOUBLE", "DECIMAL(5,1)", "INTEGER"]),
)
def test_the_engine_scores_alike(
    edges: list[Decimal], skips: bool, turned: bool, type_: str
) -> None:
    tree = score_tree(ScoredColumn("x", ScoreEdges(tuple(edges), 9, {}, skips), turned))
    operands = {"x": Operand("x", parse_type(type_))}
    chain = case_inline(chain_of(tree, operands, DUCKDB))
    flat = flat_sql(tree, operands, str, DUCKDB)
    listed = ", ".join(f"({value})" for value in (*edges, *(e + 1 for e in edges), "NULL"))
    rows = duckdb.sql(
        f"SELECT x, {chain}, {flat} FROM (SELECT CAST(v AS {type_}) AS x FROM (VALUES {listed}) "
        "AS t(v))"
    ).fetchall()
    for value, *codes in rows:
        assert codes == [decide(tree, {"x": value})] * 2


def test_a_nested_score_has_the_edges_of_its_outer_scores() -> None:
    """Money among customers of one recency and one number of orders."""
    days = ScoredColumn("days", ScoreEdges(numbers(30), 9, {}), turned=True)
    orders = ScoredColumn("orders", ScoreEdges((), 9, {}, nested={(1,): (D1,), (2,): (D5,)}))
    cells = dict(zip(cells_within(2, 2), [(Decimal(n),) for n in (10, 20, 30, 40)], strict=True))
    money = ScoredColumn("money", ScoreEdges((), 9, {}, nested=cells))
    inner, innermost = score_tree(orders, days), score_tree(money, days, orders)
    assert columns_of(innermost) == ("days", "orders", "money")
    for day, order, spent in product((20, 40, None), (1, 2, 6, None), (10, 15, 25, 35, 45, None)):
        row = {"days": day, "orders": order, "money": spent}
        r = 0 if day is None else 2 if day <= 30 else 1
        f = 0 if not r or order is None else 1 + (order > (1 if r == 1 else 5))
        m = 0 if not f or spent is None else 1 + (spent > cells[r, f][0])
        assert (decide(inner, row), decide(innermost, row)) == (f, m)


D1, D5 = Decimal(1), Decimal(5)
