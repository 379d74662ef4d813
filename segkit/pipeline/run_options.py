"""What can be said of a run, whatever the verb; and the project, time and lock of one."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from segkit.dialects.spelling import relation
from segkit.engines.leftovers import sweep
from segkit.engines.locks import Patience, exclusive_lock
from segkit.engines.open import engine_of
from segkit.errors import ConfigError, Label, Problem, SegkitError
from segkit.project.graph import NOUNS
from segkit.project.load import load_project
from segkit.project.nodes import Node, Project, Target
from segkit.results import Event, Listener

LOCK_TIMEOUT_SECONDS = 600.0
NodeType = TypeVar("NodeType", bound=Node)


FailOn = Literal["watch", "act"]


@dataclass(frozen=True)
class Options:
    project_dir: Path = Path()
    target: str | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    as_of: datetime | None = None
    rewrite_history: bool = False
    full_refresh: bool = False
    refresh_edges: bool = False
    locked: bool = False
    allow_drop: bool = False
    fail_fast: bool = False
    report: bool = True
    copies: bool = True  # of the history, beside the database
    kept: bool = True  # False: what only the page and the fit's file show is not measured
    backfill: str | None = None  # how far back: 24m
    drift: bool = True
    fail_on: FailOn | None = None


def open_project(options: Options) -> Project:
    """Parse and check the project.

    Raises ConfigError with all that is wrong. Where the rows concerned are already published, each
    problem says how many they are.
    """
    directory = Path(options.project_dir).resolve()
    try:
        return load_project(directory, target=options.target, vars=variables_of(options))
    except ConfigError as error:
        raise ConfigError(_with_counts(error.problems, directory)) from None


def reload_project(options: Options, variables: Mapping[str, Any]) -> Project:
    """The project with other values of some variables."""
    directory, given = Path(options.project_dir).resolve(), variables_of(options)
    return load_project(directory, target=options.target, vars={**given, **variables})


def variables_of(options: Options) -> dict[str, Any]:
    """Variables that win over those of segkit.yml: ``--vars``, and the day of ``--as-of``."""
    day = {} if options.as_of is None else {"as_of": as_of_time(options).date().isoformat()}
    return {**day, **options.vars}


def data_day(project: Project) -> date | None:
    """The day that models look back from, as variable ``as_of`` says; None where it says none."""
    text = day_text(project.vars.get("as_of"))
    return None if text is None else date.fromisoformat(text)


def day_text(value: Any) -> str | None:
    """A day as ISO has it; None where the value is none."""
    if isinstance(value, datetime):
        value = value.date()
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None


def _with_counts(problems: tuple[Problem, ...], directory: Path) -> tuple[Problem, ...]:
    """Add "14 of 200 rows fall in the overlap" where the published relation can tell."""
    paths = sorted((directory / "warehouse").glob("*.duckdb"))
    if len(paths) != 1 or not any(problem.affected for problem in problems):
        return problems
    try:
        with engine_of(Target("dev", "duckdb", paths[0])).open_published() as engine:
            return tuple(
                counted(p, engine, relation(p.affected.relation, None, engine.dialect))
                if p.affected and engine.exists("main", p.affected.relation)
                else p
                for p in problems
            )
    except SegkitError:  # a count is a courtesy; the problem itself must be shown all the same
        return problems


def counted(problem: Problem, engine: Any, relation_sql: str) -> Problem:
    """The problem with a note of how many rows of the relation it is about, if it tells."""
    affected = problem.affected
    if affected is None:
        return problem
    try:
        total, found = engine.query(
            f"SELECT count(*), count(*) FILTER (WHERE {affected.condition_sql}) FROM {relation_sql}"
        )[0]
    except SegkitError:  # the published relation may not have the column yet
        return problem
    note = f"{found:,} of {total:,} rows {affected.text}"
    return replace(problem, notes=(*problem.notes, note))


def as_of_time(options: Options) -> datetime:
    """The one time of a build, UTC and naive: --as-of, SOURCE_DATE_EPOCH, or now."""
    if options.as_of is not None:
        time = options.as_of
        return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    try:
        return datetime.fromtimestamp(int(epoch), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError) as error:
        message = f"SOURCE_DATE_EPOCH is {epoch!r}, not a number of seconds"
        raise ConfigError(Problem("SK702", message, help="unset it, or use --as-of")) from error


@contextmanager
def project_lock(project: Project, listen: Listener) -> Iterator[Patience]:
    """One run at a time in a project: fits, view files and the database move together.

    What comes back is the patience with whatever else has to be waited for.

    Raises ConfigError: SK007 for a link in a folder that segkit writes in.
    """
    lock = project.directory / "warehouse" / ".segkit.lock"
    patience = Patience(LOCK_TIMEOUT_SECONDS, lambda text: listen(Event("info", text)))
    with exclusive_lock(lock, patience, project.directory):
        sweep(project.directory)
        yield patience


def find_node(project: Project, name: str | None, kind: type[NodeType], noun: str) -> NodeType:
    """The node of that name and kind; the only one of its kind if no name is given."""
    found = {node.name: node for node in project.of(kind)}
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name in found:
        return found[name]
    one = f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
    known = f"it is one of {', '.join(found)}" if found else f"declare {one} in sql/*.yml"
    other = project.nodes.get(name) if name else None
    if name is None:
        message = f"which {noun}?" if found else f"the project has no {noun}"
    elif other is not None:
        message = f"`{name}` is {NOUNS[other.kind]}, not {one}"
    else:
        near = difflib.get_close_matches(name, found, n=1)
        message = f"no {noun} is called `{name}`"
        known = f"did you mean `{near[0]}`?" if near else known
    labels = (Label(other.place),) if other is not None else ()
    raise ConfigError(Problem("SK101", message, labels, known))
