"""What is published stays: a build that would lose it does not begin, unless it was meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segkit.engines.registry import Registered, fold
from segkit.engines.workspace import DuckDBWorkspace
from segkit.errors import ConfigError, Problem
from segkit.pipeline.options import Options
from segkit.project.nodes import DataTest, Node, Segmentation, Source
from segkit.publish.relations import MAIN, schema_and_name, segmentation_names

_HINT = "restore it, from version control for one; whoever means it: `segkit build --allow-drop`"
_LISTED = 12


def check_kept(
    plan: Sequence[Node], workspace: DuckDBWorkspace, options: Options, *, whole: bool
) -> int:
    """Return how many relations a build drops; refuse one that loses a folder, or everything.

    A folder that is gone changes more than what is dropped: segkit's own macros
    would take the place of the project's, in silence. One that is there and
    cannot be read was refused when the project was read.

    Parameters
    ----------
    whole : bool
        The build drops what it does not make; else only the folders count.

    Raises
    ------
    ConfigError
        SK607; nothing was touched.
    """
    made = {fold(*name) for node in plan for name in _made(node)}
    lost = [row for row in workspace.shown_previously() if whole and row.folded not in made]
    if options.allow_drop:
        return len(lost)
    folders = [f for f in workspace.folders_previously() if not _is_there(options, f)]
    notes = (f"it would drop {_listed(lost)}",) if lost else ()
    problems = [
        Problem("SK607", f"{folder}/ was there at the last build, and is gone", (), _HINT, notes)
        for folder in folders
    ]
    if lost and len(lost) == len(workspace.shown_previously()) and not problems:
        message = f"nothing of what is published in {workspace.path.name} would be made again"
        problems = [Problem("SK607", message, (), _HINT, notes)]
    if problems:
        raise ConfigError(problems)
    return len(lost)


def _is_there(options: Options, folder: str) -> bool:
    return (Path(options.project_dir) / folder).is_dir()


def _made(node: Node) -> tuple[tuple[str, str], ...]:
    """The relations that a node comes to, as (schema, name)."""
    if isinstance(node, DataTest):
        return ()
    if isinstance(node, Source) and node.path is None and node.foreign is None:
        return ()  # somebody else's, in the target
    if isinstance(node, Segmentation):
        return tuple((MAIN, name) for name in segmentation_names(node))
    return (schema_and_name(node),)


def _listed(rows: Sequence[Registered]) -> str:
    names = [row.name if row.schema == MAIN else f"{row.schema}.{row.name}" for row in rows]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
