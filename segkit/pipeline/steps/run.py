"""The steps of a run: a plan of nodes, a result for each, and nothing published by halves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from segkit.core.missing_values import MissingValues
from segkit.engines.base import Publisher, Reader
from segkit.engines.registered import Registered
from segkit.errors import (
    ConfigError,
    Label,
    Problem,
    SegkitError,
    file_problem,
    is_memory_error,
    memory_problem,
)
from segkit.monitor.data_tests import run_test, segmentation_tests
from segkit.monitor.forget import forget
from segkit.pipeline.steps.bind_columns import check_columns
from segkit.pipeline.steps.keep_copies import copy_histories
from segkit.pipeline.steps.node_builder import Builder
from segkit.pipeline.steps.plan import Loss
from segkit.project.nodes import (
    BucketSet,
    DataTest,
    Experiment,
    Model,
    Node,
    Project,
    Seed,
    Segmentation,
    Source,
)
from segkit.project.project_files import folders_with_files
from segkit.publish.relations import relation_sql, schema_and_name
from segkit.publish.stored.write_files import write_files
from segkit.publish.subject import FittedSubject
from segkit.results import BLOCKS_PUBLISHING, FAILED, BuildResult, Event, Listener, NodeResult


@dataclass
class Run:
    """One run over a plan. ``builder`` is None where nothing is built (``segkit test``)."""

    project: Project
    builder: Builder | None
    plan: tuple[Node, ...]
    listen: Listener
    fail_fast: bool = False
    tests: bool = True
    copies: bool = True  # of the history
    loss: Loss = field(default_factory=Loss)  # what this run is going to drop: a line each
    results: list[NodeResult] = field(default_factory=list)
    published: bool = False
    as_of: datetime | None = None

    @property
    def building(self) -> Builder:
        assert self.builder is not None
        return self.builder

    def load_files(self) -> None:
        """Load what comes from files first: after that, project SQL may not read any."""
        for node in self.plan:
            if isinstance(node, Source | Seed):
                self.step(node, lambda n=node: [self.building.load(n)])  # type: ignore[misc]
        absent = {parent.name: parent for _, parent in self._absent()}
        for parent in absent.values():
            if isinstance(parent, Source | Seed):
                self.building.load(parent)
        self.building.workspace.lock_down()

    def _absent(self) -> Iterator[tuple[Node, Node]]:
        """Each node of the plan with what it reads, the plan does not have, and is not there."""
        planned = {node.name for node in self.plan}
        for node in self.plan:
            for name in node.depends_on:
                parent = self.project.nodes.get(name)
                if parent is None or name in planned:
                    continue
                if not self.building.workspace.exists(*schema_and_name(parent)):
                    yield node, parent

    def check_columns(self) -> None:
        """Every column of every node, before anything is built.

        Raises ConfigError with all that is wrong, in one go.
        """
        problems = check_columns(self.project, self.building.workspace) or self._not_built()
        if problems:
            raise ConfigError(problems)

    def _not_built(self) -> list[Problem]:
        """What the plan reads, does not build, and nobody has built."""
        problems = []
        for node, parent in self._absent():
            if not isinstance(node, DataTest):
                message = f"{node.name} reads {parent.name}, which is not built yet"
                hint = f"`segkit build -s +{node.name}` builds what it reads too"
                problems.append(Problem("SK605", message, (Label(node.place),), hint))
        return problems

    def build_nodes(self) -> None:
        for node in self.plan:
            if not isinstance(node, Source | Seed):
                self.step(node, lambda n=node: self._build(n))  # type: ignore[misc]

    def _build(self, node: Node) -> list[NodeResult]:
        builder = self.building
        if isinstance(node, Model):
            return [builder.model(node)]
        if isinstance(node, BucketSet):
            return builder.buckets(node)
        if isinstance(node, Experiment):
            return [builder.experiment(node)]
        if isinstance(node, Segmentation):
            built = builder.segmentation(node)
            if not self.tests:
                return built
            subject, missing = builder.subjects[node.name], builder.missing[node.name]
            is_proved, summary = node.name in builder.proved, builder.segmentations[-1]
            sizes = {row.id: row.n for row in summary.segments} | {"": summary.unassigned}
            tests = self.own_tests(builder.workspace, subject, missing, is_proved, sizes)
            return [*built, *tests]
        assert isinstance(node, DataTest)
        return [self.data_test(builder.workspace, node)]

    def data_test(self, engine: Reader, node: DataTest) -> NodeResult:
        return run_test(engine, node, self._relation(engine), directory=self.project.directory)

    def own_tests(
        self,
        engine: Reader,
        subject: FittedSubject,
        missing: Sequence[MissingValues],
        is_proved: bool = False,
        sizes: Mapping[str, int] | None = None,
    ) -> list[NodeResult]:
        """The tests that every segmentation has without being asked."""
        ids = [segment.id for segment in subject.fit.segments]
        relation, directory = self._relation(engine), self.project.directory
        return [
            *segmentation_tests(
                engine,
                subject.node,
                ids,
                missing,
                relation,
                directory=directory,
                is_proved=is_proved,
                sizes=sizes,
            )
        ]

    def _relation(self, engine: Reader) -> Callable[[str], str]:
        return lambda name: relation_sql(self.project, name, engine.dialect)

    def step(self, node: Node, work: Callable[[], list[NodeResult]]) -> None:
        """Do one node, or say why not; what it raises becomes its result."""
        if self.fail_fast and any(result.status in FAILED for result in self.results):
            self._skip(node, "an earlier node failed")
            return
        failed = {result.name for result in self.results if result.status in ("error", "skip")}
        broken = next((parent for parent in node.depends_on if parent in failed), None)
        if broken:
            self._skip(node, f"{broken} failed")
            return
        self.listen(Event("start", node.name, len(self.results) + 1, self._total()))
        began = time.monotonic()
        try:
            results = work()
        except ConfigError:
            raise
        except Exception as error:
            if not isinstance(error, SegkitError) and not is_memory_error(error):
                raise
            text = f"{_verb(node)} {node.name}"
            # whatever it is, it happened to this node
            hint = self._where_to_look(node)
            problems = error.problems if isinstance(error, SegkitError) else (memory_problem(),)
            found = tuple(
                replace(p, labels=p.labels or (Label(node.place),), help=p.help or hint)
                for p in problems
            )
            results = [NodeResult(node.name, node.kind, "error", text, problems=found)]
        seconds = time.monotonic() - began
        for place, result in enumerate(results):
            self._add(result if place or result.seconds else replace(result, seconds=seconds))

    def _where_to_look(self, node: Node) -> str:
        parents = (self.project.nodes.get(name) for name in node.depends_on)
        read = [f"{parent.name} ({parent.place.path})" for parent in parents if parent]
        return f"look at {' and '.join(read) or node.place.path}, which {node.name} is made of"

    def _skip(self, node: Node, why: str) -> None:
        self._add(NodeResult(node.name, node.kind, "skip", f"{_verb(node)} {node.name}", why))

    def _add(self, result: NodeResult) -> None:
        self.results.append(result)
        total = max(self._total(), len(self.results))
        self.listen(Event("result", "", len(self.results), total, result))

    def _total(self) -> int:
        """Lines that the plan comes to: a view has its proof, a segmentation has tests."""
        segmentations = [node for node in self.plan if isinstance(node, Segmentation)]
        tests = sum(3 + (node.missing_grew is not None) for node in segmentations)
        if self.builder is None:
            return len(self.plan) + tests - len(segmentations)
        views = len(segmentations) + sum(isinstance(node, BucketSet) for node in self.plan)
        return len(self.plan) + views + (tests if self.tests else 0) + self.loss.relations

    def measure(self) -> None:
        """Whether the segments are worth having, where there is something to publish."""
        if not any(result.status in BLOCKS_PUBLISHING for result in self.results):
            self.building.measure_usefulness()

    def publish(self, *, whole: bool) -> None:
        """Files first, the database last; nothing at all if a node or a test failed.

        From the moment on in which readers see the new state nothing takes it
        back: what fails then is a failure beside it.
        """
        workspace = self.building.workspace
        if any(result.status in BLOCKS_PUBLISHING for result in self.results):
            workspace.discard()
            return
        try:
            failures = [*_failure(lambda: self._publish(whole)), *_failure(workspace.discard)]
        finally:
            self.see_if_published()
        if self.published:
            for row in workspace.dropped:
                self._add(_dropped(row, workspace))
            for result in copy_histories(self.project) if self.copies else ():
                self._add(result)
        text = "after publishing" if self.published else "publishing"
        for error in failures:
            self.add_failure("publish", text, error)

    def _publish(self, whole: bool) -> None:
        workspace = self.building.workspace
        for name in workspace.carry_histories():
            self._forget(name)
        if whole:
            workspace.drop_stale(self.building.built)
        workspace.note_folders(folders_with_files(self.project.directory))
        workspace.prepare()
        write_files(self.building.files, self.project.directory)
        workspace.publish()

    def _forget(self, name: str) -> None:
        """Who is forgotten is so in the histories of what was not built just now, too."""
        building, node = self.building, self.project.nodes.get(name)
        if name not in building.subjects:
            is_built = isinstance(node, Segmentation)
            limits = self.project.history
            forget(building.workspace, name, building.as_of, limits, is_built=is_built)

    def fail_on_drift(self, level: str) -> None:
        """A failure beside what is published, where customers changed so much."""
        levels = ("watch", "act") if level == "watch" else ("act",)
        for each in self.building.segmentations:
            if each.drift is not None and each.drift.verdict in levels:
                message = f"{each.name}: {each.drift.verdict}, {', '.join(each.drift.alarms)}"
                hint = f"`segkit drift {each.name}` says what changed, --accept takes it for usual"
                problems = (Problem("SK530", message, help=hint),)
                text = f"drift {each.name}"
                self._add(NodeResult(each.name, "drift", "fail", text, problems=problems))

    def see_if_published(self) -> None:
        """Note, and tell the caller, whether readers see the new state: also when interrupted."""
        if self.builder is None or self.published:
            return
        workspace = self.building.workspace
        try:
            workspace.discard()
        finally:
            self.published = workspace.is_published()
            if self.published:
                self.listen(Event("published"))

    def add_failure(self, name: str, text: str, error: SegkitError | OSError) -> None:
        """A line for what failed beside the nodes."""
        found = error.problems if isinstance(error, SegkitError) else (file_problem(error),)
        self._add(NodeResult(name, "publish", "error", text, problems=found))

    def result(self) -> BuildResult:
        segmentations = tuple(self.builder.segmentations) if self.builder else ()
        built = self.builder.warnings if self.builder else ()
        return BuildResult(
            ok=not any(result.status in FAILED for result in self.results),
            published=self.published,
            nodes=tuple(self.results),
            segmentations=segmentations if self.published else (),
            target=self.project.target.name,
            path=self.project.target.file,
            as_of=self.as_of or self.building.as_of,
            warnings=(*self.project.warnings, *self.loss.warnings, *built),
            experiments=tuple(self.builder.readouts) if self.builder and self.published else (),
        )


def _failure(step: Callable[[], None]) -> list[SegkitError | OSError]:
    """What the step failed with, if it did."""
    try:
        step()
    except (SegkitError, OSError) as error:
        return [error]
    return []


def _dropped(row: Registered, workspace: Publisher) -> NodeResult:
    """The line of a relation that readers had and have no more."""
    shown = row.name if row.schema == "main" else f"{row.schema}.{row.name}"
    problem = Problem(
        "SK607",
        f"{shown} is no longer made by this project, so it was dropped",
        help="whoever reads it gets an error now; declare it again, and build, to have it back",
        notes=tuple(
            f"its history {each} stays: a build drops none"
            for each in workspace.histories_of(row.name)
        ),
        severity="warning",
    )
    return NodeResult(shown, "publish", "warn", f"dropped {row.type} {shown}", problems=(problem,))


def _verb(node: Node) -> str:
    if isinstance(node, Source | Seed):
        return f"loading {node.kind}"
    if isinstance(node, Model):
        return f"creating {node.materialized}"
    if isinstance(node, Experiment):
        return "assigning"
    return "test" if isinstance(node, DataTest) else "creating view"
