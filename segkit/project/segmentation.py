"""A segmentation from what was declared."""

from __future__ import annotations

from segkit.errors import Label, Place, Problem
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import (
    About,
    ClusterSpec,
    Feature,
    Metric,
    RuleSpec,
    Segmentation,
    TraitWords,
)
from segkit.project.schema.segments import ClustersSpec, SegmentationSpec, TraitWordsSpec
from segkit.project.yaml.marks import Document, KeyPath

DEFAULT_K_MAX = 10


def build_segmentation(
    spec: SegmentationSpec, document: Document, path: KeyPath, relation: str | None
) -> tuple[Segmentation, list[Problem]]:
    """Return the node and what is wrong with it; ``relation`` is the node it reads."""
    features = tuple(
        Feature(
            f.column,
            _column_place(document, (*path, "features", i)),
            f.label,
            f.unit,
            f.scale or "standard",
            f.kind,
            f.weight,
            _trait_words(f.words),
        )
        for i, f in enumerate(spec.features)
    )
    metrics = tuple(
        Metric(
            m.column,
            _column_place(document, (*path, "metrics", i)),
            m.label,
            m.unit,
            m.period == "later",
        )
        for i, m in enumerate(spec.metrics)
    )
    problems: list[Problem] = []
    where = None
    if spec.where is not None:
        where, problems = read_condition(document, (*path, "where"))
    clusters = spec.clusters or ClustersSpec()
    k = None if clusters.k == "auto" else clusters.k
    leaves = None if spec.rules.max_leaves == "auto" else spec.rules.max_leaves
    node = Segmentation(
        name=spec.name,
        relation=relation or spec.from_,
        key=spec.key,
        features=features,
        clusters=ClusterSpec(k, clusters.k_max or max(DEFAULT_K_MAX, k or 0), clusters.seed),
        rules=RuleSpec(
            leaves,
            spec.rules.max_loss,
            spec.rules.min_share,
            spec.rules.max_moved,
            spec.rules.frozen,
            document.place((*path, "rules", "frozen")) if spec.rules.frozen is not None else None,
        ),
        missing=spec.missing,
        place=document.place((*path, "name")),
        key_place=document.place((*path, "key")),
        depends_on=(relation,) if relation else (),
        where=where,
        labels=Feature(spec.labels, document.place((*path, "labels"))) if spec.labels else None,
        about={
            i: About(document.place((*path, "about", i)), a.name, a.action, a.owner)
            for i, a in spec.about.items()
        },
        metrics=metrics,
        sensitive=tuple(spec.sensitive),
        sensitive_places=tuple(
            document.place((*path, "sensitive", i)) for i in range(len(spec.sensitive))
        ),
        description=spec.description,
        tags=tuple(spec.tags),
    )
    return node, [*problems, *_column_clashes(node)]


def _trait_words(spec: TraitWordsSpec | None) -> TraitWords:
    given = spec or TraitWordsSpec()
    return TraitWords(given.high or "", given.low or "", given.mid or "")


def _column_place(document: Document, path: KeyPath) -> Place:
    """A feature or a metric is a text, or a mapping with its column."""
    return document.place((*path, "column"))


def _column_clashes(node: Segmentation) -> list[Problem]:
    """Columns that would stand twice in the published view or its profile."""
    problems = []
    taken: dict[str, Place] = {}
    for feature in node.features:
        name = feature.column.lower()
        if name == node.key.lower():
            message = f"`{feature.column}` is the key, so it cannot be a feature"
            hint = "remove it: an id says nothing about a customer"
            problems.append(Problem("SK005", message, (Label(feature.place),), hint))
        elif name in taken:
            message = f"`{feature.column}` stands twice in the features of `{node.name}`"
            labels = (Label(taken[name], "first here"), Label(feature.place, "and again here"))
            problems.append(Problem("SK102", message, labels, "keep one of the two"))
        taken.setdefault(name, feature.place)
    if node.labels is not None and node.labels.column.lower() in {node.key.lower(), *taken}:
        also = "the key" if node.labels.column.lower() == node.key.lower() else "a feature"
        message = f"`{node.labels.column}` cannot be the labels and {also}"
        hint = "labels are what the rules explain, features are what they are made of"
        problems.append(Problem("SK005", message, (Label(node.labels.place),), hint))
    metrics: dict[str, Place] = {}
    for metric in node.metrics:
        name = metric.column.lower()
        if name in taken:
            message = f"`{metric.column}` cannot be a feature and a metric"
            labels = (Label(taken[name], "a feature"), Label(metric.place, "a metric"))
            hint = "metrics say whether the segments are useful: they are not learned from"
            problems.append(Problem("SK005", message, labels, hint))
        elif name in metrics:
            message = f"`{metric.column}` stands twice in the metrics of `{node.name}`"
            labels = (Label(metrics[name], "first here"), Label(metric.place, "and again here"))
            problems.append(Problem("SK102", message, labels, "keep one of the two"))
        metrics.setdefault(name, metric.place)
    return problems
