"""Which nodes a run is about, in the order in which they are built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from segkit.engines.base import Reader
from segkit.pipeline.run_options import Options
from segkit.project.graph import NOUNS
from segkit.project.nodes import BucketSet, DataTest, Node, Project, Segmentation, Source
from segkit.project.selectors import select_nodes
from segkit.publish.relations import schema_and_name
from segkit.results import Event, Listener


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
        f"{counts[kind]} {noun.removeprefix('a ')}{'s' * (counts[kind] != 1)}"
        for kind, noun in NOUNS.items()
        if counts[kind]
    ]
    data = {
        "target": project.target.name,
        "path": project.target.shown(project.directory),
        "project": project.name,
    }
    listen(Event("info", f"Found {', '.join(parts) or 'nothing'}", data=data))
