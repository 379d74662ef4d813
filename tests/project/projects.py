"""Small projects on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from segkit.errors import ConfigError, Problem
from segkit.project.load import load_project

FILES = {
    "segkit.yml": "name: shop\n",
    "warehouse/seeds/customers.csv": "customer_id,age,income\n1,30,40\n",
    "sql/customer_features.sql": ("SELECT customer_id, age, income FROM {{ ref('customers') }}\n"),
}


def write_project(directory: Path, files: Mapping[str, str] | None = None) -> Path:
    """Write a small valid project with ``files`` on top; return its folder."""
    for path, text in {**FILES, **(files or {})}.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return directory


def problems_of(directory: Path, **options: object) -> tuple[Problem, ...]:
    """All that is wrong with the project; empty if nothing is."""
    try:
        load_project(directory, **options)  # type: ignore[arg-type]
    except ConfigError as error:
        return error.problems
    return ()


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]
