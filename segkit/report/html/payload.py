"""What the script of a page knows of a segmentation: its results, as compact JSON.

Lists by code have a place 0 for who is unassigned. The tree is its nodes in preorder: a leaf is
its code, a split ``[feature, test, missing, no]`` whose yes is the next node and whose no the one
so many nodes on. Dots have the code and the three axes of the cube.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from markupsafe import Markup

from segkit.core.columns import Kind, parse_type
from segkit.core.english import is_money
from segkit.core.fit import UNASSIGNED, FittedFeature
from segkit.core.labels import number_text
from segkit.core.tree import Below, Known, Split, Tree, fold, splits
from segkit.report.html.figures.cube import cube_axes
from segkit.report.html.markup import tag
from segkit.report.html.palette import colour_class, mark_path
from segkit.survey.page_data import CutSurvey, FeatureSurvey, SegmentationReport, State

_DIGITS = 7  # significant ones of a metric that is no money
_FINE = 10_000  # of loss and shares, which are sent in whole parts; js/counts.js has the same


def payload_script(report: SegmentationReport) -> Markup:
    """Return the element in which the script finds the payload; nothing in the data ends it."""
    # Parsed as JSON the escape is the letter again, and no tag or comment can begin without it.
    text = json.dumps(payload(report), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    inner = Markup(text.replace("<", "\\u003c"))
    name = report.result.name
    return tag("script", inner, type="application/json", id=f"segkit-data-{name}")


def payload(report: SegmentationReport) -> dict[str, Any]:
    """Return the figures: money to the cent, loss and shares to four digits."""
    survey, fit = report.survey, report.result.fit
    places = {feature.feature.column: place for place, feature in enumerate(survey.features)}
    return {
        "name": report.result.name,
        "rows": report.result.rows,
        "sampled": survey.sampled,
        "minShare": fit.definition.get("rules", {}).get("min_share", 0.0),
        "maxLoss": fit.definition.get("rules", {}).get("max_loss"),
        **_segments(report),
        "metrics": [_metric(report, metric) for metric in survey.metrics],
        "features": [feature_payload(each, report) for each in survey.features],
        "tree": flat_tree(fit.tree, places),
        "cuts": [_cut(cut, report, places) for cut in survey.cuts],
        "dots": _dots(report, [places[each.feature.column] for each in cube_axes(report)]),
    }


def _segments(report: SegmentationReport) -> dict[str, Any]:
    result, fit = report.result, report.result.fit
    learned = {segment.id for segment in fit.learned}
    rows = {row.id: row for row in result.segments}
    shown = [rows[segment.id] for segment in fit.segments]
    codes = range(len(fit.segments) + 1)
    return {
        "ids": [UNASSIGNED.id, *(row.id for row in shown)],
        "names": [UNASSIGNED.name, *(row.name for row in shown)],
        "n": [result.unassigned, *(row.n for row in shown)],
        "colours": [colour_class(code) for code in codes],
        "marks": [mark_path(code) for code in codes],
        "learned": sum(row.n for row in shown if row.id in learned),
    }


def _metric(report: SegmentationReport, metric: str) -> dict[str, Any]:
    label, unit = report.result.words.get(metric, (metric, ""))
    totals = report.survey.totals[metric]
    sums = (totals[segment.id].sum for segment in report.result.fit.segments)
    return {"label": label, "unit": unit, "sum": [0, *(amount(each, unit) for each in sums)]}


def _dots(report: SegmentationReport, axes: Sequence[int]) -> list[list[Any]]:
    if not axes:
        return []
    return [[dot.code, *(_short(dot.values[axis]) for axis in axes)] for dot in report.survey.dots]


def flat_tree(tree: Tree, places: Mapping[str, int]) -> list[Any]:
    """The nodes in preorder; ``places`` are the features by column."""

    def of_split(split: Split, yes: list[Any], no: list[Any]) -> list[Any]:
        test: Any
        if isinstance(split.test, Below):
            test = ["<=" if split.test.inclusive else "<", number_text(split.test.cut)]
        else:
            test = ["known"] if isinstance(split.test, Known) else ["in", *split.test.levels]
        missing = 1 if split.missing == "yes" else 1 + len(yes)
        return [[places[split.column], test, missing, 1 + len(yes)], *yes, *no]

    return fold(tree, lambda leaf: [leaf.code], of_split)


def feature_payload(survey: FeatureSurvey, report: SegmentationReport) -> dict[str, Any]:
    """``kind`` says how a value is compared with a cut; from ``low`` to ``high`` one is asked."""
    feature = survey.feature
    words: dict[str, Any] = {"label": feature.label, "unit": feature.unit}
    if feature.is_category:
        return words | {"kind": "category", "levels": feature.levels, "start": feature.mode}
    cuts = [
        float(split.test.cut)
        for split in splits(report.result.fit.tree)
        if split.column == feature.column and isinstance(split.test, Below)
    ]
    seen = [*survey.everyone.quantiles, *cuts, feature.median]
    kind = _kind(feature, report.integers)
    return words | {
        "kind": kind,
        "log": feature.scale == "log",
        "low": math.floor(min(seen)) if kind == "integer" else _short(min(seen)),
        "high": math.ceil(max(seen)) if kind == "integer" else _short(max(seen)),
        "start": round(feature.median) if kind == "integer" else _short(feature.median),
    }


def _kind(feature: FittedFeature, integers: frozenset[str]) -> str:
    """integer and decimal are compared as they are written, double and float in their type."""
    kind = parse_type(feature.type).kind
    if feature.column in integers:
        return Kind.INTEGER.value
    return kind.value if kind in (Kind.DECIMAL, Kind.FLOAT) else Kind.DOUBLE.value


def _cut(cut: CutSurvey, report: SegmentationReport, places: Mapping[str, int]) -> dict[str, Any]:
    """``cells``: the step from bin to bin, the place of a way, customers, a sum a metric, in a row.

    ``ways`` are segments below and above the cut. A sum of what is above and below 0 is a list of
    both. ``filled`` is where missing values lie on the cut; None if none come to it.
    """
    fit, words = report.result.fit, report.result.words
    survey = report.survey.features[places[cut.column]]
    units = [words.get(metric, ("", ""))[1] for metric in report.survey.metrics]
    comes = survey.everyone.missing and cut.column not in fit.own
    ways = list(dict.fromkeys((cell.below, cell.above) for cell in cut.cells))
    bins = [0, *(cell.bin for cell in cut.cells)]
    cells = (
        (
            cell.bin - last,
            ways.index((cell.below, cell.above)),
            cell.n,
            *map(_sum, cell.gains, cell.losses, units),
        )
        for cell, last in zip(cut.cells, bins, strict=False)
    )
    return {
        "feature": places[cut.column],
        "said": cut.said,
        "edges": [_number(edge) for edge in cut.edges],
        "now": cut.now,
        "exact": cut.is_exact,
        "inclusive": cut.is_inclusive,
        "filled": survey.feature.median if comes else None,
        "ways": list(chain.from_iterable(ways)),
        "cells": list(chain.from_iterable(cells)),
        **_states(cut.states, len(units)),
    }


def _sum(gain: float, loss: float, unit: str) -> float | list[float]:
    sums = [amount(gain, unit), amount(loss, unit)]
    return sums if loss else sums[0]


def _states(states: Sequence[State], metrics: int) -> dict[str, Any]:
    return {
        "loss": _steps((state.loss for state in states), _FINE),
        "agreed": _steps(state.agreed for state in states),
        "explained": [_steps((s.explained[m] for s in states), _FINE) for m in range(metrics)],
    }


def _steps(values: Iterable[float | None], fine: int = 1) -> list[int | None]:
    """Each as how much more it is than the last known one, in parts of ``fine``."""
    found: list[int | None] = []
    last = 0
    for value in values:
        if value is None or not math.isfinite(value):
            found.append(None)
        else:
            now = round(value * fine)
            found.append(now - last)
            last = now
    return found


def amount(value: float, unit: str) -> float:
    """A sum as it is sent: money in whole units of it to the cent, all else to seven digits."""
    plain = is_money(unit) and len(unit) == 1
    return _whole(round(value, 2) if plain else float(f"{value:.{_DIGITS}g}"))


def _short(value: float | str | None) -> float | str | None:
    """Four digits: as near as a dot can be seen."""
    return _whole(float(f"{value:.4g}")) if isinstance(value, int | float) else value


def exact(value: float | str | None) -> float | str | None:
    """A value as it is, a whole number without a point."""
    return _whole(value) if isinstance(value, float) else value


def _number(value: Decimal) -> float:
    return int(value) if value == value.to_integral_value() else float(value)


def _whole(value: float) -> float:
    return int(value) if value.is_integer() else value
