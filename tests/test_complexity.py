"""No function takes more turns than a reader can hold; the longest are listed, and may only go."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import indent

import pytest

from tests.complexity import complexity, functions

ROOT = Path(__file__).resolve().parent.parent / "segkit"
MOST = 20
LISTED_ABOVE = 15
# Shorten one, and take it out; none may be added.
LONG = frozenset(
    {
        "core.english._phrase",
        "core.labels._verdict_of_one",
        "core.meeting.may_meet",
        "dialects.select.select_parts",
        "errors.render_problem",
        "importing.candidates._ranges",
        "importing.null_findings.gaps",
        "importing.null_findings.null_among_values",
        "importing.request.key_column",
        "importing.request.relation_name",
        "importing.statement._split",
        "importing.statement.read_statement",
        "learn.data.choose_features.choose_features",
        "learn.data.key_column._rank",
        "learn.fit_notes.assumptions",
        "monitor.group_sums.read_sums",
        "pipeline.diff.find_grouping",
        "pipeline.fit.fit_challengers",
        "pipeline.steps.run.Run.step",
        "project.buckets.bands._read_bands",
        "project.buckets.edges._read_bands",
        "project.graph.order_nodes",
        "project.jinja.limits._check_call",
        "project.jinja.source_map._raw_column",
        "project.segmentation.build_segmentation",
        "project.settings.choose_target",
        "project.yaml.marks._Reader._scalar",
        "publish.checks.bind.check_project",
        "publish.proof.probes._probe_rows",
        "publish.stored.find_edges.count_moved",
        "publish.stored.score_edges.choose_edges",
        "publish.views.segmentation_view.compile_segmentation",
        "report.adjust._segment_lines",
    }
)
TOO_LONG = frozenset(
    {
        "learn.adjusted_fit.read_customers",
        "learn.data.data_warnings._feature_warnings",
        "learn.data.key_column.find_key",
        "learn.data.read.read_data",
        "learn.names.name_segments._splits",
        "pipeline.compile.compile_node",
        "pipeline.steps.kept.check_kept",
    }
)


def counted() -> dict[str, int]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name, function in functions(ast.parse(path.read_text(encoding="utf-8"))):
            found[f"{module}.{name}"] = complexity(function)
    return found


def test_long_functions_only_become_fewer() -> None:
    found = counted()
    too_long = {name for name, count in found.items() if count > MOST}
    long = {name for name, count in found.items() if count > LISTED_ABOVE} - too_long
    assert (too_long - TOO_LONG, long - LONG - TOO_LONG) == (set(), set()), "shorten these"
    stale = (TOO_LONG - too_long, LONG - long)
    assert stale == (set(), set()), "shorter now: take them out of the lists"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("pass", 1),
        ("return a if b else c", 2),
        ("return a and b and c", 3),
        ("if a:\n pass\nelif b:\n pass\nelse:\n pass", 3),
        ("for x in a:\n pass\nelse:\n pass", 3),
        ("while a or b:\n pass", 3),
        ("return [x for x in a if x if y for z in x]", 5),
        ("try:\n pass\nexcept A:\n pass\nexcept B:\n pass\nelse:\n pass", 4),
        ("assert a", 2),
        ("with a:\n pass", 1),
        ("match a:\n case 1:\n  pass\n case 2 if b:\n  pass\n case _:\n  pass", 3),
        ("def g():\n return a or b", 2),
        ("return lambda x: x or a", 2),
    ],
)
def test_what_counts(body: str, count: int) -> None:
    text = "class A:\n def f(self):\n" + indent(body, "  ")
    ((name, function),) = functions(ast.parse(text))
    assert (name, complexity(function)) == ("A.f", count)
