"""What spoke for how many segments: a small chart a figure, all by k."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from segkit.core.fit import Fit, SweepPoint
from segkit.core.k_criteria import HIGHEST, log_inertias, picks_of
from segkit.core.number_format import spelled
from segkit.report.html.drawing import fixed, line, svg, text, way
from segkit.report.html.markup import joined, tag
from segkit.report.html.scales import Scale, even_ticks
from segkit.survey.page_data import SegmentationReport

TITLES = {
    "inertia": "Spread left (inertia)",
    "log_inertia": "Its logarithm (ln)",
    "silhouette": "Silhouette",
    "calinski_harabasz": "Calinski-Harabasz",
    "davies_bouldin": "Davies-Bouldin",
    "stability": "Stability",
}
_BEST = {**dict.fromkeys(TITLES, "lowest"), **dict.fromkeys(HIGHEST, "highest")}
_BEST |= dict.fromkeys(("inertia", "log_inertia"), "knee")
ERRORS = 2  # standard errors of a stability: within them another k is as good, see learn's judge
_WIDTH, _HEIGHT = 200, 164
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 198, 42, 144


def k_panel(report: SegmentationReport) -> Markup:
    return k_charts(report.result.fit)


def inertia(report: SegmentationReport) -> Markup:
    """The elbow alone."""
    return k_charts(report.result.fit, ("inertia",))


def k_charts(fit: Fit, names: Sequence[str] = tuple(TITLES)) -> Markup:
    """Return the charts; nothing where no numbers of clusters were compared.

    The dashed line is at the k that was chosen, the ring at what the figure would pick alone.
    """
    sweep = [point for point in fit.clusters.sweep if point.k > 1]
    if len(sweep) < 2:
        return Markup()
    picks = picks_of(fit.clusters.sweep)
    logs = log_inertias(sweep)
    charts = []
    for name in names:
        values = ((p, logs.get(p.k) if name == "log_inertia" else getattr(p, name)) for p in sweep)
        found = [(point, value) for point, value in values if value is not None]
        if len(found) > 1:
            charts.append(_chart(name, found, fit.clusters.k, picks.get(name)))
    return tag("div", *charts, class_="panels ks") if charts else Markup()


def _chart(
    name: str, found: Sequence[tuple[SweepPoint, float]], chosen: int, pick: int | None
) -> Markup:
    is_sampled = name == "stability"
    errors = {p.k: ERRORS * (p.stability_error or 0.0) if is_sampled else 0.0 for p, _ in found}
    ends = [value + sign * errors[p.k] for p, value in found for sign in (-1, 1)]
    room = (max(ends) - min(ends)) * 0.06 or abs(max(ends)) * 0.1 or 1.0
    x = Scale(found[0][0].k, found[-1][0].k, _LEFT + 8, _RIGHT - 8)
    y = Scale(min(ends) - room, max(ends) + room, _BOTTOM, _TOP)
    alone = "no pick of its own" if pick is None else f"alone it picks {pick}"
    said = f"{TITLES[name]} by k: {alone}, chosen {chosen}"
    points = [(x(p.k), y(value)) for p, value in found]
    bars = (
        line((x(p.k), y(value - errors[p.k])), (x(p.k), y(value + errors[p.k])), "er")
        for p, value in found
        if errors[p.k]
    )
    return svg(
        "k",
        (_WIDTH, _HEIGHT),
        said,
        text(2, 14, TITLES[name], "b"),
        text(2, 30, f"{_BEST[name]} is best: {alone}", "xo"),
        *_axes(x, y, [p.k for p, _ in found], chosen),
        *bars,
        tag("path", class_="sn", d=way(points)),
        # a line of no length with round ends is a dot: a path for all of them
        tag("path", class_="pts", d="".join(f"{way([at])}h0" for at in points)),
        joined(_ring(at, p.k, chosen, pick) for at, (p, _) in zip(points, found, strict=True)),
    )


def _axes(x: Scale, y: Scale, ks: Sequence[int], chosen: int) -> Iterator[Markup]:
    for tick in even_ticks(y.low, y.high, 5):
        yield line((_LEFT, y(tick)), (_RIGHT, y(tick)), "gr")
        said = f"{tick / 1000:,g}k" if y.high >= 10_000 and tick else f"{tick:,g}"
        yield text(_LEFT - 4, y(tick) + 4, spelled(said), "exo", width=_LEFT - 4)
    if x.low <= chosen <= x.high:
        yield line((x(chosen), _TOP), (x(chosen), _BOTTOM), "cut")
    every = max(1, -(-len(ks) // 10))
    for place, k in enumerate(ks):
        if k == chosen or (place % every == 0 and abs(k - chosen) >= every):
            yield text(x(k), _BOTTOM + 15, str(k), "mxb" if k == chosen else "mxo")


def _ring(at: tuple[float, float], k: int, chosen: int, pick: int | None) -> Iterator[Markup]:
    """Around what a figure alone would pick; what was chosen has a larger dot."""
    cx, cy = map(fixed, at)
    if k == pick:
        yield tag("circle", class_="pick", cx=cx, cy=cy, r=7)
    if k == chosen:
        yield tag("circle", class_="pt", cx=cx, cy=cy, r=4.5)
