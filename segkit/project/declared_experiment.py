"""An experiment from what was declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from segkit.errors import Label
from segkit.project.nodes.experiments import AssignedElsewhere, Experiment, Measure, Period
from segkit.project.nodes.segments import Segmentation
from segkit.project.schema.experiments import ExperimentSpec, GuardrailSpec, PrimarySpec
from segkit.project.yaml.marks import Entry
from segkit.project.yaml.near_names import did_you_mean_text

Find = Callable[[str, Entry], str | None]  # the node that a name stands for; what is wrong is said


def build_experiment(
    spec: ExperimentSpec, entry: Entry, find: Find, segmentations: Mapping[str, Segmentation]
) -> Experiment:
    """Return the node; ``find`` says which node a relation is."""
    primary = _measure(spec.primary, entry.at("primary"), find, None)
    given = None
    if spec.assigned_by is not None:
        said, at = spec.assigned_by, entry.at("assigned_by")
        found = find(said.relation, at.at("relation"))
        given = AssignedElsewhere(
            found or said.relation, said.key, said.arm, said.at, at.place("relation")
        )
    guardrails = tuple(
        _measure(each, entry.at("guardrails", i), find, primary)
        for i, each in enumerate(spec.guardrails)
    )
    relations = [measure.relation for measure in (primary, *guardrails)]
    relations += [given.relation] if given else []
    _report_segmentation(spec, entry, segmentations)
    _report_twice(spec, entry)
    return Experiment(
        name=spec.name,
        segments=spec.segments,
        arms=spec.arms,
        start=spec.start,
        primary=primary,
        place=entry.place("name"),
        depends_on=tuple(dict.fromkeys((spec.segments, *relations))),
        eligible=tuple(sorted(set(spec.eligible))),
        eligible_place=entry.place("eligible") if spec.eligible else None,
        salt=spec.salt,
        assigned_by=given,
        holdout=spec.holdout,
        ramp=tuple(Period(step.from_, step.share, step.arms or spec.arms) for step in spec.ramp),
        end=spec.end,
        analysis=spec.analysis,
        planned_n=spec.planned_n,
        covariates=tuple(spec.covariates),
        covariate_places=tuple(entry.place("covariates", i) for i in range(len(spec.covariates))),
        guardrails=guardrails,
        description=spec.description,
        tags=tuple(spec.tags),
    )


def _measure(
    spec: PrimarySpec | GuardrailSpec, entry: Entry, find: Find, primary: Measure | None
) -> Measure:
    """A guardrail is of the primary's relation, time and key unless it says otherwise."""
    written = spec.from_
    relation = "" if written is None else find(written, entry.at("from")) or written
    said = Measure(
        metric=spec.metric,
        relation=relation,
        key=spec.key or "",
        place=entry.place("metric"),
        at=spec.at,
        days=spec.days,
        per=spec.per,
        cap=spec.cap,
        worse=spec.worse or "lower",
        margin=spec.margin if isinstance(spec, GuardrailSpec) else None,
    )
    return said if primary is None else _completed(said, primary)


def _completed(said: Measure, primary: Measure) -> Measure:
    """A relation of its own has a time of its own, or none."""
    said = replace(said, key=said.key or primary.key)
    if said.relation:
        return said if said.at is None else replace(said, days=said.days or primary.days)
    return replace(
        said,
        relation=primary.relation,
        at=said.at or primary.at,
        days=said.days or primary.days,
    )


def _report_segmentation(
    spec: ExperimentSpec, entry: Entry, segmentations: Mapping[str, Segmentation]
) -> None:
    node = segmentations.get(spec.segments)
    if node is None:
        label = Label(entry.place("segments"), did_you_mean_text(spec.segments, segmentations))
        known = f"it is one of {', '.join(segmentations)}" if segmentations else "declare one"
        message = f"no segmentation is called `{spec.segments}`"
        entry.report("SK101", message, label, help=known)
        return
    later = {metric.column.lower() for metric in node.metrics if metric.is_later}
    for i, column in enumerate(spec.covariates):
        if column.lower() in later:
            message = f"`{column}` is of a later period, so it cannot be a covariate"
            hint = "a covariate lies before the assignment: a column that looks back"
            entry.report("SK005", message, entry.place("covariates", i), help=hint)


def _report_twice(spec: ExperimentSpec, entry: Entry) -> None:
    names = [spec.primary.metric.lower(), *(each.metric.lower() for each in spec.guardrails)]
    for i, name in enumerate(names[1:]):
        if name in names[: i + 1]:
            message = f"`{spec.guardrails[i].metric}` stands twice in the metrics of `{spec.name}`"
            hint = "keep one of the two: the primary metric needs no guardrail"
            entry.report("SK102", message, entry.place("guardrails", i, "metric"), help=hint)
