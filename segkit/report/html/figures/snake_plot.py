"""Profiles: a line a segment over the features, on the scale of the fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from segkit.core.number_format import spelled
from segkit.report.html.drawing import (
    BOLD,
    SMALL,
    TEXT,
    Point,
    kept_apart,
    line,
    marks,
    scrolled,
    svg,
    text,
    way,
    wrapped,
)
from segkit.report.html.markup import joined, tag
from segkit.report.html.palette import colour_class
from segkit.report.html.scales import Scale, even_ticks, text_width
from segkit.report.html.telling import most_telling, words_of
from segkit.results import SegmentRow
from segkit.survey.page_data import FeatureSurvey, SegmentationReport

MOST = 12  # features; more would be a thicket, and the heat table has all
_WIDTH, _TOP, _HEIGHT = 1040, 14, 300
_LEFT, _NAMES, _TURNED = 52, 330, 86
_GAP = 15  # between the names at the ends
_TALL, _STEP, _HEAD, _EDGE = 340, 46, 22, 22  # upright: width, from feature to feature, margins


def snake_plots(report: SegmentationReport) -> Markup:
    """Return the plot, and an upright one, which a phone shows instead."""
    return joined([snake_plot(report), tall_snake_plot(report)])


def snake_plot(report: SegmentationReport) -> Markup:
    """Return the lines of the numbers; nothing for fewer than two, where there is no line."""
    features = _chosen(report)
    if len(features) < 2:
        return Markup()
    step = (_WIDTH - _NAMES - _LEFT - 36) / (len(features) - 1)
    xs = [_LEFT + 18 + step * place for place in range(len(features))]
    bottom = _TOP + _HEIGHT
    y = _scale(features, _TOP + _HEIGHT, _TOP)
    found = [(row, list(_points(features, row, xs, y))) for row in report.result.segments]
    shown = [(row, points) for row, points in found if points]
    names = kept_apart([points[-1][1] for _, points in shown], _GAP, _TOP + 4, bottom - 4)
    lines = (_line(row, points, name) for (row, points), name in zip(shown, names, strict=True))
    labels = [words_of(report, f.feature.column)[0] for f in features]
    heads, deep = _heads(labels, xs, min(step - 8, 2 * xs[0]))
    said = _said(shown, features)
    drawn = svg("snake", (_WIDTH, bottom + deep), said, *_grid(y, xs), *heads, *lines)
    return scrolled("Profiles", drawn)


def tall_snake_plot(report: SegmentationReport) -> Markup:
    """The same from top to bottom, with letters at the end: names have no room."""
    features = _chosen(report)
    if len(features) < 2:
        return Markup()
    ys = [_HEAD + _STEP * (place + 0.7) for place in range(len(features))]
    x = _scale(features, _EDGE, _TALL - _EDGE)
    found = [
        (row, [(at, y) for y, at in _points(features, row, ys, x)])
        for row in report.result.segments
    ]
    shown = [(row, points) for row, points in found if points]
    ends = kept_apart([points[-1][0] for _, points in shown], _GAP, 8, _TALL - 8)
    grid = [
        part
        for tick in even_ticks(x.low, x.high, 5)
        for part in (
            line((x(tick), _HEAD), (x(tick), ys[-1] + 8), "gr" if tick else "ax"),
            text(x(tick), _HEAD - 8, _tick(tick), "mxo"),
        )
    ]
    labels = [
        text(2, y - 12, words_of(report, f.feature.column)[0], "x", width=_TALL)
        for y, f in zip(ys, features, strict=True)
    ]
    lines = (
        tag(
            "g",
            tag("path", class_="sn", d=way(points)),
            marks(row.order, points),
            line((points[-1][0], points[-1][1] + 7), (end, ys[-1] + 22), "ld"),
            text(end, ys[-1] + 34, row.id, "mb"),
            class_=colour_class(row.order),
            data_s=row.id,
        )
        for (row, points), end in zip(shown, ends, strict=True)
    )
    return svg("snake tall", (_TALL, ys[-1] + 40), _said(shown, features), *grid, *lines, *labels)


def _chosen(report: SegmentationReport) -> list[FeatureSurvey]:
    """Numbers in the order in which they are published; of too many those that tell most."""
    numbers = [f for f in report.survey.features if not f.feature.is_category]
    chosen = [f for f in most_telling(report) if f in numbers][:MOST]
    return [f for f in numbers if f in chosen]


def _said(shown: Sequence[object], features: Sequence[FeatureSurvey]) -> str:
    return f"Profiles of {len(shown)} segments over {len(features)} features"


def _scale(features: Sequence[FeatureSurvey], start: float, end: float) -> Scale:
    places = [s.place or 0.0 for f in features for s in f.segments.values()]
    most = max([1.0, *map(abs, places)]) * 1.08
    return Scale(-most, most, start, end)


def _points(
    features: Sequence[FeatureSurvey], row: SegmentRow, xs: Sequence[float], y: Scale
) -> Iterator[Point]:
    """Where something is known; the line goes on over what is not."""
    for x, feature in zip(xs, features, strict=True):
        spread = feature.segments[row.id]
        if spread.known and spread.place is not None:
            yield x, y(spread.place)


def _grid(y: Scale, xs: Sequence[float]) -> Iterator[Markup]:
    for tick in even_ticks(y.low, y.high, 5):
        at, said = y(tick), _tick(tick)
        yield line((_LEFT, at), (xs[-1] + 18, at), "ax" if tick == 0 else "gr")
        yield text(_LEFT - 5, at + 4, said, "exo")
    yield from (line((x, _TOP), (x, _TOP + _HEIGHT), "gr") for x in xs)


def _tick(tick: float) -> str:
    return spelled(f"{tick:+g} sd") if tick else "average"


def _heads(labels: Sequence[str], xs: Sequence[float], room: float) -> tuple[list[Markup], float]:
    """The names of the features, turned where two lines have no room for one; and their depth."""
    y = _TOP + _HEIGHT
    split = [wrapped(label, SMALL, room, 2) for label in labels]
    if [" ".join(lines) for lines in split] == [" ".join(label.split()) for label in labels]:
        said = [
            text(x, y + 16 + 12 * place, part, "mxo")
            for x, lines in zip(xs, split, strict=True)
            for place, part in enumerate(lines)
        ]
        return said, 34
    turned = (
        text(x + 4, y + 12, label, "exo", width=min(125.0, x / 0.82), turned=-35)
        for x, label in zip(xs, labels, strict=True)
    )
    return list(turned), _TURNED


def _line(row: SegmentRow, points: Sequence[Point], name: float) -> Markup:
    x, y = points[-1]
    start = _WIDTH - _NAMES + 4
    return tag(
        "g",
        tag("path", class_="sn", d=way(points)),
        marks(row.order, points),
        line((x + 7, y), (start - 4, name), "ld"),
        text(start, name + 4, row.id, "b"),
        text(start + 8 + text_width(row.id, TEXT * BOLD), name + 4, row.name, width=_NAMES - 32),
        class_=colour_class(row.order),
        data_s=row.id,
    )
