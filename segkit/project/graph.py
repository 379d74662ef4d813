"""The graph: one name for each thing, no cycles, an order in which it can be built."""

from __future__ import annotations

import heapq
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from segkit.errors import Label, Place, Problem
from segkit.project.jinja.template_errors import place_of
from segkit.project.nodes import DataTest, Experiment, Model, Node, Segmentation, Source

# what a segmentation publishes besides itself; all but the first are written by the build
DERIVED_SUFFIXES = (
    *("_profile", "_history", "_profile_history"),
    *("_changes", "_flows", "_builds", "_drift", "_baseline"),
)
CODES_SUFFIX = "__codes"  # of a segmentation that is materialized as a table
# what an experiment publishes: the first two last, the third is a view
EXPERIMENT_SUFFIXES = ("_assignment", "_readout", "_policy")
RESERVED = "_segkit"
NOUNS = {
    "source": "a source",
    "seed": "a seed",
    "model": "a model",
    "buckets": "a bucket set",
    "segmentation": "a segmentation",
    "experiment": "an experiment",
    "test": "a test",
}


def name_problems(nodes: Sequence[Node]) -> list[Problem]:
    """Two things of one name, upper and lower case being one; derived relations count."""
    taken: dict[str, tuple[str, Node]] = {}
    problems = []
    for node in nodes:
        if node.name.lower() == RESERVED:
            message = f"`{node.name}` is the table in which segkit lists what it has published"
            problems.append(Problem("SK102", message, (Label(node.place),), help="rename it"))
        names = _names(node)
        clash = next((name for name in names if name.lower() in taken), None)
        if clash:
            problems.append(_clash(node, clash, *taken[clash.lower()]))
        for name in names:
            taken.setdefault(name.lower(), (name, node))
    for node in nodes:
        suffixes = derived_suffixes(node)
        for suffix in suffixes:
            other = taken.get(f"{node.name}{suffix}".lower())
            if other:
                problems.append(_derived_clash(node, other[1], suffix))
    return problems


def _names(node: Node) -> tuple[str, ...]:
    """Its own, and that of its table where that lies among the relations of all others."""
    if isinstance(node, Source) and node.one_schema and not node.relation:
        return tuple(dict.fromkeys((node.name, node.lies_at[1])))
    return (node.name,)


def _clash(node: Node, called: str, name: str, other: Node) -> Problem:
    same = "" if name == called else " (upper and lower case are one)"
    words = ("first here", "and again here")
    if node.place.line is None or other.place.line is None:  # a data file has no line to show
        words = ("", "")
    first, second = sorted((other, node), key=lambda n: (n.place.path, n.place.line or 0))
    return Problem(
        "SK102",
        f"two things are called `{called}`{same}: {_described(first)} and {_described(second)}",
        (Label(first.place, words[0]), Label(second.place, words[1])),
        help="rename one of them",
    )


def derived_suffixes(node: Node) -> tuple[str, ...]:
    """What the relations are called that a node publishes besides itself, after its name."""
    if isinstance(node, Segmentation):
        codes = (CODES_SUFFIX,) if node.materialized == "table" else ()
        return (*DERIVED_SUFFIXES, *codes)
    return EXPERIMENT_SUFFIXES if isinstance(node, Experiment) else ()


def _derived_clash(node: Node, other: Node, suffix: str) -> Problem:
    return Problem(
        "SK102",
        f"`{other.name}` is {_described(other)}, and what `{node.name}` publishes besides itself",
        (Label(other.place), Label(node.place, f"publishes `{node.name}{suffix}` too")),
        help="rename one of them",
    )


def _described(node: Node) -> str:
    return f"{NOUNS[node.kind]} in {node.place.path}"


def order_nodes(nodes: Sequence[Node]) -> tuple[list[Node], list[Problem]]:
    """Return the nodes in an order in which they can be built, or all cycles that share no node.

    The order is that of ``nodes`` wherever it can be; a test comes as soon as
    all that it reads is built.
    """
    by_name = {node.name: node for node in nodes}
    rank = {node.name: (not isinstance(node, DataTest), i) for i, node in enumerate(nodes)}
    reads = {node.name: by_name.keys() & {*node.depends_on} for node in nodes}
    sorter, cycles = TopologicalSorter(reads), list[list[str]]()
    while (cycle := _prepare(sorter)) is not None:
        cycles.append(cycle)
        reads = {name: read - {*cycle} for name, read in reads.items() if name not in cycle}
        sorter = TopologicalSorter(reads)
    if cycles:
        order = list(by_name)
        cycles.sort(key=lambda names: min(map(order.index, names)))
        return [], [_cycle(names, by_name) for names in cycles]
    ordered: list[Node] = []
    ready: list[tuple[tuple[bool, int], str]] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, (rank[name], name))
        name = heapq.heappop(ready)[1]
        ordered.append(by_name[name])
        sorter.done(name)
    return ordered, []


def _prepare(sorter: TopologicalSorter[str]) -> list[str] | None:
    """None if the sorter can begin, else a cycle, from a node to what it reads."""
    try:
        sorter.prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))[1:]
    return None


def _cycle(cycle: Sequence[str], nodes: Mapping[str, Node]) -> Problem:
    # start with the node that is first in the project, so that the text is always the same
    first = min(range(len(cycle)), key=lambda i: list(nodes).index(cycle[i]))
    turned = [*cycle[first:], *cycle[:first]]
    steps = list(zip(turned, [*turned[1:], turned[0]], strict=True))
    labels = [
        Label(reference_place(nodes[name], parent), f"{name} reads {parent}")
        for name, parent in steps
    ]
    message = f"a cycle: {' -> '.join([*turned, turned[0]])}"
    return Problem("SK103", message, tuple(labels), "take one of these references out")


def _reach(start: Collection[str], edges: Mapping[str, Sequence[str]]) -> set[str]:
    """The names at the start, and all that is reached from them."""
    reached, todo = set(start), list(start)
    while todo:
        for name in edges.get(todo.pop(), ()):
            if name not in reached:
                reached.add(name)
                todo.append(name)
    return reached


def with_above(start: Collection[str], nodes: Iterable[Node]) -> set[str]:
    """The names at the start, and those of all that they are made of."""
    return _reach(start, {node.name: node.depends_on for node in nodes})


def with_below(start: Collection[str], nodes: Iterable[Node]) -> set[str]:
    """The names at the start, and those of all that is made of them."""
    read_by: dict[str, list[str]] = {}
    for node in nodes:
        for parent in node.depends_on:
            read_by.setdefault(parent, []).append(node.name)
    return _reach(start, read_by)


def reference_place(node: Node, parent: str) -> Place:
    """Where the node names what it reads."""
    if isinstance(node, Model | DataTest) and node.raw_sql:
        source, dot, table = parent.partition(".")
        name = re.escape(table if dot else source)
        first = rf"['\"]{re.escape(source)}['\"]\s*,\s*" if dot else ""
        return place_of(
            rf"\b(?:ref|source)\s*\(\s*{first}['\"]{name}(?:_profile)?['\"]\s*\)",
            node.raw_sql,
            node.place.path,
            1,
            rf"\b{name}\b",
            everywhere=True,
        )
    return node.place
