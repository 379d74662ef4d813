"""Bucket sets from what was declared: the kinds of columns, and what is wrong between columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from segkit.core.labels import number_text
from segkit.errors import Label, Problem
from segkit.project.buckets.band_buckets import build_bands, build_edges
from segkit.project.buckets.quantile_buckets import build_quantiles, wrong_quantiles
from segkit.project.buckets.rfm_buckets import build_rfm
from segkit.project.buckets.rule_buckets import build_rules
from segkit.project.buckets.width_buckets import build_widths, wrong_widths
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import BucketColumn, BucketSet
from segkit.project.schema.buckets import BucketColumnSpec, BucketSetSpec
from segkit.project.yaml.marks import Entry

# column as written, label of missing values, where it stands, node that is read -> the column,
# None if it has none
Builder = Callable[[BucketColumnSpec, str, Entry, str | None], BucketColumn | None]
# The kinds of buckets, by the key that they are written with.
BUILDERS: Mapping[str, Builder] = {
    "edges": build_edges,
    "bands": build_bands,
    "width": build_widths,
    "quantiles": build_quantiles,
    "rules": build_rules,
    "rfm": build_rfm,
}
# What is wrong with edges on disk, by the key of their definition and its value.
STORED: Mapping[str, Callable[[Any, Sequence[Decimal]], str]] = {
    "quantiles": wrong_quantiles,
    "width": wrong_widths,
}


def build_buckets(spec: BucketSetSpec, entry: Entry, relation: str | None) -> BucketSet:
    """Return the node; ``relation`` is the node that it reads."""
    within = replace(entry, problems=[])
    built = [
        build_column(column, spec.missing, within.at("columns", i), relation)
        for i, column in enumerate(spec.columns)
    ]
    columns = [column for column in built if column is not None]
    where = None if spec.where is None else read_condition(within.at("where"))
    _report_name_clashes(spec, columns, within)
    warnings = [p for p in within.problems if p.severity == "warning"]
    entry.problems.extend(p for p in within.problems if p.severity == "error")
    return BucketSet(
        name=spec.name,
        relation=relation or spec.from_,
        key=spec.key,
        columns=tuple(columns),
        place=entry.place("name"),
        key_place=entry.place("key"),
        depends_on=(relation,) if relation else (),
        where=where,
        description=spec.description,
        tags=tuple(spec.tags),
        warnings=(*warnings, *_same_edges(columns, entry)),
    )


def build_column(
    spec: BucketColumnSpec, missing: str, entry: Entry, relation: str | None
) -> BucketColumn | None:
    """Return the column with its buckets; None if it has none."""
    return BUILDERS[spec.kind](spec, spec.missing or missing, entry, relation)


def _report_name_clashes(
    spec: BucketSetSpec, columns: Sequence[BucketColumn], entry: Entry
) -> None:
    """Columns of the published view: the key, and what each bucket column makes."""
    taken = {spec.key.lower(): entry.place("key")}
    for column in columns:
        names = [name for name, _ in column.outputs]
        clash = next((name for name in names if name.lower() in taken), None)
        if clash is not None:
            also = ", ".join(f"`{name}`" for name in names[1:])
            message = f"`{spec.name}` would have two columns `{clash}`"
            first = Label(taken[clash.lower()], "first here")
            hint = f"rename one of them; `{column.name}` also makes {also}"
            entry.report("SK102", message, first, Label(column.place, "and again here"), help=hint)
        for name in names:
            taken.setdefault(name.lower(), column.place)


def _same_edges(columns: Sequence[BucketColumn], entry: Entry) -> list[Problem]:
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
            at = entry.at("columns", list(columns).index(each))
            is_cut = at.at("edges").path in entry.document.values
            places.append(at.place("edges" if is_cut else "bands"))
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
