"""All customers where they lie: how many of each leaf, what they bring, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segkit.core.columns import Column
from segkit.core.tree import columns as columns_of_tree
from segkit.core.tree import leaves
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import identifier, identifiers
from segkit.engines.base import Reader
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.coreset import known_sql
from segkit.learn.quality import number_leaves
from segkit.monitor.group_sums import number_sql
from segkit.publish.subject import FittedSubject
from segkit.survey.page_data import Total

# columns beside the customers' own; the next to are numbered from 0 on
CODE, LEAF, METRIC = (f"segkit_{name}" for name in ("code", "leaf", "m"))


@dataclass(frozen=True)
class Everybody:
    """Customers of each ``leaf`` in the order of the tree, of each code, and their metrics.

    ``missing`` has the customers of each code of whom a number is not known, by its column.
    """

    leaves: tuple[int, ...]
    codes: Mapping[int, int]
    missing: Mapping[str, Mapping[int, int]]
    totals: Mapping[str, Mapping[str, Total]]

    @property
    def rows(self) -> int:
        return sum(self.leaves)

    def known(self, column: str) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """Customers by code of whom a number is known, and of whom it is missing."""
        missing = self.missing[column]
        return {code: n - missing[code] for code, n in self.codes.items()}, missing


def read_everybody(engine: Reader, subject: FittedSubject) -> Everybody:
    """Count all customers of a segmentation, in one statement."""
    total, metrics = phrases(engine.dialect).exact_sum, [*metrics_read(subject)]
    numbers = [c.name for c in columns_read(subject) if c.type.is_numeric]
    items = ["count(*)"]
    items += [f"count({known_sql(column, engine.dialect)})" for column in numbers]
    for place in range(len(metrics)):
        metric = f"{METRIC}{place}"
        none = f"count(CASE WHEN {metric} = 0 THEN 1 END)"
        items += [f"count({metric})", total(metric), none]
    found = engine.query(
        f"SELECT {LEAF}, {', '.join(items)} "
        f"FROM ({coded_sql(engine, subject, subject.rows)}) AS coded GROUP BY {LEAF}"
    )
    return _everybody(subject, numbers, metrics, sorted(found))


def _everybody(
    subject: FittedSubject,
    numbers: Sequence[str],
    metrics: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> Everybody:
    """``rows``: of each leaf customers, whose numbers are known, and three figures a metric."""
    of_leaf = [leaf.code for leaf in leaves(subject.fit.tree)]
    counts, codes = [0] * len(of_leaf), dict.fromkeys(sorted(of_leaf), 0)
    missing = {column: dict.fromkeys(codes, 0) for column in numbers}
    found = {metric: dict.fromkeys(codes, Total(0, 0.0, 0)) for metric in metrics}
    for leaf, n, *rest in rows:
        code, of_metrics = of_leaf[leaf], rest[len(numbers) :]
        counts[leaf] = n
        codes[code] += n
        for column, known in zip(numbers, rest, strict=False):
            missing[column][code] += n - known
        for place, metric in enumerate(metrics):
            known, whole, none = of_metrics[3 * place : 3 * place + 3]
            found[metric][code] += Total(known, whole or 0.0, none)
    totals = {
        metric: {s.id: by_code.get(s.code, Total(0, 0.0, 0)) for s in subject.fit.segments}
        for metric, by_code in found.items()
    }
    return Everybody(tuple(counts), codes, missing, totals)


def coded_sql(engine: Reader, subject: FittedSubject, rows: str) -> str:
    """A SELECT of what rules, features and metrics need, in their own types, code and leaf."""
    columns = columns_read(subject)
    everyone, tree = AllRows(engine, rows, columns), subject.fit.tree
    metrics = enumerate(metrics_read(subject).values())
    items = [
        identifiers([column.name for column in columns], engine.dialect),
        f"{everyone.code_sql(tree)} AS {CODE}",
        f"{everyone.code_sql(number_leaves(tree))} AS {LEAF}",
        *(f"{sql} AS {METRIC}{place}" for place, sql in metrics),
    ]
    return f"SELECT {', '.join(items)} FROM {rows}"


def columns_read(subject: FittedSubject) -> tuple[Column, ...]:
    """The columns of features and rules."""
    features = (feature.column for feature in subject.features)
    wanted = (*features, *columns_of_tree(subject.fit.tree))
    return tuple(subject.by_name[name] for name in dict.fromkeys(wanted))


def metrics_read(subject: FittedSubject) -> dict[str, str]:
    """SQL of each metric as a number, by its column."""
    dialect = subject.dialect
    names = [metric.column for metric in subject.node.metrics]
    return {m: number_sql(identifier(m, dialect), subject.by_name[m], dialect) for m in names}
