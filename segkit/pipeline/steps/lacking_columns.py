"""Columns that a relation does not have, told once however many nodes name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

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
    learned = _learned_from(project, relation)
    readers = dict.fromkeys(reader for n in names for reader in learned.get(n.casefold(), ()))
    if len(names) == 1 and not readers:
        return first
    s = "" if len(names) == 1 else "s"
    verb, it = ("are", "them") if s else ("is", "it")
    listed = ", ".join(f"`{name}`" for name in names)
    lines: dict[tuple[str, int | None], Label] = {}
    for label in (label for problem in problems for label in problem.labels):
        lines.setdefault((label.place.path, label.place.line), label)
    shown = tuple(lines.values())[:_PLACES]
    near = [
        f"`{p.affected.column}`: {label.text}"
        for p in problems
        for label in p.labels
        if label.text and p.affected and label not in shown
    ]
    if not readers:
        message = f"column{s} {listed} {verb} not in {relation}"
        return replace(first, message=message, labels=shown, notes=(*near, *first.notes))
    fitted = " and ".join(f"{label} of {name}" for name, label in readers)
    read = [name for name in names if name.casefold() in learned]
    which = it if read == names else ", ".join(f"`{name}`" for name in read)
    promote = " and ".join(f"`segkit fit {name} --promote`" for name, _ in readers)
    return replace(
        first,
        message=f"column{s} {listed} {verb} gone from {relation}: {fitted} learned from {which}",
        labels=shown,
        help=f"bring {it} back under the old name{s}, or take {it} out and {promote}",
        notes=(*near, *filter(None, [first.help]), *first.notes),
    )


def _learned_from(project: Project, relation: str) -> Mapping[str, list[tuple[str, str]]]:
    """By column in lower case, the segmentations whose fit was learned from it, and its label."""
    found: dict[str, list[tuple[str, str]]] = {}
    for node in project.nodes.values():
        if not isinstance(node, Segmentation) or node.relation != relation:
            continue
        try:
            fit = current_fit(project, node)
        except FitError:  # there is none, or the node says what is wrong with it
            continue
        for feature in fit.features:
            found.setdefault(feature.column.casefold(), []).append((node.name, fit.label))
    return found
