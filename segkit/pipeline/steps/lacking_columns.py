"""Columns that a relation does not have, told once however many nodes name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from segkit.core.fit import Fit
from segkit.errors import FitError, Label, Problem
from segkit.project.nodes import Project, Segmentation
from segkit.publish.stored.chosen import current_fit

_PLACES = 3  # that are shown of one relation


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
    for node in project.nodes.values():
        if not isinstance(node, Segmentation) or node.relation != relation:
            continue
        try:
            fit = current_fit(project, node)
        except FitError:  # there is none, or the node says what is wrong with it
            continue
        columns = {feature.column.casefold() for feature in fit.features}
        if read := [name for name in names if name.casefold() in columns]:
            found.append((fit, read))
    return found
