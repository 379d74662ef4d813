from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.cli import lines
from segkit.cli.lines import done_line, problem_entry, segmentation_entry, summary_entry
from segkit.errors import Label, Place, Problem
from segkit.report.text import text_width
from segkit.results import NodeResult
from tests.report.samples import SEGMENTATION

node_line = partial(lines.node_line, paint=lambda text, style: text)
STATUSES = ("ok", "pass", "warn", "fail", "error", "stale", "skip")


@pytest.mark.parametrize(
    ("result", "start", "end"),
    [
        (
            NodeResult("c", "seed", "ok", "loaded seed customers", "4128", 0.04),
            "  1 of 17 OK loaded seed customers ..",
            ".. [4128 in 0.04s]",
        ),
        (
            NodeResult("v", "model", "ok", "created view v", "", 0.012),
            "  1 of 17 OK created view v ..",
            ".. [OK in 0.01s]",
        ),
        (
            NodeResult("s", "segmentation", "ok", "fitted s v0001", "k=6, loss 3.1%", 1.9),
            "  1 of 17 OK fitted s v0001 ..",
            ".. k=6, loss 3.1% [OK in 1.90s]",
        ),
        (
            NodeResult("t", "test", "pass", "unique c.id", "", 0.01, failures=0),
            "  1 of 17 PASS unique c.id ..",
            ".. [PASS in 0.01s]",
        ),
        (
            NodeResult("t", "test", "fail", "unique c.id", "", 0.01, failures=3),
            "  1 of 17 FAIL 3 unique c.id ..",
            ".. [FAIL 3 in 0.01s]",
        ),
        (
            NodeResult("t", "test", "warn", "unique c.id", "", 0.01, failures=3),
            "  1 of 17 WARN 3 unique c.id ..",
            ".. [WARN 3 in 0.01s]",
        ),
        (
            NodeResult("v", "model", "skip", "creating view v", "c failed"),
            "  1 of 17 SKIP creating view v ..",
            ".. c failed [SKIP]",
        ),
        (
            NodeResult("s", "segmentation", "stale", "s", "the definition changed", 0.1),
            "  1 of 17 STALE s ..",
            ".. the definition changed [STALE in 0.10s]",
        ),
    ],
)
def test_the_shape_of_a_line(result: NodeResult, start: str, end: str) -> None:
    line = node_line(result, 1, 17)
    assert line.startswith(start)
    assert line.endswith(end)
    assert len(line) == 80


def test_a_wide_terminal_gets_longer_dots_and_a_long_text_its_room() -> None:
    result = NodeResult("v", "model", "ok", "created view v")
    assert len(node_line(result, 1, 9, width=100)) == 100
    long = NodeResult("v", "model", "ok", "created view " + "v" * 90)
    assert node_line(long, 1, 9).endswith("v ... [OK in 0.00s]")


def test_numbers_stand_under_each_other() -> None:
    result = NodeResult("v", "model", "ok", "created view v")
    assert node_line(result, 9, 12).index("of") == node_line(result, 10, 12).index("of")


@given(text=st.text(max_size=40), detail=st.text(max_size=10), status=st.sampled_from(STATUSES))
def test_any_text_is_one_line_of_even_width(text: str, detail: str, status: str) -> None:
    line = node_line(NodeResult("x", "model", status, text, detail), 3, 12, width=120)  # type: ignore[arg-type]
    assert len(line.splitlines()) == 1
    assert text_width(line) >= 120
    assert "\x1b" not in line


def test_paint_changes_no_column() -> None:
    result = NodeResult("v", "model", "ok", "created view v")
    painted = node_line(result, 1, 2, paint=lambda text, style: f"<{style}>{text}</>")
    assert "[<good>OK in 0.00s</>]" in painted
    assert painted.replace("<good>", "").replace("</>", "") == node_line(result, 1, 2)


def test_done_counts_every_status_once() -> None:
    results = [NodeResult("x", "model", status, "x") for status in STATUSES]  # type: ignore[arg-type]
    counts = "PASS=2 WARN=1 ERROR=3 SKIP=1 TOTAL=7"
    assert done_line(results, True) == f"Done. {counts} published: true"
    assert done_line(results, False) == f"Done. {counts} published: false"
    assert summary_entry(False, True, results) == {
        "event": "summary",
        "ok": False,
        "published": True,
        "pass": 2,
        "warn": 1,
        "error": 3,
        "skip": 1,
        "total": 7,
    }


def test_a_problem_has_its_lines_and_no_control_characters() -> None:
    problem = Problem("SK104", "no column `\x1b[2J`", (Label(Place("sql/a.yml", 2, 3, 4)),), "h")
    source = ["a:", "  b\x1b: c"]
    text = lines.problem_text(
        problem,
        lambda path: source if path == "sql/a.yml" else None,
        lambda words, style: words,
    )
    assert text.split("\n")[:5] == [
        "error[SK104]: no column `\\x1b[2J`",
        "  --> sql/a.yml:2:3",
        "  |",
        "2 |   b\\x1b: c",
        "  |   ^^^^",
    ]


def test_a_problem_as_data() -> None:
    problem = Problem("SK104", "m", (Label(Place("a.yml", 2, 3), "here"),), "h", ("n",), "warning")
    assert problem_entry(problem) == {
        "event": "problem",
        "severity": "warning",
        "code": "SK104",
        "message": "m",
        "places": [{"path": "a.yml", "line": 2, "column": 3, "text": "here"}],
        "help": "h",
        "notes": ["n"],
    }


def test_a_segmentation_as_data() -> None:
    entry = segmentation_entry(SEGMENTATION)
    assert (entry["name"], entry["fit"], entry["rows"]) == ("shopper_segments", "v0001", 4128)
    assert entry["parity"] == {"rows": 4128, "cases": 312, "differ": 0}
    assert [(s["id"], s["n"]) for s in entry["segments"]] == [("A", 2924), ("B", 1204)]
    useful = entry["usefulness"][0]
    assert (useful["metric"], useful["verdict"]) == ("total_spend", "descriptive")
    assert useful["explained"] == {"value": 0.62, "low": 0.58, "high": 0.66}
