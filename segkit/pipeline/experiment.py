"""What an experiment needs before it starts, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from segkit.core.experiment_result import Planned, Readout
from segkit.engines.base import Reader
from segkit.errors import ConfigError, Label, Problem, SegkitError
from segkit.experiments.frozen import frozen_plan
from segkit.experiments.planning import plan_experiment
from segkit.pipeline.run_options import Options, as_of_time, find_node, open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.pipeline.steps.experiment_builder import check_eligible, read_experiment
from segkit.project.nodes import Experiment, Segmentation
from segkit.publish.relations import MAIN
from segkit.publish.stored.chosen import published_subject
from segkit.publish.subject import FittedSubject
from segkit.survey.page_data import ExperimentReport


def read_out(options: Options, name: str | None = None) -> Readout:
    """The readout of what is published; nothing is written.

    Raises ConfigError: SK101 for a name that no experiment has; SK353 for one that has not started.
    Raises FitError: SK350 for one that is not what it was when it started.
    """
    project = open_project(options)
    node = find_node(project, name, Experiment, "experiment")
    with open_shown(project, node.segments) as engine:
        if not engine.exists(MAIN, f"{node.name}_assignment"):
            message = f"nobody is assigned in {node.name} yet"
            hint = f"it starts on {node.start}: `segkit build` assigns customers from then on"
            raise ConfigError(Problem("SK353", message, (Label(node.place),), hint))
        frozen_plan(project, node)
        return read_experiment(engine, project, node, as_of_time(options))


def plan_out(options: Options, name: str | None = None) -> Planned:
    """What the experiment can see, from the customers and the metric of the past."""
    project = open_project(options)
    node = find_node(project, name, Experiment, "experiment")
    segmentation = find_node(project, node.segments, Segmentation, "segmentation")
    with open_shown(project, node.segments) as engine:
        subject = published_subject(engine, project, segmentation)
        return _plan(engine, node, subject, as_of_time(options))


def experiment_report(
    engine: Reader, node: Experiment, subject: FittedSubject, as_of: datetime, known: object = None
) -> ExperimentReport:
    """The experiment as a page has it; ``known`` is the readout, if a build read it.

    One that cannot be read, or is not what it was when it started, says so: it does not take
    the page with it.
    """
    made = ExperimentReport(node.name, node.arms, node.start, node.end)
    try:
        if isinstance(known, Readout):
            return replace(made, readout=known)
        frozen_plan(subject.project, node)
        if engine.exists(MAIN, f"{node.name}_assignment"):
            return replace(made, readout=read_experiment(engine, subject.project, node, as_of))
        return replace(made, planned=_plan(engine, node, subject, as_of))
    except SegkitError as error:
        return replace(made, trouble=error.problems[0].message)


def _plan(engine: Reader, node: Experiment, subject: FittedSubject, as_of: datetime) -> Planned:
    check_eligible(node, subject)
    running = [
        other
        for other in subject.project.of(Experiment)
        if other.name != node.name and engine.exists(MAIN, f"{other.name}_assignment")
    ]
    return plan_experiment(engine, node, subject, as_of, running)
