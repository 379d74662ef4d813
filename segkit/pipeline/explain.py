"""Segments in words, and the way of one customer through the rules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from segkit.core.columns import Kind
from segkit.core.dialect import identifier
from segkit.core.english import describe_rule, format_statistic, format_threshold, lower_first
from segkit.core.evaluate import evaluate, is_missing, level, number
from segkit.core.fit import UNASSIGNED, Fit, FittedFeature, Quality
from segkit.core.rules import Condition, Rule, values_of
from segkit.core.tree import Below, Known, Leaf, Split, splits
from segkit.engines.published import open_published
from segkit.errors import ConfigError, Problem
from segkit.pipeline.options import Options, find_node, open_project
from segkit.project.nodes import Segmentation
from segkit.publish.chosen import published_fit
from segkit.publish.compiled import given_names, segment_rules
from segkit.publish.relations import relation_sql, rows_sql
from segkit.publish.segments import described_features, metric_and_feature_words, read_profile
from segkit.publish.usefulness import measure_usefulness
from segkit.report.explain import CustomerPath, Explanation, SegmentText, Step
from segkit.report.text import count_of
from segkit.results import SegmentRow

_LARGEST = Decimal("1e15")  # as in a fit
_NEAR = 0.5  # of a feature's spread: farther off, the nearest line says nothing


def explain_segmentation(options: Options, name: str | None) -> Explanation:
    """The published segments: size, rules in English, and how good the fit is."""
    project = open_project(options)
    node = find_node(project, name, Segmentation, "segmentation")
    with open_published(project.target.path) as engine:
        fit = published_fit(engine, project, node)
        profile = {row["segment_id"]: row for row in read_profile(engine, node.name, ())}
        columns = engine.columns(relation_sql(project, node.relation))
        useful = measure_usefulness(engine, project, node, fit, identifier(node.name))
    integers = {column.name for column in columns if column.type.kind is Kind.INTEGER}
    features, names, rules = described_features(node, fit), given_names(node), segment_rules(fit)
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
        metric_and_feature_words(node, fit),
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


def explain_customer(
    options: Options, name: str | None, id: str, changes: Mapping[str, str]
) -> CustomerPath:
    """Why a customer is where they are; ``changes`` (column -> value) answers "what if"."""
    project = open_project(options)
    node = find_node(project, name, Segmentation, "segmentation")
    base, key = relation_sql(project, node.relation), identifier(node.key)
    with open_published(project.target.path) as engine:
        fit = published_fit(engine, project, node)
        wanted = [feature.column for feature in described_features(node, fit)]
        items = ", ".join(identifier(column) for column in wanted)
        columns = engine.columns(base)
        rows = rows_sql(base, node, columns)
        found = engine.query(f"SELECT {items} FROM {rows} WHERE CAST({key} AS VARCHAR) = ?", [id])
        kinds = {c.name: c.type.kind for c in columns}
    if not found:
        message = f"no customer has `{node.key}` = '{id}' in {node.relation}"
        raise ConfigError(Problem("SK702", message, help=f"`segkit show {node.name}` lists some"))
    row = dict(zip(wanted, found[0], strict=True)) | _changed(changes, wanted, kinds)
    return customer_path(node, fit, id, row)


def _changed(
    changes: Mapping[str, str], columns: list[str], kinds: Mapping[str, Kind]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, text in changes.items():
        if column not in columns:
            message = f"--set {column}={text}: the rules have no feature `{column}`"
            raise ConfigError(Problem("SK702", message, help=f"features: {', '.join(columns)}"))
        if kinds[column] in (Kind.TEXT, Kind.BOOLEAN):
            values[column] = _level_of(column, text, kinds[column])
            continue
        try:
            value = None if text.strip().lower() in ("", "null") else Decimal(text)
        except InvalidOperation as error:
            message = f"--set {column}={text}: not a number"
            raise ConfigError(Problem("SK702", message, help="a number, or null")) from error
        if value is not None and not (value.is_finite() and abs(value) <= _LARGEST):
            raise ConfigError(
                Problem("SK702", f"--set {column}={text}: too large", help="a number, or null")
            )
        if value is not None and kinds[column] is Kind.INTEGER and value % 1:
            message = f"--set {column}={text}: {column} holds whole numbers"
            raise ConfigError(Problem("SK702", message, help="a whole number, or null"))
        inexact = kinds[column] in (Kind.DOUBLE, Kind.FLOAT)
        values[column] = float(value) if value is not None and inexact else value
    return values


def _level_of(column: str, text: str, kind: Kind) -> str | bool | None:
    if text.strip().lower() in ("", "null"):
        return None
    if kind is Kind.TEXT:
        return text
    if text.strip().lower() not in ("true", "false"):
        message = f"--set {column}={text}: {column} is a flag"
        raise ConfigError(Problem("SK702", message, help="true, false or null"))
    return text.strip().lower() == "true"


def customer_path(node: Segmentation, fit: Fit, id_: str, row: Mapping[str, Any]) -> CustomerPath:
    """The tests that a row meets on its way down the tree, and what would move it."""
    features = {feature.column: feature for feature in described_features(node, fit)}
    steps: list[Step] = []
    met: list[Split] = []
    tree = fit.tree
    while isinstance(tree, Split):
        side = _side(tree, row[tree.column])
        steps.append(_step(tree, side, row[tree.column], features[tree.column]))
        met.append(tree)
        tree = tree.yes if side == "yes" else tree.no
    case = fit.case(given_names(node))
    here = case.outcome(tree.code)
    nearest, at = _nearest(node, fit, row, tree.code, met)
    return CustomerPath(
        id_, here.id, here.name, tuple(steps), nearest, _kmeans(fit, row, tree.code), at
    )


def _side(split: Split, value: Any) -> str:
    probe = Split(split.column, split.test, Leaf(1), Leaf(2), split.missing)
    return "yes" if evaluate(probe, {split.column: value}) == 1 else "no"


def _step(split: Split, side: str, value: Any, feature: FittedFeature) -> Step:
    known = not is_missing(value)
    shown = _shown(value, feature) if known else "unknown"
    label = f"{feature.label} {shown}"
    if isinstance(split.test, Known):
        return Step(label, "is known", side == "yes")
    condition = Condition(split.column, values_of(split.test, "yes"))
    text = describe_rule(Rule(1, (condition,)), [feature])
    test = text.removeprefix(lower_first(feature.label)).strip()
    return Step(label, f"is {test}", side == "yes", is_missing=not known)


def _shown(value: Any, feature: FittedFeature) -> str:
    if feature.is_category:
        return {"true": "yes", "false": "no"}.get(level(value) or "", level(value) or "")
    known = number(value)
    if isinstance(known, float):
        return (
            format_statistic(known, feature.unit)
            if abs(known) >= 1e15
            else format_threshold(Decimal(repr(known)), feature.unit)
        )
    return format_threshold(known or Decimal(0), feature.unit)


def _nearest(
    node: Segmentation, fit: Fit, row: Mapping[str, Any], code: int, met: list[Split]
) -> tuple[str | None, int | None]:
    """The smallest change of one feature, in parts of its spread, that changes the segment."""
    features = {feature.column: feature for feature in described_features(node, fit)}
    names = fit.case(given_names(node))
    best: tuple[float, str, int | None] | None = None
    for split in splits(fit.tree):
        if not isinstance(split.test, Below) or is_missing(row[split.column]):
            continue
        value = number(row[split.column])
        assert value is not None
        for there in _around(split.test.cut, value):
            moved = evaluate(fit.tree, {**row, split.column: there})
            change = float(there) - float(value)
            spread = _spread(fit, split.column)
            distance = abs(change) / spread if spread else math.inf
            if moved == code or not change or (best and best[0] <= distance):
                continue
            outcome = names.outcome(moved)
            feature = features[split.column]
            amount = format_threshold(
                abs(Decimal(repr(change))).quantize(_grain(change)).normalize(), feature.unit
            )
            where = "less" if change < 0 else "more"
            goes = outcome.id if moved == 0 else f"{outcome.id} {outcome.name}"
            step = next((i for i, s in enumerate(met) if s == split), None)
            prefix = "" if step is not None else f"{feature.label}: "
            text = f"{prefix}{amount} {where} would make it {goes}"
            best = (
                distance,
                text if distance > 0.02 or step is None else f"near the line: {text}",
                step,
            )
    if best is None or best[0] > _NEAR:
        return None, None
    return best[1], best[2]


def _around(cut: Decimal, value: Any) -> list[Any]:
    """Values just below and just at the cut, in the kind of number that the value is."""
    if isinstance(value, float):
        at = float(cut)
        return [math.nextafter(at, -math.inf), at, math.nextafter(at, math.inf)]
    step = Decimal(1).scaleb(max(min(int(value.as_tuple().exponent), 0), -10))
    near = cut.to_integral_value() if step == 1 else cut.quantize(step)
    return [near - step, near, near + step]


def _grain(change: float) -> Decimal:
    """Three significant digits of the change."""
    return Decimal(1).scaleb(math.floor(math.log10(abs(change))) - 2)


def _spread(fit: Fit, column: str) -> float:
    baseline = fit.baseline.features if fit.baseline else ()
    quantiles = next((f.quantiles for f in baseline if f.column == column and f.quantiles), None)
    if quantiles and quantiles[-1] > quantiles[0]:
        return quantiles[-1] - quantiles[0]
    return next((f.spread for f in fit.features if f.column == column), 0.0)


def _kmeans(fit: Fit, row: Mapping[str, Any], code: int) -> str | None:
    """Whether the nearest centre is that of the segment, and how far the next one is."""
    if code == UNASSIGNED.code or fit.clusters.labels:
        return None
    point = [
        coordinate
        for feature in fit.features
        for coordinate in feature.coordinates(_raw(row[feature.column], feature))
    ]
    distances = sorted(
        (math.dist(point, center), segment.id)
        for center, segment in zip(fit.clusters.centers, fit.segments, strict=True)
    )
    (near, first), (far, second) = distances[0], distances[min(1, len(distances) - 1)]
    own = next(s.id for s in fit.segments if s.code == code)
    verdict = "K-Means agrees" if first == own else f"K-Means would say {first}"
    return f"{verdict} (distance {near:.2f} to {first}, next {second} at {far:.2f})."


def _raw(value: Any, feature: FittedFeature) -> float | str | None:
    if is_missing(value):
        return None
    return level(value) if feature.is_category else float(value)
