"""The rules of a node, then and now, on the customers of today: two fits, or two revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from segkit.core.fit import Fit, version_label
from segkit.engines.base import Draft
from segkit.engines.open import engine_of
from segkit.errors import ConfigError, Label, Problem
from segkit.monitor.compare_rules import Ruled, Side, compare_rules, untold
from segkit.monitor.rule_moves import RuleDiff
from segkit.pipeline.run_options import Options, data_day, find_node, open_project
from segkit.pipeline.stand_ins import open_relations
from segkit.project.graph import with_above
from segkit.project.nodes import BucketSet, Model, Project, Segmentation
from segkit.project.revision import FITS, Revision, load_revision, read_revision
from segkit.project.selectors import select_nodes
from segkit.publish.stored import fits
from segkit.publish.stored.chosen import (
    definition_changes,
    let_in_by,
    other_fit_problem,
    published_version,
    stale_problem,
)
from segkit.publish.stored.edge_files import stored_edges

Warn = Callable[[Problem], None]


def diff_rules(
    options: Options,
    name: str | None,
    *,
    versions: Sequence[int] = (),
    against: str | None = None,
    warn: Warn,
) -> tuple[RuleDiff, ...]:
    """Say what two sets of rules do to the customers of today, as the project reads them now.

    ``versions``: two fits, or sets of stored edges, of ``name``; of one alone the other is the
    current one. Without any: what is published, and the current fit, or the newest beside it.
    ``against``: a revision of git, whose rules are the first ones: of ``name``, or of all
    segmentations and bucket sets.

    Raises ConfigError: SK101 for a name that has no rules, SK311 for a version that is not there,
    SK605 where nothing is published, SK703 if the revision cannot be read.
    """
    project = open_project(options)
    found = _diffs(project, options, name, versions, against, warn)
    return tuple(replace(each, as_of=data_day(project)) for each in found)


def _diffs(
    project: Project,
    options: Options,
    name: str | None,
    versions: Sequence[int],
    against: str | None,
    warn: Warn,
) -> Iterable[RuleDiff]:
    if against is not None:
        return _since(project, options, name, against, warn)
    node = _find(project, name)
    with open_relations(project, *node.depends_on) as engine:
        if versions:
            known = [_side(node, project.fits_directory, version) for version in versions]
            before, after = known if len(known) > 1 else (*known, _current(project, node))
        else:
            before, after = _published_and_next(engine, project, node, warn)
        _warn_stale(project, after, warn)
        return (compare_rules(engine, project, _let_in(before), _let_in(after)),)


def _find(project: Project, name: str | None) -> Ruled:
    if name is None:
        return find_node(project, name, Segmentation, "segmentation")
    return find_node(project, name, Ruled, "segmentation or bucket set")  # type: ignore[arg-type]


def _published_and_next(
    engine: Draft, project: Project, node: Ruled, warn: Warn
) -> tuple[Side, Side]:
    """The fit that is published, and the one that is to be, or could be."""
    if isinstance(node, BucketSet):
        message = f"{node.name} is a bucket set: its edges are in no history to compare with"
        hint = f"segkit diff --against HEAD {node.name}, or segkit diff {node.name} v0001 v0002"
        raise ConfigError(Problem("SK702", message, (Label(node.place),), hint))
    current = _current(project, node)
    published = None
    target = engine_of(project.target)
    if not target.holds_sources or target.is_built():
        with target.open_published() as there:
            published = published_version(there, node)
        if published is None:
            message = f"{node.name} is not published yet"
            raise ConfigError(Problem("SK605", message, (Label(node.place),), "run `segkit build`"))
    before = current if published is None else _side(node, project.fits_directory, published)
    fit, noted = cast(Fit, before.found), engine.noted_states().get(node.name)
    if problem := other_fit_problem(node, fit, noted):
        warn(problem)
    newest = fits.versions(project.fits_directory, node.name)[-1]
    if before.label == current.label and newest > fit.version:
        return before, _side(node, project.fits_directory, newest)
    return before, current


def _side(node: Ruled, directory: Path, version: int, at: str = "") -> Side:
    """A node by one of its files; ``at`` is the revision that has it."""
    known = fits.versions(directory, node.name)
    if version not in known:
        listed = ", ".join(map(version_label, known)) or "none"
        message = f"{node.name} has no {version_label(version)}"
        hint = f"versions of {node.name}: {listed}; one of another branch is in version control"
        raise ConfigError(Problem("SK311", message, (Label(node.place),), hint))
    read = fits.stored_fit if isinstance(node, Segmentation) else stored_edges
    label = " ".join(filter(None, (at, version_label(version))))
    return Side(node, label, read(directory, node.name, version))


def _current(project: Project, node: Ruled, directory: Path | None = None, at: str = "") -> Side:
    directory = directory or project.fits_directory
    version = fits.current_version(directory, node.name)
    if version is None:
        return Side(node, at or "now", None)
    return _side(node, directory, version, at)


def _let_in(side: Side) -> Side:
    """A segmentation by its fit: what is written now of who is in it waits for the next one."""
    node, fit = side.node, side.found
    if isinstance(node, Segmentation) and isinstance(fit, Fit):
        return replace(side, node=let_in_by(fit, node))
    return side


def _warn_stale(project: Project, side: Side, warn: Warn) -> None:
    """What is written now is no fit yet: what is compared is what a build would publish."""
    node, fit = side.node, side.found
    if not isinstance(node, Segmentation) or not isinstance(fit, Fit):
        return
    if changes := definition_changes(fit, node):
        warn(replace(stale_problem(project, node, fit, changes), severity="warning"))


def _since(
    project: Project, options: Options, name: str | None, revision: str, warn: Warn
) -> Iterator[RuleDiff]:
    """Each node by the rules of the revision, and by those of today."""
    read = read_revision(project.directory, revision)
    then = load_revision(read, project.directory, target=options.target, vars=options.vars)
    names = _names(project, then, options, name)
    known = [node for n in names if isinstance(node := project.nodes.get(n), Ruled)]
    above = {each for node in known for each in node.depends_on}
    with TemporaryDirectory() as folder, open_relations(project, *above) as engine:
        _write_fits(read, Path(folder))
        for each in names:
            was, node = then.nodes.get(each), project.nodes.get(each)
            before = after = None
            if isinstance(was, Ruled):
                before = _current(project, was, Path(folder) / FITS, revision)
            if isinstance(node, Ruled):
                after = _current(project, node)
                _warn_stale(project, after, warn)
            if before and after:
                found = compare_rules(engine, project, _let_in(before), _let_in(after))
                yield replace(found, models=_models_changed(then, project, each))
            elif there := before or after:
                yield untold(project, there, there, "gone" if before else "new", revision)


def _write_fits(revision: Revision, folder: Path) -> None:
    for path, data in revision.files.items():
        if path.startswith(f"{FITS}/"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)


def _names(project: Project, then: Project, options: Options, name: str | None) -> list[str]:
    """The nodes with rules that are asked for, of either time."""
    if name is not None and isinstance(then.nodes.get(name), Ruled):
        return [name]
    if name is not None:
        return [_find(project, name).name]
    selected = select_nodes(project, options.select, options.exclude)
    found = [node.name for node in selected if isinstance(node, Ruled)]
    if options.select or options.exclude:
        return found
    gone = (n for n, node in then.nodes.items() if isinstance(node, Ruled))
    return list(dict.fromkeys([*found, *gone]))


def _models_changed(then: Project, now: Project, name: str) -> tuple[str, ...]:
    """Models above the node that were written otherwise: they are read as they are now."""
    above = with_above([name], now.nodes.values())
    return tuple(
        n
        for n, node in now.nodes.items()
        if n in above
        and isinstance(node, Model)
        and (not isinstance(was := then.nodes.get(n), Model) or was.sql != node.sql)
    )
