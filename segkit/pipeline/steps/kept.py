"""What is published stays: a build that would lose it does not begin, unless it was meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segkit.engines.base import Publisher
from segkit.engines.registered import Registered, fold
from segkit.errors import ConfigError, Problem
from segkit.pipeline.run_options import Options
from segkit.project.nodes import DataTest, Node, Seed, Segmentation, Source
from segkit.project.project_files import folders_with_files
from segkit.publish.relations import MAIN, schema_and_name, segmentation_names

_HINT = "restore it, from version control for one; whoever means it: `segkit build --allow-drop`"
_LISTED = 12


@dataclass(frozen=True)
class Loss:
    """What a build will lose: the number of relations, and what has to be said beside them."""

    relations: int = 0
    warnings: tuple[Problem, ...] = ()


def check_kept(
    plan: Sequence[Node], workspace: Publisher, options: Options, *, whole: bool
) -> Loss:
    """Return what a build loses; refuse one that loses a folder, or all but copies of its data.

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
    lost = _lost(plan, workspace) if whole else []
    directory = Path(options.project_dir)
    there = folders_with_files(directory)
    empty = [folder for folder in workspace.folders_previously() if folder not in there]
    gone = [folder for folder in empty if not (directory / folder).is_dir()]
    said = [f"{folder}/ was there at the last build, and is gone" for folder in gone]
    if lost and not said and _is_all_lost(plan, workspace, lost):
        said = [f"nothing of what is published in {workspace.title} would be made again"]
    if said and not options.allow_drop:
        notes = (f"it would drop {_listed(lost)}",) if lost else ()
        raise ConfigError([Problem("SK607", message, (), _HINT, notes) for message in said])
    return Loss(len(lost), tuple(map(_emptied, sorted({*empty} - {*gone}))))


def _lost(plan: Sequence[Node], workspace: Publisher) -> list[Registered]:
    made = {fold(*name) for node in plan for name in _made(node)}
    return [row for row in workspace.shown_previously() if row.folded not in made]


def _is_all_lost(plan: Sequence[Node], workspace: Publisher, lost: Sequence[Registered]) -> bool:
    """Whether only copies of what came in are kept: they are not what is read."""
    given = [node for node in plan if isinstance(node, Source | Seed)]
    inputs = {fold(*name) for node in given for name in _made(node)}
    return all(row in lost or row.folded in inputs for row in workspace.shown_previously())


def _emptied(folder: str) -> Problem:
    """Said once, because the next build remembers no files in it."""
    message = f"{folder}/ had files at the last build, and has none now"
    hint = "if that was not meant, restore them"
    if folder == "macros":
        hint += ": segkit's own macros of the same names stand in for them"
    return Problem("SK607", message, (), hint, severity="warning")


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
