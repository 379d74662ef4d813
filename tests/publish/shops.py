"""A loaded project, and an engine that has what its models would make."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.project.load import load_project
from segkit.project.nodes import Node, Project
from tests.project.projects import write_project

N = TypeVar("N", bound=Node)


def shop(directory: Path, yml: str, **files: str) -> Project:
    """The small project with these buckets or segments."""
    return load_project(write_project(directory, {"sql/declared.yml": yml, **files}))


def node(project: Project, name: str, kind: type[N]) -> N:
    found = project.nodes[name]
    assert isinstance(found, kind)
    return found


def fill(engine: DuckDBEngine, sql: str) -> None:
    """Make ``customer_features`` of a SELECT."""
    engine.execute(f"CREATE OR REPLACE TABLE customer_features AS {sql}")
