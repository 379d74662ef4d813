"""SQL of the segments that customers would be in on another day, by other edges or other rules.

Nothing is built for it: what differs from what is built stands in as a step of the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from segkit.core.edges import EdgeSet
from segkit.core.fit import Fit
from segkit.core.tree import columns as tree_columns
from segkit.dialects.select import select_translated
from segkit.dialects.spelling import identifier
from segkit.engines.base import Publisher, Reader
from segkit.monitor.build_log import LoggedBuild, build_at
from segkit.monitor.changes import ACTIVITY, Evaluated
from segkit.pipeline.run_options import data_day, day_text
from segkit.project.graph import with_above
from segkit.project.nodes import BucketSet, Model, Node, Project, Segmentation
from segkit.publish.checks.check_columns import type_problems
from segkit.publish.stored.chosen import current_fit, subject_by
from segkit.publish.stored.edge_files import stored_edges
from segkit.publish.stored.fits import current_version, stored_fit, versions
from segkit.publish.stored.score_edges import current_edges
from segkit.publish.subject import FittedSubject, read_subject
from segkit.publish.views.bucket_view import bucket_view
from segkit.publish.views.compiled import segments_select
from segkit.publish.views.segmentation_view import compile_segmentation

# the project as it is with other values of some variables
Reload = Callable[[Mapping[str, Any]], Project]

AS_OF, UNTIL = "as_of", "events_until"


@dataclass(frozen=True)
class OtherTimes:
    """A segmentation as it is built now, to be evaluated as if some things were as they were."""

    engine: Reader
    project: Project
    subject: FittedSubject
    edges: Mapping[str, int]  # today's, of the bucket sets above
    reload: Reload
    is_current: bool = True  # all models above are built in this run, as of the day it says

    @property
    def day(self) -> date | None:
        """The day that the data are of; None where it is not known."""
        return data_day(self.project) if self.is_current else None

    @property
    def _today(self) -> str | None:
        return day_text(self.day)

    def since(self, last: LoggedBuild) -> Evaluated:
        """What is to be told apart of the time since the last build."""
        if self._is_lost(last.fit_version):  # and learned anew: what it would say is not known
            now = self._segments(self.project, self.subject.fit, {})
            return Evaluated(now, same_rules=self._nobody())
        rules = self._rules_then(last)
        edges = self._edges_then(last)
        same_edges = None if edges is None else self._segments(self.project, rules, edges)
        fit, edges = rules or self.subject.fit, edges or {}
        then = day_text(last.data_as_of)
        today = self._today
        aged = restated = None
        has_activity = self.subject.node.activity is not None
        if then is not None and then == today:  # nothing grew older
            has_activity = False
        if has_activity and then and today and self._reads_events_until(then, today):
            aged = self._segments(self.reload({AS_OF: today, UNTIL: then}), fit, edges)
            restated = self._segments(self.reload({AS_OF: then, UNTIL: then}), fit, edges)
        return Evaluated(
            self._segments(self.project, self.subject.fit, {}),
            None if rules is None else self._segments(self.project, rules, {}),
            same_edges,
            aged,
            restated,
            has_activity=has_activity,
        )

    def aged_since(self, day: date) -> str | None:
        """SELECT of key and ``segment_id``: customers of a day, grown older until today.

        None where models do not say what was known on a day.
        """
        then, today = day_text(day), self._today
        if not (then and today and self._reads_events_until(then, today)):
            return None
        aged = self._segments(self.reload({AS_OF: today, UNTIL: then}), None, {})
        key = identifier(self.subject.node.key, self.subject.dialect)
        return f"SELECT {key} AS key, segment_id FROM (\n{aged}\n) AS segkit_base"

    def day_of(self, engine: Publisher, moment: datetime) -> date | None:
        """The day that the data of a build were of; None where it is not on record."""
        name = self.subject.node.name
        found = build_at(engine, name, moment)
        return None if found is None else found.data_as_of

    def _is_lost(self, version: int) -> bool:
        """Whether the file is gone: one that is damaged is an error that names it."""
        fit = self.subject.fit
        known = (fit.version, *versions(self.project.fits_directory, fit.name))
        return version not in known

    def _rules_then(self, last: LoggedBuild) -> Fit | None:
        """The last build's fit; None where it is today's."""
        fit, directory = self.subject.fit, self.project.fits_directory
        if last.fit_version == fit.version:
            return None
        return stored_fit(directory, fit.name, last.fit_version)

    def _edges_then(self, last: LoggedBuild) -> Mapping[str, EdgeSet] | None:
        """Edges of bucket sets that are others today; None where there are none."""
        known = self.project.fits_directory
        return {
            name: stored_edges(known, name, version)
            for name, version in last.edges.items()
            if self.edges.get(name, version) != version
        } or None

    def _reads_events_until(self, then: str, today: str) -> bool:
        """Whether models say another thing if events of the days between are left out."""
        until = self.reload({AS_OF: today, UNTIL: then})
        return differs(self.reload({AS_OF: today, UNTIL: today}), until, self.subject.node)

    def _segments(self, project: Project, fit: Fit | None, edges: Mapping[str, EdgeSet]) -> str:
        """SELECT of the key, ``segment_id`` and ``activity``."""
        subject, dialect = self.subject, self.subject.dialect
        fit = fit or subject.fit
        node, by_name = subject.node, subject.by_name
        key, activity = identifier(node.key, dialect), node.activity
        if not by_name.keys() >= set(tree_columns(fit.tree)) or type_problems(
            node, fit, by_name, dialect
        ):
            # rules of which a column is gone say nothing of today's customers
            return self._nobody()
        steps = self._differing(project, edges)
        inner = segments_select(subject, {"segment": fit.case()}, (activity,) if activity else ())
        last = f", {identifier(activity, dialect)} AS {ACTIVITY}" if activity else ""
        head = f"WITH {', '.join(steps)}\n" if steps else ""
        return f"{head}SELECT {key}, segment_id{last} FROM (\n{inner}\n) AS segkit_then"

    def _nobody(self) -> str:
        key = identifier(self.subject.node.key, self.subject.dialect)
        return (
            f"SELECT {key}, CAST(NULL AS VARCHAR) AS segment_id,"
            f" CAST(NULL AS DATE) AS {ACTIVITY} FROM {self.subject.base} WHERE 1 = 0"
        )

    def _differing(self, project: Project, edges: Mapping[str, EdgeSet]) -> list[str]:
        """What stands above the segmentation and is not as it is built, in order, as steps."""
        steps: dict[str, str] = {}
        for node in nodes_above(project, self.subject.node):
            built = self.project.nodes.get(node.name)
            is_moved = any(name in steps for name in node.depends_on)
            is_other = isinstance(node, Model) and (
                not isinstance(built, Model) or built.sql != node.sql
            )
            if is_moved or is_other or node.name in edges:
                sql = self._select(project, node, edges)
                name = identifier(node.name, self.subject.dialect)
                if sql is not None:
                    steps[node.name] = f"{name} AS (\n{sql}\n)"
        return list(steps.values())

    def _select(self, project: Project, node: Node, edges: Mapping[str, EdgeSet]) -> str | None:
        dialect = self.subject.dialect
        if isinstance(node, Model):
            return node.sql
        if isinstance(node, BucketSet):
            buckets = read_subject(self.engine, project, node)
            known = edges[node.name].scores if node.name in edges else current_edges(project, node)
            view = bucket_view(buckets.node, buckets.columns, known)
            return select_translated(view, buckets.base, dialect, node.place)
        if isinstance(node, Segmentation):
            segments = subject_by(self.engine, project, node, current_fit(project, node))
            text = compile_segmentation(segments).text
            return text.translated(segments.base, dialect, node.place)
        return None


def differs(one: Project, other: Project, node: Node) -> bool:
    """Whether a model above a node is another in two projects."""
    texts = (
        [n.sql for n in nodes_above(project, node) if isinstance(n, Model)]
        for project in (one, other)
    )
    first, second = texts
    return first != second


def nodes_above(project: Project, node: Node) -> list[Node]:
    """All that a node is made of, in the order in which it is built."""
    wanted = with_above(node.depends_on, project.nodes.values())
    return [other for other in project.nodes.values() if other.name in wanted]


def edges_above(project: Project, node: Node, built: Mapping[str, int]) -> dict[str, int]:
    """Of each bucket set above a node, the version of its edges: built just now, or stored."""
    found = {
        other.name: built.get(other.name) or current_version(project.fits_directory, other.name)
        for other in nodes_above(project, node)
        if isinstance(other, BucketSet) and other.scores
    }
    return {name: version for name, version in found.items() if version}


def first_unseen(last: LoggedBuild) -> date:
    """The first day whose events the last build had not seen, as far as is known."""
    return last.data_as_of or last.as_of.date()
