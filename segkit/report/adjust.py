"""What a change of the rules does, for the person who wants it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segkit.core.english import default_label, format_statistic, lower_first
from segkit.core.fit import UNASSIGNED
from segkit.core.number_format import grouped
from segkit.monitor.movers import Adjustment, Flow, Moves
from segkit.report.page import Page, Rows, Section, line
from segkit.report.text import count_of, percent

SOME = 5  # movers that are shown; --output csv has all


def adjustment_page(adjustment: Adjustment) -> Page:
    """Who moves, between which segments, what that does to metrics, and what it costs."""
    moves = adjustment.moves
    new = adjustment.after.adjustments[len(adjustment.before.adjustments) :]
    head = f"{adjustment.before.name} {adjustment.before.label} with {', '.join(new)}"
    costs = _costs(adjustment) + (_some(moves) if moves.movers else [])
    return (
        Section(tuple(map(line, [head, *_unpublished(adjustment)]))),
        Section((line(_who(moves)), *_flows(adjustment))),
        Section((_segments(adjustment),)),
        Section(tuple(map(line, costs))),
    )


def _unpublished(adjustment: Adjustment) -> list[str]:
    """A saved change that is not built yet is what the next one starts from."""
    before = adjustment.before.label
    if adjustment.published in (None, before):
        return []
    return [
        f"{before} is saved and not published yet, the views have {adjustment.published}: "
        f"moves are from {before} on."
    ]


def _who(moves: Moves) -> str:
    if not moves.moved:
        return f"Nobody of {count_of(moves.rows, 'customer')} moves."
    verb = "moves" if moves.moved == 1 else "move"
    share = moves.moved / moves.rows
    customers = count_of(moves.rows, "customer")
    return f"{grouped(moves.moved)} of {customers} {verb} ({percent(share, 1)}):"


def _flows(adjustment: Adjustment) -> tuple[Rows, ...]:
    """A row for each pair of segments between which customers move, with what they bring."""
    metrics = adjustment.moves.metrics
    rows = tuple(
        (
            adjustment.name_of(flow.before),
            "->",
            adjustment.name_of(flow.after),
            grouped(flow.n),
            *(_brought(flow, metric) for metric in metrics),
        )
        for flow in adjustment.moves.flows
        if flow.before != flow.after
    )
    return (Rows(rows, "lllr" + "l" * len(metrics), indent=2),) if rows else ()


def _brought(flow: Flow, metric: str) -> str:
    label = lower_first(default_label(metric)[0])
    said = f"with {format_statistic(flow.sums[metric])} {label}"
    return f"{said}, {_mean([flow], metric)} each" if flow.known[metric] else f"with no {label}"


def _segments(adjustment: Adjustment) -> Rows:
    """Each segment before and after: customers, and the mean and share of each metric."""
    moves = adjustment.moves
    ids = [*(segment.id for segment in adjustment.before.segments)]
    if any(UNASSIGNED.id in (flow.before, flow.after) for flow in moves.flows):
        ids.append(UNASSIGNED.id)
    head = ["Segment", "Customers"]
    for metric in moves.metrics:
        label = default_label(metric)[0]
        head += [f"{label}, mean", "share"]
    rows = ((adjustment.name_of(id_), *_figures(moves, id_)) for id_ in ids)
    return Rows((tuple(head), *rows), "l" + "r" * (len(head) - 1), has_head=True, indent=2)


def _figures(moves: Moves, id_: str) -> Iterator[str]:
    mine = [[f for f in moves.flows if id_ == getattr(f, side)] for side in ("before", "after")]
    yield _arrow(*(grouped(sum(flow.n for flow in flows)) for flows in mine))
    for metric in moves.metrics:
        total = sum(flow.sums[metric] for flow in moves.flows)
        sums = [sum(flow.sums[metric] for flow in flows) for flows in mine]
        yield _arrow(*(_mean(flows, metric) for flows in mine))
        yield _arrow(*(percent(each / total) if total else "-" for each in sums))


def _mean(flows: Sequence[Flow], metric: str) -> str:
    """Over those for whom it is known, as in the profile."""
    known = sum(flow.known[metric] for flow in flows)
    return format_statistic(sum(flow.sums[metric] for flow in flows) / known) if known else "-"


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _costs(adjustment: Adjustment) -> list[str]:
    before, after = adjustment.before, adjustment.after
    what = "customers in another cluster" if before.clusters.labels else "loss against K-Means"
    costs = " -> ".join(percent(loss, 1) for loss in (adjustment.loss, after.quality.loss))
    said = f"{what[:1].upper()}{what[1:]}: {costs}"
    leaves = f"{count_of(after.quality.leaves, 'leaf', 'leaves')}"
    if before.quality.leaves != after.quality.leaves:
        leaves = f"{before.quality.leaves} -> {leaves}"
    agreed = percent(after.quality.fidelity, 1)
    out = [f"{said}; agrees with it on {agreed} of the customers; {leaves}."]
    out += _small(adjustment)
    if adjustment.unused:
        cuts = ", ".join(adjustment.unused)
        out.append(f"No customer comes to {cuts}: other cuts decide before.")
    if adjustment.gone:
        cuts = ", ".join(adjustment.gone)
        out.append(f"No longer needed: {cuts}, which no customer comes to now.")
    for old, new in zip(before.usefulness, after.usefulness, strict=True):
        if old.explained and new.explained:
            metric = lower_first(default_label(new.metric)[0])
            explained = _arrow(percent(old.explained.value, 1), percent(new.explained.value, 1))
            out.append(f"Explains of {metric}: {explained}.")
    return out


def _small(adjustment: Adjustment) -> list[str]:
    """Segments that the change makes smaller than what is declared."""
    moves, out = adjustment.moves, []
    least = adjustment.min_share * moves.rows
    for segment in adjustment.before.segments:
        before, after = (
            sum(flow.n for flow in moves.flows if getattr(flow, side) == segment.id)
            for side in ("before", "after")
        )
        if after < min(before, least):
            out.append(
                f"Small: {adjustment.name_of(segment.id)} keeps "
                f"{count_of(after, 'customer')} ({percent(after / moves.rows, 1)}), less than "
                f"min_share ({percent(adjustment.min_share)}): the build will warn."
            )
    return out


def _some(moves: Moves) -> list[str]:
    rows = [[str(cell) for cell in row[:3]] for row in moves.movers[:SOME]]
    listed = ", ".join(f"{key} {a} -> {b}" for key, a, b in rows)
    more = moves.moved - len(rows)
    return [
        f"Who: {listed}"
        + (f", and {grouped(more)} more (--output csv lists them)." if more else ".")
    ]
