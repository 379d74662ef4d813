"""A project as a whole: begun, listed, looked at, swept."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from segkit.engines.leftovers import sweep
from segkit.engines.open import copies_of, engine_of, list_relations
from segkit.errors import ConfigError, Label, Problem, SegkitError
from segkit.pipeline.run_options import Options, open_project
from segkit.project.graph import DERIVED_SUFFIXES
from segkit.project.new_project import GITIGNORE
from segkit.project.nodes import DuckDBSource, Node, Project
from segkit.project.project_files import starter_directory
from segkit.project.safe_files import OwnFolder
from segkit.project.selectors import select_nodes
from segkit.results import Check

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


def list_nodes(options: Options) -> tuple[Node, ...]:
    """The selected nodes, in the order in which they are built."""
    return select_nodes(open_project(options), options.select, options.exclude)


def debug_project(options: Options) -> tuple[Check, ...]:
    """Look at everything that a build needs, and say what was found."""
    python = f"Python {platform.python_version()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "scikit-learn"))
    checks = [Check("versions", True, f"segkit {version('segkit')}, {python}, {packages}")]
    try:
        project = open_project(options)
    except ConfigError as error:
        count = len(error.problems)
        said = f"{count} problem{'' if count == 1 else 's'}"
        return (*checks, Check("project", False, said, error.problems))
    checks.append(Check("project", True, f"{project.name}: {len(project.nodes)} nodes"))
    checks += map(_check_source, project.duckdb_sources)
    target = engine_of(project.target)
    if not target.holds_sources and not target.is_built():
        checks.append(Check("target", True, f"{project.target.name}: not built yet"))
        return tuple(checks)
    try:
        with target.open_published() as engine:
            count = len(engine.relations())
        where = f"{project.target.shown(project.directory)}, " if target.holds_sources else ""
        said = f"{project.target.name}: {where}{count} relations"
        checks.append(Check("target", True, said))
    except SegkitError as error:
        checks.append(Check("target", False, project.target.name, error.problems))
    return tuple(checks)


def _check_source(source: DuckDBSource) -> Check:
    assert source.path is not None  # of a project that could be loaded
    name = f"source {source.name}"
    try:
        count = len(list_relations(source.path))
    except SegkitError as error:
        problems = tuple(replace(p, labels=(Label(source.place),)) for p in error.problems)
        return Check(name, False, source.path.name, problems)
    said = f"{source.path.name}: {count} tables and views"
    if source.dbt is not None:
        known = len(source.dbt.relations)
        said = f"dbt project {source.dbt.name}, target {source.dbt.target}: {known} names, {said}"
    return Check(name, True, said)


def clean_project(options: Options, *, copies: bool = False) -> tuple[Path, ...]:
    """Remove target/ and what dead builds left in the warehouse; return what was removed.

    ``copies``: also copies of histories that neither the database nor the project knows any more.
    """
    project = open_project(options)
    gone = _copies_of_nothing(project) if copies else []
    removed = _remove(project, project.directory, ["target"])
    removed += _remove(project, project.history_directory, gone)
    removed += engine_of(project.target).sweep_builds(project.directory)
    return (*removed, *sweep(project.directory))


def _remove(project: Project, directory: Path, names: Sequence[str]) -> list[Path]:
    removed = []
    if not directory.exists():
        return []
    with OwnFolder(directory, project.directory) as folder:
        for name in names:
            if folder.stat(name) is not None:
                folder.check(name)  # behind a link lies what is not segkit's
                folder.remove(name)
                removed.append(directory / name)
    return removed


def _copies_of_nothing(project: Project) -> list[str]:
    """Files of histories that are nowhere else, and that no segmentation would take.

    None where nothing is published: of a lost database they are all that is left.
    """
    target = engine_of(project.target)
    if not target.is_built():
        return []
    known = {name + suffix for name in project.nodes for suffix in ("", *DERIVED_SUFFIXES)}
    with target.open_published() as engine:
        there = engine.relations()
    known |= {*there, *(name.removesuffix("_history") for name in there)}
    found = copies_of(project.name, project.history_directory)
    return [name for name in found if name.removesuffix(".parquet") not in known]
