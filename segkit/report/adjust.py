"""What a change of the rules does, for the person who wants it."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.english import default_label, format_statistic, lower_first
from segkit.core.fit import UNASSIGNED
from segkit.monitor.movers import Adjustment, Flow, Moves
from segkit.report.text import Align, align_rows, count_of, percent, visible
from segkit.results import Table

_SOME = 5  # movers that are shown; --output csv has all


def movers_table(adjustment: Adjustment) -> Table:
    """Everyone who moves: key, the segment that they leave, the one that they enter."""
    return Table(adjustment.moves.columns, adjustment.moves.movers)


def render_adjustment(adjustment: Adjustment) -> str:
    """Return who moves, between which segments, what that does to metrics, and what it costs."""
    moves = adjustment.moves
    new = adjustment.after.adjustments[len(adjustment.before.adjustments) :]
    out = [f"{adjustment.before.name} {adjustment.before.label} with {', '.join(new)}", ""]
    out[1:1] = _unpublished(adjustment)
    out.append(_who(moves))
    out += [f"  {line}" for line in _flow_lines(adjustment)]
    out += ["", *(f"  {line}" for line in _segment_lines(adjustment)), ""]
    out += _costs(adjustment)
    if moves.movers:
        out += _some(moves)
    return "\n".join(out)


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
    return f"{moves.moved:,} of {count_of(moves.rows, 'customer')} {verb} ({share:.1%}):"


def _flow_lines(adjustment: Adjustment) -> list[str]:
    """One line for each pair of segments between which customers move, with what they bring."""
    metrics = adjustment.moves.metrics
    rows = [
        [
            visible(adjustment.name_of(flow.before)),
            "->",
            visible(adjustment.name_of(flow.after)),
            f"{flow.n:,}",
            *(_brought(flow, metric) for metric in metrics),
        ]
        for flow in adjustment.moves.flows
        if flow.before != flow.after
    ]
    align: list[Align] = ["left", "left", "left", "right"]
    align.extend("left" for _ in metrics)
    return align_rows(rows, align)


def _brought(flow: Flow, metric: str) -> str:
    label = lower_first(default_label(metric)[0])
    said = f"with {format_statistic(flow.sums[metric])} {label}"
    return f"{said}, {_mean([flow], metric)} each" if flow.known[metric] else f"with no {label}"


def _segment_lines(adjustment: Adjustment) -> list[str]:
    """Each segment before and after: customers, and the mean and share of each metric."""
    moves = adjustment.moves
    ids = [*(segment.id for segment in adjustment.before.segments)]
    if any(UNASSIGNED.id in (flow.before, flow.after) for flow in moves.flows):
        ids.append(UNASSIGNED.id)
    head = ["Segment", "Customers"]
    for metric in moves.metrics:
        label = default_label(metric)[0]
        head += [f"{visible(label)}, mean", "share"]
    rows = [head]
    for id_ in ids:
        mine = [[f for f in moves.flows if id_ == getattr(f, side)] for side in ("before", "after")]
        counts = [sum(flow.n for flow in flows) for flows in mine]
        cells = [visible(adjustment.name_of(id_)), _arrow(*(f"{count:,}" for count in counts))]
        for metric in moves.metrics:
            total = sum(flow.sums[metric] for flow in moves.flows)
            sums = [sum(flow.sums[metric] for flow in flows) for flows in mine]
            cells.append(_arrow(*(_mean(flows, metric) for flows in mine)))
            cells.append(_arrow(*(percent(s / total) if total else "-" for s in sums)))
        rows.append(cells)
    align: list[Align] = ["left"]
    align.extend("right" for _ in head[1:])
    return align_rows(rows, align)


def _mean(flows: Sequence[Flow], metric: str) -> str:
    """Over those for whom it is known, as in the profile."""
    known = sum(flow.known[metric] for flow in flows)
    return format_statistic(sum(flow.sums[metric] for flow in flows) / known) if known else "-"


def _arrow(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _costs(adjustment: Adjustment) -> list[str]:
    before, after = adjustment.before, adjustment.after
    what = "customers in another cluster" if before.clusters.labels else "loss against K-Means"
    said = f"{what[:1].upper()}{what[1:]}: {adjustment.loss:.1%} -> {after.quality.loss:.1%}"
    leaves = f"{count_of(after.quality.leaves, 'leaf', 'leaves')}"
    if before.quality.leaves != after.quality.leaves:
        leaves = f"{before.quality.leaves} -> {leaves}"
    out = [f"{said}; agrees with it on {after.quality.fidelity:.1%} of the customers; {leaves}."]
    out += _small(adjustment)
    if adjustment.unused:
        cuts = ", ".join(map(visible, adjustment.unused))
        out.append(f"No customer comes to {cuts}: other cuts decide before.")
    if adjustment.gone:
        cuts = ", ".join(map(visible, adjustment.gone))
        out.append(f"No longer needed: {cuts}, which no customer comes to now.")
    for old, new in zip(before.usefulness, after.usefulness, strict=True):
        if old.explained and new.explained:
            metric = lower_first(default_label(new.metric)[0])
            explained = _arrow(f"{old.explained.value:.1%}", f"{new.explained.value:.1%}")
            out.append(f"Explains of {visible(metric)}: {explained}.")
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
                f"Small: {visible(adjustment.name_of(segment.id))} keeps "
                f"{count_of(after, 'customer')} ({after / moves.rows:.1%}), less than "
                f"min_share ({adjustment.min_share:.0%}): the build will warn."
            )
    return out


def _some(moves: Moves) -> list[str]:
    rows = [[visible(str(cell)) for cell in row[:3]] for row in moves.movers[:_SOME]]
    listed = ", ".join(f"{key} {a} -> {b}" for key, a, b in rows)
    more = moves.moved - len(rows)
    return [f"Who: {listed}" + (f", and {more:,} more (--output csv lists them)." if more else ".")]
