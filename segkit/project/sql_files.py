"""SQL files: models, tests and macros."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segkit.errors import Label, Place, Problem
from segkit.project.builtin import builtin_macros_directory
from segkit.project.jinja.calls import Names
from segkit.project.jinja.render import Renderer
from segkit.project.nodes import DataTest
from segkit.project.project_files import SQL_SUFFIXES, find_files, read_text, shown_path

TESTS_FOLDER = "sql/tests/"


@dataclass(frozen=True)
class ModelFile:
    name: str
    path: str
    text: str


def read_models(directory: Path) -> tuple[list[ModelFile], list[Problem]]:
    """Return the files of models, by path; nothing is rendered yet."""
    files, problems = _read(directory, "sql")
    return [file for file in files if not file.path.startswith(TESTS_FOLDER)], problems


def _read(directory: Path, folder: str) -> tuple[list[ModelFile], list[Problem]]:
    paths, problems = find_files(directory, folder, SQL_SUFFIXES)
    files = []
    for path in paths:
        text, found = read_text(path, directory)
        problems += found
        # a file that cannot be read still has its name: who refers to it is not wrong
        files.append(ModelFile(path.stem, shown_path(path, directory), text or ""))
        if not path.stem.isprintable():
            message = "a file's name has a control character in it"
            label = Label(Place(files[-1].path))
            problems.append(Problem("SK005", message, (label,), "rename the file"))
    return files, problems


def renderer_of(
    directory: Path, variables: Mapping[str, Any], names: Names
) -> tuple[Renderer, list[Problem]]:
    """Return the renderer, with segkit's own macros and then the project's, which win."""
    renderer = Renderer(variables, names)
    builtin = builtin_macros_directory().resolve()
    problems: list[Problem] = []
    if builtin != (directory / "macros").resolve():
        for path in _builtin_files(builtin):
            renderer.add_own_macros(path.read_text(encoding="utf-8"), f"segkit:{path.name}")
    files, found = _read(directory, "macros")
    problems += found
    for file in files:
        problems += renderer.add_macros(file.text, file.path)
    return renderer, problems


def _builtin_files(folder: Path) -> list[Path]:
    """segkit's own; OSError where they cannot be listed. Links may be how it was installed."""

    def fail(error: OSError) -> None:
        raise error

    found = os.walk(folder, onerror=fail)
    return sorted(Path(at) / name for at, _, names in found for name in names if _is_sql(name))


def _is_sql(name: str) -> bool:
    return name.endswith(SQL_SUFFIXES)


def read_sql_tests(directory: Path, renderer: Renderer) -> tuple[list[DataTest], list[Problem]]:
    """Return sql/tests/**/*.sql, rendered: each a query that returns the failing rows."""
    files, problems = _read(directory, TESTS_FOLDER.rstrip("/"))
    tests = []
    for file in files:
        rendered = renderer.render(file.text, file.path, "test")
        problems += rendered.problems
        tests.append(
            DataTest(
                name=file.name,
                check="sql",
                depends_on=rendered.depends_on,
                place=Place(file.path, 1, 1),
                sql=rendered.sql,
                raw_sql=file.text,
                severity=rendered.config.get("severity", "error"),
                tags=tuple(rendered.config.get("tags", ())),
            )
        )
    return tests, problems
