"""What came of an experiment: figures, and whether they may be shown yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np

from segkit.core.experiment_result import (
    ArmFigures,
    Balance,
    Differs,
    Group,
    MetricReadout,
    Policy,
    Readout,
    Role,
    Status,
    Verdict,
)
from segkit.experiments import balance, by_segment, policy
from segkit.experiments.arm_moments import ArmMeans, Moments, arm_means
from segkit.experiments.cells import Cells
from segkit.experiments.effects import Effects, effects, sequential
from segkit.project.nodes import Experiment, Measure

Daily = Sequence[tuple[date, str, int, str, int]]  # day, segment, period, arm, customers


def last_day(node: Experiment) -> date | None:
    """The first day on which everybody's time is over."""
    return node.end and node.end + timedelta(days=node.primary.days or 0)


def make_readout(
    node: Experiment, as_of: datetime, daily: Daily, cells: Sequence[Cells]
) -> Readout:
    """From counts and moments to what may be said: checks first, then effects, then the policy."""
    assigned = sum(row[4] for row in daily)
    n = int(cells[0].complete.sum()) if cells else 0
    ends = last_day(node)
    is_over = bool(
        (ends is not None and as_of.date() >= ends)
        or (node.planned_n is not None and n >= node.planned_n)
    )
    status: Status = (
        "final" if is_over else "running" if node.analysis == "sequential" else "interim"
    )
    checks = (*ratio_checks(node, daily), *missing_checks(node, cells))
    if not assigned:
        status = "empty"
    elif not all(check.ok for check in checks):
        status = "mismatch"
    found = Readout(
        node.name,
        as_of,
        status,
        node.analysis,
        node.control,
        n,
        assigned,
        node.planned_n,
        ends,
        checks,
    )
    if status in ("empty", "mismatch"):
        return found
    metrics = tuple(_metric(node, each, status) for each in cells)
    chosen = _policy(node, cells[0], metrics[0].overall) if status == "final" else None
    return replace(found, metrics=metrics, policy=chosen)


# the arms -------------------------------------------------------------------------------------


def ratio_checks(node: Experiment, daily: Daily) -> Iterator[Balance]:
    """Customers by arm against their shares: all, by segment and by period, each by Bonferroni.

    A ramp changes the shares: what is expected is the sum over periods. Looked at every day,
    alpha is spent over the days.
    """
    if not daily:
        return
    segments = sorted({row[1] for row in daily})
    periods = sorted({row[2] for row in daily})
    yield _ratio(node, daily, "all", "", balance.ALPHA)
    if len(segments) > 1:
        for segment in segments:
            rows = [row for row in daily if row[1] == segment]
            yield _ratio(node, rows, "segment", segment, balance.ALPHA / len(segments))
    if len(periods) > 1:
        for period in periods:
            rows = [row for row in daily if row[2] == period]
            yield _ratio(node, rows, "period", str(period), balance.ALPHA / len(periods))


def _ratio(node: Experiment, rows: Daily, kind: str, subject: str, level: float) -> Balance:
    arms, days = list(node.arms), sorted({row[0] for row in rows})
    counts, expected = np.zeros((len(days), len(arms))), np.zeros((len(days), len(arms)))
    for day, _, period, arm, n in rows:
        at = days.index(day)
        counts[at, arms.index(arm)] += n
        shares = node.periods[min(period, len(node.periods)) - 1].arms
        expected[at] += n * np.array([shares[each] for each in arms]) / 100
    counts, expected = counts.cumsum(axis=0), expected.cumsum(axis=0)
    if node.analysis == "sequential" and node.planned_n is not None:
        total = max(float(counts[-1].sum()), node.planned_n if kind == "all" else 0.0)
        p = float(balance.daily_mismatch(counts, expected, total))
    else:
        p = float(balance.ratio_mismatch(counts[-1], expected[-1]))
    by_arm = {arm: int(n) for arm, n in zip(arms, counts[-1], strict=True)}
    return Balance(kind, subject, p, level, by_arm)  # type: ignore[arg-type]


def missing_checks(node: Experiment, cells: Sequence[Cells]) -> Iterator[Balance]:
    measured = [each for each in cells if not each.value.is_uncapped]
    for each in measured:
        if each.missing.sum():
            p = float(balance.missing_mismatch(each.missing, each.complete))
            counts = {arm: int(n) for arm, n in zip(node.arms, each.missing, strict=True)}
            level = balance.ALPHA / len(measured)
            yield Balance("missing", each.value.measure.name, p, level, counts)


# effects --------------------------------------------------------------------------------------


