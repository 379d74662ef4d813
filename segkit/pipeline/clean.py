"""Sweeping up."""

from __future__ import annotations

from pathlib import Path

from segkit.engines.leftovers import sweep
from segkit.engines.open import engine_of
from segkit.pipeline.run_options import Options, open_project
from segkit.project.safe_files import OwnFolder


def clean_project(options: Options) -> tuple[Path, ...]:
    """Remove target/ and what dead builds left in the warehouse; return what was removed."""
    project = open_project(options)
    removed = []
    with OwnFolder(project.directory, project.directory) as folder:
        if folder.stat("target") is not None:
            folder.check("target")  # behind a link lies what is not segkit's
            folder.remove("target")
            removed.append(project.directory / "target")
    removed += engine_of(project.target).sweep_builds(project.directory)
    return (*removed, *sweep(project.directory))
