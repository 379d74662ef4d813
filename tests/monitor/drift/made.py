"""Evidence made of arrays, for tests of what is judged by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from benchmarks.drift.aggregates import Snapshot, evidence_of
from segkit.core.drift_result import Check, EarlierBuild, Flow, Level
from segkit.monitor.drift.evidence import Evidence
from segkit.monitor.drift.family import Family

THEN = date(2026, 1, 1)


def day(number: int) -> date:
    return THEN + timedelta(days=30 * number)


def snapshot(ids: Any, segment: Any, active: Any = None, **values: Any) -> Snapshot:
    n = len(ids)
    flags = {"active": np.zeros(n, bool) if active is None else np.asarray(active, bool)}
    arrays = {name: np.asarray(column, float) for name, column in values.items()}
    return Snapshot(np.asarray(ids), np.asarray(segment), arrays, flags)


def evidence(base: Snapshot, now: Snapshot, number: int = 1, **others: Any) -> Evidence:
    features = tuple(name for name in base.values if name != "y")
    metrics = ("y",) if "y" in base.values else ()
    said = {"calendar": None, "band": None, "aged": base.segment} | others
    return evidence_of(
        day(number), THEN, base, base, now, features=features, metrics=metrics, **said
    )


def check(
    name: str,
    estimate: float | None,
    *,
    number: int = 1,
    subject: str | None = None,
    segment: str | None = None,
    level: Level = "ok",
) -> Check:
    return Check(day(number), "fit", name, subject, segment, estimate, level=level)


def earlier(
    checks: Sequence[Sequence[Check]], flows: Sequence[Sequence[Flow]] | None = None
) -> list[EarlierBuild]:
    listed = flows or [()] * len(checks)
    return [
        EarlierBuild(day(number), each, rows)
        for number, (rows, each) in enumerate(zip(checks, listed, strict=True), start=1)
    ]


def flows(
    counts: dict[tuple[str, str], int], number: int = 1, share_active: float | None = None
) -> list[Flow]:
    """Stayers by (from, to); the calendar moved nobody."""
    found = []
    for (from_id, to_id), n in counts.items():
        active = None if share_active is None else round(share_active * n)
        parts = {None: n} if active is None else {True: active, False: n - active}
        for is_active, m in parts.items():
            found.append(Flow(day(number), from_id, from_id, 0, to_id, is_active, m))
    return found


def family(
    name: str, before: Sequence[EarlierBuild] = (), *, alpha: float = 0.0024, number: int = 9
) -> Family:
    return Family(name, day(number), before, alpha)
