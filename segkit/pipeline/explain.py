"""Published segments in words, and how sure they are."""

from __future__ import annotations

from segkit.core.columns import Kind
from segkit.core.english import describe_rule
from segkit.core.tree import columns
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.monitor.usefulness import measure_usefulness
from segkit.pipeline.run_options import Options, find_node, open_project
from segkit.pipeline.stand_ins import open_shown
from segkit.project.nodes import Segmentation
from segkit.publish.checks.axes import count_near
from segkit.publish.checks.check_columns import type_problems
from segkit.publish.segment_summary import metric_and_feature_words, read_profile
from segkit.publish.stored.chosen import published_subject
from segkit.publish.subject import FittedSubject
from segkit.publish.views.compiled import segment_rules, segment_view
from segkit.results import Explanation, SegmentRow, SegmentText
from segkit.survey.page_data import Examples


def explain_segmentation(options: Options, name: str | None) -> Explanation:
    """The published segments: size, rules in English, and how good the fit is."""
    project = open_project(options)
    node = find_node(project, name, Segmentation, "segmentation")
    with open_shown(project, node.name) as engine:
        subject = published_subject(engine, project, node)
        published = identifier(f"{node.name}_profile", engine.dialect)
        profile = {row["segment_id"]: row for row in read_profile(engine, published, ())}
        useful = measure_usefulness(engine, subject, subject.view)
        near = _count_near(engine, subject)
    integers = {c.name for c in subject.columns if c.type.kind is Kind.INTEGER}
    fit, features, names = subject.fit, subject.features, subject.names
    rules = segment_rules(fit)
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
                    truth=subject.truths.get(segment.id),
                ),
                texts,
                about.action if about else None,
                about.owner if about else None,
            )
        )
    total = sum(int(row["n"]) for row in profile.values())
    return Explanation(
        node.name,
        fit,
        total,
        tuple(segments),
        useful,
        metric_and_feature_words(subject),
        near,
    )


def look_at_customers(options: Options, name: str | None) -> Examples:
    """Customers of each segment who are typical, at the border, or odd."""
    from segkit.survey.survey import examples

    project = open_project(options)
    node = find_node(project, name, Segmentation, "segmentation")
    with open_shown(project, node.name) as engine:
        return examples(engine, published_subject(engine, project, node))


def _count_near(engine: Reader, subject: FittedSubject) -> int | None:
    """Customers near a line; None where the relation is no longer what the fit needs."""
    fit, by_name = subject.fit, subject.by_name
    needed = {feature.column for feature in subject.features} | set(columns(fit.tree))
    if needed - by_name.keys() or type_problems(subject.node, fit, by_name, engine.dialect):
        return None
    near = count_near(engine, subject.view, fit, segment_view(subject))
    return sum(near.values()) if near else None
