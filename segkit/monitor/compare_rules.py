"""Two sides of a node with rules, compared on the customers of one relation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from segkit.core.columns import Column, spelling_of
from segkit.core.descent import descents
from segkit.core.edges import EdgeSet, ScoreEdges
from segkit.core.fit import Fit
from segkit.core.labels import number_text
from segkit.core.rfm import cell_text
from segkit.core.tree import columns as columns_of_tree
from segkit.dialects.select import ViewSelect
from segkit.engines.base import Reader
from segkit.monitor.rule_moves import (
    Codes,
    ColumnDiff,
    Reason,
    RuleDiff,
    Untold,
    Wording,
    find_flows,
    resample_of,
)
from segkit.project.graph import NOUNS, with_below
from segkit.project.nodes import BucketColumn, BucketSet, Project, Score, Segmentation
from segkit.publish.checks.check_columns import type_problems
from segkit.publish.checks.check_rows import check_keys
from segkit.publish.stored.chosen import changes_between, differing
from segkit.publish.subject import FittedSubject, Subject, fitted, read_subject
from segkit.publish.views.bucket_view import bucket_view
from segkit.publish.views.compiled import segment_view
from segkit.publish.views.segmentation_view import words_of

Ruled = Segmentation | BucketSet


@dataclass(frozen=True)
class Side:
    """A node and its rules, of one time; ``label`` says which. ``found`` is None without any."""

    node: Ruled
    label: str
    found: Fit | EdgeSet | None

    @property
    def edges(self) -> Mapping[str, ScoreEdges]:
        return self.found.scores if isinstance(self.found, EdgeSet) else {}


def compare_rules(engine: Reader, project: Project, before: Side, after: Side) -> RuleDiff:
    """Compare the rules of two sides on the relation that the project reads now."""
    node, old = after.node, before.node
    if old.kind != node.kind:
        return untold(project, before, after, "kind", NOUNS[old.kind])
    if old.relation != node.relation:
        return untold(project, before, after, "relation", old.relation)
    if old.key.casefold() != node.key.casefold():
        return untold(project, before, after, "key", old.key)
    subjects: list[Any] = [read_subject(engine, project, side.node) for side in (before, after)]
    for side, subject in zip((before, after), subjects, strict=True):
        if reason := _unreadable(side, subject):
            return untold(project, before, after, *reason)
        check_keys(engine, subject.node, subject.rows)
    made = _segments if isinstance(node, Segmentation) else _buckets
    found = made(engine, project, (before, after), subjects)
    return replace(found, readers=_readers(project, node.name))


def untold(project: Project, before: Side, after: Side, why: Untold, what: str) -> RuleDiff:
    node = after.node
    readers = _readers(project, node.name)
    return RuleDiff(
        node.name, node.kind, before.label, after.label, untold=why, what=what, readers=readers
    )


def _readers(project: Project, name: str) -> tuple[tuple[str, str], ...]:
    """All that is made of the node, in the order in which it is built."""
    below = with_below([name], project.nodes.values()) - {name}
    return tuple((node.kind, n) for n, node in project.nodes.items() if n in below)


def _unreadable(side: Side, subject: Subject[Ruled]) -> tuple[Untold, str] | None:
    """Why the rules say nothing of the relation as it is now."""
    node, fit = subject.node, side.found
    lacking = [score.name for score in _scores(node) if score.name not in side.edges]
    if lacking or (isinstance(node, Segmentation) and fit is None):
        return "unfitted", ": ".join(filter(None, (side.label, ", ".join(lacking))))
    there = {name.casefold() for name in subject.by_name}
    if gone := sorted(name for name in _asked(side) if name.casefold() not in there):
        return "columns", ", ".join(gone)
    if isinstance(fit, Fit):
        known = fitted(cast("Subject[Segmentation]", subject), fit)
        problems = type_problems(known.node, known.fit, known.by_name, known.dialect)
        return ("columns", problems[0].message) if problems else None
    return None


def _scores(node: Ruled) -> tuple[Score, ...]:
    return node.scores if isinstance(node, BucketSet) else ()


def _asked(side: Side) -> set[str]:
    """Columns of the relation that the rules look at."""
    node = side.node
    asked = {*node.where.predicate.columns} if node.where else set[str]()
    if isinstance(side.found, Fit):
        return asked | {*columns_of_tree(side.found.tree)}
    columns = node.columns if isinstance(node, BucketSet) else ()
    return asked.union(*(column.source_columns for column in columns))


def _segments(
    engine: Reader,
    project: Project,
    sides: tuple[Side, Side],
    subjects: Sequence[Subject[Segmentation]],
) -> RuleDiff:
    one, other = (
        fitted(subject, cast(Fit, side.found))
        for subject, side in zip(subjects, sides, strict=True)
    )
    metrics = tuple(m.column for m in other.node.metrics if m.column in other.by_name)
    codes = Codes("segment_id", "segment_order")
    views = _view(one, metrics), _view(other, metrics)
    (found,) = find_flows(engine, other.base, views, [codes], metrics, other.node.place)
    flows, labels = found
    name = other.node.name
    column = ColumnDiff(name, "rules", flows, labels, wordings=_wordings(one, other))
    shared = {(flow.before, flow.after): flow.n for flow in flows}
    ids = [[segment.id for segment in side.fit.segments] for side in (one, other)]
    return RuleDiff(
        name,
        "segmentation",
        sides[0].label,
        sides[1].label,
        (column,),
        metrics,
        changes=changes_between(one.fit.definition, other.fit.definition),
        descents=descents(ids[0], ids[1], shared),
        resample=resample_of(one.fit, other.fit),
    )


def _view(subject: FittedSubject, metrics: tuple[str, ...]) -> ViewSelect:
    return replace(segment_view(subject), passed=metrics)


def _wordings(one: FittedSubject, other: FittedSubject) -> tuple[Wording, ...]:
    """Each segment of either side, in the order of their letters."""
    said = [{words.order: words for words in words_of(side)} for side in (one, other)]
    found = []
    for order in sorted({*said[0], *said[1]}):
        there = [side.get(order) for side in said]
        id_ = next(words.id for words in there if words)
        names = [words.name if words else "" for words in there]
        rules = [words.description if words else "" for words in there]
        found.append(Wording(id_, (names[0], names[1]), (rules[0], rules[1])))
    return tuple(found)


def _buckets(
    engine: Reader,
    project: Project,
    sides: tuple[Side, Side],
    subjects: Sequence[Subject[BucketSet]],
) -> RuleDiff:
    one, other = (subject.node for subject in subjects)
    metrics = _metrics_beside(project, other, subjects[1].by_name)
    before, after = (
        replace(bucket_view(each.node, each.columns, side.edges), passed=metrics)
        for each, side in zip(subjects, sides, strict=True)
    )
    earlier = {column.name: column for column in one.columns}
    both = [(earlier[now.name], now) for now in other.columns if now.name in earlier]
    asked = [(code, *pair) for pair in both for code in _codes_of(*pair)]
    codes = [code for code, _, _ in asked]
    found = find_flows(engine, subjects[1].base, (before, after), codes, metrics, other.place)
    diffs = []
    for (code, then, now), (flows, labels) in zip(asked, found, strict=True):
        written = _column_changes(then, now)
        stored = _edge_changes(then, now, sides[0].edges, sides[1].edges)
        reason: Reason = "edges" if stored and not written else "rules"
        name = f"{other.name}.{code.label}"
        diffs.append(ColumnDiff(name, reason, flows, labels, (*written, *stored)))
    changes = changes_between(_said_of_set(one), _said_of_set(other))
    labels_ = sides[0].label, sides[1].label
    return RuleDiff(other.name, "buckets", *labels_, tuple(diffs), metrics, changes)


def _said_of_set(node: BucketSet) -> dict[str, object]:
    where = {"where": node.where.predicate.spaced} if node.where else {}
    return {**where, "columns": [column.name for column in node.columns]}


def _codes_of(then: BucketColumn, now: BucketColumn) -> list[Codes]:
    """The published columns that both have: that of labels, and those of scores."""
    named = [Codes(now.name, now.order)] if then.is_named and now.is_named else []
    scores = {score.name for score in then.own_scores}
    return [*named, *(Codes(s.name, s.name) for s in now.own_scores if s.name in scores)]


def _metrics_beside(
    project: Project, node: BucketSet, columns: Mapping[str, Column]
) -> tuple[str, ...]:
    """Metrics that segmentations of the same customers declare."""
    spell = spelling_of(tuple(columns.values()))
    beside = (
        spell(metric.column)
        for other in project.of(Segmentation)
        if other.relation == node.relation
        for metric in other.metrics
    )
    return tuple(name for name in dict.fromkeys(beside) if name in columns)


def _column_changes(then: BucketColumn, now: BucketColumn) -> tuple[str, ...]:
    """What is written of a column otherwise."""
    said = changes_between(_said_of(then), _said_of(now))
    if not said and then.config != now.config:
        return ("bands: written otherwise",)
    return said


def _said_of(column: BucketColumn) -> dict[str, object]:
    said = {key: value for key, value in column.config.items() if key != "bands"}
    if column.written_edges:
        said["edges"] = [number_text(edge) for edge in column.written_edges]
    if "rules" in said:
        said["rules"] = {rule["label"]: rule["when"] for rule in said["rules"]}
    return {**said, "missing": column.missing}


def _edge_changes(
    then: BucketColumn,
    now: BucketColumn,
    before: Mapping[str, ScoreEdges],
    after: Mapping[str, ScoreEdges],
) -> tuple[str, ...]:
    """Stored edges that differ, by score, and where they are nested by the outer scores."""
    sides = [
        {
            f"{score.name} {cell_text(cell)}".rstrip(): ", ".join(map(number_text, edges))
            for score in column.scores
            for cell, edges in known[score.name].cells.items()
        }
        for column, known in ((then, before), (now, after))
    ]
    return tuple(differing(*sides).values())
