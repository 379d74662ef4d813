"""What is said of other rules: on a terminal, in a pull request, to a program."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from segkit.core.descent import Descent
from segkit.monitor.movers import Flow
from segkit.monitor.rule_moves import ColumnDiff, Judged, Limit, Resample, RuleDiff, Wording, judge
from segkit.report.render_json import plain
from segkit.report.render_text import render_text
from segkit.report.rule_diff import (
    FEW,
    MOST_BYTES,
    challenger_page,
    descent_sentences,
    judged_page,
    markdown,
    rule_diff_entry,
    rule_diff_page,
)
from tests.monitor.test_rule_moves import DIFF, flow


def text(diff: RuleDiff) -> str:
    return render_text(rule_diff_page(diff), width=100)


def test_a_diff_in_words() -> None:
    said = text(replace(DIFF, readers=(("model", "sizes"),), models=("features",)))
    assert said.startswith("s: v0001 -> v0002, on today's customers\n")
    assert "10 of 100 customers move (10.0%), with 50.0% of spend. Reason: rules." in said
    assert (
        "Agreement: v0001 with v0002 90.0%, rules learned from other customers with each other "
        "90.0% (90.0% to 98.0%): v0002 differs from v0001 no more than a resample does."
    ) in " ".join(said.split())
    assert "Read by: model sizes." in said and "Also changed: features." in said
    assert "  *  A Big\n     before: spend over 90\n     after:  spend over 95\n" in said
    assert (
        "  (not in it)  6  .       6\n" in said.replace("  A  B", "  A  B") or "(not in it)" in said
    )


def test_what_became_of_buckets() -> None:
    """A bucket's name stays where its customers go: it has moved to where another was."""
    flows = (flow("1", "1", 9, 0.0), flow("2", "2", 2, 0.0), flow("2", "3", 7, 0.0))
    flows += (flow("3", "3", 1, 0.0), flow("", "1", 1, 0.0))
    column = ColumnDiff("b.q", "edges", flows, (("", "1", "2", "3"), ("1", "2", "3")))
    diff = replace(DIFF, kind="buckets", columns=(column,))
    assert "Buckets: 1 kept; 2 moved; 3 moved to where 2 was.\n" in text(diff)
    nobody = replace(column, flows=(flow("1", "1", 9, 0.0),))
    assert "Buckets" not in text(replace(diff, columns=(nobody,)))


def test_more_than_a_resample_and_nothing_known_of_one() -> None:
    more = text(replace(DIFF, resample=Resample(0.01, 0.0, 0.02)))
    assert "v0002 differs from v0001 more than a resample does" in " ".join(more.split())
    assert "90.0%.\n" in text(replace(DIFF, resample=None))


def test_a_flow_of_few_brings_no_sum() -> None:
    """What fewer than five bring together is hardly more than the value of one of them."""
    assert FEW == 5
    said = markdown([DIFF], [])
    assert "| (not in it) | B Small | 6 | 6.0% | 20 |" in said
    assert "| A Big | B Small | 4 | 4.0% |  |" in said
    flows = rule_diff_entry([DIFF], [])["nodes"][0]["columns"][0]["flows"]
    assert [each["sums"] for each in flows] == [{"spend": 50.0}, {}, {"spend": 20.0}]


def test_what_became_of_segments() -> None:
    kept = Descent("A", "kept", ("A",)), Descent("B", "kept", ("B",))
    others = (
        Descent("C", "merged", ("C", "D")),
        Descent("E", "split", ("A",)),
        Descent("F", "new"),
        Descent("D", "retired", ("C",)),
        Descent("G", "retired"),
    )
    assert descent_sentences((*kept, *others)) == [
        "Segments: A, B kept; C merged from C and D; E split from A; F new; "
        "D retired (went into C); G retired."
    ]
    assert descent_sentences(()) == []


@pytest.mark.parametrize(
    ("why", "what", "said"),
    [
        ("new", "main", "s: it is not in main."),
        ("gone", "main", "s: it was in main, and is gone."),
        ("kind", "a segmentation", "s: it was a segmentation before: who moves cannot be told."),
        ("key", "id", "s: its key was id before: who moves cannot be told."),
        ("columns", "age", "s: the relation is not what the rules need: age. Who moves cannot"),
    ],
)
def test_what_cannot_be_told(why: str, what: str, said: str) -> None:
    assert text(replace(DIFF, untold=why, what=what)).startswith(said)  # type: ignore[arg-type]


def test_limits_in_words() -> None:
    judged = (
        *judge(
            [DIFF, replace(DIFF, columns=())], [Limit("moved=5%", 0.05), Limit("moved=50%", 0.5)]
        ),
        Judged("moved=50%", "t", None, True),
    )
    assert render_text(judged_page(judged), width=100).splitlines() == [
        "--fail-on moved=5%: s has more, 10.00%.",
        "--fail-on moved=50%: t has more, it cannot be told.",
        "--fail-on moved=50%: s within.",
    ]
    assert judged_page(()) == ()


def test_nobody_moves() -> None:
    still = replace(DIFF.columns[0], flows=(flow("A", "A", 1, 2.0),), wordings=())
    said = text(replace(DIFF, columns=(still,)))
    assert "Nobody of 1 customer moves." in said and "From" not in said
    assert "Nothing in the project reads it." in said


def test_a_challenger_in_a_few_lines() -> None:
    flows = tuple(flow(f"{place}", "A", 10 + place, 1.0) for place in range(9))
    column = ColumnDiff("s", "rules", flows, ((), ()))
    said = render_text(challenger_page(replace(DIFF, columns=(column,))), width=100)
    assert said.count("\n") < 12 and "4 more" in said


def large(name: str) -> RuleDiff:
    """Long names of many segments, all of whom change."""
    labels = [f"L{place} {'<|wide name' * 30}" for place in range(100)]
    flows = tuple(
        Flow(one, other, 9, {"spend": 1.0}, {"spend": 9}) for one in labels for other in labels
    )
    words = tuple(Wording(each, (each, each), ("<x|" * 500, "y|" * 500)) for each in labels)
    column = ColumnDiff(
        name, "rules", flows, (tuple(labels), tuple(labels)), ("z" * 9000,) * 90, words
    )
    readers = tuple(("model", f"m{place}") for place in range(500))
    return replace(DIFF, name=name, columns=(column,), readers=readers, changes=("c" * 9000,) * 90)


@pytest.mark.slow
def test_a_comment_on_a_pull_request_takes_it() -> None:
    """It takes 65,536 characters: what does not fit is named, and where most move comes first."""
    assert MOST_BYTES == 60_000
    assert "left out" not in markdown([large("a")], [])
    assert len(markdown([large("a")], []).encode()) < MOST_BYTES
    many = [DIFF, *(large(f"n{place}") for place in range(40))]
    said = markdown(many, judge(many, [Limit("moved=1%", 0.01)]))
    assert len(said.encode()) < MOST_BYTES
    assert "more nodes left out for length: n" in said and "## n0" in said


def test_the_entry_is_plain() -> None:
    judged = judge([DIFF], [Limit("moved=5%", 0.05)])
    entry = json.loads(json.dumps(plain(rule_diff_entry([DIFF], judged))))
    (node,) = entry["nodes"]
    assert node["columns"][0]["moved"] == 10 and node["columns"][0]["metrics"] == {"spend": 0.5}
    assert node["is_like_a_resample"] is True
    assert entry["fail_on"] == [
        {"limit": "moved=5%", "name": "s", "share": 0.1, "is_hit": True},
    ]
