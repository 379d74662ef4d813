"""What an experiment did: the lift of all customers and of each segment, with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterator

from markupsafe import Markup

from segkit.core.experiment_result import ArmFigures, Group, MetricReadout, Readout
from segkit.core.number_format import grouped
from segkit.report.experiment import share_text
from segkit.report.html.drawing import fixed, line, svg, text
from segkit.report.html.markup import tag
from segkit.report.html.palette import colour_class
from segkit.report.html.scales import Scale
from segkit.report.text import percent
from segkit.survey.page_data import SegmentationReport

_WIDTH, _ROW, _TOP = 340, 38, 24
_LABEL, _START, _END = 118, 124, 226
_NAME = 276  # beside it is the lift
_FURTHEST = math.log(16)  # a lift beyond 16 times, or to a 16th, is drawn there
_TICKS = (-0.9, -0.75, -0.5, -0.2, -0.1, -0.05, -0.02, 0.0, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3, 9)
_APART = 34  # the labels of two ticks
SHOWN = 0.05  # q below it: there is an effect


def lift_bars(report: SegmentationReport) -> Markup:
    """Return a drawing an experiment; empty where none has figures that may be seen."""
    drawn = [
        _drawing(report, found, metric)
        for found in (each.readout for each in report.experiments)
        for metric in (found.metrics if found else ())
        if found and metric.role == "primary"
    ]
    return tag("div", *drawn, class_="panels") if drawn else Markup()


def lifts_of(report: SegmentationReport, found: Readout) -> Markup:
    """The drawing of one experiment."""
    primary = [metric for metric in found.metrics if metric.role == "primary"]
    return _drawing(report, found, primary[0]) if primary else Markup()


def _drawing(report: SegmentationReport, found: Readout, metric: MetricReadout) -> Markup:
    rows = [(group, arm) for group in metric.groups for arm in group.arms[1:]]
    known = [v for _, a in rows for v in (a.lift, a.lift_low, a.lift_high) if v is not None]
    places = [0.0, *map(_ratio, known)]
    scale = Scale(min(places) - 0.02, max(places) + 0.02, _START, _END)
    height = _TOP + _ROW * len(rows)
    said = f"Lift of {metric.metric} over {found.control} in {found.name}, of all and by segment"
    return svg("lifts", (_WIDTH, height), said, *_axis(scale, height), *_rows(report, rows, scale))


def _ratio(lift: float) -> float:
    """Where a lift lies: twice as much is as far from nothing as half."""
    return max(-_FURTHEST, min(_FURTHEST, math.log(max(1 + lift, 1e-9))))


def _axis(scale: Scale, height: float) -> Iterator[Markup]:
    taken: list[float] = []
    for tick in sorted(_TICKS, key=lambda tick: (tick != 0, -abs(tick))):
        at = scale(_ratio(tick))
        if not scale.low <= _ratio(tick) <= scale.high or any(abs(at - x) < _APART for x in taken):
            continue
        taken.append(at)
        said = f"{'+' if tick > 0 else ''}{percent(tick)}"
        yield line((at, _TOP - 6), (at, height), "gr" if tick else "ax")
        yield text(at, 12, said, "mxo")


def _rows(
    report: SegmentationReport, rows: list[tuple[Group, ArmFigures]], scale: Scale
) -> Iterator[Markup]:
    names = {row.id: (row.order, row.name) for row in report.result.segments}
    for place, (group, arm) in enumerate(rows):
        id_, top = group.segment_id, _TOP + _ROW * place
        order, name = names.get(id_ or "", (0, ""))
        label = f"{id_} {name}".strip() if id_ else "All"
        several = len(group.arms) > 2
        who = arm.arm if several else f"{grouped(arm.n)} and {grouped(group.arms[0].n)}"
        yield tag(
            "g",
            text(0, top + 12, label, "" if id_ else "b", width=_NAME),
            text(0, top + 28, who, "xo", width=_LABEL),
            *_bar(arm, scale, top + 24),
            text(_WIDTH, top + 12, share_text(arm.lift) or "unknown", "eb"),
            text(_WIDTH, top + 28, _between(arm), "exo", width=_WIDTH - _END - 4),
            class_=colour_class(order) if id_ else None,
            data_s=id_,
        )


def _between(arm: ArmFigures) -> str:
    if arm.lift_low is None or arm.lift_high is None:
        return "no interval yet" if arm.low is None else ""
    return f"{share_text(arm.lift_low)} to {share_text(arm.lift_high)}"


def _bar(arm: ArmFigures, scale: Scale, y: float) -> Iterator[Markup]:
    """The interval and the lift; hollow where it is not shown that there is any."""
    if arm.lift_low is not None and arm.lift_high is not None:
        low, high = (scale(_ratio(end)) for end in (arm.lift_low, arm.lift_high))
        yield line((low, y), (high, y), "iv")
    if arm.lift is not None:
        look = "dot" if arm.q is not None and arm.q < SHOWN else "dot un"
        yield tag("circle", class_=look, cx=fixed(scale(_ratio(arm.lift))), cy=fixed(y), r=4.5)
