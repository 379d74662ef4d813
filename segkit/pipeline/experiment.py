"""What an experiment needs before it starts, and what came of it."""

from __future__ import annotations

from segkit.core.experiment_result import Planned, Readout
from segkit.errors import ConfigError, Label, Problem
from segkit.experiments.planning import plan_experiment
from segkit.pipeline.run_options import Options, as_of_time, find_node, open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.pipeline.steps.experiment_builder import check_eligible, read_experiment
from segkit.project.nodes import Experiment, Project, Segmentation
from segkit.publish.relations import MAIN
from segkit.publish.stored.chosen import published_fit
from segkit.publish.subject import fitted, read_subject


def read_out(options: Options, name: str | None = None) -> Readout:
    """The readout of what is published; nothing is written.

    Raises
    ------
    ConfigError
        SK101 for a name that no experiment has; SK353 for one that has not started.
    """
    project = open_project(options)
    node = find_node(project, name, Experiment, "experiment")
    with open_shown(project, node.segments) as engine:
        if not engine.exists(MAIN, f"{node.name}_assignment"):
            message = f"nobody is assigned in {node.name} yet"
            hint = f"it starts on {node.start}: `segkit build` assigns customers from then on"
            raise ConfigError(Problem("SK353", message, (Label(node.place),), hint))
        return read_experiment(engine, project, node, as_of_time(options))


def plan_out(options: Options, name: str | None = None) -> Planned:
    """What the experiment can see, from the customers and the metric of the past."""
    project = open_project(options)
    node = find_node(project, name, Experiment, "experiment")
    segmentation = find_node(project, node.segments, Segmentation, "segmentation")
    with open_shown(project, node.segments) as engine:
        fit = published_fit(engine, project, segmentation)
        subject = fitted(read_subject(engine, project, segmentation), fit)
        check_eligible(node, subject)
        others = [*_others(project, node)]
        running = [o for o in others if engine.exists(MAIN, f"{o.name}_assignment")]
        return plan_experiment(engine, project, node, subject, as_of_time(options), running)


def _others(project: Project, node: Experiment) -> list[Experiment]:
    nodes = project.nodes.values()
    return [o for o in nodes if isinstance(o, Experiment) and o.name != node.name]
