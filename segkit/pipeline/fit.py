"""Challengers: learned beside the published fit, promoted when somebody says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from segkit.core.fit import Fit, version_label
from segkit.engines.base import Reader
from segkit.engines.open import engine_of
from segkit.errors import ConfigError, EngineError, FitError, Label, Problem, SegkitError
from segkit.monitor.compare_rules import Side, compare_rules
from segkit.monitor.rule_moves import RuleDiff
from segkit.monitor.usefulness import with_usefulness
from segkit.pipeline.run_options import Options, find_node, open_project, project_lock
from segkit.pipeline.stand_ins import open_relations, stand_in_rivals
from segkit.pipeline.steps.bind_columns import check_columns
from segkit.pipeline.steps.learner import learner
from segkit.project.nodes import AskedK, BucketSet, Project, Segmentation
from segkit.project.selectors import select_nodes
from segkit.publish.checks.check_rows import check_keys
from segkit.publish.stored import fits
from segkit.publish.stored.chosen import frozen_problem, is_frozen, last_version, learn_challenger
from segkit.publish.stored.edge_files import stored_edges
from segkit.publish.stored.write_files import write_files
from segkit.publish.subject import fitted, read_subject
from segkit.results import Event, Listener, ignore

Numbered = Segmentation | BucketSet
STEADY = 0.8  # of the customers stay with rules from others; under it docs/good.md advises


@dataclass(frozen=True)
class Learned:
    """A fit on disk; ``is_current``: the next build publishes it.

    ``is_again``: it says the same as one that was there. ``stays`` is the label of
    the fit that is current instead. ``undone``: changes by hand of the current fit,
    which it does not have. ``moves``: who would be elsewhere than by the current fit.
    """

    fit: Fit
    is_current: bool
    is_again: bool = False
    stays: str = ""
    undone: tuple[str, ...] = ()
    moves: RuleDiff | None = None


def fit_challengers(
    options: Options,
    names: Sequence[str],
    promote: bool,
    listen: Listener = ignore,
    k: AskedK = None,
    warn: Callable[[Problem], None] = lambda _: None,
) -> tuple[Learned, ...]:
    """Learn a fit of each segmentation from today's data; the published views do not change.

    The first fit of a segmentation becomes ``current`` at once, because there
    is none to challenge; a later one only with ``promote``. Either is
    published by the next build. Where no k is declared, that of the current fit stays,
    unless ``k`` says another, or ``auto``.

    Raises ConfigError: SK324 with ``k``, where the definition says how many.
    Raises FitError: SK320 with ``promote``, if rules are frozen: nothing is learned then.
    """
    project = open_project(options)
    selected = select_nodes(project, options.select, options.exclude)
    every = [n.name for n in selected if isinstance(n, Segmentation)]
    nodes = [find_node(project, n, Segmentation, "segmentation") for n in names or every]
    if not nodes:
        find_node(project, None, Segmentation, "segmentation")
    _check_asked(nodes, k)
    learned: list[Learned] = []
    with ExitStack() as stack:
        patience = stack.enter_context(project_lock(project, listen))
        current_fits = {n.name: fits.current_fit(project.fits_directory, n.name) for n in nodes}
        published = _published(project, nodes)
        if promote:
            _check_frozen(nodes, current_fits)
        above = [name for node in nodes for name in node.depends_on]
        engine = stack.enter_context(open_relations(project, *above, patience=patience))
        if problems := check_columns(project, engine):
            raise ConfigError(problems)
        files: dict[Path, str] = {}
        for node in nodes:
            listen(Event("start", node.name, len(learned) + 1, len(nodes)))
            subject = read_subject(engine, project, node)
            check_keys(engine, subject.node, subject.rows)
            stand_in_rivals(project, node, engine)
            current = current_fits[node.name]
            learn_fit = learner(engine, subject, listen, k)
            fit = learn_challenger(
                project,
                node,
                lambda *how, s=subject, learn=learn_fit: with_usefulness(
                    engine, fitted(s, learn(*how))
                )[0],
                current,
                published[node.name],
            )
            found = _learned(engine, project, node, current, fit, promote=promote)
            learned.append(found)
            if problem := _unsteady(node, fit):
                warn(problem)
            if not found.is_again:  # what was written once is not written anew
                files |= fits.fit_files(fit, project.fits_directory, current=False)
            if found.is_current:
                files |= fits.current_file(project.fits_directory, fit.name, fit.version)
        write_files(files, project.directory)
    return tuple(learned)


def _learned(
    engine: Reader,
    project: Project,
    node: Segmentation,
    current: Fit | None,
    fit: Fit,
    *,
    promote: bool,
) -> Learned:
    """What is told of a fit beside the one that is current."""
    is_again = fit.version in fits.versions(project.fits_directory, node.name)
    if current is None or current.version == fit.version:
        return Learned(fit, True, is_again)
    undone = () if fit.adjustments else current.adjustments
    stays = "" if promote else current.label
    sides = (Side(node, each.label, each) for each in (current, fit))
    moves = compare_rules(engine, project, *sides)
    return Learned(fit, promote, is_again, stays, undone, moves)


def _published(project: Project, nodes: Sequence[Segmentation]) -> dict[str, int]:
    """The highest version that was ever published, also from another branch: none is reused."""
    target, names = engine_of(project.target), [node.name for node in nodes]
    if target.is_built():
        try:
            with target.open_published() as engine:
                return {name: last_version(engine, name) for name in names}
        except EngineError as error:
            if error.problems[0].code != "SK605":  # a file of other people's tables
                raise
    return dict.fromkeys(names, 0)


def _unsteady(node: Segmentation, fit: Fit) -> Problem | None:
    """The warning of rules that customers do not call for: a refit moves many for no reason."""
    stable = fit.stability
    if stable is None or stable.mean >= STEADY:
        return None
    moved = 1 - stable.mean
    return Problem(
        "SK326",
        f"rules learned from other customers would put {moved:.0%} into another segment than "
        f"{fit.label} of {fit.name}: a refit moves people without a reason in the data",
        (Label(node.place),),
        "keep the published fit, take fewer segments, or see them as cuts that could lie elsewhere",
        severity="warning",
    )


def _check_asked(nodes: Sequence[Segmentation], k: AskedK) -> None:
    """A declared number is changed where it is declared, or the fit would not be what that says."""
    problems = []
    for node in nodes if k is not None else ():
        if node.labels is not None:
            message = f"--k {k}: the clusters of {node.name} are given in {node.labels.column}"
            problems.append(Problem("SK324", message, (Label(node.labels.place),), "leave out --k"))
        elif node.clusters.k is not None:
            message = f"--k {k}: {node.name} declares k: {node.clusters.k}"
            hint = f"write `k: {k}` there and run `segkit fit {node.name}`, or leave out --k"
            problems.append(Problem("SK324", message, (Label(node.place),), hint))
    if problems:
        raise ConfigError(problems)


def _check_frozen(nodes: Sequence[Segmentation], current_fits: Mapping[str, Fit | None]) -> None:
    problems = [
        frozen_problem(node, fit)
        for node in nodes
        if (fit := current_fits[node.name]) is not None and is_frozen(fit, node)
    ]
    if problems:
        raise FitError(problems)


def use_version(options: Options, name: str, version: int) -> None:
    """Make a fit on disk, or stored edges, the ones that the next build publishes.

    Whoever says so vouches for the file: one of an older segkit gets its checksum.
    """
    project = open_project(options)
    node: Numbered = find_node(project, name, Numbered, "segmentation or bucket set")  # type: ignore[arg-type]
    what, read = "fit", fits.stored_fit
    if isinstance(node, BucketSet):
        what, read = "edges", stored_edges  # type: ignore[assignment]
    with project_lock(project, lambda event: None):
        known = fits.versions(project.fits_directory, node.name)
        if version not in known:
            hint = f"versions of {name}: {', '.join(map(version_label, known))}"
            if not known:
                stores = not isinstance(node, BucketSet) or node.scores
                hint = "`segkit build` makes the first" if stores else "it has no edges to store"
            message = f"{name} has no {what} {version_label(version)}"
            raise ConfigError(Problem("SK311", message, help=hint))
        try:
            read(project.fits_directory, name, version)
        except SegkitError as error:
            raise ConfigError(error.problems) from error
        sealed = fits.sealed_files(project.fits_directory, name, version)
        chosen = fits.current_file(project.fits_directory, name, version)
        write_files({**sealed, **chosen}, project.directory)
