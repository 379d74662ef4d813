"""The columns of a project, held against the relations that an engine has."""

from __future__ import annotations

import re
from dataclasses import replace

from segkit.core.columns import Column
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.engines.open import engine_of
from segkit.errors import Problem, SegkitError
from segkit.pipeline.steps.lacking_columns import told_once
from segkit.project.nodes import Model, Project, Seed, Source
from segkit.publish.checks.bind import check_project
from segkit.publish.relations import relation_sql, schema_and_name

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
    above = {affected.relation}
    for node in reversed(tuple(project.nodes.values())):
        above |= set(node.depends_on) if node.name in above else set()
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
