"""``NAME_readout``, a row for each build, metric, segment and arm; and ``NAME_policy``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segkit.core.experiment_result import Policy, Readout
from segkit.dialects.spelling import identifier, literal, literals, relation
from segkit.dialects.table import Dialect
from segkit.engines.base import Publisher
from segkit.monitor.build_log import table_of_builds
from segkit.project.nodes import Experiment

_COLUMNS = (
    "as_of TIMESTAMP, segment_id VARCHAR, metric VARCHAR, arm VARCHAR, n BIGINT, mean FLOAT8,"
    " effect FLOAT8, low FLOAT8, high FLOAT8, shrunk FLOAT8, q FLOAT8, status VARCHAR"
)
Row = tuple[Any, ...]


def write_readout(engine: Publisher, found: Readout) -> None:
    """Add the readout of a moment; one of the same moment, or of later, is forgotten."""
    table = table_of_builds(engine, f"{found.name}_readout", found.name, _COLUMNS)
    engine.execute(f"DELETE FROM {table} WHERE as_of >= $1", (found.as_of,))
    places = ", ".join(f"${i + 1}" for i in range(12))
    for row in readout_rows(found):
        engine.execute(f"INSERT INTO {table} VALUES ({places})", row)


def readout_rows(found: Readout) -> Iterator[Row]:
    """All segments together have no ``segment_id``; a metric as it is without its cap says so."""
    if not found.metrics:
        yield (found.as_of, *[None] * 10, found.status)
    for metric in found.metrics:
        name = f"{metric.metric} (uncapped)" if metric.role == "uncapped" else metric.metric
        for group in metric.groups:
            for arm in group.arms:
                figures = (arm.n, arm.mean, arm.effect, arm.low, arm.high, arm.shrunk, arm.q)
                yield (found.as_of, group.segment_id, name, arm.arm, *figures, found.status)


def policy_case(node: Experiment, policy: Policy, dialect: Dialect) -> str:
    """CASE over ``segment_id``; who is in no segment of the experiment has the control.

    >>> from segkit.dialects.table import DUCKDB
    >>> from types import SimpleNamespace
    >>> node = SimpleNamespace(control="control")
    >>> policy = Policy(True, "control", "control", {"A": "offer", "B": "control"}, 1, 0, 2)
    >>> policy_case(node, policy, DUCKDB)
    "CASE WHEN segment_id = 'A' THEN 'offer' ELSE 'control' END"
    """
    arms = dict(policy.arms)
    if not policy.by_segment:
        arms = dict.fromkeys(arms, policy.for_all)
    whens = []
    for arm in dict.fromkeys(arms.values()):
        ids = [segment for segment, given in arms.items() if given == arm]
        if arm != node.control and ids:
            listed = literals(ids, dialect)
            test = f"segment_id = {listed}" if len(ids) == 1 else f"segment_id IN ({listed})"
            whens.append(f"WHEN {test} THEN {literal(arm, dialect)}")
    control = literal(node.control, dialect)
    return f"CASE {' '.join(whens)} ELSE {control} END" if whens else control


def policy_select(
    node: Experiment, policy: Policy, key: str, dialect: Dialect, view: str | None = None
) -> str:
    """SELECT of the key, ``segment_id`` and ``arm`` of every customer of the segmentation."""
    columns = f"  {identifier(key, dialect)},\n  segment_id"
    case = policy_case(node, policy, dialect)
    source = view or relation(node.segments, None, dialect)
    return f"SELECT\n{columns},\n  {case} AS arm\nFROM {source}"
