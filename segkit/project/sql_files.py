"""SQL files: models, tests and macros."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segkit.errors import Label, Place, Problem
from segkit.project.jinja.calls import Names
from segkit.project.jinja.render import Renderer
from segkit.project.nodes import DataTest
from segkit.project.project_files import SQL_SUFFIXES, ProjectFiles, builtin_macros_directory

TESTS_FOLDER = "sql/tests/"


@dataclass(frozen=True)
class ModelFile:
    name: str
    path: str
    text: str


def read_models(files: ProjectFiles) -> list[ModelFile]:
    """Return the files of models, by path; nothing is rendered yet."""
    return [file for file in _read(files, "sql") if not file.path.startswith(TESTS_FOLDER)]


def _read(files: ProjectFiles, folder: str) -> list[ModelFile]:
    found = []
    for path in files.find(folder, SQL_SUFFIXES):
        # a file that cannot be read still has its name: who refers to it is not wrong
        found.append(ModelFile(path.stem, files.shown(path), files.read(path) or ""))
        if not path.stem.isprintable():
            message = "a file's name has a control character in it"
            label = Label(Place(found[-1].path))
            files.problems.append(Problem("SK005", message, (label,), "rename the file"))
    return found


def renderer_of(files: ProjectFiles, variables: Mapping[str, Any], names: Names) -> Renderer:
    """Return the renderer, with segkit's own macros and then the project's, which win."""
    renderer = Renderer(variables, names)
    builtin = builtin_macros_directory().resolve()
    if builtin != (files.directory / "macros").resolve():
        for path in _builtin_files(builtin):
            renderer.add_own_macros(path.read_text(encoding="utf-8"), f"segkit:{path.name}")
    for file in _read(files, "macros"):
        files.problems.extend(renderer.add_macros(file.text, file.path))
    return renderer


def _builtin_files(folder: Path) -> list[Path]:
    """segkit's own; OSError where they cannot be listed. Links may be how it was installed."""

    def fail(error: OSError) -> None:
        raise error

    found = (Path(at) / name for at, _, names in os.walk(folder, onerror=fail) for name in names)
    return sorted(path for path in found if path.name.endswith(SQL_SUFFIXES))


def read_sql_tests(files: ProjectFiles, renderer: Renderer) -> list[DataTest]:
    """Return sql/tests/**/*.sql, rendered: each a query that returns the failing rows."""
    tests = []
    for file in _read(files, TESTS_FOLDER.rstrip("/")):
        rendered = renderer.render(file.text, file.path, "test")
        files.problems.extend(rendered.problems)
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
    return tests
