"""Customers on two features at a time, with the lines that the SQL draws."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from markupsafe import Markup

from segkit.core.english import format_statistic
from segkit.core.rules import EVERYTHING, Interval
from segkit.core.tree import Below, Leaf, Split, Tree
from segkit.report.html.drawing import SMALL, Point, line, marks, points_path, svg, text, way
from segkit.report.html.figures.legend import legend
from segkit.report.html.figures.tree_outline import node_of, segments_by_code, walk
from segkit.report.html.markup import joined, tag
from segkit.report.html.palette import colour_class
from segkit.report.html.scales import Scale, text_width
from segkit.report.html.telling import axis_words, most_telling, short_unit, words_of
from segkit.survey.page_data import Dot, FeatureSurvey, SegmentationReport

PANELS = 3
LEVELS = 6  # of a category, those with most customers; all others are one band
_WIDTH, _HEIGHT = 420, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 410, 10, 292
_UNKNOWN = 22  # room for values that are missing, where an axis begins
_OTHERS, _MISSING = "others", "?"


def most_used(report: SegmentationReport) -> list[FeatureSurvey]:
    """The features, those first which decide over most customers; then by what they tell apart."""
    asked: Counter[str] = Counter()
    for node in walk(node_of(report)):
        if node.sides and not node.is_guard:
            asked[node.columns[0]] += node.n
    return sorted(most_telling(report), key=lambda f: -asked[f.feature.column])


def pair_scatters(report: SegmentationReport) -> Markup:
    """Return up to three panels; nothing where there is one feature, or nobody to draw."""
    features = most_used(report)[:3]
    if len(features) < 2 or not report.survey.dots:
        return Markup()
    lines = list(_lines(report.result.fit.tree))
    pairs = list(combinations(features, 2))[:PANELS]
    panels = (_panel(report, x, y, lines) for x, y in pairs)
    return joined([legend(report), tag("div", *panels, class_="panels")])


# axes ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """Where a value of a feature lies. What is missing lies before ``start``.

    ``bands`` are the levels of a category; of a number there is a ``scale``.
    """

    survey: FeatureSurvey
    place: int  # of the feature's value in a dot
    start: float
    end: float
    scale: Scale
    bands: tuple[str, ...] = ()

    def at(self, dot: Dot, number: int) -> float:
        """``number``, of the dot, says where in its band it lies: bands have no order within."""
        value = dot.values[self.place]
        if value is None:
            return self.start - (_UNKNOWN / 2 if self.end > self.start else -_UNKNOWN / 2)
        if not self.bands:
            return self.scale(float(value))
        band = self.bands.index(value) if value in self.bands else len(self.bands) - 1
        return self._band(band + 0.15 + 0.7 * (number * 0.618034 % 1))

    def _band(self, place: float) -> float:
        return self.start + (self.end - self.start) * place / len(self.bands)

    def ticks(self, unit: str, most: int) -> list[tuple[float, str]]:
        if self.bands:
            return [(self._band(i + 0.5), band) for i, band in enumerate(self.bands)]
        return [
            (self.scale(t), format_statistic(t, short_unit(unit)))
            for t in self.scale.ticks(most)
            if self.scale.low <= t <= self.scale.high
        ]

    def borders(self) -> list[float]:
        return [self._band(place) for place in range(1, len(self.bands))]


def axis_of(report: SegmentationReport, survey: FeatureSurvey, start: float, end: float) -> Axis:
    features = [f.feature.column for f in report.survey.features]
    place = features.index(survey.feature.column)
    values = [dot.values[place] for dot in report.survey.dots]
    if None in values:
        start += _UNKNOWN if end > start else -_UNKNOWN
    if survey.feature.is_category:
        levels = list(survey.everyone.levels)
        shown = levels if len(levels) <= LEVELS else [*levels[: LEVELS - 1], _OTHERS]
        return Axis(survey, place, start, end, Scale(0, 1, start, end), tuple(shown) or (_OTHERS,))
    numbers = [float(value) for value in values if value is not None]
    return Axis(survey, place, start, end, number_scale(survey, numbers, start, end))


def number_scale(
    survey: FeatureSurvey, numbers: Sequence[float], start: float, end: float
) -> Scale:
    """From the least to the greatest, but for a few far away: these lie on the edge."""
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    is_log = survey.feature.scale == "log" and low >= 0
    if survey.everyone.quantiles and not is_log:
        first, *_, last = survey.everyone.quantiles
        low, high = max(low, first - (last - first) / 2), min(high, last + (last - first) / 2)
    if is_log:
        return Scale(low, high * 1.2 or 1.0, start, end, True)
    room = (high - low) * 0.04 or 1.0
    return Scale(low - room, high + room, start, end)


# the lines that the SQL draws ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """A cut, and the values of other columns among whose customers it is asked."""

    column: str
    at: float
    within: Mapping[str, Interval]


def _lines(tree: Tree) -> Iterator[_Line]:
    todo: list[tuple[Tree, Mapping[str, Interval]]] = [(tree, {})]
    while todo:
        node, within = todo.pop()
        if isinstance(node, Leaf):
            continue
        if isinstance(node.test, Below):
            yield _Line(node.column, float(node.test.cut), within)
        todo += [
            (node.yes, _narrowed(node, within, "yes")),
            (node.no, _narrowed(node, within, "no")),
        ]


def _narrowed(split: Split, within: Mapping[str, Interval], side: str) -> Mapping[str, Interval]:
    if not isinstance(split.test, Below):
        return within
    cut = split.test.cut
    part = Interval(upper=cut) if side == "yes" else Interval(lower=cut)
    return {**within, split.column: within.get(split.column, EVERYTHING).intersect(part)}


def _drawn_lines(lines: Sequence[_Line], x: Axis, y: Axis) -> Iterator[Markup]:
    """Each over the range where it applies, once."""
    seen = set()
    for first, other in ((x, y), (y, x)):
        column, across = first.survey.feature.column, other.survey.feature.column
        for cut in lines:
            if cut.column != column or first.bands:
                continue
            at, (low, high) = first.scale(cut.at), _range(other, cut.within.get(across, EVERYTHING))
            ends = ((at, low), (at, high)) if first is x else ((low, at), (high, at))
            path = way(ends)
            if path not in seen:
                seen.add(path)
                yield tag("path", class_="cut", d=path)


def _range(axis: Axis, interval: Interval) -> Point:
    if axis.bands:
        return axis.start, axis.end
    low, high = axis.scale.start, axis.scale.end
    if interval.lower is not None:
        low = axis.scale(float(interval.lower))
    if interval.upper is not None:
        high = axis.scale(float(interval.upper))
    return low, high


# a panel ------------------------------------------------------------------------------------------


def _panel(
    report: SegmentationReport, first: FeatureSurvey, second: FeatureSurvey, lines: Sequence[_Line]
) -> Markup:
    x = axis_of(report, first, _LEFT, _RIGHT)
    y = axis_of(report, second, _BOTTOM, _TOP)
    names = [words_of(report, f.feature.column) for f in (first, second)]
    dots = report.survey.dots
    said = f"{len(dots)} customers by {names[0][0]} and {names[1][0]}, with the cuts of the rules"
    return svg(
        "pair",
        (_WIDTH, _HEIGHT),
        said,
        *_frame(x, y, names),
        *_drawn_lines(lines, x, y),
        *_customers(report, x, y),
    )


def _frame(x: Axis, y: Axis, names: Sequence[tuple[str, str]]) -> Iterator[Markup]:
    width = (_RIGHT - _LEFT) / max(len(x.bands), 6) + 2
    free = _LEFT + _UNKNOWN / 2 + 6 if x.start > _LEFT else -math.inf
    for at, said in x.ticks(names[0][1], 5):
        if not x.bands:
            yield line((at, _TOP), (at, _BOTTOM), "gr")
        half = min(text_width(said, SMALL), width) / 2
        if at - half >= free or x.bands:  # close to 0 a log axis has no room for all
            yield text(at, _BOTTOM + 15, said, "mxo", width=width)
            free = at + half + 3
    free = math.inf
    for at, said in y.ticks(names[1][1], 6):
        if not y.bands:
            yield line((_LEFT, at), (_RIGHT, at), "gr")
        if at <= free:
            yield text(_LEFT - 5, at + 4, said, "exo", width=_LEFT - 23)
            free = at - SMALL - 1
    yield from (line((at, _TOP), (at, _BOTTOM), "gr") for at in x.borders())
    yield from (line((_LEFT, at), (_RIGHT, at), "gr") for at in y.borders())
    if x.start > _LEFT:
        yield text(_LEFT + _UNKNOWN / 2, _BOTTOM + 15, _MISSING, "mxo")
    if y.start < _BOTTOM:
        yield text(_LEFT - 5, _BOTTOM - 4, _MISSING, "exo")
    yield text((_LEFT + _RIGHT) / 2, _HEIGHT - 12, axis_words(*names[0]), "m", width=_RIGHT - _LEFT)
    middle = (_TOP + _BOTTOM) / 2
    yield text(12, middle, axis_words(*names[1]), "m", width=_BOTTOM - _TOP, turned=-90)


def _customers(report: SegmentationReport, x: Axis, y: Axis) -> Iterator[Markup]:
    """A path a segment; a ring around those whom K-Means has elsewhere."""
    segments = segments_by_code(report)
    places: dict[int, list[Point]] = {}
    rings: dict[int, list[Point]] = {}
    for number, dot in enumerate(report.survey.dots):
        at = x.at(dot, number), y.at(dot, number * 7)
        places.setdefault(dot.code, []).append(at)
        if dot.cluster not in (None, dot.code):
            rings.setdefault(dot.code, []).append(at)
    for code, found in places.items():
        row = segments.get(code)
        ringed = points_path(rings.get(code, ()))
        yield tag(
            "g",
            marks(code, found),
            tag("path", class_="rg", d=ringed) if ringed else None,
            class_=colour_class(code),
            data_s=row.id if row else None,
        )