def _metric(node: Experiment, cells: Cells, status: Status) -> MetricReadout:
    value, usable = cells.value, cells.whole.usable()
    role: Role = "guardrail" if value.number else "uncapped" if value.is_uncapped else "primary"
    found = MetricReadout(
        value.measure.name,
        role,
        (),
        cap=value.cap,
        margin=value.measure.margin,
        left_out=int(cells.whole.n.sum() - usable.n.sum()),
    )
    if not len(usable.segment):
        return replace(found, groups=(_nobody(node),))
    means = arm_means(usable)
    names = [s for s, there in zip(cells.segments, means.known, strict=False) if there]
    means = _of_segments(means)
    total, parts = _effects(node, means.overall()), _effects(node, means)
    groups = [_group(node, None, means.overall(), total, 0)]
    groups += [_group(node, name, means, parts, i) for i, name in enumerate(names)]
    if status == "interim":
        return replace(found, groups=tuple(map(_interim, groups)))
    differs, groups = _together(node, groups, total, parts, means)
    verdicts = None
    if value.measure.margin is not None:
        verdicts = {arm.arm: verdict(value.measure, arm) for arm in groups[0].arms[1:]}
    return replace(found, groups=tuple(groups), differs=differs, verdicts=verdicts)


def _effects(node: Experiment, means: ArmMeans) -> Effects:
    if node.analysis == "sequential" and node.planned_n is not None:
        return sequential(means, node.planned_n)
    return effects(means)


def _of_segments(means: ArmMeans) -> ArmMeans:
    kept = means.known
    return ArmMeans(
        means.n[kept], means.mean[kept], means.var[kept], means.spread[kept], means.known[kept]
    )


def _nobody(node: Experiment) -> Group:
    return Group(None, 0, tuple(ArmFigures(arm, 0, None) for arm in node.arms))


def _group(
    node: Experiment, segment: str | None, means: ArmMeans, found: Effects, at: int
) -> Group:
    arms = []
    for place, arm in enumerate(node.arms):
        figures = ArmFigures(arm, int(means.n[at, place]), _number(means.mean[at, place]))
        if place:
            here = (at, place - 1)
            figures = replace(
                figures,
                effect=_number(found.effect[here]),
                low=_number(found.low[here]),
                high=_number(found.high[here]),
                p=_number(found.p[here]),
                lift=_number(found.lift[here]),
                lift_low=_number(found.lift_low[here]),
                lift_high=_number(found.lift_high[here]),
            )
        arms.append(figures)
    return Group(segment, int(means.n[at].sum()), tuple(arms))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _interim(group: Group) -> Group:
    """Without what invites to stop: no interval, no p."""
    arms = (ArmFigures(a.arm, a.n, a.mean, a.effect, lift=a.lift) for a in group.arms)
    return replace(group, arms=tuple(arms))


def _together(
    node: Experiment, groups: list[Group], total: Effects, parts: Effects, means: ArmMeans
) -> tuple[tuple[Differs, ...], list[Group]]:
    """Effects by segment drawn to their mean, and p adjusted for how many there are."""
    arms = list(node.arms)[1:]
    found = by_segment.heterogeneity(parts.effect, parts.se, axis=0)
    differs = tuple(
        Differs(arm, *(float(x[i]) for x in (found.q, found.p, found.i2, found.tau)))
        for i, arm in enumerate(arms)
    )
    scale = by_segment.deviation(means.n, means.var)
    shrunk, shrunk_se = by_segment.shrink(parts.effect, parts.se, scale, axis=0)
    overall_q = by_segment.holm(total.p[0])
    q = by_segment.benjamini_hochberg(parts.p.reshape(-1)).reshape(parts.p.shape)
    half = 1.959964 * shrunk_se
    first = [replace(a, q=_number(overall_q[i])) for i, a in enumerate(groups[0].arms[1:])]
    made = [replace(groups[0], arms=(groups[0].arms[0], *first))]
    for at, group in enumerate(groups[1:]):
        rest = [
            replace(
                figures,
                q=_number(q[at, i]),
                shrunk=_number(shrunk[at, i]),
                shrunk_low=_number(shrunk[at, i] - half[at, i]),
                shrunk_high=_number(shrunk[at, i] + half[at, i]),
            )
            for i, figures in enumerate(group.arms[1:])
        ]
        made.append(replace(group, arms=(group.arms[0], *rest)))
    return differs, made


def verdict(measure: Measure, arm: ArmFigures) -> Verdict:
    """Whether a guardrail is held: the lift's interval against the margin, on the worse side."""
    low, high = arm.lift_low, arm.lift_high
    if measure.worse == "lower":
        low, high = (None if high is None else -high), (None if low is None else -low)
    margin = measure.margin or 0.0
    if high is not None and high <= margin:
        return "held"
    return "broken" if low is not None and low > margin else "open"


# the policy -----------------------------------------------------------------------------------


def _policy(node: Experiment, cells: Cells, overall: Group) -> Policy | None:
    """By honest estimates of the primary metric; None where a fold has too few customers."""
    folds: Moments = cells.folds.usable()
    if not len(folds.segment):
        return None
    means = arm_means(folds)
    kept, sign = means.known, 1.0 if node.primary.worse == "lower" else -1.0
    names = [s for s, there in zip(cells.segments, kept, strict=False) if there]
    value = policy.policy_value(means.n[:, kept], sign * means.mean[:, kept], means.var[:, kept])
    arms, best = list(node.arms), int(value.best)
    q = overall.arms[best].q
    return Policy(
        bool(value.by_segment),
        arms[best],
        arms[best] if q is not None and q < policy.ALPHA else node.control,
        {name: arms[int(arm)] for name, arm in zip(names, value.arms, strict=True)},
        *(float(x) for x in (value.gain, value.low, value.high)),
    )
