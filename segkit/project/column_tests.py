"""Data tests that are declared beside columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from segkit.errors import Label, Place, Problem
from segkit.project.nodes import DataTest, DuckDBSource
from segkit.project.schema.column_words import (
    AcceptedValues,
    ColumnSpec,
    PlainTest,
    Relationships,
    TestSpec,
)
from segkit.project.sources.foreign_relations import refusal, split_name
from segkit.project.yaml.marks import Document, KeyPath
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
    document: Document,
    path: KeyPath,
    known: KnownNames,
    tags: tuple[str, ...] = (),
) -> tuple[list[DataTest], list[Problem]]:
    """Return the tests of a node's columns, and what is wrong with them.

    ``path`` is where the list of columns stands.
    """
    tests: list[DataTest] = []
    problems: list[Problem] = []
    for i, column in enumerate(columns):
        for key, specs in (("tests", column.tests), ("data_tests", column.data_tests)):
            for j, spec in enumerate(specs):
                test, found = _test(
                    node, column.name, spec, document, (*path, i, key, j), known, tags
                )
                tests.append(test)
                problems.extend(found)
    return tests, problems


def _test(
    node: str,
    column: str,
    spec: TestSpec,
    document: Document,
    path: KeyPath,
    known: KnownNames,
    tags: tuple[str, ...],
) -> tuple[DataTest, list[Problem]]:
    check = next(check for check in _CHECKS if getattr(spec, check) is not None)
    declared: PlainTest = getattr(spec, check)
    arguments: dict[str, Any] = {}
    depends_on = [node]
    problems: list[Problem] = []
    field_place = None
    if isinstance(declared, AcceptedValues):
        arguments["values"] = tuple(
            declared.values or (declared.arguments.values if declared.arguments else ())
        )
    elif isinstance(declared, Relationships):
        inner = declared.arguments
        to, field = (inner.to, inner.field) if inner else (declared.to or "", declared.field or "")
        at = (*path, check, "arguments") if inner else (*path, check)
        parent, node_name, problems = _parent(to, document.place((*at, "to")), known)
        field_place = document.place((*at, "field"))
        arguments |= {"to": parent, "field": field}
        if node_name is not None:
            depends_on.append(node_name)
    test = DataTest(
        name=_name(check, node, column),
        check=check,
        depends_on=tuple(dict.fromkeys(depends_on)),
        place=document.key_place((*path, check)),
        node=node,
        column=column,
        arguments=arguments,
        severity=declared.severity or declared.config.severity or "error",
        tags=tags,
        column_place=document.place((*path[:-2], "name")),
        field_place=field_place,
    )
    return test, problems


def _name(check: str, node: str, column: str) -> str:
    """``unique_customer_features_customer_id``: selectable in a shell."""
    return re.sub(r"\W+", "_", f"{check}_{node}_{column}")


def _parent(to: str, place: Place, known: KnownNames) -> tuple[str, str | None, list[Problem]]:
    """The relation that ``to: ref('x')``, ``to: source('a', 'b')`` or ``to: x`` means, its node."""
    if match := _REF.match(to):
        name = match["name"]
    elif match := _SOURCE.match(to):
        name = f"{match['source']}.{match['table']}"
    else:
        name = to
    if name in known.nodes or name in known.unknowable:
        return name, known.nodes.get(name), []
    found = split_name(name, known.duckdb_sources)
    if found is not None:
        why = refusal(*found)
        if why is not None:
            return name, None, [why.at(place)]
        known.reads.setdefault(name, place)
        return name, name, []
    label = Label(place, did_you_mean_text(name, known.nodes))
    hint = "`to` is ref('...') of a model, a seed or another node, or source('...', '...')"
    return (name, None, [Problem("SK101", f"nothing is called `{name}`", (label,), hint)])


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
