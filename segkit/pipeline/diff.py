"""Two segmentations, or bucket columns, of the same customers: how far they say the same."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segkit.core.columns import spelling_of
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.errors import ConfigError, Label, Problem
from segkit.monitor.compare import Comparison, MetricSource, Side, compare_groupings
from segkit.pipeline.run_options import Options, open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.project.graph import NOUNS
from segkit.project.nodes import BucketSet, Project, Segmentation
from segkit.publish.relations import MAIN
from segkit.publish.subject import read_subject


@dataclass(frozen=True)
class Grouping:
    """A segmentation, or a bucket set with one of its columns."""

    node: Segmentation | BucketSet
    column: str | None = None

    @property
    def name(self) -> str:
        return self.node.name if self.column is None else f"{self.node.name}.{self.column}"


def compare_segmentations(
    options: Options, one: str, other: str, *, warn: Callable[[Problem], None]
) -> Comparison:
    """Compare two published groupings of the same customers, named as in ``find_grouping``.

    ``warn``: told where a name could also mean a bucket column, which it does not.

    Raises ConfigError if a name stands for no grouping, both for the same one, one of them is not
    published, or they have no customer in common.
    """
    project = open_project(options)
    groupings: list[Grouping] = []
    problems: list[Problem] = []
    for name in (one, other):
        try:
            found = find_grouping(project, name)
        except ConfigError as error:
            problems += error.problems
            continue
        groupings.append(found)
        for namesake in _namesakes(project, name, found):
            message = f"`{name}` is {NOUNS[found.node.kind]}, and also a column: `{namesake}`"
            hint = f"write `{namesake}` if you mean that one"
            labels = (Label(found.node.place),)
            warn(Problem("SK101", message, labels, hint, severity="warning"))
    if problems:
        raise ConfigError(problems)
    if groupings[0] == groupings[1]:
        message = f"`{one}` and `{other}` are the same groups"
        raise ConfigError(Problem("SK702", message, help="name two different ones"))
    with open_shown(project, *(grouping.node.name for grouping in groupings)) as engine:
        sides = [_side(engine, grouping) for grouping in groupings]
        metrics = _metrics(engine, project, groupings)
        compared = compare_groupings(engine, sides[0], sides[1], metrics)
    if compared is None:
        keys = " and ".join(f"`{side.key.name}` of {side.view}" for side in sides)
        message = f"{sides[0].name} and {sides[1].name} have no customer in common"
        raise ConfigError(Problem("SK702", message, help=f"joined by {keys}"))
    return compared


def find_grouping(project: Project, name: str) -> Grouping:
    """The segmentation or bucket column that a name stands for.

    It is the name of a segmentation, of a bucket set with one column, ``SET.COLUMN``, or of a
    column that one bucket set has. A node goes before a column of the same name.

    Raises ConfigError: SK101, with what it could be.
    """
    known = _groupings(project)
    node = project.nodes.get(name)
    of_node = [full for full, each in known.items() if each.node is node]
    if name in known or len(of_node) == 1:
        return known[name if name in known else of_node[0]]
    columns = [full for full, each in known.items() if each.column == name]
    if len(columns) == 1 and not of_node:
        return known[columns[0]]
    labels: tuple[Label, ...] = ()
    bare = [each.column for each in known.values() if each.column]
    near = difflib.get_close_matches(name, [*known, *bare], n=1)
    help_ = (
        f"there are: {', '.join(known)}" if known else "declare segments or buckets in sql/*.yml"
    )
    if node is not None and of_node:
        message = f"`{name}` is a bucket set with {len(of_node)} columns: which one?"
        labels, help_ = (Label(node.place),), f"one of {', '.join(of_node)}"
    elif columns:
        message = f"{len(columns)} bucket sets have a column `{name}`"
        help_ = f"one of {', '.join(columns)}"
    elif node is not None:
        message = f"`{name}` is {NOUNS[node.kind]}: it has no groups of customers"
        labels = (Label(node.place),)
    else:
        message = f"no segmentation and no bucket column is called `{name}`"
        help_ = f"did you mean `{near[0]}`? {help_}" if near else help_
    raise ConfigError(Problem("SK101", message, labels, help_))


def _namesakes(project: Project, name: str, found: Grouping) -> list[str]:
    """Bucket columns that are called as the node is that a name was taken for."""
    return [
        full
        for full, each in _groupings(project).items()
        if each.column == name == found.node.name and each != found
    ]


def _groupings(project: Project) -> dict[str, Grouping]:
    """Every grouping of the project by its full name."""
    found: list[Grouping] = []
    for node in project.nodes.values():
        if isinstance(node, Segmentation):
            found.append(Grouping(node))
        elif isinstance(node, BucketSet):
            found += [Grouping(node, column.name) for column in node.columns if column.is_named]
    return {each.name: each for each in found}


def _side(engine: Reader, grouping: Grouping) -> Side:
    node = grouping.node
    is_there = engine.exists(MAIN, node.name)
    found = engine.columns(identifier(node.name, engine.dialect)) if is_there else ()
    columns = {column.name: column for column in found}
    key = spelling_of(found)(node.key)
    wanted = [key, *([grouping.column] if grouping.column else [])]
    if gone := [name for name in wanted if name not in columns]:
        said = f"is published without `{gone[0]}`" if is_there else "is not published yet"
        hint = "run `segkit build`"
        raise ConfigError(Problem("SK605", f"{node.name} {said}", (Label(node.place),), hint))
    if grouping.column is None:
        names = ("segment_id", "segment_name", "segment_order")
        return Side(grouping.name, node.name, columns[key], *names)
    order = f"{grouping.column}_order"
    return Side(grouping.name, node.name, columns[key], grouping.column, None, order)


def _metrics(engine: Reader, project: Project, groupings: Sequence[Grouping]) -> list[MetricSource]:
    """The metrics of both sides; one that both declare on the same relation once."""
    made_of = {each.name: _made_of(engine, each) for each in groupings}
    found: dict[tuple[str, str], MetricSource] = {}
    for node in (each.node for each in groupings):
        subject = read_subject(engine, project, node)
        node, columns = subject.node, subject.by_name
        for metric in node.metrics if isinstance(node, Segmentation) else ():
            if metric.column not in columns or node.key not in columns:
                continue  # declared since the last build
            sides = tuple(
                each.name
                for each in groupings
                if each.node.relation == node.relation
                and metric.column.lower() in made_of[each.name]
            )
            source = MetricSource(
                metric, columns[metric.column], subject.rows, columns[node.key], sides
            )
            found.setdefault((node.relation, metric.column), source)
    return list(found.values())


def _made_of(engine: Reader, grouping: Grouping) -> frozenset[str]:
    """Columns that the groups are made of, in lower case."""
    node = grouping.node
    if isinstance(node, Segmentation):
        return frozenset(
            column.name.lower() for column in engine.columns(identifier(node.name, engine.dialect))
        )
    bucket = next(column for column in node.columns if column.name == grouping.column)
    return bucket.source_columns
