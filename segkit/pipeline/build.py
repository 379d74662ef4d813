"""The story of a build, on a page. Its steps are in ``run.py``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from segkit.engines.base import Reader
from segkit.engines.locks import Patience
from segkit.engines.open import engine_of
from segkit.errors import ConfigError, FitError, Label, Problem, SegkitError
from segkit.monitor.build_log import logged_builds
from segkit.monitor.count_missing import count_missing
from segkit.pipeline.run_options import (
    Options,
    as_of_time,
    find_node,
    open_project,
    project_lock,
    reload_project,
)
from segkit.pipeline.stand_ins import node_states, open_shown
from segkit.pipeline.steps.backfill import backfill, check_backfill, end_of_backfill, past_moments
from segkit.pipeline.steps.keep_copies import restore_histories
from segkit.pipeline.steps.node_builder import Builder
from segkit.pipeline.steps.plan import (
    check_kept,
    plan_nodes,
    say_what_was_found,
    with_published_views,
)
from segkit.pipeline.steps.run import Run
from segkit.project.nodes import (
    BucketSet,
    DataTest,
    Experiment,
    HistoryLimits,
    Model,
    Node,
    Seed,
    Segmentation,
    Source,
)
from segkit.publish.stored.accepted import accepted_file
from segkit.publish.stored.artifacts import write_manifest, write_run_results
from segkit.publish.stored.chosen import published_subject
from segkit.publish.stored.write_files import write_files
from segkit.results import FAILED, BuildResult, Listener, NodeResult, SegmentationResult, ignore


def run_build(options: Options, listen: Listener = ignore) -> BuildResult:
    """Seeds, models, buckets, segmentations (fitted where there is no fit) and tests."""
    kinds = (Source, Seed, Model, BucketSet, Segmentation, Experiment, DataTest)
    return _run(options, listen, kinds=kinds)


def run_models(options: Options, listen: Listener = ignore) -> BuildResult:
    """Models, buckets and segmentations by their fits; nothing is learned, nothing tested."""
    return _run(options, listen, kinds=(Source, Model, BucketSet, Segmentation), may_fit=False)


def run_seeds(options: Options, listen: Listener = ignore) -> BuildResult:
    """Load the seeds."""
    return _run(options, listen, kinds=(Seed,))


def _run(
    options: Options, listen: Listener, *, kinds: tuple[type[Node], ...], may_fit: bool = True
) -> BuildResult:
    project = open_project(options)
    plan = plan_nodes(project, options, kinds)
    copies = options.copies
    run = Run(project, None, plan, listen, options.fail_fast, tests=may_fit, copies=copies)
    try:
        with project_lock(project, listen) as patience:
            try:
                _build(run, options, kinds, patience, may_fit=may_fit)
            finally:
                run.see_if_published()
    except BaseException as error:
        if not (run.published and isinstance(error, OSError)):
            _note_stop(run, options, error)
            raise
        run.add_failure("publish", "after publishing", error)  # a lock that cannot be removed
    if run.published and options.fail_on is not None:
        run.fail_on_drift(options.fail_on)
    with_page = options.report and may_fit and DataTest in kinds
    return _report(run, with_page=with_page)


def run_drift(
    options: Options, name: str | None = None, listen: Listener = ignore
) -> tuple[SegmentationResult, ...]:
    """Whether the customers of today have changed, by the rules that there are.

    What a build would find, were it to build now; nothing is learned, and nothing is published.

    Raises SegkitError: what a build would fail with.
    """
    project = open_project(options)
    names = [node.name for node in project.of(Segmentation)]
    if name is not None or len(names) < 1:
        names = [find_node(project, name, Segmentation, "segmentation").name]
    options = replace(options, select=tuple(f"+{each}" for each in names))
    kinds = (Source, Seed, Model, BucketSet, Segmentation)
    run = Run(project, None, plan_nodes(project, options, kinds), listen, tests=False)
    with project_lock(project, listen) as patience:
        _build(run, options, kinds, patience, may_fit=False, publishes=False)
    failed = [p for node in run.results if node.status in FAILED for p in node.problems]
    if failed:
        raise FitError(failed)
    found = {each.name: each for each in run.building.segmentations}
    return tuple(found[each] for each in names)


def accept_level(options: Options, name: str | None = None) -> tuple[str, datetime]:
    """Take what is published now for usual: the next build is what later ones are held against.

    Returns the name of the segmentation, and the moment of its last build.
    """
    project = open_project(options)
    node = find_node(project, name, Segmentation, "segmentation")
    table = f"{node.name}_builds"
    with open_shown(project, node.name) as engine:
        builds = logged_builds(engine, node.name) if engine.exists("main", table) else ()
    if not builds:
        message = f"{node.name} is not built yet, so there is no level to accept"
        raise ConfigError(Problem("SK605", message, (Label(node.place),), "run `segkit build`"))
    moment = builds[-1].as_of
    write_files(accepted_file(project.fits_directory, node.name, moment), project.directory)
    return node.name, moment


def _note_stop(run: Run, options: Options, error: BaseException) -> None:
    """Put on record that the run did not come to its end: the file says so of this one."""
    problems = error.problems if isinstance(error, SegkitError) else ()
    text = f"stopped: {type(error).__name__}"
    run.results.append(NodeResult("run", "publish", "error", text, problems=problems))
    run.as_of = run.as_of or as_of_time(options)
    with suppress(SegkitError, OSError):  # the first error is the one to be told
        directory = run.project.directory / "target"
        write_run_results(run.result(), directory, run.project.name)


def _build(
    run: Run,
    options: Options,
    kinds: tuple[type[Node], ...],
    patience: Patience,
    *,
    may_fit: bool,
    publishes: bool = True,
) -> None:
    project, listen = run.project, run.listen
    asked = frozenset(node.name for node in run.plan)  # what is proved again is not learned again
    whole = DataTest in kinds and not options.select and not options.exclude
    with engine_of(project.target).open_publisher(
        project=project.name,
        carry_over=not whole,
        forgets=project.history != HistoryLimits(),
        patience=patience,
        directory=project.directory,
    ) as workspace:
        run.loss = check_kept(run.plan, workspace, options, whole=whole)
        run.plan = with_published_views(project, run.plan, workspace)
        say_what_was_found(project, run.plan, listen)
        run.builder = Builder(
            project=project,
            workspace=workspace,
            as_of=as_of_time(options),
            listen=listen,
            reload=partial(reload_project, options),
            locked=options.locked or not may_fit,
            full_refresh=asked if options.full_refresh else frozenset(),
            refresh_edges=asked if options.refresh_edges else frozenset(),
            rewrite_history=options.rewrite_history,
            watches=options.drift,
            kept=options.kept,
            states=node_states(project),
        )
        run.building.origins = restore_histories(project, run.plan, workspace)
        run.load_files()
        run.check_columns()
        if options.backfill is not None:
            _backfill(run, options, options.backfill)
        run.build_nodes()
        if publishes:
            run.measure()
            run.publish(whole=whole)


def _backfill(run: Run, options: Options, period: str) -> None:
    """Write the past down first, in the same file: readers see it with today, or not at all."""
    builder = run.building
    end = end_of_backfill(run.project, builder.as_of, is_given=options.as_of is not None)
    moments = past_moments(period, end)
    check_backfill(builder, run.plan, options.vars)
    backfill(builder, run.plan, moments)


def run_tests(options: Options, listen: Listener = ignore) -> BuildResult:
    """Data tests, and those that every segmentation has, on what is published."""
    project = open_project(options)
    plan = plan_nodes(project, options, (Segmentation, DataTest))
    say_what_was_found(project, plan, listen)
    names = dict.fromkeys(name for node in plan for name in (node.name, *node.depends_on))
    with open_shown(project, *names) as engine:
        run = Run(project, None, plan, listen, options.fail_fast, as_of=as_of_time(options))
        for node in plan:
            if isinstance(node, DataTest):
                run.step(node, lambda n=node: [run.data_test(engine, n)])  # type: ignore[misc]
            elif isinstance(node, Segmentation):
                run.step(node, lambda n=node: _own_tests(run, engine, n))  # type: ignore[misc]
    return _report(run)


def _own_tests(run: Run, engine: Reader, node: Segmentation) -> list[NodeResult]:
    subject = published_subject(engine, run.project, node)
    return run.own_tests(engine, subject, count_missing(engine, subject))


def _report(run: Run, *, with_page: bool = False) -> BuildResult:
    """Write what is read beside the database; a file that cannot be is a failure, too."""
    project, directory = run.project, run.project.directory / "target"
    steps: dict[str, Callable[[], Path]] = {
        "manifest": lambda: write_manifest(project, directory),
        "run_results": lambda: write_run_results(run.result(), directory, project.name),
    }
    if with_page and run.published:
        from segkit.pipeline.page_file import write_page_of_build

        steps["report"] = lambda: write_page_of_build(project, run.result())
    for name, write in steps.items():
        try:
            write()
        except (SegkitError, OSError) as error:
            kind = "html" if name == "report" else "json"
            run.add_failure(name, f"writing target/{name}.{kind}", error)
    return run.result()
