"""The one JSON object that ``--output json`` prints, whatever the verb."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from segkit import __version__, pipeline
from segkit.cli.lines import problem_entry
from segkit.errors import Problem, SegkitError
from segkit.results import BuildResult, NodeResult

FORMAT = 1
_OF_PROBLEM = ("severity", "code", "message", "path", "line", "column", "help")


@dataclass
class Outcome:
    """What is known of a call, also when it does not come to its end."""

    published: bool = False
    results: list[NodeResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    options: pipeline.Options | None = None
    result: object = None  # figures


def envelope(verb: str, outcome: Outcome, *, ok: bool) -> dict[str, Any]:
    """Return the object: what was asked, whether it went well, the figures, all problems."""
    from segkit.report.render_json import plain

    target, as_of = _asked(outcome)
    return {
        "format": FORMAT,
        "segkit": __version__,
        "command": verb.rstrip("_") or None,  # those that are words of Python
        "target": target,
        "as_of": plain(as_of),
        "ok": ok,
        "published": outcome.published,
        "result": plain(outcome.result),
        "problems": [_problem(problem) for problem in outcome.problems],
    }


def _asked(outcome: Outcome) -> tuple[str | None, Any]:
    """Of which target and time; None where there is no project, or none was said."""
    result, options = outcome.result, outcome.options
    if isinstance(result, BuildResult):
        return result.target, result.as_of
    if options is None:
        return None, None
    from segkit.pipeline.run_options import open_project

    with suppress(SegkitError, OSError):
        return open_project(options).target.name, options.as_of
    return options.target, options.as_of


def _problem(problem: Problem) -> dict[str, Any]:
    """As a line of a run has it, with its first place."""
    entry = problem_entry(problem)
    entry |= next(iter(entry["places"]), {})
    return {key: entry.get(key) for key in _OF_PROBLEM}
