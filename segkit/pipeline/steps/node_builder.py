"""Builds one node at a time in a workspace. The story around it is ``pipeline/build.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from segkit.core.columns import spelling_of
from segkit.core.experiment_result import Readout
from segkit.core.fit import Fit
from segkit.core.missing_values import MissingValues
from segkit.dialects.spelling import identifier, literal
from segkit.engines.base import Loaded, Publisher
from segkit.errors import EngineError, Label, Problem, SegkitError
from segkit.monitor.usefulness import false_tests, measure_usefulness
from segkit.pipeline.steps.bucket_builder import build_bucket_set
from segkit.pipeline.steps.file_errors import at_model, at_source, reading_warnings
from segkit.pipeline.steps.keep_history import Kept, keep_history
from segkit.pipeline.steps.learner import learner
from segkit.pipeline.steps.other_times import OtherTimes, Reload, edges_above, nodes_above
from segkit.pipeline.steps.segmentation_builder import build_segmentation, create_views
from segkit.project.nodes import BucketSet, Experiment, Model, Project, Seed, Segmentation, Source
from segkit.publish.checks.check_rows import check_conditions, check_keys
from segkit.publish.relations import MAIN, relation_sql, schema_and_name, segmentation_names
from segkit.publish.stored.chosen import (
    ChosenFit,
    choose_fit,
    last_version,
    let_in_by,
    published_subject,
)
from segkit.publish.stored.fits import current_file, current_path, fit_files, fit_path, sealed_files
from segkit.publish.stored.json_files import place_of
from segkit.publish.subject import FittedSubject, Subject, fitted, read_subject
from segkit.publish.views.compiled import Described
from segkit.results import HistoryOrigin, Listener, NodeResult, SegmentationResult


@dataclass
class Builder:
    """State of one run: what lies in the workspace, and what is to be written beside it.

    ``files`` are renamed into place just before the workspace is published.
    ``full_refresh`` and ``refresh_edges`` name the nodes for which it was asked.
    """

    project: Project
    workspace: Publisher
    as_of: datetime
    listen: Listener
    reload: Reload
    locked: bool = False
    full_refresh: frozenset[str] = frozenset()
    refresh_edges: frozenset[str] = frozenset()
    rewrite_history: bool = False
    watches: bool = True  # for drift
    kept: bool = True  # what is learned, for later
    files: dict[Path, str] = field(default_factory=dict)
    segmentations: list[SegmentationResult] = field(default_factory=list)
    subjects: dict[str, FittedSubject] = field(default_factory=dict)
    missing: dict[str, tuple[MissingValues, ...]] = field(default_factory=dict)
    built: set[tuple[str, str]] = field(default_factory=set)
    states: Mapping[str, str] = field(default_factory=dict)
    unprotected: list[Path] = field(default_factory=list)
    edges: dict[str, int] = field(default_factory=dict)  # of bucket sets that are built here
    chosen: dict[str, ChosenFit] = field(default_factory=dict)
    keyed: set[tuple[str, str]] = field(default_factory=set)  # rows and keys that are proved
    proved: set[str] = field(default_factory=set)  # nodes whose views are
    origins: Mapping[str, HistoryOrigin] = field(default_factory=dict)
    readouts: list[Readout] = field(default_factory=list)  # of experiments

    def load(self, node: Source | Seed) -> NodeResult:
        """Load a file or another database's relation as a table, or find that of the target."""
        schema, name = schema_and_name(node)
        sql = relation_sql(self.project, node.name, self.workspace.dialect)
        foreign = node.foreign if isinstance(node, Source) else None
        if node.path is None and foreign is None:
            if not self.workspace.exists(schema, name):
                message = f"the target has no relation {sql}"
                target = self.project.target.name
                hint = f"create it in target {target}, or give the source a `path`"
                raise EngineError(Problem("SK106", message, (Label(node.place),), hint))
            self._note_state(node)
            return NodeResult.of(node, f"found source {node.name}")
        try:
            if node.path is not None:
                loaded = self.workspace.load_source(
                    schema, name, node.path, node.name, node.options
                )
            else:
                assert foreign is not None
                loaded = Loaded(self.workspace.copy_source(schema, name, foreign, node.name))
        except SegkitError as error:
            raise at_source(node, error, self.project.directory) from error
        self.built.add((schema, name))
        self._note_state(node)
        warnings = reading_warnings(node, loaded.reading)
        return NodeResult.of(node, f"loaded {node.kind} {node.name}", f"{loaded.rows}", warnings)

    def model(self, node: Model) -> NodeResult:
        is_table = node.materialized == "table"
        create = self.workspace.create_table if is_table else self.workspace.create_view
        try:
            create(MAIN, node.name, node.sql, node.name)
        except EngineError as error:
            raise at_model(node, error) from error
        name_sql = identifier(node.name, self.workspace.dialect)
        self._comment(node, name_sql)
        self.built.add((MAIN, node.name))
        self._note_state(node)
        count_sql = f"SELECT count(*) FROM {name_sql}"
        detail = str(self.workspace.query(count_sql)[0][0]) if is_table else ""
        return NodeResult.of(node, f"created {node.materialized} {node.name}", detail)

    def _note_state(self, node: Source | Seed | Model) -> None:
        """A table is of its state only if all that it reads is: it may not be loaded again here."""
        there = self.workspace.noted_states()
        is_so = all(there.get(name) == self.states.get(name) for name in node.depends_on)
        state = self.states.get(node.name) if is_so else None
        self.workspace.note_state(node.name, state or "")

    def _comment(self, node: Model, name_sql: str) -> None:
        if not node.description and not node.column_descriptions:
            return
        columns = self.workspace.columns(name_sql)
        spell, names = spelling_of(columns), {column.name for column in columns}
        said = {spell(name): text for name, text in node.column_descriptions.items()}
        about = {name: text for name, text in said.items() if name in names and text}
        statements = Described(node.description, about).statements(
            name_sql, self.workspace.dialect, node.materialized.upper()
        )
        for statement in statements[0 if node.description else 1 :]:
            self.workspace.execute(statement)

    def buckets(self, node: BucketSet) -> list[NodeResult]:
        """Find edges where there are none, create the view; the second result is its proof."""
        built = build_bucket_set(
            self.project,
            self.workspace,
            node,
            keyed=self.keyed,
            locked=self.locked,
            refresh_edges=node.name in self.refresh_edges,
        )
        self.files |= built.files
        self.unprotected += built.unprotected
        self.edges |= {} if built.edges is None else {node.name: built.edges.version}
        self.built.add((MAIN, node.name))
        said = f"created view {node.name}"
        return [NodeResult.of(node, said, built.detail, built.warnings), built.proof]

    def segmentation(self, node: Segmentation) -> list[NodeResult]:
        """Fit if there is no fit, create the views, keep the history; then comes the proof."""
        segments, chosen = self.choose(node)
        node, origin = segments.node, self.origins.get(node.name)
        keep = partial(self._keep, segments)
        made = build_segmentation(self.workspace, segments, chosen, keep, origin)
        self.built |= {(MAIN, name) for name in segmentation_names(node)}
        self.proved |= {node.name} if made.is_proved else set()
        self._stage(chosen, made.file)
        self.segmentations.append(made.summary)
        self.subjects[node.name], self.missing[node.name] = segments, made.missing
        return [made.result, made.proof]

    def experiment(self, node: Experiment) -> NodeResult:
        """Freeze its plan, assign customers, read it, and publish its policy once it is decided."""
        from segkit.pipeline.steps.experiment_builder import build_experiment  # scipy takes a while

        subject = self.subjects.get(node.segments)
        if subject is None:  # not built in this run
            parent = self.project.nodes[node.segments]
            assert isinstance(parent, Segmentation)
            subject = published_subject(self.workspace, self.project, parent)
        built = build_experiment(self.workspace, node, subject, self.as_of)
        self.files |= built.files
        if built.readout is not None:
            self.readouts.append(built.readout)
        if built.policy is not None:
            self.built.add((MAIN, f"{node.name}_policy"))
        return built.result

    def choose(self, node: Segmentation) -> tuple[FittedSubject, ChosenFit]:
        """Look at the customers, and take the fit that is published, or learn one: once a run."""
        subject = read_subject(self.workspace, self.project, node)
        check_conditions(self.workspace, (subject.node.where,), subject.base, subject.columns)
        check_keys(self.workspace, subject.node, subject.rows, self.keyed)
        if node.name not in self.chosen:
            self.chosen[node.name] = choose_fit(
                self.project,
                subject.node,
                learner(self.workspace, subject, self.listen, kept=self.kept),
                locked=self.locked,
                full_refresh=node.name in self.full_refresh,
                published=self._published_version(node),
            )
        chosen = self.chosen[node.name]
        return self._fitted(subject, chosen.fit), chosen

    def _fitted(self, subject: Subject[Segmentation], fit: Fit) -> FittedSubject:
        """The subject by the fit; by one that is stale, its customers are those of the fit."""
        node = let_in_by(fit, subject.node)
        if node is not subject.node:
            subject = replace(subject, node=node)
            check_conditions(self.workspace, (node.where,), subject.base, subject.columns)
            check_keys(self.workspace, node, subject.rows, self.keyed)
        return fitted(subject, fit)

    def past_state(self, node: Segmentation, fit: Fit) -> bool:
        """Write down what a build of this moment would have; False where there was nobody yet."""
        segments = self._fitted(read_subject(self.workspace, self.project, node), fit)
        if not self.workspace.query(f"SELECT count(*) FROM {segments.rows}")[0][0]:
            return False
        check_keys(self.workspace, segments.node, segments.rows)
        create_views(self.workspace, segments)
        self._keep(segments, identifier(f"{node.name}_profile", self.workspace.dialect))
        return True

    def _keep(self, segments: FittedSubject, profile: str) -> Kept:
        edges = edges_above(self.project, segments.node, self.edges)
        above = nodes_above(self.project, segments.node)
        is_current = all((MAIN, n.name) in self.built for n in above if isinstance(n, Model))
        times = OtherTimes(self.workspace, self.project, segments, edges, self.reload, is_current)
        return keep_history(
            self.workspace,
            times,
            self.as_of,
            profile,
            rewrite=self.rewrite_history,
            watches=self.watches,
        )

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """One for all fits and edges of an older segkit, whose edits nobody would notice."""
        paths = self.unprotected
        if not paths:
            return ()
        labels = tuple(Label(place_of(path)) for path in paths)
        listed = ", ".join(label.place.path for label in labels)
        have = f"{len(paths)} files have" if len(paths) > 1 else "a file has"
        message = f"{have} no checksum, so that an edit by hand goes unnoticed: {listed}"
        uses = (f"`segkit fit {p.parent.name} --use {p.name.partition('.')[0]}`" for p in paths)
        hint = f"{', '.join(dict.fromkeys(uses))}: the files as they are, with a checksum"
        return (Problem("SK322", message, labels, hint, severity="warning"),)

    def measure_usefulness(self) -> None:
        """What the segments explain, when the buckets beside them are built, too.

        A fit that is new keeps it; of an earlier one the file stays as it is.
        """
        for place, result in enumerate(self.segmentations):
            node = self.project.nodes[result.name]
            assert isinstance(node, Segmentation)
            subject = self.subjects[node.name]
            measured = measure_usefulness(self.workspace, subject, subject.view)
            if measured:
                said = "One row a segment. " + "; ".join(each.summary for each in measured)
                profile = identifier(f"{node.name}_profile", subject.dialect)
                text = literal(said, subject.dialect)
                self.workspace.execute(f"COMMENT ON VIEW {profile} IS {text}")
            fit = result.fit
            directory = self.project.fits_directory
            if not fit_path(directory, fit.name, fit.version).is_file():
                fit = replace(fit, usefulness=measured)
                self.files |= fit_files(fit, directory, current=True)
            warnings = (*false_tests(measured), *result.warnings)
            self.segmentations[place] = replace(
                result, fit=fit, usefulness=measured, warnings=warnings
            )

    def _published_version(self, node: Segmentation) -> int:
        """The highest fit that the history knows; 0 before the first build."""
        self.workspace.carry_table(f"{node.name}_history")
        return last_version(self.workspace, node.name)

    def _stage(self, chosen: ChosenFit, view_text: str) -> None:
        directory, fit = self.project.fits_directory, chosen.fit
        if chosen.new:
            self.files |= fit_files(fit, directory, current=True)
        else:
            self.unprotected += sealed_files(directory, fit.name, fit.version)
            if not current_path(directory, fit.name).exists():
                self.files |= current_file(directory, fit.name, fit.version)
        self.files[self.project.views_directory / f"{chosen.fit.name}.sql"] = view_text
