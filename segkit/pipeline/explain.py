"""Published segments in words, and how sure they are."""

from __future__ import annotations

from collections.abc import Iterable

from segkit.core.english import describe_rule
from segkit.core.tree import columns
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.monitor.usefulness import measure_usefulness
from segkit.pipeline.run_options import Options
from segkit.pipeline.stand_ins import open_segmentation
from segkit.publish.checks.axes import count_near
from segkit.publish.checks.check_columns import type_problems
from segkit.publish.segment_summary import metric_and_feature_words, read_profile
from segkit.publish.subject import FittedSubject
from segkit.publish.views.compiled import segment_rules, segment_view
from segkit.results import Explanation, SegmentRow, SegmentText
from segkit.survey.page_data import Examples


def explain_segmentation(options: Options, name: str | None) -> Explanation:
    """The published segments: size, rules in English, and how good the fit is."""
    with open_segmentation(options, name) as (engine, subject):
        published = identifier(f"{subject.node.name}_profile", engine.dialect)
        profile = {row["segment_id"]: row for row in read_profile(engine, published, ())}
        useful = measure_usefulness(engine, subject, subject.view)
        near = _count_near(engine, subject)
    rows, rules = [], segment_rules(subject.fit)
    for segment in subject.fit.segments:
        row = profile.get(segment.id, {"n": 0, "share": 0.0})
        name = subject.names.get(segment.id, segment.name)
        n, share = int(row["n"]), float(row["share"] or 0.0)
        rule = describe_rule(rules[segment.code][0], subject.features, subject.integers)
        truth = subject.truths.get(segment.id)
        rows.append(SegmentRow(segment.id, name, segment.code, n, share, rule, truth=truth))
    total = sum(int(row["n"]) for row in profile.values())
    texts, words = segment_texts(subject, rows), metric_and_feature_words(subject)
    return Explanation(subject.node.name, subject.fit, total, texts, useful, words, near)


def segment_texts(subject: FittedSubject, rows: Iterable[SegmentRow]) -> tuple[SegmentText, ...]:
    """The segments with all their rules in English, and what is done with each."""
    rules, texts = segment_rules(subject.fit), []
    for row in rows:
        said = (describe_rule(r, subject.features, subject.integers) for r in rules[row.order])
        about = subject.node.about.get(row.id)
        action, owner = (about.action, about.owner) if about else (None, None)
        texts.append(SegmentText(row, tuple(dict.fromkeys(said)), action, owner))
    return tuple(texts)


def look_at_customers(options: Options, name: str | None) -> Examples:
    """Customers of each segment who are typical, at the border, or odd."""
    from segkit.survey.survey import examples

    with open_segmentation(options, name) as (engine, subject):
        return examples(engine, subject)


def _count_near(engine: Reader, subject: FittedSubject) -> int | None:
    """Customers near a line; None where the relation is no longer what the fit needs."""
    fit, by_name = subject.fit, subject.by_name
    needed = {feature.column for feature in subject.features} | set(columns(fit.tree))
    if needed - by_name.keys() or type_problems(subject.node, fit, by_name, engine.dialect):
        return None
    near = count_near(engine, subject.view, fit, segment_view(subject))
    return sum(near.values()) if near else None
