"""Whether everything is there that a build needs."""

from __future__ import annotations

import platform
from dataclasses import replace
from importlib.metadata import version

from segkit.engines.open import engine_of, list_relations
from segkit.errors import ConfigError, Label, SegkitError
from segkit.pipeline.run_options import Options, open_project
from segkit.project.nodes import DuckDBSource
from segkit.results import Check


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
    if not target.is_built():
        checks.append(Check("target", True, f"{project.target.name}: not built yet"))
        return tuple(checks)
    try:
        with target.open_published() as engine:
            count = len(engine.relations())
        where = "" if target.publishes else f"{project.target.shown(project.directory)}, "
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
