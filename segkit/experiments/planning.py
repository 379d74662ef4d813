"""Before an experiment: what it needs, what it cannot see, and whether its analysis is honest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from scipy.special import ndtri

from segkit.core.columns import Column
from segkit.core.experiment_result import (
    Caution,
    Needed,
    Overlap,
    Planned,
    PlannedSegment,
    Replays,
)
from segkit.core.tree import columns as tree_columns
from segkit.dialects.hash_bucket import bucket_sql
from segkit.dialects.phrases import as_text, in_byte_order, md5
from segkit.dialects.spelling import identifier, literal, relation
from segkit.engines.base import Reader
from segkit.experiments import power
from segkit.experiments.arm_moments import Floats, Moments, arm_means
from segkit.experiments.assignment import arm_case, assignment_table, eligible_sql
from segkit.experiments.customer_rows import history_rows_sql
from segkit.experiments.effects import effects, sequence_factor, tuned
from segkit.project.nodes import Experiment, Project
from segkit.project.schema.experiments import HOLDOUT
from segkit.publish.subject import FittedSubject

REPLAYS = 200
MOST = 50_000  # customers that replays are made of
LIFTS = (0.02, 0.05, 0.1, 0.2)
ARRIVALS_DAYS = 90
FEW = 100  # customers of an arm in a segment: below, nothing can be promised of it
PROXY = 0.3  # Cramer's V at which a segment stands for a sensitive column
PARTS = 10


def plan_experiment(
    engine: Reader,
    project: Project,
    node: Experiment,
    subject: FittedSubject,
    as_of: datetime,
    running: Sequence[Experiment],
) -> Planned:
    """Look at the metric over the days before ``as_of`` that are as many as it will have."""
    rows = history_rows_sql(engine, project, node, subject, as_of)
    with engine.hold("segkit_past", rows):
        groups = _groups(engine)
        arrivals = _arrivals(engine, node, subject, as_of)
        sample = _sample(engine)
        cuped = _cuped(engine)
        overlaps = tuple(_overlap(engine, node, subject, other) for other in running)
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
        _replays(sample, shares) if len(sample) >= 2 * FEW else None,
        cuped,
        overlaps,
        (),
    )
    return replace(found, cautions=tuple(_cautions(engine, node, subject, found)))


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


# replays --------------------------------------------------------------------------------------


def _sample(engine: Reader) -> Floats:
    """(segment, value) of customers, in the order of a hash of their id."""
    dialect = engine.dialect
    order = in_byte_order(md5(as_text("id", dialect), dialect), dialect)
    rows = engine.query(
        "SELECT dense_rank() OVER (ORDER BY segment_id) - 1, y FROM segkit_past WHERE y IS NOT NULL"
        f" ORDER BY {order} LIMIT {MOST}"
    )
    return np.array(rows, dtype=float).reshape(-1, 2)


def _replays(sample: Floats, shares: tuple[float, float], seed: int = 19) -> Replays:
    """Deal the customers of the past to two arms, 200 times, where no arm did anything."""
    draw = np.random.default_rng(seed)
    segment, y = sample[:, 0].astype(int), sample[:, 1]
    segments = int(segment.max()) + 1
    is_other = draw.random((REPLAYS, len(y))) < shares[1] / sum(shares)
    shape = (REPLAYS, segments, 2)
    n, sums, squares = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    centred = y - y.mean()
    for s in range(segments):
        here, values = is_other[:, segment == s], centred[segment == s]
        for arm, chosen in enumerate((~here, here)):
            n[:, s, arm] = chosen.sum(axis=1)
            sums[:, s, arm] = chosen @ values
            squares[:, s, arm] = chosen @ values**2
    moments = Moments.of_sums(
        n,
        sums[..., None],
        squares[..., None, None],
        np.arange(segments),
        np.ones(segments, bool),
        is_ratio=False,
    ).usable()
    found = effects(arm_means(moments).overall())
    holds = (found.low <= 0) & (found.high >= 0)
    return Replays(REPLAYS, float(holds.mean()), float((found.p < power.ALPHA).mean()))


def _cuped(engine: Reader) -> float | None:
    """r^2 of the metric with itself in the period before; None where it has no time."""
    ((r,),) = engine.query("SELECT corr(y, before) FROM segkit_past")
    return None if r is None or not np.isfinite(r) else float(r) ** 2


# other experiments, and what to be careful with -----------------------------------------------


def _overlap(
    engine: Reader, node: Experiment, subject: FittedSubject, other: Experiment
) -> Overlap:
    """The arms of this one against those of another that runs, in customers of both."""
    dialect = engine.dialect
    table = assignment_table(other.name, dialect)
    key = identifier(engine.columns(table)[0].name, dialect)
    ours = "segkit_past.id"
    arm = "'all'"
    if node.salt is not None:
        arm = arm_case(node.arms, bucket_sql(node.salt, ours, dialect), dialect)
    rows = engine.query(
        f"SELECT {arm}, t.arm, count(*) FROM segkit_past JOIN {table} AS t"
        f" ON {as_text(f't.{key}', dialect)} = {as_text(ours, dialect)}"
        f" WHERE t.arm <> {literal(HOLDOUT, dialect)} GROUP BY 1, 2 ORDER BY 1, 2"
    )
    ((total,),) = engine.query("SELECT count(*) FROM segkit_past")
    both = sum(row[2] for row in rows)
    return Overlap(other.name, both / total if total else 0.0, _independence(rows)[0])


def _independence(rows: Sequence[tuple[object, object, int]]) -> tuple[float, float]:
    """p of the chi-square test of a crosstab given as (row, column, n), and Cramer's V."""
    left = sorted({str(row[0]) for row in rows})
    right = sorted({str(row[1]) for row in rows})
    table = np.zeros((len(left), len(right)))
    for a, b, n in rows:
        table[left.index(str(a)), right.index(str(b))] += n
    if min(table.shape) < 2:
        return 1.0, 0.0
    from scipy.stats import chi2_contingency  # all of scipy.stats: five times scipy.special

    chi2, p, _, _ = chi2_contingency(table, correction=False)
    return float(p), float(np.sqrt(chi2 / table.sum() / (min(table.shape) - 1)))


