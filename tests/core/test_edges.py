"""A score is one more than the number of distinct stored edges below a value."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.case import columns_of
from segkit.core.columns import parse_type
from segkit.core.edges import EdgeSet, ScoreEdges, score_case
from segkit.dialects.emit import Operand, case_inline, chain_of
from segkit.dialects.flat import flat_sql
from segkit.dialects.table import DUCKDB
from tests.core.reference import decide

NUMBERS = st.decimals(-20, 20, places=1)
EDGES = st.lists(NUMBERS, min_size=1, max_size=6).map(sorted)


@given(EDGES)
def test_edges_that_repeat_count_once(edges: list[Decimal]) -> None:
    found = ScoreEdges(tuple(edges), 9, {})
    assert found.distinct == tuple(sorted(set(edges)))
    assert found.scores == len(set(edges)) + 1
    assert found.edges == tuple(edges)  # as found, for the message


def test_the_label_of_a_version() -> None:
    assert EdgeSet("b", 12, "dev", {}).label == "v0012"


@given(EDGES, st.lists(st.one_of(NUMBERS, st.floats(-20, 20)), min_size=1))
def test_a_score(edges: list[Decimal], values: list[Decimal | float]) -> None:
    distinct = ScoreEdges(tuple(edges), 9, {}).distinct
    case, turned = (score_case("x", distinct, turned=turned) for turned in (False, True))
    assert columns_of(case.decision) == ("x",)
    for value in (*values, *distinct):
        cuts = map(float, distinct) if isinstance(value, float) else distinct
        score = 1 + sum(edge < value for edge in cuts)
        assert decide(case.decision, {"x": value}) == score
        assert decide(turned.decision, {"x": value}) == len(distinct) + 2 - score


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf")])
def test_what_is_unknown_has_no_score(value: float | None) -> None:
    for turned in (False, True):
        assert decide(score_case("x", [Decimal(1)], turned=turned).decision, {"x": value}) == 0


def test_labels_are_those_of_the_scores_lowest_first() -> None:
    edges = [Decimal(1), Decimal(2)]
    case = score_case("x", edges, labels=["low", "mid", "high"], missing="?")
    assert [(o.code, o.name) for o in case.outcomes] == [
        (0, "?"),
        (1, "low"),
        (2, "mid"),
        (3, "high"),
    ]
    assert case.outcome(decide(case.decision, {"x": 1})).name == "low"  # an edge is its bucket's
    bare = score_case("x", edges, turned=True)
    assert [o.name for o in bare.outcomes] == ["", "1", "2", "3"]
    assert bare.outcome(decide(bare.decision, {"x": 1})).name == "3"


@settings(max_examples=60, deadline=None)
@given(
    edges=EDGES, turned=st.booleans(), type_=st.sampled_from(["DOUBLE", "DECIMAL(5,1)", "INTEGER"])
)
def test_the_engine_scores_alike(edges: list[Decimal], turned: bool, type_: str) -> None:
    distinct = ScoreEdges(tuple(edges), 9, {}).distinct
    case = score_case("x", distinct, turned=turned)
    operands = {"x": Operand("x", parse_type(type_))}
    chain = case_inline(chain_of(case.decision, operands, DUCKDB))
    flat = flat_sql(case.decision, operands, str, DUCKDB)
    listed = ", ".join(f"({value})" for value in (*distinct, *(e + 1 for e in distinct), "NULL"))
    rows = duckdb.sql(
        f"SELECT x, {chain}, {flat} FROM (SELECT CAST(v AS {type_}) AS x FROM (VALUES {listed}) "
        "AS t(v))"
    ).fetchall()
    for value, *codes in rows:
        assert codes == [decide(case.decision, {"x": value})] * 2
