"""What customers did, given where the calendar put them: moves, and how many did anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from segkit.learn.numbers import Floats
from segkit.monitor.drift.family import Effect, Family, Found
from segkit.monitor.drift.result import EarlierBuild, Flow

BUILDS = 2  # before these there is nothing usual
_CUSTOMERS = 30  # of earlier builds in a cell, or nothing is expected of it
_FEW = 5  # fewer are no test

Start = tuple[str | None, int | None]


@dataclass(frozen=True, eq=False)
class Interval:
    """Stayers by where they began (rows: segment after the calendar, band) and are (columns)."""

    moves: Floats
    known: Floats  # of whom it is known whether they did something
    active: Floats


def intervals(
    builds: Sequence[Iterable[Flow]], segments: Sequence[str]
) -> tuple[list[Start], list[Interval]]:
    """Return the rows, and the counts of each build over them."""
    stayers = [[f for f in flows if f.from_id and f.to_id] for flows in builds]
    begun = {_start(flow) for flows in stayers for flow in flows}
    starts = sorted(begun, key=lambda s: (s[0] or "", -1 if s[1] is None else s[1]))
    row, column = ({x: i for i, x in enumerate(names)} for names in (starts, segments))
    counted = []
    for flows in stayers:
        moves = np.zeros((len(starts), len(segments)))
        known, active = np.zeros(len(starts)), np.zeros(len(starts))
        for flow in flows:
            at = row[_start(flow)]
            moves[at, column[flow.to_id]] += flow.n  # type: ignore[index]
            known[at] += flow.n * (flow.active is not None)
            active[at] += flow.n * bool(flow.active)
        counted.append(Interval(moves, known, active))
    return starts, counted


def _start(flow: Flow) -> Start:
    return flow.calendar_id or flow.from_id, flow.band


def _usual(earlier: Sequence[EarlierBuild], family: str) -> list[EarlierBuild]:
    """Builds that say what is usual: the last one may be where a change began."""
    quiet = [build for build in earlier if family not in build.alarms]
    return quiet[:-1] if len(quiet) > BUILDS else quiet


def _compared(
    flows: Sequence[Flow], earlier: Sequence[EarlierBuild], family: str
) -> tuple[list[str], Interval, list[Interval]] | None:
    """Segments, this interval, and the usual ones; None before there are any."""
    usual = _usual(earlier, family)
    if len(usual) < BUILDS or not flows:
        return None
    builds = [flows, *(build.flows for build in usual)]
    segments = sorted({flow.to_id for each in builds for flow in each if flow.to_id})
    now, *before = intervals(builds, segments)[1]
    return segments, now, before


def check_flow(flows: Sequence[Flow], family: Family) -> Found:
    """Where customers went, against where those of earlier builds went from the same cells."""
    compared = _compared(flows, family.earlier, family.name)
    if compared is None:
        return Found(untested="learning")
    segments, now, before = compared
    reference = np.sum([interval.moves for interval in before], axis=0)
    enough = (reference.sum(1) >= _CUSTOMERS) & (now.moves.sum(1) >= _FEW)
    moves, reference = now.moves[enough], reference[enough]
    m = moves.sum()
    if not m:
        return Found(untested="few")
    n, n0 = moves.sum(1, keepdims=True), reference.sum(1, keepdims=True)
    share = reference / n0
    excess = (moves - n * share).sum(0) / m
    errors = np.sqrt((n * (1 + n / n0) * share * (1 - share)).sum(0)) / m
    figures = zip(segments, excess.tolist(), errors.tolist(), strict=True)
    return family.judge([Effect(None, segment, d, error, error) for segment, d, error in figures])


def check_events(flows: Sequence[Flow], family: Family) -> Found:
    """The share of stayers who did anything, against the usual one of the same cells."""
    if not any(flow.active is not None for flow in flows):
        return Found(untested="activity")
    compared = _compared(flows, family.earlier, family.name)
    if compared is None:
        return Found(untested="learning")
    _, now, before = compared
    known = np.sum([interval.known for interval in before], axis=0)
    active = np.sum([interval.active for interval in before], axis=0)
    enough = known >= _CUSTOMERS
    m = float(now.known[enough].sum())
    if not m:
        return Found(untested="few")
    rate = float(now.active[enough].sum()) / m
    usual = float((now.known[enough] * active[enough] / known[enough]).sum()) / m
    if not usual:  # nobody ever did anything: whoever does now is all there is to tell
        return family.judge([Effect(None, None, rate, 0.0)] if rate else [])
    error = sqrt(usual * (1 - usual) / m * (1 + 1 / len(before))) / usual
    return family.judge([Effect(None, None, rate / usual - 1, error)])
