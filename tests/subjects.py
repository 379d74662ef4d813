"""Nodes over their relations, for tests that have no project on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from segkit.core.columns import Column
from segkit.core.fit import Fit
from segkit.dialects.table import DUCKDB
from segkit.project.nodes import Project, Segmentation, Target
from segkit.publish.subject import FittedSubject

NOWHERE = Project("shop", Path("/shop"), Target("dev", "duckdb", Path("/shop/x.duckdb")), {}, {})


def subject_of(
    node: Segmentation, fit: Fit, columns: Sequence[Column] = (), relation: str = ""
) -> FittedSubject:
    """A segmentation over a relation that bears the name which the node has for it."""
    node = replace(node, relation=relation or node.relation)
    return FittedSubject(NOWHERE, node, tuple(columns), DUCKDB, fit)
