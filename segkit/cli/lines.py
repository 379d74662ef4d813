"""The lines of a run, in the shapes that dbt's users know."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from segkit.errors import Problem, render_problem
from segkit.report.text import text_width, visible
from segkit.results import FAILED, NodeResult, SegmentationResult

Paint = Callable[[str, Any], str]
_NUMBER = re.compile(r"[\d,.]+\Z")


def node_line(result: NodeResult, index: int, total: int, *, paint: Paint, width: int = 80) -> str:
    """Return ``3 of 12 OK created view x ........ [OK in 0.02s]``, ``width`` columns wide.

    A detail that is a number of rows stands in the bracket; one in words stands
    before it. A line that needs more columns takes them.
    """
    word = result.status.upper()
    number = f"{index:>{len(str(total))}}"
    counts = result.failures and result.status in ("fail", "warn")
    failures = f" {result.failures}" if counts else ""
    text = visible(result.text)
    detail = visible(result.detail)
    if detail and _NUMBER.match(detail) and result.status == "ok":
        verdict, detail = detail, ""
    else:
        verdict = f"{word}{failures}"
    bracket = verdict if result.status == "skip" else f"{verdict} in {result.seconds:.2f}s"
    head = f"{number} of {total} {word}{failures} {text} "
    tail = f" {detail} [{bracket}]" if detail else f" [{bracket}]"
    # the counter is one column in, so that 9 and 10 of 12 stand under each other
    dots = "." * max(3, width - 1 - text_width(head) - text_width(tail))
    is_fine = result.status in ("ok", "pass")
    style = "bad" if result.status in FAILED else "good" if is_fine else "warn"
    return f" {head}{dots}{tail[: -len(bracket) - 1]}{paint(bracket, style)}]"


def done_line(results: Sequence[NodeResult], published: bool) -> str:
    """Return ``Done. PASS=11 WARN=1 ERROR=0 SKIP=0 TOTAL=12 published: true``.

    Failed and stale count as ERROR.
    """
    counts = " ".join(f"{name.upper()}={count}" for name, count in _counts(results).items())
    return f"Done. {counts} {published_words(published)}"


def published_words(published: bool) -> str:
    """Return ``published: true``: whether readers see what this run made."""
    return f"published: {'true' if published else 'false'}"


def _counts(results: Sequence[NodeResult]) -> dict[str, int]:
    return {
        "pass": sum(result.status in ("ok", "pass") for result in results),
        "warn": sum(result.status == "warn" for result in results),
        "error": sum(result.status in FAILED for result in results),
        "skip": sum(result.status == "skip" for result in results),
        "total": len(results),
    }


def problem_text(
    problem: Problem, read_lines: Callable[[str], list[str] | None], paint: Paint
) -> str:
    """Return the problem as ``errors.render_problem`` does, its first words in colour."""
    lines = [visible(line) for line in render_problem(problem, read_lines).split("\n")]
    head = f"{problem.severity}[{problem.code}]"
    style = "bad" if problem.severity == "error" else "warn"
    lines[0] = paint(head, style) + lines[0].removeprefix(head)
    return "\n".join(lines)


def problem_entry(problem: Problem) -> dict[str, Any]:
    """The problem as plain data."""
    return {
        "event": "problem",
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "places": [
            {
                "path": label.place.path,
                "line": label.place.line,
                "column": label.place.column,
                "text": label.text,
            }
            for label in problem.labels
        ],
        "help": problem.help,
        "notes": list(problem.notes),
    }


def result_entry(result: NodeResult) -> dict[str, Any]:
    """One node's result as plain data."""
    fields = {name: value for name, value in vars(result).items() if name != "problems"}
    return fields | {"seconds": round(result.seconds, 6)}


def segmentation_entry(result: SegmentationResult) -> dict[str, Any]:
    """What the first screen says, as plain data."""
    return {
        "event": "segmentation",
        "name": result.name,
        "fit": result.fit.label,
        "verdict": result.fit.clusters.verdict,
        "alternatives": list(result.fit.clusters.alternatives),
        "rows": result.rows,
        "unassigned": result.unassigned,
        "parity": {"rows": result.parity_rows, "cases": result.parity_cases, "differ": 0},
        "weakest": result.weakest,
        "segments": [{**vars(each), "metrics": dict(each.metrics)} for each in result.segments],
        "usefulness": [each.entry() for each in result.usefulness],
        "assumptions": list(result.assumptions),
        "warnings": list(result.warnings),
    }


def summary_entry(ok: bool, published: bool, results: Sequence[NodeResult]) -> dict[str, Any]:
    """The ``Done.`` line as plain data."""
    return {"event": "summary", "ok": ok, "published": published, **_counts(results)}
