"""The way of one customer through the rules of a segmentation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from segkit.core.axis import EXACT, Axis
from segkit.core.columns import ColumnType, Kind, spelling_of
from segkit.core.customer_path import CustomerPath, IfKnown, NearestCenters, NearestChange, Step
from segkit.core.english import describe_rule, format_threshold, lower_first
from segkit.core.evaluate import evaluate, is_missing, level, number
from segkit.core.fit import Fit, FittedFeature
from segkit.core.near import WORTH_SAYING, Ruler, ruler_of
from segkit.core.nearest import nearest_change, written
from segkit.core.rules import Condition, Rule, values_of
from segkit.core.tree import Known, Leaf, Split
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifiers
from segkit.errors import ConfigError, Problem
from segkit.pipeline.run_options import Options
from segkit.pipeline.stand_ins import open_segmentation
from segkit.publish.checks.axes import read_axes
from segkit.publish.subject import FittedSubject

_LARGEST = Decimal("1e15")  # as in a fit


def explain_customer(
    options: Options, name: str | None, id: str, changes: Mapping[str, str]
) -> CustomerPath:
    """Why a customer is where they are; ``changes`` (column -> value) answers "what if"."""
    with open_segmentation(options, name) as (engine, subject):
        node = subject.node
        wanted = [feature.column for feature in subject.features]
        items = identifiers(wanted, engine.dialect)
        found = engine.query(
            f"SELECT {items} FROM {subject.rows} WHERE {as_text(subject.key, engine.dialect)} = ?",
            [id],
        )
        types = {c.name: c.type for c in subject.columns}
        axes = read_axes(engine, subject.rows, subject.fit, subject.by_name)
    if not found:
        message = f"no customer has `{node.key}` = '{id}' in {node.relation}"
        raise ConfigError(Problem("SK702", message, help=f"`segkit show {node.name}` lists some"))
    spell = spelling_of(subject.columns)
    asked = {spell(column): text for column, text in changes.items()}
    row = dict(zip(wanted, found[0], strict=True)) | _changed(asked, wanted, types)
    return customer_path(subject, id, row, axes)


def _changed(
    changes: Mapping[str, str], columns: list[str], types: Mapping[str, ColumnType]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column, text in changes.items():
        change = f"--set {column}={text}"
        if column not in columns:
            message = f"{change}: the rules have no feature `{column}`"
            raise ConfigError(Problem("SK702", message, help=f"features: {', '.join(columns)}"))
        if text.strip().lower() in ("", "null"):
            values[column] = None
        elif types[column].is_numeric:
            values[column] = _number_of(change, column, text, types[column])
        else:
            values[column] = _level_of(change, column, text, types[column])
    return values


def _number_of(change: str, column: str, text: str, type_: ColumnType) -> int | Decimal | float:
    """The number as a column of the type would keep it; one that it cannot keep is refused."""
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise _not_set(f"{change}: not a number", "a number") from error
    low, high = (max(type_.ends[0], -_LARGEST), min(type_.ends[1], _LARGEST))
    if value.is_nan() or not low <= value <= high:
        too = "not a number" if value.is_nan() else "too small" if value < low else "too large"
        raise _not_set(f"{change}: {too}", f"{low} to {high}" if high < _LARGEST else "a number")
    if type_.step is not None and EXACT.remainder(value, type_.step):
        if type_.kind is Kind.INTEGER:
            raise _not_set(f"{change}: {column} holds whole numbers", "a whole number")
        digits = f"{type_.scale} digits behind the point"
        raise _not_set(f"{change}: {column} holds {digits}", f"a number with at most {digits}")
    if type_.kind is Kind.INTEGER:
        return int(value)
    if type_.step is not None:
        return EXACT.quantize(value, type_.step)
    return number(Axis(type_).stored(value)) or 0.0


def _not_set(message: str, allowed: str) -> ConfigError:
    return ConfigError(Problem("SK702", message, help=f"{allowed}, or null"))


def _level_of(change: str, column: str, text: str, type_: ColumnType) -> str | bool:
    if type_.kind is not Kind.BOOLEAN:
        return text
    if text.strip().lower() not in ("true", "false"):
        raise _not_set(f"{change}: {column} is a flag", "true, false")
    return text.strip().lower() == "true"


def customer_path(
    subject: FittedSubject, id_: str, row: Mapping[str, Any], axes: Mapping[str, Axis]
) -> CustomerPath:
    """The tests that a row meets on its way down the tree, and what would move it.

    ``axes`` say, by column, how fine the numbers are that the tree cuts.
    """
    fit = subject.fit
    features = {feature.column: feature for feature in subject.features}
    steps: list[Step] = []
    met: list[Split] = []
    tree = fit.tree
    while isinstance(tree, Split):
        feature = features[tree.column]
        side = _side(tree, row[tree.column])
        shown = _shown(row[tree.column], feature, fit, axes)
        if not (isinstance(tree.test, Known) and side == "yes"):  # that it is there, a person sees
            steps.append(_step(tree, side, shown, feature, is_missing(row[tree.column])))
            met.append(tree)
        tree = tree.yes if side == "yes" else tree.no
    here = subject.case.outcome(tree.code)
    nearest = _nearest(subject, row, axes, met)
    centers = _centers(fit, row, tree.code)
    if_known = _if_known(subject, row, here.id)
    return CustomerPath(id_, here.id, here.name, tuple(steps), nearest, centers, if_known)


def _side(split: Split, value: Any) -> str:
    probe = Split(split.column, split.test, Leaf(1), Leaf(2), split.missing)
    return "yes" if evaluate(probe, {split.column: value}) == 1 else "no"


def _step(split: Split, side: str, shown: str, feature: FittedFeature, missing: bool) -> Step:
    label = f"{feature.label} {shown}"
    if isinstance(split.test, Known):
        return Step(label, "is known", side == "yes")
    condition = Condition(split.column, values_of(split.test, "yes"))
    text = describe_rule(Rule(1, (condition,)), [feature])
    test = text.removeprefix(lower_first(feature.label)).strip()
    return Step(label, f"is {test}", side == "yes", is_missing=missing)


def _shown(value: Any, feature: FittedFeature, fit: Fit, axes: Mapping[str, Axis]) -> str:
    if is_missing(value):
        return "unknown"
    if feature.column not in axes:
        return {"true": "yes", "false": "no"}.get(level(value) or "", level(value) or "")
    known = number(value)
    assert known is not None
    digits = written(known, axes[feature.column], fit.tree, feature.column)
    return format_threshold(digits, feature.unit)


def _nearest(
    subject: FittedSubject, row: Mapping[str, Any], axes: Mapping[str, Axis], met: list[Split]
) -> NearestChange | None:
    fit = subject.fit
    rulers = {column: ruler for column in axes if (ruler := ruler_of(fit, column))}
    found = nearest_change(fit.tree, row, axes, rulers, _farthest(fit, rulers))
    if found is None:
        return None
    feature = next(f for f in subject.features if f.column == found.split.column)
    outcome = subject.case.outcome(found.code)
    return NearestChange(
        feature.label,
        feature.unit,
        found.change,
        outcome.id,
        outcome.name,
        is_near=found.distance <= rulers[feature.column].step,
        step=next((i for i, split in enumerate(met) if split is found.split), None),
    )


def _if_known(subject: FittedSubject, row: Mapping[str, Any], id_: str) -> IfKnown | None:
    column = next((c for c, segment in subject.fit.own.items() if segment.id == id_), None)
    feature = next((f for f in subject.features if f.column == column), None)
    if feature is None or all(f.column != column for f in subject.fit.features):
        return None  # a column in which the others do not differ
    value = feature.mode if feature.is_category else feature.median
    there = subject.case.outcome(evaluate(subject.fit.tree, {**row, feature.column: value}))
    usual = f"{feature.mode} (the most frequent)"
    if not feature.is_category:
        usual = f"{format_threshold(Decimal(repr(feature.median)), feature.unit)} (the median)"
    return IfKnown(feature.label, usual, there.id, there.name)


def _farthest(fit: Fit, rulers: Mapping[str, Ruler]) -> dict[str, Decimal]:
    """How far a line may lie by column; where first and last decile are equal, by the spread."""
    spreads = {feature.column: Decimal(repr(feature.spread)) for feature in fit.features}
    return {
        column: WORTH_SAYING * (ruler.width or spreads.get(column, Decimal(0)))
        for column, ruler in rulers.items()
    }


def _centers(fit: Fit, row: Mapping[str, Any], code: int) -> NearestCenters | None:
    own = next((segment.id for segment in fit.learned if segment.code == code), None)
    if own is None or fit.clusters.labels:
        return None
    point = [
        coordinate
        for feature in fit.features
        for coordinate in feature.coordinates(_raw(row[feature.column], feature))
    ]
    distances = sorted(
        (math.dist(point, center), segment.id)
        for center, segment in zip(fit.clusters.centers, fit.learned, strict=True)
    )
    (near, first), (far, second) = distances[0], distances[min(1, len(distances) - 1)]
    return NearestCenters(first == own, first, near, second, far)


def _raw(value: Any, feature: FittedFeature) -> float | str | None:
    if is_missing(value):
        return None
    return level(value) if feature.is_category else float(value)
