"""What to be careful with before an experiment: other experiments, small and sensitive segments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from segkit.core.columns import Column
from segkit.core.experiment_result import Caution, Overlap, Planned
from segkit.core.tree import columns as tree_columns
from segkit.dialects.hash_bucket import bucket_sql
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier, literal
from segkit.engines.base import Reader
from segkit.experiments.assignment import arm_case, assignment_table
from segkit.project.nodes import Experiment
from segkit.project.schema.experiments import HOLDOUT
from segkit.publish.subject import FittedSubject

FEW = 100  # customers of an arm in a segment: below, nothing can be promised of it
PROXY = 0.3  # Cramer's V at which a segment stands for a sensitive column
PARTS = 10


def overlap_with(engine: Reader, node: Experiment, other: Experiment) -> Overlap:
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


def cautions(
    engine: Reader, subject: FittedSubject, found: Planned, least: float
) -> Iterator[Caution]:
    """What to be careful with; ``least`` is the share of the smallest arm."""
    if not found.available:
        yield Caution("empty")
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
