"""One experiment in a build: its plan is frozen, customers are assigned, and it is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from segkit.core.experiment_result import Policy, Readout
from segkit.engines.base import Publisher, Reader
from segkit.errors import FitError, Label, Problem
from segkit.experiments.assignment import Assigned, assign, daily_counts
from segkit.experiments.cells import read_cells
from segkit.experiments.customer_rows import data_ends, held_rows
from segkit.experiments.experiment_tables import policy_select, write_readout
from segkit.experiments.frozen import decision, frozen_plan, plan_file, policy_file
from segkit.experiments.readout import make_readout
from segkit.project.nodes import Experiment, Project
from segkit.publish.relations import MAIN
from segkit.publish.subject import FittedSubject
from segkit.results import NodeResult


@dataclass(frozen=True)
class BuiltExperiment:
    """``readout`` and ``policy``: None where it has not started, or is not decided."""

    result: NodeResult
    files: dict[Path, str]
    readout: Readout | None = None
    policy: Policy | None = None


def build_experiment(
    workspace: Publisher, node: Experiment, subject: FittedSubject, moment: datetime
) -> BuiltExperiment:
    """Do what is due at a moment; the segmentation is built.

    Raises FitError: SK350 if the definition changed after the start; SK352 for segments or arms
    that are not there.
    """
    check_eligible(node, subject)
    project = subject.project
    plan = frozen_plan(project, node)
    if plan is None and moment.date() < node.start:
        said = f"experiment {node.name} starts on {node.start}"
        return BuiltExperiment(NodeResult.of(node, said), {})
    files = {} if plan else plan_file(project, node, moment, subject.fit.version)
    decided = decision(project, node)
    is_over = node.end is not None and moment.date() >= node.end
    is_open = decided is None and (node.assigned_by is not None or not is_over)
    with workspace.atomic():
        given = assign(workspace, node, subject, moment, is_open=is_open)
        found = read_experiment(workspace, project, node, moment)
        write_readout(workspace, found)
    policy = decided.policy if decided else found.policy
    if decided is None:
        files |= policy_file(project, found)
    if policy is not None:
        select = policy_select(node, policy, subject.node.key, workspace.dialect)
        workspace.create_view(MAIN, f"{node.name}_policy", select, node.name)
    return BuiltExperiment(_result(node, given, found), files, found, policy)


def read_experiment(
    engine: Reader, project: Project, node: Experiment, moment: datetime
) -> Readout:
    """The readout of who is assigned; one that was decided is of that moment for good."""
    decided = decision(project, node)
    until = min(moment, decided.moment) if decided else moment
    with held_rows(engine, project, node, until):
        cells = read_cells(engine, node)
    found = make_readout(node, moment, daily_counts(engine, node), cells)
    return replace(found, data_ends=tuple(data_ends(engine, project, node, until)))


def check_eligible(node: Experiment, subject: FittedSubject) -> None:
    """Refuse segments that the fit does not have. SK352."""
    known = [segment.id for segment in subject.fit.segments]
    gone = [segment for segment in node.eligible if segment not in known]
    if gone:
        message = f"{node.segments} has no segment {', '.join(gone)}"
        hint = f"its segments are {', '.join(known)}"
        label = Label(node.eligible_place or node.place)
        raise FitError(Problem("SK352", message, (label,), hint))


def _result(node: Experiment, given: Assigned, found: Readout) -> NodeResult:
    problems = given.warnings
    if found.status == "mismatch":
        failed = next(check for check in found.balance if not check.ok)
        where = f" in {failed.kind} {failed.subject}".rstrip() if failed.kind != "all" else ""
        counts = ", ".join(f"{arm} {n:,}" for arm, n in failed.counts.items())
        message = f"{node.name}: customers are not in the arms as they should be{where}: {counts}"
        hint = "no effect is shown: look for who is lost, or counted twice, on the way to an arm"
        problem = Problem("SK351", message, (Label(node.place),), hint, severity="warning")
        problems = (*problems, problem)
    for each in found.data_ends:
        newest = f"ends on {each.newest}" if each.newest else "is empty"
        message = f"{node.name}: {each.relation} {newest}, and times until {each.over} are over"
        hint = "what came after counts as nothing: load it, and build again"
        problem = Problem("SK352", message, (Label(node.place),), hint, severity="warning")
        problems = (*problems, problem)
    detail = f"{given.new:,} new of {given.n:,}, {found.status}"
    return NodeResult.of(node, f"assigned {node.name}", detail, problems)
