"""Which nodes a run is about, in order; and what of what is published it would lose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segkit.engines.base import Publisher, Reader
from segkit.engines.registered import Registered, fold
from segkit.errors import ConfigError, Problem
from segkit.pipeline.run_options import Options
from segkit.project.graph import EXPERIMENT_SUFFIXES, NOUNS
from segkit.project.nodes import (
    BucketSet,
    DataTest,
    Experiment,
    Node,
    Project,
    Seed,
    Segmentation,
    Source,
)
from segkit.project.project_files import folders_with_files
from segkit.project.selectors import select_nodes
from segkit.publish.relations import MAIN, schema_and_name, segmentation_names
from segkit.results import Event, Listener

_HINT = "restore it, from version control for one; whoever means it: `segkit build --allow-drop`"
_LISTED = 12


def plan_nodes(
    project: Project, options: Options, kinds: tuple[type[Node], ...]
) -> tuple[Node, ...]:
    """Nodes to be run, in order: what is selected, and the sources that it reads."""
    selected = select_nodes(project, options.select, options.exclude)
    wanted = {node.name for node in selected if isinstance(node, kinds)}
    if Source in kinds:  # a source is never fresh by itself: whatever reads it, reads it anew
        wanted = {name for name in wanted if not isinstance(project.nodes[name], Source)}
        wanted |= {
            parent
            for name in tuple(wanted)
            for parent in project.nodes[name].depends_on
            if isinstance(project.nodes.get(parent), Source)
        }
    return tuple(node for node in project.nodes.values() if node.name in wanted)


def with_published_views(
    project: Project, plan: tuple[Node, ...], engine: Reader
) -> tuple[Node, ...]:
    """The plan, and the published views below it: their rows change, so they are proved again."""
    below = {node.name for node in plan if not isinstance(node, DataTest)}
    wanted = {node.name for node in plan}
    for node in project.nodes.values():
        if isinstance(node, DataTest) or below.isdisjoint(node.depends_on):
            continue
        below.add(node.name)
        is_view = isinstance(node, BucketSet | Segmentation)
        if is_view and engine.exists(*schema_and_name(node)):
            wanted.add(node.name)
    return tuple(node for node in project.nodes.values() if node.name in wanted)


def say_what_was_found(project: Project, plan: Sequence[Node], listen: Listener) -> None:
    """Found 2 seeds, 3 models, 1 bucket set, 1 segmentation, 9 tests"""
    counts: Counter[str] = Counter(node.kind for node in plan)
    parts = [
        f"{counts[kind]} {noun.partition(' ')[2]}{'s' * (counts[kind] != 1)}"
        for kind, noun in NOUNS.items()
        if counts[kind]
    ]
    data = {
        "target": project.target.name,
        "path": project.target.shown(project.directory),
        "project": project.name,
    }
    listen(Event("info", f"Found {', '.join(parts) or 'nothing'}", data=data))


# what is published stays: a build that would lose it does not begin, unless it was meant ----------


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

    ``whole``: the build drops what it does not make; else only the folders count.

    Raises ConfigError: SK607; nothing was touched.
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
    if isinstance(node, Experiment):
        return tuple((MAIN, node.name + suffix) for suffix in EXPERIMENT_SUFFIXES)
    return (schema_and_name(node),)


def _listed(rows: Sequence[Registered]) -> str:
    names = [row.name if row.schema == MAIN else f"{row.schema}.{row.name}" for row in rows]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
