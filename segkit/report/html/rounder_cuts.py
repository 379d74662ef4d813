"""The table of rounder cuts: what the next round place on either side of a cut would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from segkit.core.english import format_statistic, format_threshold, lower_first
from segkit.core.labels import number_text
from segkit.core.number_format import grouped, spelled
from segkit.core.rulebook import quoted
from segkit.core.snap import rounder
from segkit.report.html.markup import tag
from segkit.report.text import percent
from segkit.survey.page_data import CutSurvey, FeatureSurvey, SegmentationReport

_FLOWS = 5  # from segment to segment, that are told of a place


@dataclass(frozen=True)
class _Move:
    """Who would move with a cut at an edge: customers by their segments before and after."""

    flows: Mapping[tuple[int, int], int]
    amount: float | None  # of the first metric

    @property
    def n(self) -> int:
        return sum(self.flows.values())


def _move(cut: CutSurvey, edge: int) -> _Move:
    """With the cut at the edge, bins up to its place are below it."""
    flows: Counter[tuple[int, int]] = Counter()
    total = 0.0
    for cell in cut.cells:
        was, would = cell.bin <= cut.now, cell.bin <= edge
        if was != would:
            flows[(cell.below, cell.above) if was else (cell.above, cell.below)] += cell.n
            total += sum(cell.gains[:1]) + sum(cell.losses[:1])
    has_metric = any(cell.gains for cell in cut.cells)
    return _Move(flows, total if has_metric else None)


def rounder_cuts(report: SegmentationReport) -> Markup:
    """Return the table of the rounder cut on either side of each: who moves, and what is lost."""
    metrics, words = report.survey.metrics, report.result.words
    label, unit = words.get(metrics[0], (metrics[0], "")) if metrics else ("", "")
    heads = ["Cut", "at", "customers who move", "from → to"]
    if metrics:
        heads.insert(3, lower_first(label))
    if (now := _lost(report.survey.cuts[0], report.survey.cuts[0].now)) is not None:
        heads.insert(-1, f"loss, now {now}")
    rows = [row for cut in report.survey.cuts for row in _nearest_rows(report, cut, unit)]
    places = ((cut, edge) for cut in report.survey.cuts for edge in _edges_tried(report, cut))
    over = None
    if any(_is_too_dear(report, *each) for each in places):
        most = spelled(f"{report.result.fit.definition['rules']['max_loss'] * 100:.3g}%")
        said = f"over: above the {most} that were allowed (max_loss)"
        first = report.survey.cuts[0]
        if _is_over(report, first.states[first.now].loss):
            said += ", and above what is lost now"
        over = tag("p", f"{said}.", class_="note")
    head = tag("tr", *(tag("th", text, scope="col") for text in heads))
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return tag(
        "div",
        table,
        over,
        _command(report),
        class_="scroll",
        tabindex=0,
        role="group",
        aria_label="Another cut on either side",
    )


def _command(report: SegmentationReport) -> Markup | None:
    """How one of them is made, by the first; a moved cut has its own."""
    for cut in report.survey.cuts:
        for edge in _edges_tried(report, cut)[:1]:
            change = quoted(f"{cut.said} -> {number_text(cut.edges[edge])}")
            command = tag("code", f"segkit adjust {report.result.name} {change}")
            return tag("p", "To make such a change: ", command, class_="note")
    return None


def _nearest_rows(report: SegmentationReport, cut: CutSurvey, unit: str) -> Iterator[Markup]:
    """What each of two cuts would cost that people would try instead."""
    feature = feature_of(report, cut).feature
    edges = _edges_tried(report, cut)
    told = f"{feature.label} {told_below(cut)} {format_threshold(cut.edges[cut.now], feature.unit)}"
    if not edges:
        yield tag("tr", tag("th", told, scope="row"), tag("td", "nobody is near it", colspan=5))
    about = "" if cut.is_exact or report.survey.sampled is None else "about "
    for place, edge in enumerate(edges):
        move = _move(cut, edge)
        name = tag("th", told, scope="row", rowspan=len(edges)) if place == 0 else None
        cells = [
            tag("td", format_threshold(cut.edges[edge], feature.unit), class_="n"),
            tag("td", f"{about}{grouped(move.n)}", class_="n"),
        ]
        if move.amount is not None:
            cells.append(tag("td", format_statistic(move.amount, unit), class_="n"))
        if (loss := _lost(cut, edge)) is not None:
            over = tag("b", " over") if _is_too_dear(report, cut, edge) else None
            cells.append(tag("td", loss, over, class_="n"))
        yield tag("tr", name, *cells, tag("td", _flows(report, move) if move.n else "nobody moves"))


def _edges_tried(report: SegmentationReport, cut: CutSurvey) -> list[int]:
    """The rounder edge on each side; where it is not counted, the next at which somebody moves."""
    now, last = cut.edges[cut.now], len(cut.edges)
    rounded = rounder(now, int(cut.column in report.integers)) or (now, now)
    sides = (range(cut.now - 1, -1, -1), range(cut.now + 1, last))
    found = []
    for side, wanted in zip(sides, rounded, strict=True):
        at = next((edge for edge in side if cut.edges[edge] == wanted), None)
        found.append(next((e for e in side if _move(cut, e).n), None) if at is None else at)
    return [edge for edge in found if edge is not None]


def _lost(cut: CutSurvey, edge: int) -> str | None:
    """Of how much the rules would lose with the cut there; None where it cannot be told."""
    loss = cut.states[edge].loss
    return None if loss is None else percent(loss, 1)


def _is_too_dear(report: SegmentationReport, cut: CutSurvey, edge: int) -> bool:
    """Whether the loss would be above what these rules were allowed, and seen to be above today's.

    Today's may be above it, as customers change; then most cuts would be.
    """
    loss, now = cut.states[edge].loss, cut.states[cut.now].loss
    if loss is None or now is None or not _is_over(report, loss):
        return False
    return not _is_over(report, now) or round(loss, 3) > round(now, 3)


def _is_over(report: SegmentationReport, loss: float | None) -> bool:
    most = report.result.fit.definition.get("rules", {}).get("max_loss")
    return loss is not None and most is not None and loss > most


def _flows(report: SegmentationReport, move: _Move) -> str:
    ids = {segment.code: segment.id for segment in report.result.fit.segments}
    ranked = sorted(move.flows.items(), key=lambda item: (-item[1], item[0]))
    shown = ranked if len(ranked) <= _FLOWS else ranked[: _FLOWS - 1]
    said = [f"{ids.get(a, 'none')} → {ids.get(b, 'none')} {grouped(n)}" for (a, b), n in shown]
    said = [flow.replace(" ", "\N{NO-BREAK SPACE}") for flow in said]  # a line ends after a flow
    if rest := len(ranked) - len(shown):
        said.append(f"{grouped(rest)} more")
    return ", ".join(said)


def told_below(cut: CutSurvey) -> str:
    return "up to" if cut.is_inclusive else "under"


def feature_of(report: SegmentationReport, cut: CutSurvey) -> FeatureSurvey:
    return next(f for f in report.survey.features if f.feature.column == cut.column)
