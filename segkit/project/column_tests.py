"""Data tests that are declared beside columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from segkit.errors import Label, Place
from segkit.project.nodes import DataTest, DuckDBSource
from segkit.project.schema.column_words import (
    AcceptedValues,
    ColumnSpec,
    PlainTest,
    Relationships,
    TestSpec,
)
from segkit.project.sources.foreign_relations import note_read, split_name
from segkit.project.yaml.marks import Entry
from segkit.project.yaml.near_names import did_you_mean_text

_REF = re.compile(r"""\s*ref\s*\(\s*(['"])(?P<name>[^'"]+)\1\s*\)\s*\Z""")
_SOURCE = re.compile(
    r"""\s*source\s*\(\s*(['"])(?P<source>[^'"]+)\1\s*,\s*(['"])(?P<table>[^'"]+)\3\s*\)\s*\Z"""
)
_Check = Literal["unique", "not_null", "accepted_values", "relationships"]
_CHECKS: tuple[_Check, ...] = ("unique", "not_null", "accepted_values", "relationships")


@dataclass(frozen=True)
class KnownNames:
    """What ``to`` may name: a relation -> its node, and tables of DuckDB files.

    ``unknowable`` are names whose declaration is broken; ``reads`` takes the
    tables of DuckDB files that are named.
    """

    nodes: Mapping[str, str]
    unknowable: Collection[str]
    duckdb_sources: Mapping[str, DuckDBSource]
    reads: dict[str, Place]


def column_tests(
    node: str,
    columns: Sequence[ColumnSpec],
    entry: Entry,
    known: KnownNames,
    tags: tuple[str, ...] = (),
) -> list[DataTest]:
    """Return the tests of a node's columns; ``entry`` is the list of the columns."""
    return [
        _test(node, column.name, spec, entry.at(i), (key, j), known, tags)
        for i, column in enumerate(columns)
        for key, specs in (("tests", column.tests), ("data_tests", column.data_tests))
        for j, spec in enumerate(specs)
    ]


def _test(
    node: str,
    column: str,
    spec: TestSpec,
    declared_in: Entry,
    at: tuple[str, int],
    known: KnownNames,
    tags: tuple[str, ...],
) -> DataTest:
    check = next(check for check in _CHECKS if getattr(spec, check) is not None)
    declared: PlainTest = getattr(spec, check)
    entry = declared_in.at(*at, check)
    arguments: dict[str, Any] = {}
    depends_on = [node]
    field_place = None
    if isinstance(declared, AcceptedValues):
        arguments["values"] = tuple(
            declared.values or (declared.arguments.values if declared.arguments else ())
        )
    elif isinstance(declared, Relationships):
        inner = declared.arguments
        to, field = (inner.to, inner.field) if inner else (declared.to or "", declared.field or "")
        said = entry.at("arguments") if inner else entry
        parent, node_name = _parent(to, said.at("to"), known)
        field_place = said.place("field")
        arguments |= {"to": parent, "field": field}
        if node_name is not None:
            depends_on.append(node_name)
    return DataTest(
        name=_name(check, node, column),
        check=check,
        depends_on=tuple(dict.fromkeys(depends_on)),
        place=entry.key_place(),
        node=node,
        column=column,
        arguments=arguments,
        severity=declared.severity or declared.config.severity or "error",
        tags=tags,
        column_place=declared_in.place("name"),
        field_place=field_place,
    )


def _name(check: str, node: str, column: str) -> str:
    """``unique_customer_features_customer_id``: selectable in a shell."""
    return re.sub(r"\W+", "_", f"{check}_{node}_{column}")


def _parent(to: str, entry: Entry, known: KnownNames) -> tuple[str, str | None]:
    """The relation that ``to: ref('x')``, ``to: source('a', 'b')`` or ``to: x`` means, its node."""
    if match := _REF.match(to):
        name = match["name"]
    elif match := _SOURCE.match(to):
        name = f"{match['source']}.{match['table']}"
    else:
        name = to
    if name in known.nodes or name in known.unknowable:
        return name, known.nodes.get(name)
    found = split_name(name, known.duckdb_sources)
    if found is not None:
        return name, note_read(*found, entry, known.reads)
    label = Label(entry.place(), did_you_mean_text(name, known.nodes))
    hint = "`to` is ref('...') of a model, a seed or another node, or source('...', '...')"
    entry.report("SK101", f"nothing is called `{name}`", label, help=hint)
    return name, None


def with_unique_names(tests: Sequence[DataTest], taken: Collection[str]) -> list[DataTest]:
    """Number the tests whose names are taken: ``..._2``."""
    seen = {name.lower() for name in taken}
    named = []
    for test in tests:
        name, count = test.name, 1
        while name.lower() in seen:
            count += 1
            name = f"{test.name}_{count}"
        seen.add(name.lower())
        named.append(replace(test, name=name))
    return named
