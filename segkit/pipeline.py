"""The story of a build, and of its smaller sisters, on a page."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from segkit.core.columns import Column
from segkit.core.fit import Fit
from segkit.engines.duckdb import DuckDBEngine, DuckDBWorkspace, open_scratch, open_workspace
from segkit.engines.locks import exclusive_lock
from segkit.errors import ConfigError, EngineError, Problem, SegkitError
from segkit.monitor.data_tests import run_test, segmentation_tests
from segkit.project.load import load_project
from segkit.project.nodes import (
    BucketSet,
    DataTest,
    Model,
    Node,
    Project,
    Seed,
    Segmentation,
    Source,
)
from segkit.project.selectors import select_nodes
from segkit.publish import fits
from segkit.publish.artifacts import write_manifest, write_run_results
from segkit.publish.builder import Builder
from segkit.publish.check import check_project
from segkit.publish.files import write_files
from segkit.publish.relations import relation_sql, schema_and_name
from segkit.results import (
    BLOCKS_PUBLISHING,
    FAILED,
    BuildResult,
    Event,
    Listener,
    NodeResult,
    ignore,
)

LOCK_TIMEOUT_SECONDS = 600.0


@dataclass(frozen=True)
class Options:
    """What can be said of a run, whatever the verb."""

    project_dir: Path = Path()
    target: str | None = None
    vars: Mapping[str, Any] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    as_of: datetime | None = None
    rewrite_history: bool = False
    full_refresh: bool = False
    locked: bool = False
    fail_fast: bool = False


def run_build(options: Options, listen: Listener = ignore) -> BuildResult:
    """Seeds, models, buckets, segmentations (fitted where there is no fit) and tests."""
    return _run(options, listen, kinds=(Source, Seed, Model, BucketSet, Segmentation, DataTest))


def run_models(options: Options, listen: Listener = ignore) -> BuildResult:
    """Models, buckets and segmentations by their fits; nothing is learned, nothing tested."""
    return _run(options, listen, kinds=(Source, Model, BucketSet, Segmentation), may_fit=False)


def run_seeds(options: Options, listen: Listener = ignore) -> BuildResult:
    return _run(options, listen, kinds=(Seed,))


def _run(
    options: Options, listen: Listener, *, kinds: tuple[type, ...], may_fit: bool = True
) -> BuildResult:
    project = open_project(options)
    plan = _plan(project, options, kinds)
    whole = not options.select and not options.exclude and DataTest in kinds
    with project_lock(project, listen), _workspace(project, listen, whole) as workspace:
        builder = Builder(
            project, workspace, as_of_time(options), _learner(workspace, project, listen),
            options.locked, options.full_refresh, options.rewrite_history, may_fit,
        )
        run = Run(project, builder, plan, listen, options.fail_fast)
        run.load_files()
        run.check_columns()
        run.build_nodes()
        published = run.publish(whole)
    result = run.result(published)
    write_manifest(project, project.directory / "target")
    write_run_results(result, project.directory / "target")
    return result


@dataclass
class Run:
    """One run over a plan: a result a node, in order."""

    project: Project
    builder: Builder
    plan: tuple[Node, ...]
    listen: Listener
    fail_fast: bool
    results: list[NodeResult] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def load_files(self) -> None:
        """Load what comes from files first: after that, project SQL may not read any."""
        for node in self.plan:
            if isinstance(node, Source | Seed):
                self._step(node, lambda node=node: [self.builder.load(node)])
        for node in _parents_missing(self.project, self.plan, self.builder):
            self.builder.load(node)
        self.builder.workspace.lock_down()

    def check_columns(self) -> None:
        """Every column of every node, before anything is built.

        Raises
        ------
        ConfigError
            All that is wrong, in one go.
        """
        problems = check_columns(self.project, self.builder.workspace)
        if problems:
            raise ConfigError(problems)

    def build_nodes(self) -> None:
        for node in self.plan:
            if not isinstance(node, Source | Seed):
                self._step(node, lambda node=node: self._build(node))

    def _build(self, node: Node) -> list[NodeResult]:
        builder = self.builder
        if isinstance(node, Model):
            return [builder.model(node)]
        if isinstance(node, BucketSet):
            return [builder.buckets(node)]
        if isinstance(node, Segmentation):
            built = builder.segmentation(node)
            minimum = node.rules.min_share
            return [built, *segmentation_tests(builder.workspace, node, min_share=minimum)]
        assert isinstance(node, DataTest)
        return [run_test(builder.workspace, node, lambda name: relation_sql(self.project, name))]

    def _step(self, node: Node, work: Callable[[], list[NodeResult]]) -> None:
        if self.fail_fast and any(result.status in FAILED for result in self.results):
            self._skip(node, "an earlier node failed, and --fail-fast is on")
            return
        broken = _failed_parent(node, self.results)
        if broken:
            self._skip(node, f"{broken} failed")
            return
        done, total = len(self.results), self._total()
        self.listen(Event("start", node.name, done + 1, total))
        began = time.monotonic()
        try:
            results = work()
        except (EngineError, SegkitError) as error:
            if isinstance(error, ConfigError):
                raise
            results = [
                NodeResult(node.name, node.kind, "error", f"{_verb(node)} {node.name}",
                           problems=error.problems)
            ]
        seconds = time.monotonic() - began
        for place, result in enumerate(results):
            self._add(replace(result, seconds=result.seconds or (seconds if place == 0 else 0.0)))

    def _skip(self, node: Node, why: str) -> None:
        self._add(NodeResult(node.name, node.kind, "skip", f"{_verb(node)} {node.name}", why))

    def _add(self, result: NodeResult) -> None:
        self.results.append(result)
        self.listen(Event("result", "", len(self.results), self._total(), result))

    def _total(self) -> int:
        segmentations = sum(isinstance(node, Segmentation) for node in self.plan)
        return len(self.plan) + 3 * segmentations

    def publish(self, whole: bool) -> bool:
        """Files first, the database last; nothing at all if a node or a test failed."""
        if any(result.status in BLOCKS_PUBLISHING for result in self.results):
            self.builder.workspace.discard()
            return False
        if whole:
            self.builder.workspace.drop_stale(self.builder.built)
        write_files(self.builder.files)
        self.builder.workspace.publish()
        return True

    def result(self, published: bool) -> BuildResult:
        return BuildResult(
            ok=not any(result.status in FAILED for result in self.results),
            published=published,
            nodes=tuple(self.results),
            segmentations=tuple(self.builder.segmentations),
            target=self.project.target.name,
            path=self.project.target.path,
            as_of=self.builder.as_of,
            warnings=self.project.warnings,
        )


def open_project(options: Options) -> Project:
    """Parse and check the project; see ``project.load.load_project``."""
    return load_project(
        Path(options.project_dir).resolve(), target=options.target, vars=dict(options.vars)
    )


def as_of_time(options: Options) -> datetime:
    """The one time of a build, UTC and naive: --as-of, SOURCE_DATE_EPOCH, or now."""
    if options.as_of is not None:
        time_ = options.as_of
        return time_.astimezone(UTC).replace(tzinfo=None) if time_.tzinfo else time_
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    try:
        return datetime.fromtimestamp(int(epoch), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError) as error:
        message = f"SOURCE_DATE_EPOCH is {epoch!r}, not a number of seconds"
        raise ConfigError(Problem("SK702", message, help="unset it, or use --as-of")) from error


@contextmanager
def project_lock(project: Project, listen: Listener) -> Iterator[None]:
    """One run at a time in a project: fits, view files and the database move together."""
    directory = project.directory / "warehouse"
    directory.mkdir(exist_ok=True)
    with exclusive_lock(
        directory / ".segkit.lock",
        timeout=LOCK_TIMEOUT_SECONDS,
        on_wait=lambda text: listen(Event("info", text)),
    ):
        yield


def _workspace(project: Project, listen: Listener, whole: bool) -> DuckDBWorkspace:
    return open_workspace(
        project.target.path,
        project=project.name,
        carry_over=not whole,
        timeout=LOCK_TIMEOUT_SECONDS,
        on_wait=lambda text: listen(Event("info", text)),
    )


def check_columns(project: Project, engine: DuckDBEngine) -> list[Problem]:
    """Bind the project to the relations that ``engine`` holds; return what is wrong."""
    known: dict[str, tuple[Column, ...]] = {}
    for node in project.nodes.values():
        if isinstance(node, Source | Seed) and engine.exists(*schema_and_name(node)):
            known[node.name] = engine.columns(relation_sql(project, node.name))
    with open_scratch() as scratch:
        return check_project(project, scratch, known)[1]


def _plan(project: Project, options: Options, kinds: tuple[type, ...]) -> tuple[Node, ...]:
    selected = select_nodes(project, options.select, options.exclude)
    wanted = {node.name for node in selected if isinstance(node, kinds)}
    if Source in kinds:  # a source is never stale: it is read again for whatever reads it
        wanted |= {
            parent for node in selected if not isinstance(node, DataTest)
            for parent in node.depends_on if isinstance(project.nodes.get(parent), Source)
        }
    return tuple(node for node in project.nodes.values() if node.name in wanted)


def _parents_missing(
    project: Project, plan: Sequence[Node], builder: Builder
) -> Iterable[Source | Seed]:
    """Sources and seeds that the plan reads, does not load, and that were never loaded."""
    names = dict.fromkeys(parent for node in plan for parent in node.depends_on)
    planned = {node.name for node in plan}
    for name in names:
        node = project.nodes.get(name)
        if isinstance(node, Source | Seed) and name not in planned:
            if not builder.workspace.exists(*schema_and_name(node)):
                yield node


def _failed_parent(node: Node, results: Sequence[NodeResult]) -> str | None:
    failed = {r.name for r in results if r.status in ("error", "skip") or
              (r.status == "fail" and r.kind != "test")}
    return next((parent for parent in node.depends_on if parent in failed), None)


def _verb(node: Node) -> str:
    if isinstance(node, Source | Seed):
        return f"loading {node.kind}"
    if isinstance(node, Model):
        return f"creating {node.materialized}"
    return "test" if isinstance(node, DataTest) else "creating view"


def _learner(
    workspace: DuckDBWorkspace, project: Project, listen: Listener
) -> Callable[[Segmentation, str, Sequence[Column], int, Fit | None], Fit]:
    def learn_one(
        node: Segmentation, relation: str, columns: Sequence[Column], version: int,
        previous: Fit | None,
    ) -> Fit:
        from segkit.learn.learn import learn  # scikit-learn takes seconds to import

        return learn(
            node, workspace, relation, columns, target=project.target.name, version=version,
            previous=previous, progress=lambda text: listen(Event("progress", text)),
        )

    return learn_one


def build(
    project_dir: str | Path = ".",
    *,
    target: str | None = None,
    select: Sequence[str] | str | None = None,
    exclude: Sequence[str] | str | None = None,
    vars: Mapping[str, Any] | None = None,
    full_refresh: bool = False,
) -> BuildResult:
    """Build a project; the same as ``segkit build``.

    Returns
    -------
    BuildResult
        ``.ok``, ``.nodes`` (one result a node), ``.segmentations``.

    Raises
    ------
    ConfigError
        Where the command line exits 2: nothing could be started.
    """

    def words(given: Sequence[str] | str | None) -> tuple[str, ...]:
        return (given,) if isinstance(given, str) else tuple(given or ())

    return run_build(
        Options(Path(project_dir), target, vars or {}, words(select), words(exclude),
                full_refresh=full_refresh)
    )
