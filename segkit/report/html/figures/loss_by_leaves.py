"""What more or fewer rules would have cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from segkit.core.fit import CurvePoint, Fit
from segkit.core.number_format import spelled
from segkit.report.html.drawing import fixed, line, svg, text, way
from segkit.report.html.markup import tag
from segkit.report.html.scales import Scale, even_ticks
from segkit.report.text import percent
from segkit.survey.page_data import SegmentationReport

_WIDTH, _HEIGHT = 420, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 404, 16, 176


def loss_by_leaves(report: SegmentationReport) -> Markup:
    """Return the curve, the chosen tree and the loss that was allowed; nothing without a choice."""
    fit = report.result.fit
    curve, bound = fit.quality.curve, declared_loss(fit)
    if len(curve) < 2:
        return Markup()
    # a bound far above all losses would press them flat
    highest = max(point.loss for point in curve)
    shown = bound if bound is not None and bound <= 3 * highest else None
    x = Scale(curve[0].leaves, curve[-1].leaves, _LEFT + 14, _RIGHT - 48)
    low = min(0.0, *(point.loss for point in curve))
    y = Scale(low, max(highest, shown or 0.0) * 1.12 or 0.01, _BOTTOM, _TOP)
    chosen = fit.quality.leaves
    said = f"Loss of the best trees of {curve[0].leaves} to {curve[-1].leaves} rules"
    points = [(x(point.leaves), y(point.loss)) for point in curve]
    return svg(
        "loss",
        (_WIDTH, _HEIGHT),
        f"{said}; {chosen} were chosen, which lose {percent(fit.quality.loss)}",
        *_axes(x, y, curve),
        *_bound(y, shown, is_left=chosen > (curve[0].leaves + curve[-1].leaves) / 2),
        tag("path", class_="sn", d=way(points)),
        *_points(points, curve, fit),
    )


def declared_loss(fit: Fit) -> float | None:
    rules = fit.definition.get("rules")
    bound = rules.get("max_loss") if isinstance(rules, dict) else None
    return float(bound) if isinstance(bound, int | float) else None


def _axes(x: Scale, y: Scale, curve: Sequence[CurvePoint]) -> Iterator[Markup]:
    for tick in even_ticks(y.low, y.high, 5):
        yield line((_LEFT, y(tick)), (_RIGHT, y(tick)), "gr")
        yield text(_LEFT - 5, y(tick) + 4, spelled(f"{tick * 100:g}%"), "exo")
    every = max(1, -(-len(curve) // 12))
    for point in curve[::every]:
        yield text(x(point.leaves), _BOTTOM + 16, str(point.leaves), "mxo")
    yield text((_LEFT + _RIGHT) / 2, _HEIGHT - 10, "rules", "m")


def _bound(y: Scale, bound: float | None, *, is_left: bool) -> Iterator[Markup]:
    """The label on the side where the chosen tree is not, away from the falling curve."""
    if bound is not None:
        at, said = y(bound), spelled(f"allowed: {bound * 100:g}%")
        yield line((_LEFT, at), (_RIGHT, at), "cut")
        yield text(_LEFT + 2, at + 12, said, "xo") if is_left else text(_RIGHT, at - 5, said, "exo")


def _points(
    points: Sequence[tuple[float, float]], curve: Sequence[CurvePoint], fit: Fit
) -> Iterator[Markup]:
    for (cx, cy), point in zip(points, curve, strict=True):
        is_chosen = point.leaves == fit.quality.leaves
        where = {"cx": fixed(cx), "cy": fixed(cy)}
        loss = spelled(f"{point.loss * 100:.1f}%")
        title = tag("title", f"{point.leaves} rules: {loss} loss")
        yield tag("circle", title, class_="pt", r=5.5 if is_chosen else 3, **where)
        if is_chosen:
            # to the right of a point the curve falls
            yield text(cx + 8, cy - 7, loss, "b")
