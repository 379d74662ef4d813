"""One segmentation: which fit, its views, the proof, the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from segkit.core.columns import Column, Kind
from segkit.core.english import default_label, describe_segment
from segkit.core.fit import UNASSIGNED, Fit, FittedFeature
from segkit.core.rules import Rule
from segkit.core.tree import columns as tree_columns
from segkit.core.tree import leaves
from segkit.dialects.select import ViewSelect
from segkit.dialects.spelling import identifier, literals
from segkit.dialects.table import Dialect
from segkit.engines.base import Engine
from segkit.errors import DataError, FitError, Label, Problem
from segkit.project.nodes import BucketSet, Segmentation
from segkit.publish.checks.borderline import count_near
from segkit.publish.checks.check_columns import type_problems
from segkit.publish.relations import rows_sql
from segkit.publish.views.compiled import (
    Described,
    ViewText,
    Words,
    given_names,
    profile_select,
    segment_header,
    segment_rule_sql,
    segment_rules,
    segment_view,
)
from segkit.results import SegmentationResult, SegmentRow


def check_keys(engine: Engine, node: Segmentation | BucketSet, relation_sql: str) -> None:
    """Raise DataError if the key has NULLs or duplicates: then nothing can be proved."""
    key = identifier(node.key, engine.dialect)
    rows, known, distinct = engine.query(
        f"SELECT count(*), count({key}), count(DISTINCT {key}) FROM {relation_sql}"
    )[0]
    problems = []
    if known < rows:
        problems.append(
            Problem(
                "SK304",
                f"{rows - known:,} of {rows:,} rows of {node.relation} "
                f"{'has' if rows - known == 1 else 'have'} no `{node.key}`",
                (Label(node.key_place),),
                "every customer needs a key: leave these rows out in the model",
            )
        )
    if distinct < known:
        problems.append(
            Problem(
                "SK305",
                f"`{node.key}` is not unique in {node.relation}: "
                f"{known - distinct:,} of {rows:,} rows repeat a key",
                (Label(node.key_place),),
                "make one row a customer in the model, for example with GROUP BY",
            )
        )
    if problems:
        raise DataError(problems)


def emptiness(engine: Engine, node: Segmentation | BucketSet, rows_sql: str) -> tuple[Problem, ...]:
    """A warning if there is nobody: such a view is right, and empty."""
    if engine.query(f"SELECT 1 FROM {rows_sql} LIMIT 1"):
        return ()
    kept = " that `where` lets in" if node.where is not None else ""
    message = f"{node.relation} has no rows{kept}"
    place = node.where.place if node.where else node.place
    hint = f"{node.name} is empty, too: look at what {node.relation} is made of"
    return (Problem("SK301", message, (Label(place),), hint, severity="warning"),)


def described_features(segmentation: Segmentation, fit: Fit) -> tuple[FittedFeature, ...]:
    """The declared features with today's words, which are not part of the definition.

    A constant feature is among them, although nothing was learned from it. Where
    none is declared, they are those that the fit chose. What is declared no
    more is kept as long as the rules read it.
    """
    fitted = {feature.column: feature for feature in fit.features}
    declared = segmentation.features or fit.features
    read = {*tree_columns(fit.tree)} - {given.column for given in declared}
    described = []
    for given in (*declared, *(fitted[column] for column in fitted if column in read)):
        label, unit = default_label(given.column)
        constant = FittedFeature(given.column, label, unit, given.scale, "", 0.0, 1.0, 0.0)
        known = fitted.get(given.column, constant)
        described.append(
            replace(known, label=given.label or known.label, unit=given.unit or known.unit)
        )
    return tuple(described)


def words_of(
    segmentation: Segmentation, fit: Fit, columns: Mapping[str, Column], dialect: Dialect
) -> tuple[Words, ...]:
    """Name, description and rule of every segment, in order; unassigned first where it exists."""
    integers = {c.name for c in columns.values() if c.type.kind is Kind.INTEGER}
    features = described_features(segmentation, fit)
    names = given_names(segmentation)
    rules = segment_rules(fit)
    words = []
    if any(leaf.code == 0 for leaf in leaves(fit.tree)):
        known = ", ".join(feature.label for feature in features)
        sql = segment_rule_sql(rules[0], columns, dialect)
        words.append(
            Words(UNASSIGNED.id, UNASSIGNED.name, 0, f"one of these unknown: {known}", sql)
        )
    for segment in fit.segments:
        mine: Sequence[Rule] = rules[segment.code]
        words.append(
            Words(
                segment.id,
                names.get(segment.id, segment.name),
                segment.code,
                describe_segment(mine, features, integers),
                segment_rule_sql(mine, columns, dialect),
            )
        )
    return tuple(words)


@dataclass(frozen=True)
class CompiledSegmentation:
    """One segmentation: its view, the SELECT of its profile, and the words for its segments."""

    text: ViewText
    profile: str
    words: tuple[Words, ...]

    @property
    def view(self) -> ViewSelect:
        return self.text.view


def compile_segmentation(
    segmentation: Segmentation,
    fit: Fit,
    columns: Sequence[Column],
    relation_sql: str,
    dialect: Dialect,
) -> CompiledSegmentation:
    """Compile a fit for a relation.

    Raises
    ------
    FitError
        SK104 if a column of the fit is gone, SK105 if one has values of another kind.
    """
    by_name = {column.name: column for column in columns}
    features = described_features(segmentation, fit)
    passed = tuple(feature.column for feature in features)
    gone = [name for name in (*passed, *tree_columns(fit.tree)) if name not in by_name]
    if gone:
        listed = ", ".join(f"`{name}`" for name in dict.fromkeys(gone))
        raise FitError(
            Problem(
                "SK104",
                f"{fit.label} of {segmentation.name} needs {listed}, which "
                f"{segmentation.relation} no longer has",
                (Label(segmentation.place),),
                f"bring the column back, or `segkit fit {segmentation.name} --promote`",
            )
        )
    if problems := type_problems(segmentation, fit, by_name, dialect):
        raise FitError(problems)
    view = segment_view(segmentation, fit, columns, passed)
    words = words_of(segmentation, fit, by_name, dialect)
    about = {f.column: said for f in features if (said := _feature_comment(f)) is not None}
    about |= {
        "segment_id": "segment of the customer: " + ", ".join(f"{w.id} = {w.name}" for w in words),
        "segment_name": "what the segment is called",
        "segment_order": "1 for the first segment; 0 for unassigned",
    }
    text = segmentation.description or f"{len(fit.segments)} customer segments"
    described = Described(f"{text} (fit {fit.label})", about)
    rows = rows_sql(relation_sql, segmentation, columns, dialect)
    categories = {f.column for f in features if f.is_category}
    categories |= {name for name in passed if not by_name[name].type.is_numeric}  # a constant one
    profile = profile_select(segmentation, passed, categories, words, by_name, rows, dialect)
    header = segment_header(segmentation, fit)
    written = ViewText(view, header, described, " | SQL = rules on every row")
    return CompiledSegmentation(written, profile, words)


def _feature_comment(feature: FittedFeature) -> str | None:
    """None where it would only repeat the column's name."""
    said = f"{feature.label} ({feature.unit})" if feature.unit else feature.label
    same = said.casefold() == feature.column.replace("_", " ").casefold()
    return None if same else said


