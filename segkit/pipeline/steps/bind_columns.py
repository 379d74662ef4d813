"""The columns of a project, held against the relations that an engine has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from segkit.core.columns import Column
from segkit.core.fit import Fit
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.engines.open import engine_of
from segkit.errors import FitError, Label, Problem, SegkitError
from segkit.project.graph import with_above
from segkit.project.nodes import Model, Project, Seed, Segmentation, Source
from segkit.publish.checks.bind import check_project
from segkit.publish.relations import relation_sql, schema_and_name
from segkit.publish.stored.chosen import current_fit

_PLACES = 3  # that are shown of the columns that one relation lacks
_IS_TEXT = re.compile(r" is (VARCHAR|text|character)")


def check_columns(project: Project, engine: Reader) -> list[Problem]:
    """Bind the project to the relations that ``engine`` holds; return what is wrong."""
    found = [
        _without_values(project, engine, problem) for problem in bind_columns(project, engine)[1]
    ]
    once = {problem.message: problem for problem in reversed(found)}
    return [*told_once(project, [p for p in found if once[p.message] is p])]


def _without_values(project: Project, engine: Reader, problem: Problem) -> Problem:
    """The same problem, or a better one: a CSV column without a value has no type to be wrong."""
    affected = problem.affected
    if problem.code != "SK105" or affected is None:
        return problem
    above = with_above([affected.relation], project.nodes.values())
    steps = [
        f"{identifier(node.name, engine.dialect)} AS (\n{node.sql}\n)"
        for node in project.nodes.values()
        if isinstance(node, Model) and node.name in above
    ]
    # No model is built yet: as CTEs they take the place of their relations.
    head = f"WITH {', '.join(steps)}\n" if steps else ""
    source = relation_sql(project, affected.relation, engine.dialect)
    column = identifier(affected.column, engine.dialect)
    as_number = phrases(engine.dialect).as_number
    number, numbers_sql = as_number(column), as_number(as_text(column, engine.dialect))
    count_sql = f"{head}SELECT count(*), count({column}), count({numbers_sql}) FROM {source}"
    try:
        rows, known, numbers = engine.query(count_sql)[0]
    except SegkitError:  # a model that cannot run is said when it is built
        return problem
    if known:
        if not 0 < numbers < known or not _IS_TEXT.search(problem.message):
            return problem
        said = f"{numbers:,} of {known:,} values are numbers: {number} makes NULL of the others"
        return replace(problem, notes=(*problem.notes, said))
    if rows:
        message = f"`{affected.column}` is NULL in all {rows:,} rows of {affected.relation}"
        return Problem("SK306", message, problem.labels, "leave it out, or mend the data")
    message = f"{affected.relation} has no rows"
    hint = "look at its source, or at a condition that filters all of them"
    return Problem("SK301", message, problem.labels, hint)


def bind_columns(
    project: Project, engine: Reader
) -> tuple[dict[str, tuple[Column, ...]], list[Problem]]:
    """Columns of every node, from the relations that ``engine`` holds; and what is wrong."""
    known = {
        node.name: engine.columns(relation_sql(project, node.name, engine.dialect))
        for node in project.nodes.values()
        if isinstance(node, Source | Seed) and engine.exists(*schema_and_name(node))
    }
    with engine_of(project.target).open_twins() as twins:
        twins.lock_down()  # a model is described there, and must not look at other files
        return check_project(project, twins, known)


# columns that a relation does not have, told once however many nodes name them -------------------


def told_once(project: Project, problems: Sequence[Problem]) -> Iterator[Problem]:
    """The problems, with one for all columns that a relation lacks where the first of them was."""
    lacking: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.code == "SK104" and problem.affected is not None:
            lacking.setdefault(problem.affected.relation, []).append(problem)
    for problem in problems:
        if problem.code != "SK104" or problem.affected is None:
            yield problem
        elif alike := lacking.pop(problem.affected.relation, None):
            yield _of_relation(project, problem.affected.relation, alike)


def _of_relation(project: Project, relation: str, problems: Sequence[Problem]) -> Problem:
    first = problems[0]
    names = list(dict.fromkeys(p.affected.column for p in problems if p.affected))
    readers = _learned_from(project, relation, names)
    if len(names) == 1 and not readers:
        return first
    s, verb, it = ("", "is", "it") if len(names) == 1 else ("s", "are", "them")
    labels, near = _places(problems)
    head = f"column{s} {_listed(names)} {verb}"
    if not readers:
        message = f"{head} not in {relation}"
        return replace(first, message=message, labels=labels, notes=(*near, *first.notes))
    fitted = " and ".join(f"{fit.label} of {fit.name}" for fit, _ in readers)
    read = [name for name in names if any(name in found for _, found in readers)]
    promote = " and ".join(f"`segkit fit {fit.name} --promote`" for fit, _ in readers)
    return replace(
        first,
        message=f"{head} gone from {relation}: {fitted} learned from "
        f"{it if read == names else _listed(read)}",
        labels=labels,
        help=f"bring {it} back under the old name{s}, or take {it} out and {promote}",
        notes=(*near, *filter(None, [first.help]), *first.notes),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _places(problems: Sequence[Problem]) -> tuple[tuple[Label, ...], list[str]]:
    """The first lines where such columns are named; names that are near, of the others."""
    lines: dict[tuple[str, int | None], Label] = {}
    near: dict[Label, str] = {}
    for problem in problems:
        for label in problem.labels:
            lines.setdefault((label.place.path, label.place.line), label)
            if label.text and problem.affected:
                near[label] = f"`{problem.affected.column}`: {label.text}"
    shown = tuple(lines.values())[:_PLACES]
    return shown, [text for label, text in near.items() if label not in shown]


def _learned_from(
    project: Project, relation: str, names: Sequence[str]
) -> list[tuple[Fit, list[str]]]:
    """The current fits that were learned from some of these columns, and from which."""
    found = []
    for node in project.of(Segmentation):
        if node.relation != relation:
            continue
        try:
            fit = current_fit(project, node)
        except FitError:  # there is none, or the node says what is wrong with it
            continue
        columns = {feature.column.casefold() for feature in fit.features}
        if read := [name for name in names if name.casefold() in columns]:
            found.append((fit, read))
    return found
