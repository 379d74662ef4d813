"""What the page is drawn from: each segmentation and bucket set as it is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from segkit.core.experiment_result import Readout
from segkit.core.fact_english import (
    assumption_sentences,
    missing_sentences,
    warning_sentences,
)
from segkit.core.number_format import numbers_as
from segkit.dialects.spelling import identifier, relation
from segkit.dialects.table import DIALECTS, DUCKDB
from segkit.engines.base import Reader
from segkit.errors import SegkitError
from segkit.monitor.changes import last_changes
from segkit.monitor.count_missing import count_missing
from segkit.monitor.drift.drift_tables import read_drift
from segkit.monitor.usefulness import measure_usefulness
from segkit.pipeline.explain import segment_texts
from segkit.pipeline.run_options import Options, as_of_time, data_day, find_node, open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.project.nodes import BucketSet, Experiment, Model, Node, Project, Segmentation
from segkit.publish.segment_summary import summarize, unseen_levels
from segkit.publish.stored.chosen import published_subject
from segkit.publish.subject import FittedSubject
from segkit.publish.views.segmentation_view import CompiledSegmentation, compile_segmentation
from segkit.results import SegmentationResult
from segkit.survey.bucket_counts import count_buckets
from segkit.survey.page_data import ExperimentReport, MetricNote, ProjectReport, SegmentationReport
from segkit.survey.privacy import Rows, shown_with
from segkit.survey.survey import survey

Reported = Segmentation | BucketSet
Known = Mapping[str, SegmentationResult | Readout]
NOT_BUILT: Known = {}
NOT_PROVED = (0, 0)  # rows and edge cases: a build proves, and nothing is built here


def report_project(
    options: Options, name: str | None = None, rows: Rows = Rows.sample
) -> ProjectReport:
    """All segmentations and bucket sets that are published, or the one of that name."""
    project = open_project(options)
    if name is None:
        nodes = reported_nodes(project)
    else:
        nodes = (find_node(project, name, Reported, "segmentation or bucket set"),)  # type: ignore[arg-type]
    return report_nodes(project, nodes, as_of_time(options), rows=rows)


def reported_nodes(project: Project) -> tuple[Reported, ...]:
    """The nodes that have a part of the page."""
    return tuple(node for node in project.nodes.values() if isinstance(node, Reported))


def report_nodes(
    project: Project,
    nodes: Sequence[Reported],
    as_of: datetime,
    known: Known = NOT_BUILT,
    rows: Rows = Rows.sample,
) -> ProjectReport:
    """Return the page of nodes as they are published.

    Parameters
    ----------
    known : mapping
        Results of the build that published them, by name: what is measured is not measured again.
    rows : Rows
        What of customers is in it, whoever renders it.
    """
    with open_shown(project, *(node.name for node in nodes)) as engine:
        segmentations = tuple(
            _segmentation(engine, project, node, as_of, known)
            for node in nodes
            if isinstance(node, Segmentation)
        )
        buckets = tuple(
            count_buckets(engine, node) for node in nodes if isinstance(node, BucketSet)
        )
    found = ProjectReport(
        project.name,
        project.target.name,
        as_of,
        segmentations,
        buckets,
        project.numbers,
        data_day(project),
    )
    return shown_with(found, rows)


def _segmentation(
    engine: Reader, project: Project, node: Segmentation, as_of: datetime, known: Known
) -> SegmentationReport:
    subject = published_subject(engine, project, node)
    compiled = compile_segmentation(subject)
    with numbers_as(project.numbers):
        built = known.get(node.name)
        if not isinstance(built, SegmentationResult):
            built = _result(engine, subject, compiled)
        # a build says those of the fit once, when it is new
        warnings = dict.fromkeys((*warning_sentences(subject.fit), *built.warnings))
        result = replace(built, warnings=tuple(warnings))
        texts = segment_texts(subject, result.segments)
    return SegmentationReport(
        result,
        texts,
        survey(engine, subject),
        _sql(subject, compiled),
        tuple(sorted(node.depends_on)),
        _readers(project, node),
        subject.integers,
        _metric_notes(project, subject.node),
        _experiments(engine, project, subject, as_of, known),
    )


def _result(
    engine: Reader, subject: FittedSubject, compiled: CompiledSegmentation
) -> SegmentationResult:
    unseen = unseen_levels(engine, subject, compiled)
    profile = identifier(f"{subject.node.name}_profile", engine.dialect)
    found = summarize(engine, subject, compiled, profile, NOT_PROVED, unseen)
    missing = missing_sentences(
        count_missing(engine, subject), subject.node.missing, found.unassigned
    )
    name = subject.node.name
    changes = last_changes(engine, name)
    return replace(
        found,
        changes=changes,
        drift=None if changes is None else read_drift(engine, name, changes.until),
        assumptions=(*assumption_sentences(subject.fit, of_missing=False), *missing),
        usefulness=measure_usefulness(engine, subject, subject.view),
    )


def _metric_notes(project: Project, node: Segmentation) -> Mapping[str, MetricNote]:
    """Descriptions are those of the model that the segmentation reads."""
    read = project.nodes.get(node.relation)
    said = read.column_descriptions if isinstance(read, Model) else {}
    said = {name.casefold(): text for name, text in said.items()}
    return {
        metric.column: MetricNote(said.get(metric.column.casefold(), ""), metric.is_later)
        for metric in node.metrics
    }


def _sql(subject: FittedSubject, compiled: CompiledSegmentation) -> Mapping[str, str]:
    """The view in every dialect that it can be said in, that of the target first."""
    from segkit.dialects.translate import Translator

    first = subject.dialect
    texts: dict[str, str] = {}
    for dialect in (first, *(each for each in DIALECTS.values() if each is not first)):
        text = compiled.text
        try:
            if dialect is not DUCKDB:
                view = Translator(dialect).view(text.view, subject.node.place)
                text = replace(text, view=view)
            name = relation(subject.node.name, None, dialect)
            base = relation(subject.node.relation, None, dialect)
            texts[dialect.title] = text.file(name, base, dialect)
        except SegkitError:
            continue  # a condition that cannot be said there: `segkit compile` tells why
    return texts


def _experiments(
    engine: Reader, project: Project, subject: FittedSubject, as_of: datetime, known: Known
) -> tuple[ExperimentReport, ...]:
    name = subject.node.name
    nodes = [node for node in project.of(Experiment) if node.segments == name]
    if not nodes:
        return ()

    from segkit.pipeline.experiment import experiment_report  # scipy, which a page does without

    return tuple(
        experiment_report(engine, node, subject, as_of, known.get(node.name)) for node in nodes
    )


def _readers(project: Project, node: Node) -> tuple[str, ...]:
    found = (other.name for other in project.nodes.values() if node.name in other.depends_on)
    return tuple(sorted(found))
