"""Two sets of rules over the same customers: what they say, and who is elsewhere by the second."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from segkit.core.columns import Column
from segkit.core.descent import BucketDescent, Descent, bucket_descents
from segkit.core.fit import Fit
from segkit.dialects.phrases import as_text, phrases
from segkit.dialects.select import ViewSelect, select_translated
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.errors import ConfigError, Place, Problem
from segkit.monitor.group_sums import number_sql
from segkit.monitor.movers import Flow

OUTSIDE = ""  # the side of a customer whom `where` lets in by the other rules alone
_MISSING = "missing"  # of a score, which has no label
_ROWS = "segkit_same_rows"
Reason = Literal["rules", "edges"]


@dataclass(frozen=True)
class Wording:
    """A segment and its rule in English, before and after; "" where there is none."""

    id: str
    names: tuple[str, str]
    rules: tuple[str, str]

    @property
    def is_changed(self) -> bool:
        return self.rules[0] != self.rules[1]


@dataclass(frozen=True)
class ColumnDiff:
    """Segments, or the buckets of one column. ``flows`` has those who stay too.

    ``reason``: why anybody moves; of ``edges`` the definition is the same, and stored edges
    differ. ``changes`` say what is written otherwise: "edges: 25, 35 -> 25, 40". ``labels``
    are those before and those after, in their order.
    """

    name: str
    reason: Reason
    flows: tuple[Flow, ...]
    labels: tuple[tuple[str, ...], tuple[str, ...]]
    changes: tuple[str, ...] = ()
    wordings: tuple[Wording, ...] = ()

    @property
    def rows(self) -> int:
        return sum(flow.n for flow in self.flows)

    @property
    def moving(self) -> tuple[Flow, ...]:
        """The flows of those who move, the largest first."""
        moving = (flow for flow in self.flows if flow.before != flow.after)
        return tuple(sorted(moving, key=lambda flow: -flow.n))

    @property
    def moved(self) -> int:
        return sum(flow.n for flow in self.moving)

    @property
    def share(self) -> float:
        return self.moved / self.rows if self.rows else 0.0

    @property
    def descents(self) -> tuple[BucketDescent, ...]:
        """What became of the buckets, by the customers whom they share."""
        shared = {(flow.before, flow.after): flow.n for flow in self.flows}
        before, after = ([label for label in side if label != OUTSIDE] for side in self.labels)
        return bucket_descents(before, after, shared)

    def share_of(self, metric: str) -> float | None:
        """Of a metric the part that moves; None where it has no value. Losses count as gains do."""
        total = sum(abs(flow.sums[metric]) for flow in self.flows)
        moved = sum(abs(flow.sums[metric]) for flow in self.moving)
        return moved / total if total else None


@dataclass(frozen=True)
class Resample:
    """Share of customers whom rules of the same kind move that are learned from others.

    ``low`` to ``high``: for 95 in 100 sets of other customers.
    """

    share: float
    low: float
    high: float


def resample_of(before: Fit, after: Fit) -> Resample | None:
    """What a resample alone would move; None where it was not measured, or k is another."""
    stable = before.stability or after.stability
    if stable is None or after.origin != "fitted" or before.clusters.k != after.clusters.k:
        return None
    return Resample(1 - stable.mean, 1 - stable.high, 1 - stable.low)


# why two sets of rules cannot be compared, and what says so
Untold = Literal["new", "gone", "kind", "relation", "key", "columns", "unfitted"]


@dataclass(frozen=True, repr=False)
class RuleDiff:
    """What rules ``before`` and ``after`` of one node say of today's customers.

    ``untold``: why that cannot be told, with ``what``. ``readers`` are kind and name of all that
    is made of the node. ``models`` were written otherwise before, and both sides read them as
    they are now.
    """

    name: str
    kind: Literal["segmentation", "buckets"]
    before: str
    after: str
    columns: tuple[ColumnDiff, ...] = ()
    metrics: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    descents: tuple[Descent | BucketDescent, ...] = ()
    resample: Resample | None = None
    readers: tuple[tuple[str, str], ...] = ()
    models: tuple[str, ...] = ()
    untold: Untold | None = None
    what: str = ""
    as_of: date | None = None  # the day that the customers are of, where a variable says it

    def __repr__(self) -> str:
        moved = ", ".join(f"{c.name}: {c.moved:,} of {c.rows:,}" for c in self.columns)
        return f"<RuleDiff: {self.name} {self.before} -> {self.after}, {moved or self.untold}>"

    @property
    def is_like_a_resample(self) -> bool:
        """Whether no more customers move than with rules from other customers."""
        return self.resample is not None and self.columns[0].share <= self.resample.high


@dataclass(frozen=True)
class Limit:
    """What may move at most: a share of the customers, or of a metric where one is named."""

    text: str
    share: float
    metric: str = ""


@dataclass(frozen=True)
class Judged:
    """A limit held against a column; ``share`` None: it cannot be told, and that is no pass."""

    limit: str
    name: str
    share: float | None
    is_hit: bool


def judge(diffs: Sequence[RuleDiff], limits: Sequence[Limit]) -> tuple[Judged, ...]:
    """Hold every limit against every column of what was compared.

    Raises ConfigError: SK702 for a metric that nothing of it has.
    """
    known = dict.fromkeys(metric for diff in diffs for metric in diff.metrics)
    for limit in limits:
        if limit.metric and limit.metric not in known and any(diff.columns for diff in diffs):
            message = f"--fail-on {limit.text}: `{limit.metric}` is a metric of none of these"
            hint = f"metrics: {', '.join(known)}" if known else "none has metrics: use moved=5%"
            raise ConfigError(Problem("SK702", message, help=hint))
    return tuple(found for limit in limits for diff in diffs for found in _judged(limit, diff))


def _judged(limit: Limit, diff: RuleDiff) -> Iterator[Judged]:
    if diff.untold and diff.untold not in ("new", "gone"):
        yield Judged(limit.text, diff.name, None, True)
    if limit.metric and limit.metric not in diff.metrics:
        return
    for column in diff.columns:
        share = column.share_of(limit.metric) if limit.metric else column.share
        is_hit = share > limit.share if share is not None else column.moved > 0
        yield Judged(limit.text, column.name, share, is_hit)


@dataclass(frozen=True)
class Codes:
    """The columns of a view that say where a customer is, and at which place that stands."""

    label: str
    order: str


Flows = tuple[tuple[Flow, ...], tuple[tuple[str, ...], tuple[str, ...]]]


def find_flows(
    engine: Reader,
    base: str,
    views: tuple[ViewSelect, ViewSelect],
    codes: Sequence[Codes],
    metrics: Sequence[str],
    place: Place,
) -> list[Flows]:
    """Return, for each of ``codes``, who goes where, and the labels before and after in order.

    The relation is read once: a view that sums doubles need not say the same twice. Both views
    pass the metrics on.
    """
    dialect, columns = engine.dialect, views[1].columns
    needed = dict.fromkeys([views[1].key])
    for view in views:
        asked = view.where.columns if view.where is not None else ()
        needed |= dict.fromkeys((*view.passed, *view.tested, *asked))
    listed = ", ".join(identifier(name, dialect) for name in needed if name in columns)
    with engine.hold(_ROWS, f"SELECT {listed} FROM {base}"):
        before, after = (select_translated(view, _ROWS, dialect, place) for view in views)
        key = identifier(views[1].key, dialect)
        joined = f"({before}) AS b FULL JOIN ({after}) AS a ON b.{key} = a.{key}"
        found = []
        for each in codes:
            rows = engine.query(_flows_sql(each, key, joined, metrics, columns, dialect))
            found.append(_flows(rows, metrics))
    return found


def _flows_sql(
    codes: Codes,
    key: str,
    joined: str,
    metrics: Sequence[str],
    columns: Mapping[str, Column],
    dialect: Dialect,
) -> str:
    order = identifier(codes.order, dialect)
    names = {metric: identifier(metric, dialect) for metric in metrics}
    passed = "".join(f", coalesce(a.{name}, b.{name}) AS {name}" for name in names.values())
    values = (number_sql(name, columns[metric], dialect) for metric, name in names.items())
    exact_sum = phrases(dialect).exact_sum
    sums = "".join(f", coalesce({exact_sum(value)}, 0), count({value})" for value in values)
    return (
        f"SELECT label_b, label_a, count(*), min(order_b), min(order_a){sums}\nFROM (\n"
        f"SELECT {_label_sql('b', codes, key, dialect)} AS label_b, "
        f"{_label_sql('a', codes, key, dialect)} AS label_a, "
        f"b.{order} AS order_b, a.{order} AS order_a{passed}\nFROM {joined}\n) AS sides\n"
        "GROUP BY label_b, label_a"
    )


def _label_sql(side: str, codes: Codes, key: str, dialect: Dialect) -> str:
    label = as_text(f"{side}.{identifier(codes.label, dialect)}", dialect)
    return (
        f"CASE WHEN {side}.{key} IS NULL THEN {literal(OUTSIDE, dialect)} "
        f"ELSE coalesce({label}, {literal(_MISSING, dialect)}) END"
    )


def _flows(rows: Sequence[tuple[Any, ...]], metrics: Sequence[str]) -> Flows:
    places: tuple[dict[str, int], dict[str, int]] = {}, {}
    for before, after, _, *orders in (row[:5] for row in rows):
        for known, label, order in zip(places, (before, after), orders, strict=True):
            known[label] = -1 if order is None else int(order)  # outside, or no score
    one, other = (
        tuple(label for label, _ in sorted(known.items(), key=lambda pair: (pair[1], pair[0])))
        for known in places
    )
    flows = [
        Flow(
            before,
            after,
            int(n),
            dict(zip(metrics, map(float, values[::2]), strict=True)),
            dict(zip(metrics, map(int, values[1::2]), strict=True)),
        )
        for before, after, n, _, _, *values in rows
    ]
    flows.sort(key=lambda flow: (places[0][flow.before], places[1][flow.after]))
    return tuple(flows), (one, other)
