"""For a card: where a segment's values lie, feature by feature, and where everybody's do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from segkit.core.english import format_statistic
from segkit.report.html.drawing import BOLD, SMALL, TEXT, box, fixed, line, svg, text
from segkit.report.html.markup import joined, tag
from segkit.report.html.palette import colour_class
from segkit.report.html.scales import Scale, text_width
from segkit.report.html.telling import levels_text, most_telling, short_unit, value_text, words_of
from segkit.survey.page_data import SPREAD_AT, FeatureSurvey, SegmentationReport, Spread

MOST = 8  # features on a card; the heat table has all
_WIDTH, _ROW, _TALL = 300, 21, 34
_LABEL, _START, _END = 142, 148, 236
_LOW, _QUARTER, _HIGH_QUARTER, _HIGH = (SPREAD_AT.index(at) for at in (0.05, 0.25, 0.75, 0.95))


def range_bars(report: SegmentationReport, id_: str, *, is_named: bool = False) -> Markup:
    """Return a row a feature: 5 to 95 % thin, the middle half thick, the median a dot.

    The tick is everybody's median. Of more features than ``MOST`` those that tell segments
    apart best are shown, in the order in which they are published.
    """
    segment = next(row for row in report.result.segments if row.id == id_)
    chosen = most_telling(report)[:MOST]
    said = f"{segment.id} {segment.name}"
    rows, top = ([text(0, 14, said, "b", width=_WIDTH)], 22.0) if is_named else ([], 2.0)
    for survey in (f for f in report.survey.features if f in chosen):
        rows.append(_row(report, survey, survey.segments[id_], top))
        top += _TALL if survey.feature.is_category else _ROW
    drawn = tag("g", *rows, class_=colour_class(segment.order), data_s=segment.id)
    return svg("ranges", (_WIDTH, top), f"Usual values of {said}", drawn) if chosen else Markup()


def all_range_bars(report: SegmentationReport) -> Markup:
    """The bars of all segments, each under its name."""
    bars = (range_bars(report, row.id, is_named=True) for row in report.result.segments)
    return tag("div", *bars, class_="panels")


def _row(report: SegmentationReport, survey: FeatureSurvey, spread: Spread, top: float) -> Markup:
    label, unit = words_of(report, survey.feature.column)
    middle = top + 9
    name = text(0, middle + 4, label, "o", width=_LABEL)
    if survey.feature.is_category:
        return joined([name, *_levels(spread, middle)])
    room = _WIDTH - _END - 6
    values = (value_text(spread, each) for each in (unit, short_unit(unit)))
    drawn = [name, text(_WIDTH, middle + 4, _fitting(values, TEXT * BOLD, room), "eb", width=room)]
    return joined([*drawn, *_bar(survey, spread, middle, unit)])


def _bar(survey: FeatureSurvey, spread: Spread, y: float, unit: str) -> Iterator[Markup]:
    yield line((_START, y), (_END, y), "rail")
    everyone = survey.everyone
    if not everyone.quantiles:
        return
    scale = _scale(survey)
    if spread.quantiles and not spread.is_mostly_missing:
        ends = spread.quantiles
        low, high = (format_statistic(ends[at], unit) for at in (_LOW, _HIGH))
        yield tag(
            "g",
            tag("title", f"9 in 10 from {low} to {high}"),
            line((scale(ends[_LOW]), y), (scale(ends[_HIGH]), y), "thin"),
            line((scale(ends[_QUARTER]), y), (scale(ends[_HIGH_QUARTER]), y), "thick"),
            tag("circle", class_="dot", cx=fixed(scale(spread.median or 0.0)), cy=fixed(y), r=4.5),
        )
    at = scale(everyone.median or 0.0)
    yield line((at, y - 7), (at, y + 7), "all")


def _scale(survey: FeatureSurvey) -> Scale:
    """The same for all segments, so that cards compare."""
    found = [s.quantiles for s in (survey.everyone, *survey.segments.values()) if s.quantiles]
    low, high = min(q[_LOW] for q in found), max(q[_HIGH] for q in found)
    is_log = survey.feature.scale == "log" and low >= 0
    return Scale(low, high, _START + 5, _END - 5, is_log)


def _levels(spread: Spread, y: float) -> Iterator[Markup]:
    """The most frequent levels as parts of a bar, and in words below it."""
    yield box((_START, y - 4), (_WIDTH - _START, 8), "rest")
    at, is_known = float(_START), spread.known >= max(spread.missing, 1)
    for place, n in enumerate(list(spread.levels.values())[:3] if is_known else []):
        width = (_WIDTH - _START) * n / spread.known
        yield box((at, y - 4), (width - 1, 8), f"lv{place}")
        at += width
    room = _WIDTH - _START
    said = _fitting((levels_text(spread, most) for most in (3, 2, 1)), SMALL, room)
    yield text(_START, y + 18, said if is_known else value_text(spread, ""), "x", width=room)


def _fitting(texts: Iterable[str], size: float, width: float) -> str:
    """The first that has room, or else the last."""
    for said in texts:
        if text_width(said, size) <= width:
            break
    return said
