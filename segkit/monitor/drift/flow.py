"""What customers did, given where the calendar put them: moves, and how many did anything."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from segkit.core.drift_result import Flow, learning
from segkit.learn.numbers import Floats
from segkit.monitor.drift.family import Effect, Family, Found

BUILDS = 2  # before these there is nothing usual
_CUSTOMERS = 30  # of earlier builds in a row, or nothing is expected of it
_FEW = 5  # fewer are no test

Part = Callable[[Flow], Hashable]  # None: the flow is in no row, or column


@dataclass(frozen=True, eq=False)
class Rows:
    """Customers of this build by row and column, and the usual share of each column in a row."""

    columns: tuple[Hashable, ...]
    now: Floats
    usual: Floats
    known: Floats  # how many customers the usual is known from, by row
    builds: int

    @property
    def n(self) -> Floats:
        return np.asarray(self.now.sum(1, keepdims=True))

    @property
    def m(self) -> float:
        return float(self.now.sum())


def tabulate(builds: Sequence[Iterable[Flow]], row: Part, column: Part) -> Rows | None:
    """Return the first build against the others; None where no row has enough customers.

    Rows that hardly anybody was in are left out.
    """
    kept = [[f for f in flows if f.from_id and column(f) is not None] for flows in builds]
    rows, columns = (
        sorted({part(flow) for flows in kept for flow in flows}, key=repr) for part in (row, column)
    )
    at, across = ({name: i for i, name in enumerate(names)} for names in (rows, columns))
    tables = np.zeros((len(builds), len(rows), len(columns)))
    for table, flows in zip(tables, kept, strict=True):
        for flow in flows:
            table[at[row(flow)], across[column(flow)]] += flow.n
    now, usual = tables[0], tables[1:].sum(0)
    enough = (usual.sum(1) >= _CUSTOMERS) & (now.sum(1) >= _FEW)
    if not enough.any():
        return None
    known = usual[enough].sum(1, keepdims=True)
    return Rows(tuple(columns), now[enough], usual[enough] / known, known, len(builds) - 1)


def _quiet(family: Family) -> list[Sequence[Flow]]:
    return [build.flows for build in family.earlier if family.name not in build.alarms]


def check_flow(flows: Sequence[Flow], family: Family) -> Found:
    """Where customers went, against where those of earlier builds went from the same rows.

    A row is a segment after the calendar, a band, and whether they did anything: a season in
    which more do is told by events, and is no other flow.
    """
    usual = _quiet(family)
    if len(usual) > BUILDS:  # the last one may be where a change began
        usual = usual[:-1]
    if len(usual) < BUILDS:
        return Found(untested=learning(BUILDS - len(usual)))
    rows = tabulate([flows, *usual], _row_of_flow, lambda flow: flow.to_id)
    if rows is None:
        return Found(untested="few")
    excess = (rows.now - rows.n * rows.usual).sum(0) / rows.m
    varying = rows.n * (1 + rows.n / rows.known) * rows.usual * (1 - rows.usual)
    errors = np.sqrt(varying.sum(0)) / rows.m
    figures = zip(rows.columns, excess.tolist(), errors.tolist(), strict=True)
    return family.judge([Effect(None, str(to), d, error, error) for to, d, error in figures])


def _row_of_flow(flow: Flow) -> Hashable:
    return flow.calendar_id or flow.from_id, flow.band, flow.active


def check_events(flows: Sequence[Flow], family: Family) -> Found:
    """The share of stayers who did anything, against the usual one of the same cells.

    The last build tells it, too: a season comes by degrees.
    """
    usual = _quiet(family)
    if not any(flow.active is not None for flow in flows):
        return Found(untested="activity")
    if len(usual) < BUILDS:
        return Found(untested=learning(BUILDS - len(usual)))
    rows = tabulate([flows, *usual], _row_of_event, lambda flow: flow.to_id and flow.active)
    if rows is None:
        return Found(untested="few")
    active = np.array([column is True for column in rows.columns])
    rate = float(rows.now[:, active].sum()) / rows.m
    expected = float((rows.n * rows.usual)[:, active].sum()) / rows.m
    if not expected:  # nobody ever did anything: whoever does now is all there is to tell
        return family.judge([Effect(None, None, rate, 0.0)] if rate else [])
    # of the same cells: how these differ from each other is no part of the error
    within = rows.n[:, 0] * (rows.usual * (1 - rows.usual))[:, active].sum(1)
    noise = sqrt(float(within.sum())) / rows.m / expected
    error = sqrt(float((within * (1 + (rows.n / rows.known)[:, 0])).sum())) / rows.m / expected
    return family.judge([Effect(None, None, rate / expected - 1, error, noise)])


def _row_of_event(flow: Flow) -> Hashable:
    return flow.calendar_id or flow.from_id, flow.band
