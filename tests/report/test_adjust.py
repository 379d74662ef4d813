"""What a change by hand is said to do; the figures are counted by hand."""

from __future__ import annotations

from dataclasses import replace

from segkit.core.fit import Lineage
from segkit.monitor.movers import Adjustment, Flow, Moves
from segkit.report.adjust import adjustment_page
from segkit.report.render_text import render_text
from tests.report.samples import FIT

MOVES = Moves(
    ("spend",),
    (
        Flow("A", "A", 60, {"spend": 6000.0}, {"spend": 60}),
        Flow("A", "B", 20, {"spend": 500.0}, {"spend": 10}),
        Flow("B", "B", 20, {"spend": 500.0}, {"spend": 20}),
    ),
    ("customer_id", "before", "after"),
    tuple((f"c{i}", "A", "B") for i in range(20)),
)
"""100 customers, of whom 20 leave A for B and bring 500 (10 of them known)."""


def said_of(adjustment: Adjustment) -> str:
    return render_text(adjustment_page(adjustment))


def adjustment(**changed: object) -> Adjustment:
    after = replace(FIT, version=2, lineage=Lineage(1, ("spend 90 -> 95",)))
    after = replace(after, quality=replace(after.quality, loss=0.042, leaves=3), usefulness=())
    before = replace(FIT, usefulness=())
    return replace(Adjustment(before, after, MOVES, 0.031, {"B": "Lapsed"}), **changed)  # type: ignore[arg-type]


def test_who_moves_with_what_and_at_which_cost() -> None:
    said = said_of(adjustment())
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[0] == "shopper_segments v0001 with spend 90 -> 95"
    assert "20 of 100 customers move (20.0%):" in lines
    assert "A Big -> B Lapsed 20 with 500 spend, 50 each" in lines
    assert "A Big 80 -> 60 92.9 -> 100 93% -> 86%" in lines
    assert "B Lapsed 20 -> 40 25 -> 33.3 7% -> 14%" in lines
    assert (
        "Loss against K-Means: 3.1% -> 4.2%; agrees with it on 95.0% of the customers; "
        "2 -> 3 leaves." in lines
    )
    assert lines[-1] == (
        "Who: c0 A -> B, c1 A -> B, c2 A -> B, c3 A -> B, c4 A -> B, and 15 more "
        "(--output csv lists them)."
    )


def test_a_segment_that_becomes_smaller_than_declared() -> None:
    small = (
        "Small: A Big keeps 60 customers (60.0%), less than min_share (70%): the build will warn."
    )
    assert small in said_of(adjustment(min_share=0.7)).splitlines()
    assert "Small:" not in said_of(adjustment(min_share=0.6))


def test_nobody_moves() -> None:
    none = replace(MOVES, flows=(Flow("A", "A", 5, {}, {}),), movers=(), metrics=())
    assert "Nobody of 5 customers moves." in said_of(adjustment(moves=none))


def test_what_is_saved_and_what_no_cut_needs() -> None:
    said = said_of(adjustment(published="v0000", gone=("a < 3",), unused=("b < 4",)))
    assert (
        "v0001 is saved and not published yet, the views have v0000: moves are from v0001 on."
        in said
    )
    assert "No customer comes to b < 4: other cuts decide before." in said
    assert "No longer needed: a < 3, which no customer comes to now." in said
    assert "is saved" not in said_of(adjustment(published="v0001"))
