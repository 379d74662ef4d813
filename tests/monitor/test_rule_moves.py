"""Figures of other rules: shares, limits, and the flows as an engine counts them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from segkit.core.case import Case, named_outcomes
from segkit.core.columns import Column, parse_type
from segkit.core.fit import Stability
from segkit.core.tree import Below, Known, Leaf, Split
from segkit.dialects.select import CodedColumn, ViewSelect
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import ConfigError, Place
from segkit.monitor.movers import Flow
from segkit.monitor.rule_moves import (
    Codes,
    ColumnDiff,
    Limit,
    Resample,
    RuleDiff,
    Wording,
    find_flows,
    judge,
    resample_of,
)
from tests.report.samples import FIT


def flow(before: str, after: str, n: int, spend: float) -> Flow:
    return Flow(before, after, n, {"spend": spend}, {"spend": n})


COLUMN = ColumnDiff(
    "s",
    "rules",
    (flow("A", "A", 90, 50.0), flow("A", "B", 4, -30.0), flow("", "B", 6, 20.0)),
    (("", "A"), ("A", "B")),
    wordings=(
        Wording("A", ("Big", "Big"), ("spend over 90", "spend over 95")),
        Wording("B", ("", "Small"), ("", "spend under 95")),
    ),
)
DIFF = RuleDiff(
    "s", "segmentation", "v0001", "v0002", (COLUMN,), ("spend",), resample=Resample(0.1, 0.02, 0.1)
)


def test_who_moves_and_with_what() -> None:
    """Whom one side alone lets in moves, too; a loss is no less a move than a gain."""
    assert [each.n for each in COLUMN.moving] == [6, 4]
    assert (COLUMN.rows, COLUMN.moved, COLUMN.share) == (100, 10, 0.1)
    assert COLUMN.share_of("spend") == 0.5
    nothing = replace(COLUMN, flows=(flow("A", "B", 1, 0.0),))
    assert nothing.share_of("spend") is None
    assert replace(COLUMN, flows=()).share == 0.0


def test_as_many_as_a_resample_may_move_is_no_more() -> None:
    assert DIFF.is_like_a_resample
    assert not replace(DIFF, resample=Resample(0.09, 0.0, 0.0999)).is_like_a_resample
    assert not replace(DIFF, resample=None).is_like_a_resample


def test_a_resample_is_measured_by_the_first_fit_that_has_it() -> None:
    stable = replace(FIT, stability=Stability(0.9, 0.85, 0.97, 100, {}))
    found = resample_of(stable, FIT)
    assert found and (found.share, found.low, found.high) == pytest.approx((0.1, 0.03, 0.15))
    assert resample_of(FIT, stable) == found
    assert resample_of(FIT, FIT) is None
    assert resample_of(stable, replace(FIT, origin="adjusted")) is None
    assert resample_of(stable, replace(FIT, clusters=replace(FIT.clusters, k=3))) is None


@pytest.mark.parametrize(("share", "hit"), [(0.1, False), (0.0999, True)])
def test_a_limit_is_what_may_move(share: float, hit: bool) -> None:
    (judged,) = judge([DIFF], [Limit("moved=x", share)])
    assert (judged.share, judged.is_hit, judged.name) == (0.1, hit, "s")


def test_a_limit_of_a_metric() -> None:
    (judged,) = judge([DIFF], [Limit("m", 0.4, "spend")])
    assert (judged.share, judged.is_hit) == (0.5, True)
    without = replace(DIFF, metrics=())
    assert judge([without, DIFF], [Limit("m", 0.6, "spend")])[0].is_hit is False
    with pytest.raises(ConfigError, match="`spend` is a metric of none"):
        judge([without], [Limit("m", 0.4, "spend")])
    unknown = replace(DIFF, columns=(replace(COLUMN, flows=(flow("A", "B", 1, 0.0),)),))
    assert judge([unknown], [Limit("m", 0.9, "spend")])[0].is_hit, "what is not known is no pass"


def test_what_cannot_be_told_is_no_pass_and_what_is_new_is_no_move() -> None:
    untold = replace(DIFF, columns=(), untold="key")
    assert [each.is_hit for each in judge([untold], [Limit("moved=9%", 0.09)])] == [True]
    for why in ("new", "gone"):
        assert judge([replace(untold, untold=why)], [Limit("moved=9%", 0.09)]) == ()  # type: ignore[arg-type]


def test_flows_of_two_views_over_one_relation() -> None:
    columns = {
        name: Column(name, parse_type(type_))
        for name, type_ in (("id", "INTEGER"), ("x", "INTEGER"), ("flag", "BOOLEAN"))
    }

    def view(cut: int) -> ViewSelect:
        low = Split("x", Below(Decimal(cut)), Leaf(1), Leaf(2))
        case = Case(Split("x", Known(), low, Leaf(0)), named_outcomes("?", ["low", "high"]))
        return ViewSelect("id", ("flag",), (CodedColumn("o", case, "name"),), columns)

    with DuckDBEngine() as engine:
        engine.execute(
            "CREATE TABLE t AS SELECT i AS id, nullif(i % 10, 0)::INTEGER AS x, i < 15 AS flag, "
            "i AS other FROM range(1, 21) AS r(i)"
        )
        views, codes = (view(4), view(6)), [Codes("name", "o")]
        ((flows, labels),) = find_flows(engine, "t", views, codes, ["flag"], Place("s.yml"))
    assert labels == (("?", "low", "high"), ("?", "low", "high"))
    assert [(f.before, f.after, f.n, f.sums["flag"], f.known["flag"]) for f in flows] == [
        ("?", "?", 2, 1.0, 2),
        ("low", "low", 6, 6.0, 6),
        ("high", "low", 4, 3.0, 4),
        ("high", "high", 8, 4.0, 8),
    ]
