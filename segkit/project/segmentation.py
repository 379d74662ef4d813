"""A segmentation from what was declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segkit.errors import Label, Place
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import (
    About,
    ClusterSpec,
    DriftBudget,
    Feature,
    Metric,
    RuleSpec,
    Segmentation,
    TraitWords,
)
from segkit.project.schema.segments import ClustersSpec, SegmentationSpec, TraitWordsSpec
from segkit.project.yaml.marks import Entry

DEFAULT_K_MAX = 10


def build_segmentation(spec: SegmentationSpec, entry: Entry, relation: str | None) -> Segmentation:
    """Return the node; ``relation`` is the node that it reads."""
    # a feature or a metric is a text, or a mapping with its column
    features = tuple(
        Feature(
            f.column,
            entry.place("features", i, "column"),
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
        Metric(m.column, entry.place("metrics", i, "column"), m.label, m.unit, m.period == "later")
        for i, m in enumerate(spec.metrics)
    )
    clusters, rules = spec.clusters or ClustersSpec(), spec.rules
    k = None if clusters.k == "auto" else clusters.k
    node = Segmentation(
        name=spec.name,
        relation=relation or spec.from_,
        key=spec.key,
        features=features,
        clusters=ClusterSpec(k, clusters.k_max or max(DEFAULT_K_MAX, k or 0), clusters.seed),
        rules=RuleSpec(
            None if rules.max_leaves == "auto" else rules.max_leaves,
            rules.max_loss,
            rules.min_share,
            rules.max_moved,
            rules.frozen,
            None if rules.frozen is None else entry.place("rules", "frozen"),
        ),
        missing=spec.missing.default,
        place=entry.place("name"),
        key_place=entry.place("key"),
        depends_on=(relation,) if relation else (),
        where=None if spec.where is None else read_condition(entry.at("where")),
        labels=Feature(spec.labels, entry.place("labels")) if spec.labels else None,
        about={
            i: About(entry.place("about", i), a.name, a.action, a.owner)
            for i, a in spec.about.items()
        },
        metrics=metrics,
        own=_own_columns(spec, features, entry),
        guesses_own=not features and "missing" not in spec.model_fields_set,
        missing_grew=None if spec.missing_grew is False else spec.missing_grew,
        activity=spec.activity,
        activity_place=None if spec.activity is None else entry.place("activity"),
        drift=DriftBudget(*spec.drift.budget),
        sensitive=tuple(spec.sensitive),
        sensitive_places=tuple(entry.place("sensitive", i) for i in range(len(spec.sensitive))),
        materialized=spec.materialized,
        description=spec.description,
        tags=tuple(spec.tags),
    )
    _report_column_clashes(node, entry)
    return node


def _own_columns(
    spec: SegmentationSpec, features: Sequence[Feature], entry: Entry
) -> dict[str, Place]:
    """Columns whose missing values are a segment of their own, in the order of the features.

    Where these are yet to be chosen, it is the order in which they are written.
    """
    said = {c.lower(): (c, entry.key_place("missing", c)) for c in spec.missing.own}
    if not features:
        return dict(said.values())
    known = {feature.column.lower(): feature.column for feature in features}
    for name in said.keys() - known.keys():
        column, place = said[name]
        message = f"`{column}` is `own`, and no feature of `{spec.name}`"
        hint = f"add it to `features`, which are {', '.join(known.values())}"
        entry.report("SK005", message, place, help=hint)
    return {column: said[name][1] for name, column in known.items() if name in said}


def _trait_words(spec: TraitWordsSpec | None) -> TraitWords:
    given = spec or TraitWordsSpec()
    return TraitWords(given.high or "", given.low or "", given.mid or "")


def _report_column_clashes(node: Segmentation, entry: Entry) -> None:
    """Columns that would stand twice in the published view or its profile."""
    key = node.key.lower()
    taken: dict[str, Place] = {}
    for feature in node.features:
        name = feature.column.lower()
        if name == key:
            message = f"`{feature.column}` is the key, so it cannot be a feature"
            hint = "remove it: an id says nothing about a customer"
            entry.report("SK005", message, feature.place, help=hint)
        else:
            _report_twice(feature, taken, f"the features of `{node.name}`", entry)
        taken.setdefault(name, feature.place)
    if node.labels is not None and node.labels.column.lower() in {key, *taken}:
        also = "the key" if node.labels.column.lower() == key else "a feature"
        message = f"`{node.labels.column}` cannot be the labels and {also}"
        hint = "labels are what the rules explain, features are what they are made of"
        entry.report("SK005", message, node.labels.place, help=hint)
    metrics: dict[str, Place] = {}
    for metric in node.metrics:
        name = metric.column.lower()
        if name in taken:
            message = f"`{metric.column}` cannot be a feature and a metric"
            labels = (Label(taken[name], "a feature"), Label(metric.place, "a metric"))
            hint = "metrics say whether the segments are useful: they are not learned from"
            entry.report("SK005", message, *labels, help=hint)
        else:
            _report_twice(metric, metrics, f"the metrics of `{node.name}`", entry)
        metrics.setdefault(name, metric.place)


def _report_twice(
    column: Feature | Metric, earlier: Mapping[str, Place], where: str, entry: Entry
) -> None:
    first = earlier.get(column.column.lower())
    if first is not None:
        labels = (Label(first, "first here"), Label(column.place, "and again here"))
        message = f"`{column.column}` stands twice in {where}"
        entry.report("SK102", message, *labels, help="keep one of the two")