def _cautions(
    engine: Reader, node: Experiment, subject: FittedSubject, found: Planned
) -> Iterator[Caution]:
    if not found.available:
        yield Caution("empty")
    least = min(_pair(node)) / 100
    for each in found.segments:
        if found.at_n * each.share * least < FEW:
            yield Caution("small", each.segment_id, found.at_n * each.share * least)
    if found.mde is not None and found.mde_difference and found.mde_difference[0] > 2 * found.mde:
        yield Caution("difference", value=found.mde_difference[1])
    if found.replays is not None and not 0.90 <= found.replays.coverage <= 0.99:
        yield Caution("replays", value=found.replays.coverage)
    for other in found.overlaps:
        if other.p < 0.001:
            yield Caution("overlap", other.name, other.p)
    yield from _sensitive(engine, subject)


def _sensitive(engine: Reader, subject: FittedSubject) -> Iterator[Caution]:
    """Rules that read a sensitive column, and segments that stand for one."""
    read = {name.lower() for name in tree_columns(subject.fit.tree)}
    by_name = {name.lower(): column for name, column in subject.by_name.items()}
    for name in subject.node.sensitive:
        if name.lower() in read:
            yield Caution("sensitive", name)
            continue
        column = by_name.get(name.lower())
        if column is not None:
            v = _cramers_v(engine, subject, column)
            if v >= PROXY:
                yield Caution("proxy", name, v)


def _cramers_v(engine: Reader, subject: FittedSubject, column: Column) -> float:
    """Cramer's V of the segment with a column; of a number with its tenths."""
    dialect = engine.dialect
    value = f"b.{identifier(column.name, dialect)}"
    level = as_text(value, dialect)
    if column.type.is_numeric:
        level = f"ntile({PARTS}) OVER (ORDER BY {value})"
    rows = engine.query(
        f"SELECT segment_id, level, count(*) FROM (SELECT v.segment_id, {level} AS level FROM"
        f" {subject.view} AS v JOIN {subject.base} AS b ON b.{subject.key} = v.{subject.key}"
        f" WHERE {value} IS NOT NULL) AS segkit_levels GROUP BY 1, 2 ORDER BY 1, 2"
    )
    levels: Mapping[str, int] = {str(row[1]): 0 for row in rows}
    return _independence(rows)[1] if 2 <= len(levels) <= 200 else 0.0
