"""One segmentation by its fit: its views, the proof, its history, and what is said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from segkit.core.fact_english import assumption_sentences, missing_sentences, warning_sentences
from segkit.core.fit import Fit
from segkit.core.missing_values import MissingValues
from segkit.core.number_format import numbers_as
from segkit.dialects.spelling import identifier
from segkit.dialects.stored_codes import codes_select
from segkit.engines.base import Publisher
from segkit.errors import Label, Problem
from segkit.pipeline.steps.bucket_builder import proof_line
from segkit.pipeline.steps.keep_history import Kept
from segkit.pipeline.steps.segment_figures import segment_figures
from segkit.project.graph import CODES_SUFFIX
from segkit.project.nodes import Segmentation
from segkit.publish.checks.check_metrics import period_warnings
from segkit.publish.checks.check_rows import condition_warnings, emptiness
from segkit.publish.proof.parity import check_parity
from segkit.publish.relations import MAIN
from segkit.publish.segment_summary import summarize, unseen_levels
from segkit.publish.stored.chosen import ChosenFit, other_fit_problem
from segkit.publish.stored.fits import rules_note
from segkit.publish.subject import FittedSubject, given_names
from segkit.publish.views.compiled import Described, ViewText
from segkit.publish.views.segmentation_view import CompiledSegmentation, compile_segmentation
from segkit.results import HistoryOrigin, NodeResult, SegmentationResult

_PROFILE = "segkit_profile"  # what a build reads of the profile, once


@dataclass(frozen=True)
class BuiltSegmentation:
    """``file`` is to be written beside the view; ``is_proved``: it says what its rules say."""

    result: NodeResult
    proof: NodeResult
    is_proved: bool
    file: str
    summary: SegmentationResult
    missing: tuple[MissingValues, ...]


def build_segmentation(
    workspace: Publisher,
    segments: FittedSubject,
    chosen: ChosenFit,
    keep: Callable[[str], Kept],
    origin: HistoryOrigin | None,
) -> BuiltSegmentation:
    """Create the views; ``keep`` writes down what lasts of a profile, once they are there."""
    node, dialect = segments.node, workspace.dialect
    compiled = create_views(workspace, segments)
    _execute_all(workspace, compiled.text.described.statements(segments.view, dialect))
    wanted = segment_figures(workspace, segments)
    parity, proof = proof_line(
        node,
        lambda: check_parity(
            workspace,
            compiled.view,
            segments.view,
            segments.rows,
            relation_sql=segments.base,
            figures=wanted.wanted,
        ),
    )
    missing = wanted.missing(parity.scan)
    with workspace.hold(_PROFILE, wanted.profile(parity.scan, compiled)):
        kept = keep(_PROFILE)
        other = other_fit_problem(node, chosen.fit, workspace.states_previously().get(node.name))
        workspace.note_state(node.name, rules_note(chosen.fit))
        problems = (
            *((other,) if other else ()),
            *kept.warnings,
            *emptiness(workspace, node, segments.rows),
            *condition_warnings(node, segments.columns, dialect),
            *about_warnings(node, chosen.fit),
            *period_warnings(workspace, segments),
        )
        counts, axes = (parity.rows, parity.cases), wanted.axes(parity.scan)
        with numbers_as(segments.project.numbers):
            # those of the fit last: `explain` has them, too
            warnings = (
                *unseen_levels(workspace, segments, compiled),
                *(warning_sentences(chosen.fit) if chosen.new else ()),
            )
            summary = summarize(workspace, segments, compiled, _PROFILE, counts, warnings, axes)
            said = (
                *assumption_sentences(chosen.fit, of_missing=False),
                *missing_sentences(missing, node.missing, summary.unassigned),
            )
    summary = replace(
        summary, assumptions=said, changes=kept.changes, drift=kept.drift, history=origin
    )
    file = compiled.text.file(segments.view, segments.base, dialect)
    result = _result(node, chosen, problems)
    return BuiltSegmentation(result, proof, parity.holds, file, summary, missing)


def create_views(workspace: Publisher, segments: FittedSubject) -> CompiledSegmentation:
    """Create the view and its profile, and the table that they stand on if there is one."""
    compiled, name = compile_segmentation(segments), segments.node.name
    text = compiled.text.in_dialect(segments.dialect, segments.node.place)
    if segments.node.materialized == "table":
        text = _store_codes(workspace, segments, text)
    select = text.select(segments.base, segments.dialect)
    workspace.create_view(MAIN, name, select, name)
    workspace.create_view(MAIN, f"{name}_profile", compiled.profile, name)
    return replace(compiled, text=text)


def _store_codes(workspace: Publisher, segments: FittedSubject, text: ViewText) -> ViewText:
    """Make the table of codes; the view is what stands in front of it."""
    name, dialect = segments.node.name, segments.dialect
    codes = codes_select(text.view, segments.base, dialect)
    workspace.create_table(MAIN, name + CODES_SUFFIX, codes, name)
    table = identifier(name + CODES_SUFFIX, dialect)
    said = Described(f"the segments of {name} as the last build found them: ask the view", {})
    _execute_all(workspace, said.statements(table, dialect, "TABLE"))
    return replace(text, codes=table)


def _execute_all(workspace: Publisher, statements: Sequence[str]) -> None:
    for statement in statements:
        workspace.execute(statement)


def _result(node: Segmentation, chosen: ChosenFit, problems: tuple[Problem, ...]) -> NodeResult:
    fit = chosen.fit
    if chosen.problem is not None:
        said = f"{node.name}: {chosen.kept}, {fit.label} stays published"
        problems = (chosen.problem, *problems)
        return NodeResult(node.name, node.kind, "stale", said, problems=problems)
    facts = f"k={fit.clusters.k}, loss {fit.quality.loss:.1%}, {fit.quality.leaves} leaves"
    said = f"{'fitted' if chosen.new else 'created view'} {node.name} {fit.label}"
    return NodeResult.of(node, said, facts, problems)


def about_warnings(node: Segmentation, fit: Fit) -> Iterator[Problem]:
    """Words in ``about`` that name no segment, or two of them alike."""
    names = {outcome.id: outcome.name for outcome in fit.case(given_names(node)).outcomes}
    ids = [segment.id for segment in fit.segments]
    counts = Counter(names[id_] for id_ in ids)
    for id_, about in node.about.items():
        if id_ not in ids:
            message = f"about: {id_} is no segment of {fit.label}"
            hint = f"segments of {fit.label}: {', '.join(ids)}"
            yield Problem("SK101", message, (Label(about.place),), hint, severity="warning")
        elif about.name and counts[about.name] > 1:
            alike = ", ".join(other for other in ids if names[other] == about.name)
            message = f"{counts[about.name]} segments are called {about.name}: {alike}"
            hint = "give each a name of its own: a report cannot tell them apart"
            yield Problem("SK102", message, (Label(about.place),), hint, severity="warning")
