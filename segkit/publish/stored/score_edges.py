"""Edges of scores: found in the data once, kept in a numbered file, changed when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segkit.core.edges import EdgeSet, ScoreEdges
from segkit.engines.base import Reader
from segkit.errors import DataError, FitError, Label, Problem
from segkit.project.nodes import BucketSet, Project, Score
from segkit.publish.stored import fits
from segkit.publish.stored.chosen import differing
from segkit.publish.stored.edge_files import stored_edges
from segkit.publish.stored.find_edges import asker, find_edges
from segkit.publish.subject import Subject


@dataclass(frozen=True)
class ChosenEdges:
    """``new``: found just now, the file is not on disk yet. ``before``: what it replaces."""

    edges: EdgeSet
    new: bool = False
    before: EdgeSet | None = None


def choose_edges(
    engine: Reader,
    subject: Subject[BucketSet],
    *,
    locked: bool,
    refresh: bool,
    published: Sequence[str] = (),
) -> ChosenEdges | None:
    """Return the edges to publish; None where the set has no scores.

    Only edges that are missing are looked for, or all where ``refresh``.

    ``published``: columns that the published view has: the edges of one of them are not found anew
    behind people's backs.

    Raises FitError: SK310 if a definition changed, SK311 if edges are missing and may not be looked
    for, SK312 if their file is damaged.
    Raises DataError if a score has no values.
    """
    project, node = subject.project, subject.node
    if not node.scores:
        return None
    current = read_current(project, node)
    known = dict(current.scores) if current else {}
    wanted = node.definitions()
    missing = [score for score in node.scores if refresh or score.name not in known]
    if not refresh:
        _check_definitions(node, current)
    if missing and locked:
        raise FitError(_not_found(node, missing[0]))
    gone = [s for s in missing if s.name in published and s.name not in known and not refresh]
    if gone:
        raise FitError(_lost(node, gone[0]))
    if not missing and current is not None:
        return ChosenEdges(current)
    ask = asker(engine)
    for score in missing:
        definition = wanted[score.name]
        known[score.name] = find_edges(
            engine, node, score, subject.rows, subject.columns, definition, known, ask
        )
    scores = {score.name: known[score.name] for score in node.scores}
    return ChosenEdges(_numbered(project, node, scores), new=True, before=current)


def _numbered(project: Project, node: BucketSet, scores: Mapping[str, ScoreEdges]) -> EdgeSet:
    """The edges under the number that they were stored with before, else under the next."""
    numbers = fits.versions(project.fits_directory, node.name)
    edges = EdgeSet(node.name, max(numbers, default=0) + 1, project.target.name, scores)
    for number in reversed(numbers):
        try:
            earlier = stored_edges(project.fits_directory, node.name, number)
        except FitError:  # nobody asks for what a damaged file of the past says
            continue
        if earlier == replace(edges, version=number):
            return earlier
    return edges


def read_current(project: Project, node: BucketSet) -> EdgeSet | None:
    """The edges that ``current`` names, or None if none were ever found."""
    number = fits.current_version(project.fits_directory, node.name)
    if number is None:
        return None
    return stored_edges(project.fits_directory, node.name, number)


def current_edges(project: Project, node: BucketSet) -> Mapping[str, ScoreEdges]:
    """The stored edges of every score of the set.

    Raises FitError: SK311 if some are missing, SK310 if their definition changed.
    """
    current = read_current(project, node) if node.scores else None
    known = current.scores if current else {}
    for score in node.scores:
        if score.name not in known:
            raise FitError(_not_found(node, score))
    _check_definitions(node, current)
    return known


def score_warnings(node: BucketSet, edges: Mapping[str, ScoreEdges]) -> list[Problem]:
    """A warning for each score that is not what was asked for, because edges repeat."""
    return [problem for score in node.scores for problem in score.warnings(edges[score.name])]


def check_label_counts(node: BucketSet, edges: Mapping[str, ScoreEdges]) -> None:
    """Raise DataError where labels were given for scores that the data do not have."""
    problems = [problem for column in node.columns for problem in column.edge_problems(edges)]
    if problems:
        raise DataError(problems)


def _check_definitions(node: BucketSet, current: EdgeSet | None) -> None:
    """Raise FitError for scores whose edges were stored with another definition."""
    if current is None:
        return
    problems, wanted = [], node.definitions()
    for score in node.scores:
        stored = current.scores.get(score.name)
        differences = differing(stored.definition, wanted[score.name]).values() if stored else ()
        if not differences:
            continue
        changed = tuple(f"changed: {difference}" for difference in differences)
        message = (
            f"the definition of `{score.name}` changed since its edges were stored "
            f"({current.label})"
        )
        hint = f"`segkit build --refresh-edges -s {node.name}` finds new ones and says who moves"
        problems.append(Problem("SK310", message, (Label(score.place),), hint, changed))
    if problems:
        raise FitError(problems)


def _not_found(node: BucketSet, score: Score) -> Problem:
    message = f"`{score.name}` of {node.name} has no stored edges yet"
    hint = f"`segkit build` (without --locked) finds them: commit warehouse/fits/{node.name}"
    return Problem("SK311", message, (Label(score.place),), hint)


def _lost(node: BucketSet, score: Score) -> Problem:
    return Problem(
        "SK311",
        f"`{score.name}` of {node.name} is published, and has no stored edges",
        (Label(score.place),),
        f"`segkit build --refresh-edges -s {node.name}` finds edges, and customers may move",
        (
            f"if edges were stored before, restore warehouse/fits/{node.name} from version "
            "control instead",
        ),
    )
