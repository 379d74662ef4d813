"""Published segments in words."""

from __future__ import annotations

from segkit.core.columns import Kind
from segkit.core.english import describe_rule
from segkit.core.fit import Fit, Quality
from segkit.monitor.usefulness import measure_usefulness
from segkit.pipeline.run_options import Options, find_node, open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.project.nodes import Segmentation
from segkit.publish.segment_summary import (
    metric_and_feature_words,
    read_profile,
)
from segkit.publish.stored.chosen import published_fit
from segkit.publish.subject import fitted, read_subject
from segkit.publish.views.compiled import segment_rules
from segkit.report.explain import Explanation, SegmentText
from segkit.report.text import count_of
from segkit.results import SegmentRow


def explain_segmentation(options: Options, name: str | None) -> Explanation:
    """The published segments: size, rules in English, and how good the fit is."""
    project = open_project(options)
    node = find_node(project, name, Segmentation, "segmentation")
    with open_shown(project, node.name) as engine:
        fit = published_fit(engine, project, node)
        profile = {row["segment_id"]: row for row in read_profile(engine, node.name, ())}
        subject = fitted(read_subject(engine, project, node), fit)
        useful = measure_usefulness(engine, subject, subject.view)
    integers = {c.name for c in subject.columns if c.type.kind is Kind.INTEGER}
    features, names, rules = subject.features, subject.names, segment_rules(fit)
    segments = []
    for segment in fit.segments:
        row = profile.get(segment.id, {"n": 0, "share": 0.0})
        texts = tuple(
            dict.fromkeys(describe_rule(rule, features, integers) for rule in rules[segment.code])
        )
        about = node.about.get(segment.id)
        segments.append(
            SegmentText(
                SegmentRow(
                    segment.id,
                    names.get(segment.id, segment.name),
                    segment.code,
                    int(row["n"]),
                    float(row["share"] or 0.0),
                    texts[0],
                ),
                texts,
                about.action if about else None,
                about.owner if about else None,
            )
        )
    total = sum(int(row["n"]) for row in profile.values())
    return Explanation(
        node.name,
        fit.label,
        total,
        _facts(fit),
        tuple(segments),
        fit.clusters.sweep,
        fit.quality.curve,
        fit.quality.leaves,
        bool(fit.clusters.labels),
        useful,
        fit.usefulness,
        metric_and_feature_words(subject),
    )


def _facts(fit: Fit) -> tuple[str, ...]:
    quality = fit.quality
    held_out = f", {quality.fidelity_held_out:.1%} held out" if quality.fidelity_held_out else ""
    on = f"{quality.fidelity:.1%} of the {sum(fit.clusters.sizes):,} customers of the fit"
    agreed = (
        f"The rules cost {quality.loss:.1%} more than K-Means itself "
        f"(inertia {fit.clusters.inertia:,.6g}), and agree with it on {on}"
    )
    if fit.clusters.labels:
        agreed = f"The rules put {on} into the cluster that was given"
    return (
        fit.clusters.reason,
        *(f"By hand: {change}." for change in fit.adjustments),
        f"{agreed}{held_out}.",
        *_by_segment(quality),
        f"{count_of(quality.leaves, 'leaf', 'leaves')}, the smallest with "
        f"{count_of(quality.smallest_leaf, 'customer')}; at most "
        f"{count_of(quality.depth, 'test')} for a customer{_short_rules(fit)}.",
        *fit.assumptions,
        *fit.warnings,
    )


def _by_segment(quality: Quality) -> tuple[str, ...]:
    """Fidelity held out by segment, the weakest first."""
    shares = sorted(quality.held_out_by_segment.items(), key=lambda item: (item[1], item[0]))
    listed = ", ".join(f"{id_} {share:.1%}" for id_, share in shares)
    return (f"Held out, by segment: {listed}.",) if listed else ()


def _short_rules(fit: Fit) -> str:
    short = fit.quality.short_rules
    if short is None:
        return ""
    total = len(fit.segments)
    many = "each segment is" if short == total else f"{short} of {total} segments are each"
    return f"; {many} one rule of at most three conditions"
