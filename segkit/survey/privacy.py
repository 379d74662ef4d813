"""Whether single customers are in a report, and how they are called there.

It is settled here before anything is drawn or printed: no renderer asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from enum import StrEnum

from segkit.core.change_result import ChangeFlow, Changes
from segkit.core.experiment_result import Group
from segkit.survey.page_data import (
    SPREAD_AT,
    Cell,
    CutSurvey,
    ExperimentReport,
    ProjectReport,
    SegmentationReport,
    Spread,
    Total,
)
from segkit.survey.sample import AT_MOST


class Rows(StrEnum):
    """``sample``: some customers with masked ids; ``full``: with their ids; ``none`` at all."""

    sample = "sample"
    full = "full"
    none = "none"


OTHERS = "others"  # who is in a flow of few, and the reason
LEAST = 10  # customers: who is in a smaller group could be recognised


def shown_with(report: ProjectReport, rows: Rows) -> ProjectReport:
    """The report with no more of customers than ``rows`` allows."""
    if rows is Rows.full:
        return report
    change = without_rows if rows is Rows.none else _with_masks
    return replace(report, segmentations=tuple(map(change, report.segmentations)))


def _with_masks(report: SegmentationReport) -> SegmentationReport:
    found = report.survey.examples
    masks = _masks(each.id for some in found.values() for each in some)
    examples = {
        segment: tuple(replace(each, id=masks[each.id]) for each in some)
        for segment, some in found.items()
    }
    return replace(report, survey=replace(report.survey, examples=examples))


def _masks(ids: Iterable[str]) -> Mapping[str, str]:
    """A mask for each id; those that are alike are numbered: no more of an id is told for it."""
    alike: dict[str, list[str]] = {}
    for id_ in dict.fromkeys(ids):
        alike.setdefault(masked(id_), []).append(id_)
    return {
        id_: f"{mask} ({place})" if len(those) > 1 else mask
        for mask, those in alike.items()
        for place, id_ in enumerate(those, 1)
    }


def without_rows(report: SegmentationReport) -> SegmentationReport:
    """The report without a customer in it; nobody can be told by a group of fewer than 10."""
    survey = report.survey
    # one of a sample stands for many: what is told of them may be told of one
    least = LEAST * (AT_MOST * report.result.rows / survey.sampled if survey.sampled else 1)
    features = tuple(
        replace(
            feature,
            everyone=_of_many(feature.everyone, least),
            segments={id_: _of_many(each, least) for id_, each in feature.segments.items()},
        )
        for feature in survey.features
    )
    cuts = tuple(_coarse(cut, LEAST if cut.is_exact else least) for cut in survey.cuts)
    totals = {
        metric: {id_: _none_of_many(each) for id_, each in of.items()}
        for metric, of in survey.totals.items()
    }
    kept = replace(survey, features=features, totals=totals, dots=(), examples={}, cuts=cuts)
    changes = report.result.changes
    if changes is not None:
        changes = _of_groups(changes)
    experiments = tuple(map(_of_many_customers, report.experiments))
    result = replace(report.result, changes=changes)
    return replace(report, survey=kept, result=result, experiments=experiments)


def _none_of_many(each: Total) -> Total:
    """Who has nothing of a metric is not told where these are few, or all others."""
    none = each.none or 0
    is_few = 0 < none < LEAST or 0 < each.known - none < LEAST
    return replace(each, none=None) if is_few else each


def _of_many_customers(each: ExperimentReport) -> ExperimentReport:
    """No mean of fewer than 10: where an arm of any segment is small, all of them alone are told.

    Of one segment that is left out the others would say what its customers have.
    """
    if each.planned is not None:
        each = replace(each, planned=replace(each.planned, segments=()))
    if (found := each.readout) is None:
        return each
    metrics = tuple(
        replace(metric, groups=metric.groups[:1] if _has_few(metric.groups) else metric.groups)
        for metric in found.metrics
        if not _has_few(metric.groups[:1])
    )
    balance = tuple(c for c in found.balance if c.kind != "missing" or not c.ok)
    return replace(each, readout=replace(found, metrics=metrics, balance=balance))


def _has_few(groups: Sequence[Group]) -> bool:
    return any(arm.n < LEAST for group in groups for arm in group.arms)


def _of_groups(changes: Changes) -> Changes | None:
    """Flows of at least 10, and all smaller ones together; None where these are too few.

    What a segment lacks on either side says how many these are, so it lacks none, or at least 10:
    as many larger flows go along with the small ones as that takes.
    """
    hidden = {flow for flow in changes.flows if flow.n < LEAST}
    while grown := _beside(changes.flows, hidden):
        hidden.add(grown)
    moved = sum(flow.n for flow in hidden if flow.reason is not None)
    if 0 < moved < LEAST:
        return None
    stayed = sum(flow.n for flow in hidden) - moved
    merged = ((None, stayed), (OTHERS, moved))
    flows = [flow for flow in changes.flows if flow not in hidden]
    flows += [ChangeFlow(OTHERS, OTHERS, reason, n) for reason, n in merged if n]
    kept = sum(changes.kept.values())
    return replace(changes, flows=tuple(flows), kept={OTHERS: kept} if kept >= LEAST else {})


def _beside(flows: Sequence[ChangeFlow], hidden: Set[ChangeFlow]) -> ChangeFlow | None:
    """The smallest flow that goes along where fewer than 10 of a segment are hidden, on a side."""
    for side in ("from_id", "to_id"):
        for node in sorted({getattr(flow, side) for flow in hidden}, key=str):
            mine = [flow for flow in flows if getattr(flow, side) == node]
            shown = [flow for flow in mine if flow not in hidden]
            if shown and sum(flow.n for flow in mine if flow in hidden) < LEAST:
                return min(shown, key=lambda flow: (flow.reason is None, flow.n, str(flow)))
    return None


def _of_many(spread: Spread, least: float) -> Spread:
    """Levels that many have, and quantiles beyond which many are; nothing of few customers."""
    levels = {level: n for level, n in spread.levels.items() if n >= least}
    if spread.known < least or (spread.levels and not levels):
        return Spread(0, 0)
    ends = list(spread.quantiles)
    for place in range(len(ends) // 2 - 1, -1, -1):  # from the median outwards
        if spread.known * SPREAD_AT[place] < least:
            ends[place], ends[-1 - place] = ends[place + 1], ends[-2 - place]
    return replace(spread, levels=levels, quantiles=tuple(ends))


def _coarse(cut: CutSurvey, least: float) -> CutSurvey:
    """The cut with fewer edges: who goes from one segment to another between two are many."""
    ups = _kept(cut, range(cut.now + 1, len(cut.edges)), least)
    downs = _kept(cut, range(cut.now - 1, -1, -1), least)
    kept = [*reversed(downs), cut.now, *ups]
    cells: dict[tuple[int, int, int], Cell] = {}
    for cell in cut.cells:
        bin = sum(place < cell.bin for place in kept)
        if 0 < bin < len(kept):  # no cut goes beyond its first and last edge
            there = cells.get((bin, cell.below, cell.above))
            cells[bin, cell.below, cell.above] = _together(there, replace(cell, bin=bin))
    return replace(
        cut,
        edges=tuple(cut.edges[place] for place in kept),
        now=len(downs),
        is_exact=cut.is_exact and len(kept) == len(cut.edges),
        cells=tuple(cells.values()),
        states=tuple(cut.states[place] for place in kept),
    )


def _kept(cut: CutSurvey, places: range, least: float) -> list[int]:
    """Those of the edges on the way at which no small group has come over since the one before."""
    kept: list[int] = []
    since: Counter[tuple[int, int]] = Counter()
    for place in places:
        passed = place if places.step > 0 else place + 1
        for cell in cut.cells:
            if cell.bin == passed:
                since[cell.below, cell.above] += cell.n
        if since and min(since.values()) >= least:
            kept.append(place)
            since.clear()
    return kept


def _together(one: Cell | None, other: Cell) -> Cell:
    if one is None:
        return other
    return replace(
        one,
        n=one.n + other.n,
        gains=tuple(map(sum, zip(one.gains, other.gains, strict=True))),
        losses=tuple(map(sum, zip(one.losses, other.losses, strict=True))),
    )


def masked(id_: str) -> str:
    """An id that cannot be told from others: its last two signs, of a long one alone.

    >>> masked("C00944"), masked("17")
    ('…44', '…')
    """
    return f"…{id_[-2:]}" if len(id_) >= 5 else "…"
