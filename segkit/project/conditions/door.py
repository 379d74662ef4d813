"""The door to ``predicates``: sqlglot takes a third of a second, and most projects need none."""

from __future__ import annotations

from segkit.errors import Problem
from segkit.project.nodes import SqlCondition
from segkit.project.yaml.marks import Document, KeyPath


def read_condition(document: Document, path: KeyPath) -> tuple[SqlCondition | None, list[Problem]]:
    """Return the condition that the value at ``path`` states, or what is wrong with it."""
    from segkit.project.conditions import predicates

    return predicates.read_condition(document, path)