def read_profile(engine: Engine, name: str, metrics: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of ``<S>_profile`` as dicts: segment_id, n, share, and each metric's share."""
    wanted = ["segment_id", "n", "share", *(f"{metric}_share" for metric in metrics)]
    items = ", ".join(identifier(column, engine.dialect) for column in wanted)
    rows = engine.query(f"SELECT {items} FROM {identifier(name + '_profile', engine.dialect)}")
    return [dict(zip(wanted, row, strict=True)) for row in rows]


def summarize(
    engine: Engine,
    segmentation: Segmentation,
    fit: Fit,
    compiled: CompiledSegmentation,
    parity: tuple[int, int],
    assumptions: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> SegmentationResult:
    """What the first screen says, from the published views."""
    metrics = [metric.column for metric in segmentation.metrics]
    profile = {row["segment_id"]: row for row in read_profile(engine, segmentation.name, metrics)}
    near = count_near(engine, identifier(segmentation.name, engine.dialect), fit, compiled.view)
    rows = tuple(
        SegmentRow(
            id=w.id,
            name=w.name,
            order=w.order,
            n=int(profile[w.id]["n"]),
            share=float(profile[w.id]["share"] or 0.0),
            rule=w.description,
            metrics={metric: profile[w.id][f"{metric}_share"] for metric in metrics},
            near_a_line=near.get(w.order),
        )
        for w in compiled.words
    )
    assigned = tuple(row for row in rows if row.order)
    fidelity = fit.quality.fidelity_by_segment
    return SegmentationResult(
        name=segmentation.name,
        fit=fit,
        rows=sum(row.n for row in rows),
        segments=assigned,
        unassigned=sum(row.n for row in rows if not row.order),
        parity_rows=parity[0],
        parity_cases=parity[1],
        weakest=min(fidelity, key=lambda id_: (fidelity[id_], id_)) if fidelity else None,
        assumptions=tuple(assumptions),
        warnings=tuple(warnings),
        words=metric_and_feature_words(segmentation, fit),
    )


def metric_and_feature_words(segmentation: Segmentation, fit: Fit) -> dict[str, tuple[str, str]]:
    """Label and unit by column, of today's words."""
    features = {f.column: (f.label, f.unit) for f in described_features(segmentation, fit)}
    return features | {metric.column: metric.words for metric in segmentation.metrics}


def unseen_levels(
    engine: Engine, segmentation: Segmentation, fit: Fit, compiled: CompiledSegmentation
) -> tuple[str, ...]:
    """A sentence for each category with levels that the fit has not seen: who, and where to."""
    said = []
    for feature in fit.features:
        if feature.column not in compiled.view.tested or not feature.is_category:
            continue
        name = identifier(feature.column, engine.dialect)
        text = f"CAST({name} AS VARCHAR)"
        known = literals(feature.levels, engine.dialect)
        found = engine.query(
            f"SELECT {text}, count(*) FROM {identifier(segmentation.name, engine.dialect)} "
            f"WHERE {text} NOT IN ({known}) GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        if not found:
            continue
        count = sum(int(n) for _, n in found)
        levels = ", ".join(str(level) for level, _ in found[:3])
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        said.append(
            f"{count:,} {'customer has' if count == 1 else 'customers have'} a {feature.column} "
            f"that {fit.label} has not seen ({levels}{more}): counted as {feature.mode}, the most "
            "frequent"
        )
    return tuple(said)
