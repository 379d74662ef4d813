"""What a build says of a segmentation: its segments by the published views, in figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from segkit.core.axis import Axis
from segkit.core.number_format import grouped, numbers_as
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier, literals
from segkit.engines.base import Reader
from segkit.publish.checks.axes import count_near
from segkit.publish.subject import FittedSubject
from segkit.publish.views.segmentation_view import CompiledSegmentation, words_of
from segkit.results import SegmentationResult, SegmentRow


def read_profile(engine: Reader, profile: str, metrics: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of ``<S>_profile`` (as SQL) as dicts: segment_id, n, share, and each metric's share."""
    wanted = ["segment_id", "n", "share", *(f"{metric}_share" for metric in metrics)]
    items = ", ".join(identifier(column, engine.dialect) for column in wanted)
    rows = engine.query(f"SELECT {items} FROM {profile}")
    return [dict(zip(wanted, row, strict=True)) for row in rows]


def summarize(
    engine: Reader,
    subject: FittedSubject,
    compiled: CompiledSegmentation,
    profile_sql: str,
    parity: tuple[int, int],
    warnings: Sequence[str] = (),
    axes: Mapping[str, Axis] | None = None,
) -> SegmentationResult:
    """What the first screen says, from the published views, and the profile as SQL."""
    fit = subject.fit
    metrics = [metric.column for metric in subject.node.metrics]
    profile = {row["segment_id"]: row for row in read_profile(engine, profile_sql, metrics)}
    near = count_near(engine, subject.view, fit, compiled.view, axes)
    with numbers_as(subject.project.numbers):  # those of the view are in English
        said = {words.order: words.description for words in words_of(subject)}
    rows = tuple(
        SegmentRow(
            id=w.id,
            name=w.name,
            order=w.order,
            n=int(profile[w.id]["n"]),
            share=float(profile[w.id]["share"] or 0.0),
            rule=said[w.order],
            metrics={metric: profile[w.id][f"{metric}_share"] for metric in metrics},
            near_a_line=near.get(w.order),
            truth=subject.truths.get(w.id),
        )
        for w in compiled.words
    )
    assigned = tuple(row for row in rows if row.order)
    kept = fit.stability.by_segment if fit.stability else fit.quality.fidelity_by_segment
    return SegmentationResult(
        name=subject.node.name,
        fit=fit,
        rows=sum(row.n for row in rows),
        segments=assigned,
        unassigned=sum(row.n for row in rows if not row.order),
        parity_rows=parity[0],
        parity_cases=parity[1],
        weakest=min(kept, key=lambda id_: (kept[id_], id_)) if kept else None,
        warnings=tuple(warnings),
        words=metric_and_feature_words(subject),
        numbers=subject.project.numbers,
    )


def metric_and_feature_words(subject: FittedSubject) -> dict[str, tuple[str, str]]:
    """Label and unit by column, of today's words."""
    features = {f.column: (f.label, f.unit) for f in subject.features}
    return features | {metric.column: metric.words for metric in subject.node.metrics}


def unseen_levels(
    engine: Reader, subject: FittedSubject, compiled: CompiledSegmentation
) -> tuple[str, ...]:
    """A sentence for each category with levels that the fit has not seen: who, and where to."""
    said, fit = [], subject.fit
    for feature in fit.features:
        if feature.column not in compiled.view.tested or not feature.is_category:
            continue
        name = identifier(feature.column, engine.dialect)
        text = as_text(name, engine.dialect)
        known = literals(feature.levels, engine.dialect)
        found = engine.query(
            f"SELECT {text}, count(*) FROM {subject.view} "
            f"WHERE {text} NOT IN ({known}) GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        if not found:
            continue
        count = sum(int(n) for _, n in found)
        levels = ", ".join(str(level) for level, _ in found[:3])
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        said.append(
            f"{grouped(count)} {'customer has' if count == 1 else 'customers have'} a "
            f"{feature.column} that {fit.label} has not seen ({levels}{more}): counted as "
            f"{feature.mode}, the most frequent"
        )
    return tuple(said)
