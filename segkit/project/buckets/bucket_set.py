"""Bucket sets from what was declared, and what is wrong between their columns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from segkit.core.labels import number_text
from segkit.errors import Label, Place, Problem
from segkit.project.buckets.kinds import BUILDERS
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import BucketColumn, BucketSet
from segkit.project.schema.buckets import BucketColumnSpec, BucketSetSpec
from segkit.project.yaml.marks import Document, KeyPath


def build_buckets(
    spec: BucketSetSpec, document: Document, path: KeyPath, relation: str | None
) -> tuple[BucketSet, list[Problem]]:
    """Return the node and what is wrong with its buckets; ``relation`` is the node it reads."""
    columns: list[BucketColumn] = []
    problems: list[Problem] = []
    for i, column in enumerate(spec.columns):
        built, found = build_column(column, spec.missing, document, (*path, "columns", i), relation)
        problems.extend(found)
        if built is not None:
            columns.append(built)
    where = None
    if spec.where is not None:
        where, found = read_condition(document, (*path, "where"))
        problems += found
    problems.extend(_name_clashes(spec, columns, document.place((*path, "key"))))
    warnings = [p for p in problems if p.severity == "warning"]
    warnings += _same_edges(columns, spec, document, path)
    node = BucketSet(
        name=spec.name,
        relation=relation or spec.from_,
        key=spec.key,
        columns=tuple(columns),
        place=document.place((*path, "name")),
        key_place=document.place((*path, "key")),
        depends_on=(relation,) if relation else (),
        where=where,
        description=spec.description,
        tags=tuple(spec.tags),
        warnings=tuple(warnings),
    )
    return node, [p for p in problems if p.severity == "error"]


def build_column(
    spec: BucketColumnSpec, missing: str, document: Document, path: KeyPath, relation: str | None
) -> tuple[BucketColumn | None, list[Problem]]:
    """Return the column with its buckets (None if it has none), and what is wrong with them."""
    build = BUILDERS[spec.kind]
    return build(spec, spec.missing or missing, document, path, relation)


def _name_clashes(
    spec: BucketSetSpec, columns: Sequence[BucketColumn], key_place: Place
) -> list[Problem]:
    """Columns of the published view: the key, and what each bucket column makes."""
    taken: dict[str, tuple[str, Place]] = {spec.key.lower(): (spec.key, key_place)}
    problems = []
    for column in columns:
        names = [name for name, _ in column.outputs]
        clash = next((name for name in names if name.lower() in taken), None)
        if clash is not None:
            also = ", ".join(f"`{name}`" for name in names[1:])
            message = f"`{spec.name}` would have two columns `{clash}`"
            labels = (
                Label(taken[clash.lower()][1], "first here"),
                Label(column.place, "and again here"),
            )
            hint = f"rename one of them; `{column.name}` also makes {also}"
            problems.append(Problem("SK102", message, labels, hint))
        for name in names:
            taken.setdefault(name.lower(), (name, column.place))
    return problems


def _same_edges(
    columns: Sequence[BucketColumn], spec: BucketSetSpec, document: Document, path: KeyPath
) -> list[Problem]:
    """A warning for two columns that are cut at the same numbers: one was copied."""
    problems = []
    seen: dict[tuple[Decimal, ...], BucketColumn] = {}
    for column in columns:
        edges = column.written_edges
        first = seen.setdefault(edges, column)
        if first is column or len(edges) < 2:
            continue
        places = []
        for each in (first, column):
            at = (*path, "columns", list(columns).index(each))
            key = "edges" if (*at, "edges") in document.values else "bands"
            places.append(document.place((*at, key)))
        listed = ", ".join(map(number_text, edges))
        name, first_name = (each.cut_columns[0].column for each in (column, first))
        what = "a column" if name == first_name else f"`{name}`"
        message = f"`{first.name}` and `{column.name}` are cut at the same edges: {listed}"
        labels = (
            Label(places[1], "the same again"),
            Label(places[0], f"edges of `{first_name}`"),
        )
        hint = f"are these right for {what}? if so, nothing is to be done"
        problems.append(Problem("SK208", message, labels, hint, severity="warning"))
    return problems
