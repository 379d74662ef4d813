"""What customers did, given where the calendar put them: moves, and how many did anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import copysign, inf, log, sqrt

import numpy as np

from segkit.learn.numbers import Floats
from segkit.monitor.drift.result import Check, EarlierBuild, Flow, Unseen
from segkit.monitor.drift.usual import (
    LIMITS,
    leaves_usual,
    past_figures,
    reach,
    two_sided,
    visible,
)

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


def check_flow(
    flows: Sequence[Flow], earlier: Sequence[EarlierBuild], alpha: float
) -> tuple[list[Check], list[Unseen], str]:
    """Return the checks, what they cannot see, and why there are none (a code)."""
    usual = _usual(earlier, "flow")
    if len(usual) < BUILDS or not flows:
        return [], [], "learning"
    builds = [flows, *(build.flows for build in usual)]
    segments = sorted({flow.to_id for each in builds for flow in each if flow.to_id})
    _, (now, *before) = intervals(builds, segments)
    reference = np.sum([interval.moves for interval in before], axis=0)
    enough = (reference.sum(1) >= _CUSTOMERS) & (now.moves.sum(1) >= _FEW)
    moves, reference = now.moves[enough], reference[enough]
    m = moves.sum()
    if not m:
        return [], [], "few"
    expected = moves.sum(1, keepdims=True) * reference / reference.sum(1, keepdims=True)
    excess = (moves - expected).sum(0) / m
    share = reference / reference.sum(1, keepdims=True)
    weight = moves.sum(1, keepdims=True) * (1 + moves.sum(1) / reference.sum(1))[:, None]
    errors = np.sqrt((weight * share * (1 - share)).sum(0)) / m
    as_of, limits = flows[0].as_of, LIMITS["flow"]
    checks, unseen = [], []
    for segment, estimate, error in zip(segments, excess.tolist(), errors.tolist(), strict=True):
        z = estimate / error if error else copysign(inf, estimate)
        p = min(1.0, len(segments) * two_sided(z)) if estimate else 1.0
        past = past_figures(earlier, "flow", None, segment)
        far = abs(estimate) >= limits.gate and leaves_usual(estimate, past, limits, error)
        low, high = estimate - 1.96 * error, estimate + 1.96 * error
        level = "watch" if p < alpha and far else "ok"
        args = (as_of, "previous", "flow", None, segment, estimate, low, high, p, level)
        checks.append(Check(*args))  # type: ignore[arg-type]
        by_chance = visible(error, alpha, len(segments))
        unseen.append(
            Unseen("flow", None, segment, max(limits.gate, reach(past, limits, error), by_chance))
        )
    return checks, unseen, ""


def check_events(
    flows: Sequence[Flow], earlier: Sequence[EarlierBuild], alpha: float
) -> tuple[list[Check], list[Unseen], str]:
    """The share of stayers who did anything, against the usual one of the same cells."""
    usual = _usual(earlier, "events")
    if not any(flow.active is not None for flow in flows):
        return [], [], "activity"
    if len(usual) < BUILDS:
        return [], [], "learning"
    builds = [flows, *(build.flows for build in usual)]
    segments = sorted({flow.to_id for each in builds for flow in each if flow.to_id})
    _, (now, *before) = intervals(builds, segments)
    known = np.sum([interval.known for interval in before], axis=0)
    active = np.sum([interval.active for interval in before], axis=0)
    enough = known >= _CUSTOMERS
    m = float(now.known[enough].sum())
    if not m:
        return [], [], "few"
    rate = float(now.active[enough].sum()) / m
    usual_rate = float((now.known[enough] * active[enough] / known[enough]).sum()) / m
    if not usual_rate:
        return ([], [], "") if not rate else ([_first_events(flows, rate)], [], "")
    error = sqrt(usual_rate * (1 - usual_rate) / m * (1 + 1 / len(before))) / usual_rate
    estimate, limits = rate / usual_rate - 1, LIMITS["events"]
    p = two_sided(estimate / error if error else inf * estimate) if estimate else 1.0
    past = [log(max(1 + r, 1e-9)) for r in past_figures(earlier, "events", None, None)]
    unusual = leaves_usual(log(max(1 + estimate, 1e-9)), past, limits)
    level = "watch" if p < alpha and abs(estimate) >= limits.gate and unusual else "ok"
    low, high = estimate - 1.96 * error, estimate + 1.96 * error
    args = (flows[0].as_of, "previous", "events", None, None, estimate, low, high, p, level)
    size = max(limits.gate, reach(past, limits), visible(error, alpha, 1))
    return [Check(*args)], [Unseen("events", None, None, size)], ""  # type: ignore[arg-type]


def _first_events(flows: Sequence[Flow], rate: float) -> Check:
    """Where nobody ever did anything, and some do."""
    level = "watch" if rate >= LIMITS["events"].gate else "ok"
    as_of = flows[0].as_of
    return Check(as_of, "previous", "events", None, None, rate, None, None, 0.0, level)  # type: ignore[arg-type]
