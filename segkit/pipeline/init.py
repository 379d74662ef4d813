"""A new project: a copy of the example."""

from __future__ import annotations

import shutil
from pathlib import Path

from segkit.errors import ConfigError, Problem
from segkit.project.new_project import GITIGNORE
from segkit.project.project_files import starter_directory

_STARTER = ("segkit.yml", "sql", "warehouse/seeds")


def init_project(directory: Path) -> tuple[Path, ...]:
    """Copy the starter project into a new or empty folder; return the files written."""
    directory = directory.resolve()
    if directory.is_file() or (directory.is_dir() and any(directory.iterdir())):
        what = "is a file" if directory.is_file() else "is not empty"
        message = f"{directory.name} {what}: nothing was written"
        raise ConfigError(Problem("SK008", message, help="name a new folder: `segkit init shop`"))
    starter = starter_directory()
    for part in _STARTER:
        source, goal = starter / part, directory / part
        goal.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, goal)
        else:
            shutil.copyfile(source, goal)
    (directory / "macros").mkdir(exist_ok=True)
    (directory / "macros" / ".gitkeep").touch()
    (directory / ".gitignore").write_text(GITIGNORE, encoding="utf-8")
    return tuple(sorted(path for path in directory.rglob("*") if path.is_file()))
