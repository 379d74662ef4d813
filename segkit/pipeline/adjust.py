"""A cut moved by hand: who moves, what it costs, and the fit that it makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace

from segkit.core.fit import Fit, version_label
from segkit.core.rule_changes import Change, cuts_gone, nothing_said, parse_change, unused_cuts
from segkit.core.rulebook import Rulebook
from segkit.core.simplify import simplify
from segkit.core.tree import Tree
from segkit.core.tree_edits import adjust
from segkit.errors import ConfigError, FitError, Label, Problem
from segkit.monitor.movers import Adjustment, find_moves
from segkit.monitor.usefulness import with_usefulness
from segkit.pipeline.run_options import Options, find_node, open_project, project_lock
from segkit.pipeline.stand_ins import open_shown
from segkit.project.nodes import Segmentation
from segkit.publish.checks.check_columns import type_problems
from segkit.publish.stored import fits
from segkit.publish.stored.chosen import (
    current_fit,
    definition_changes,
    every_fit,
    numbered,
    published_version,
    stale_problem,
)
from segkit.publish.stored.write_files import write_files
from segkit.publish.subject import FittedSubject, fitted, given_names, read_subject
from segkit.results import Listener, Table, ignore


def adjust_rules(
    options: Options,
    name: str | None,
    changes: Sequence[str],
    *,
    save: bool,
    is_kept: bool = True,
    listen: Listener = ignore,
    most: int | None = None,
    take: Callable[[Table], None] | None = None,
) -> Adjustment:
    """Say what the changes of the rules do to the customers of the published views.

    The rules are those of the current fit. Nothing is published: with ``save``
    they become a numbered fit, which the next build publishes.

    ``is_kept``: the fit that comes back is that of ``save``. Without it and ``save``, what is told
    of many customers by a sample (baseline, fingerprint, how true names are) is the old one's.
    ``most``: so many of those who move are kept; all without it.
    ``take``: is handed everyone who moves, as they are read: there may be more than fit in memory.

    Raises ConfigError: SK319 for a change that cannot be made.
    Raises FitError: SK310 if the definition changed since the fit, SK311 if there is no fit.
    """
    project = open_project(options)
    node = find_node(project, name, Segmentation, "segmentation")
    lock = project_lock(project, listen) if save else nullcontext()
    with lock, open_shown(project, node.name) as engine:
        before = current_fit(project, node)
        if declared := definition_changes(before, node):
            raise FitError(stale_problem(project, node, before, declared))
        subject = read_subject(engine, project, node)
        of_before = fitted(subject, before)
        node, before = of_before.node, of_before.fit
        _check_built(of_before)
        rules = _rulebook(of_before)
        if not changes:
            raise nothing_said(rules)
        parsed = [parse_change(text, rules) for text in changes]
        trees = _changed(rules, parsed)
        from segkit.learn.adjusted_fit import Customers, adjusted_fit, cheapest, loss_of
        from segkit.learn.data.all_rows import AllRows

        everyone = AllRows(engine, subject.rows, subject.columns)
        customers = Customers(node, before, everyone)
        tree = cheapest(trees, customers, said=", ".join(change.text for change in parsed))
        earlier = [fitted(subject, fit).fit for fit in every_fit(project, node)]
        _check_new(tree, before, earlier)
        version = max(fit.version for fit in earlier) + 1
        texts = [change.text for change in parsed]
        made = adjusted_fit(
            customers,
            tree,
            texts,
            version=version,
            target=project.target.name,
            is_kept=save or is_kept,
        )
        before, made = with_usefulness(engine, of_before, fitted(subject, made))
        after = numbered(made, earlier)
        loss = loss_of(before.tree, customers)
        published = published_version(engine, node)
        moves = find_moves(engine, subject, before, after, most=most, take=take)
    if save:
        files = fits.fit_files(after, project.fits_directory, current=True)
        write_files(files, project.directory)
    changed = replace(rules, tree=tree)
    return Adjustment(
        before,
        after,
        moves,
        loss,
        given_names(node),
        gone=cuts_gone(parsed, rules, changed),
        unused=unused_cuts(parsed, changed),
        min_share=node.rules.min_share,
        published=None if published is None else version_label(published),
        saved=save,
    )


def _check_built(subject: FittedSubject) -> None:
    """What was declared or left out since the last build is not in the published relation."""
    node, fit, built = subject.node, subject.fit, subject.by_name
    metrics = (metric.column for metric in node.metrics)
    declared = (feature.column for feature in node.features)
    fitted = (feature.column for feature in fit.features)
    wanted = (node.key, *declared, *fitted, *metrics)
    gone = [column for column in wanted if column not in built]
    if gone:
        message = f"{node.relation} was built without `{gone[0]}`"
        raise ConfigError(Problem("SK605", message, (Label(node.place),), "run `segkit build`"))
    if problems := type_problems(node, fit, built, subject.dialect):
        raise FitError(problems)


def _rulebook(subject: FittedSubject) -> Rulebook:
    fit, given = subject.fit, subject.names
    return Rulebook(
        fit.tree,
        fit.features,
        {segment.id: segment.code for segment in fit.segments},
        subject.integers,
        {s.id: (s.name, *([given[s.id]] if s.id in given else [])) for s in fit.segments},
        {segment.id: column for column, segment in fit.own.items()},
    )


def _changed(rules: Rulebook, changes: Sequence[Change]) -> list[Tree]:
    """The trees that all changes, one after the other, can make."""
    trees = [rules.tree]
    for change in changes:
        ways = [adjust(change, replace(rules, tree=tree)) for tree in trees]
        trees = list(dict.fromkeys(tree for found in ways for tree in found))
    return trees


def _check_new(tree: Tree, before: Fit, earlier: Sequence[Fit]) -> None:
    """Rules that a fit on disk has already are that fit's: a second one would only confuse."""
    for fit in earlier:
        if fit.clusters == before.clusters and simplify(fit.tree) == tree:
            message = f"these are the rules of {fit.label}"
            if fit.version == before.version:
                raise ConfigError(Problem("SK319", f"nothing changes: {message}"))
            hint = f"`segkit fit {fit.name} --use {fit.label}` goes back to them"
            raise ConfigError(Problem("SK319", message, help=hint))
