"""Before an experiment: what it needs, what it cannot see, and whether its analysis is honest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from scipy.special import ndtri

from segkit.core.experiment_result import Needed, Planned, PlannedSegment
from segkit.dialects.spelling import identifier, literal, relation
from segkit.engines.base import Reader
from segkit.experiments import power
from segkit.experiments.assignment import eligible_sql
from segkit.experiments.cautions import cautions, overlap_with
from segkit.experiments.customer_rows import history_rows_sql
from segkit.experiments.effects import sequence_factor, tuned
from segkit.experiments.replays import LEAST, explained_by_past, replays, sample_of_past
from segkit.project.nodes import Experiment
from segkit.publish.subject import FittedSubject

LIFTS = (0.02, 0.05, 0.1, 0.2)
ARRIVALS_DAYS = 90


def plan_experiment(
    engine: Reader,
    node: Experiment,
    subject: FittedSubject,
    as_of: datetime,
    running: Sequence[Experiment],
) -> Planned:
    """Look at the metric over the days before ``as_of`` that are as many as it will have."""
    rows = history_rows_sql(engine, node, subject, as_of)
    with engine.hold("segkit_past", rows):
        groups = _groups(engine)
        arrivals = _arrivals(engine, node, subject, as_of)
        sample = sample_of_past(engine)
        cuped = explained_by_past(engine)
        overlaps = tuple(overlap_with(engine, node, other) for other in running)
    available = sum(int(n) for _, n, *_ in groups)
    mean, sd = _total(groups)
    shares = _pair(node)
    paired = sum(shares) / 100
    at_n = _at_n(node, available, arrivals)
    wide = _width(node, at_n)
    segments = tuple(_segments(groups, at_n * paired, shares, wide))
    known = [s.mde * s.mean for s in segments if s.mde is not None]
    pairs = power.detectable_difference(known)[np.triu_indices(len(known), 1)]
    whole = wide * float(power.detectable(sd, at_n * paired, shares))
    found = Planned(
        node.name,
        as_of,
        node.primary.name,
        mean,
        sd,
        available,
        arrivals,
        at_n,
        whole / mean if mean else None,
        (float(pairs.min()) / mean, float(pairs.max()) / mean) if len(pairs) and mean else None,
        tuple(_needed(node, mean, sd, available, arrivals, wide)) if mean else (),
        segments,
        replays(sample, shares) if len(sample) >= LEAST else None,
        cuped,
        overlaps,
        (),
    )
    told = cautions(engine, subject, found, min(shares) / 100)
    return replace(found, cautions=tuple(told))


Group = tuple[str, int, float, float]  # segment, customers, mean, sd


def _groups(engine: Reader) -> list[Group]:
    rows = engine.query(
        "SELECT segment_id, count(*), avg(y), coalesce(stddev_samp(y), 0) FROM segkit_past"
        " GROUP BY segment_id ORDER BY segment_id"
    )
    return [(str(s), int(n), float(mean or 0), float(sd)) for s, n, mean, sd in rows]


def _total(groups: Sequence[Group]) -> tuple[float, float]:
    """The mean, and the deviation within segments: what an effect is held against."""
    n = np.array([each[1] for each in groups], dtype=float)
    if not n.sum():
        return 0.0, 0.0
    mean, sd = (np.array([each[i] for each in groups]) for i in (2, 3))
    return float(n @ mean / n.sum()), float(np.sqrt(n @ sd**2 / n.sum()))


def _pair(node: Experiment) -> tuple[float, float]:
    """Percent of the control, and of the smallest other arm."""
    first, *others = node.arms.values()
    return first, min(others)


def _at_n(node: Experiment, available: int, arrivals: float) -> int:
    taking = 1 - node.holdout / 100
    if node.planned_n is not None:
        return node.planned_n
    days = (node.end - node.start).days if node.end else 0
    return int((available + arrivals * days) * taking)


def _width(node: Experiment, n: int) -> float:
    """How much wider a sequence is at its end than an interval of a fixed one."""
    if node.analysis == "fixed" or n < 1:
        return 1.0
    return float(sequence_factor(n, tuned(max(n / 2, 1)))) / float(ndtri(0.975))


def _segments(
    groups: Sequence[Group], n: float, shares: tuple[float, float], wide: float
) -> Iterator[PlannedSegment]:
    total = sum(each[1] for each in groups)
    for segment, count, mean, sd in groups:
        share = count / total
        mde = wide * float(power.detectable(sd, n * share, shares)) / mean if mean else None
        yield PlannedSegment(segment, count, share, mean, sd, mde)


def _needed(
    node: Experiment, mean: float, sd: float, available: int, arrivals: float, wide: float
) -> Iterator[Needed]:
    shares, taking = _pair(node), 1 - node.holdout / 100
    paired = sum(shares) / 100
    for lift in LIFTS:
        n = power.customers(abs(lift * mean), sd, sd, shares) * wide**2 / paired
        lacking = n - available * taking
        days: float | None = 0.0
        if lacking > 0:
            days = lacking / (arrivals * taking) if arrivals > 0 else None
        total = None if days is None else int(np.ceil(days)) + (node.primary.days or 0)
        yield Needed(lift, int(np.ceil(n)), total)


def _arrivals(engine: Reader, node: Experiment, subject: FittedSubject, as_of: datetime) -> float:
    """Customers a day who came into the segmentation, the first build's left out."""
    if not engine.exists("main", f"{node.segments}_history"):
        return 0.0
    dialect = engine.dialect
    table = relation(f"{node.segments}_history", None, dialect)
    key = identifier(engine.columns(table)[0].name, dialect)
    since = as_of - timedelta(days=ARRIVALS_DAYS)
    ((first, n, begin),) = engine.query(
        f"SELECT min(first), count(CASE WHEN first > (SELECT min(valid_from) FROM {table}) AND"
        f" first > {_moment(since, engine)} THEN 1 END), min(first) FROM"
        f" (SELECT {key}, min(valid_from) AS first FROM {table} WHERE {eligible_sql(node, dialect)}"
        f" GROUP BY {key}) AS segkit_first"
    )
    if first is None or begin is None:
        return 0.0
    days = min((as_of - first).days, ARRIVALS_DAYS)
    return n / days if days > 0 else 0.0


def _moment(moment: datetime, engine: Reader) -> str:
    return f"CAST({literal(moment.isoformat(' '), engine.dialect)} AS TIMESTAMP)"
