"""Means and shares now against those at the fit: door tests, outside of what the calendar does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import sqrt

from scipy.special import ndtr

from segkit.core.drift_result import Check, Unseen
from segkit.monitor.drift.evidence import Evidence, Far, Kind
from segkit.monitor.drift.family import Effect, Family, Found
from segkit.monitor.drift.moments import Change, change, of_segment
from segkit.monitor.drift.usual import LIMITS, visible

_ROWS = 30  # a segment's mean of fewer is no test
# A segment that the calendar fills (of those who have long done nothing) is emptied by purchases;
# in balance as many go as come. A season with a quarter more of them takes that much more away.
SEASON = 0.25
_OUTLIERS = 0.001  # stricter than others: the line that they lie beyond is itself an estimate

Kinds = Mapping[str, Kind | None]


def _test(
    found: Change, subject: str | None, segment_id: str | None, *, standardised: bool
) -> Effect:
    """The change as a test; what did not vary and is another now has moved by one deviation."""
    unit = (found.sd or abs(found.difference) or 1.0) if standardised else 1.0
    figures = (found.difference / unit, found.error / unit, found.fresh / unit)
    return Effect(subject, segment_id, *figures)


def check_shares(evidence: Evidence, kinds: Kinds, family: Family) -> Found:
    """Each segment's share; told only, where the calendar's part of it cannot be told."""
    cells = evidence.cells
    moves = {kinds.get(name) for name in evidence.features if name not in evidence.no_rule}
    reason = "accumulates" if Kind.ACCUMULATES in moves else ""
    if not reason and Kind.AGES in moves and evidence.aged is None:
        reason = "calendar"
    tests = []
    n0 = float((cells.n * cells.were_there).sum())
    for segment in cells.segments:
        found = change(of_segment(cells, segment), cells.were_there, cells.are_there)
        if found is None:
            continue
        test = _test(found, None, segment, standardised=False)
        aged = found.mean0 if evidence.aged is None else evidence.aged.get(segment, 0) / n0
        drifted = aged - found.mean0
        over = max(test.estimate - max(drifted, 0.0), 0.0)
        under = min(test.estimate - min(drifted, -SEASON * drifted), 0.0)
        tests.append(replace(test, excess=over + under))  # one of them is 0
    return family.judge([], tests, reason) if reason else family.judge(tests)


def check_features(evidence: Evidence, kinds: Kinds, family: Family) -> Found:
    """Means of features, of them missing, and of levels; what ages or accumulates is told."""
    cells = evidence.cells
    tests: list[Effect] = []
    told: list[Effect] = []
    for feature, subject, moments in evidence.moments():
        found = change(moments, cells.were_there, cells.are_there)
        if found is None or not (found.sd or found.difference):
            continue
        # who has never bought, buys: nobody goes back, so that share falls like recency grows
        follows = subject == feature or (
            feature in evidence.values and _is_left_for_good(evidence, feature)
        )
        is_told = kinds.get(feature) and follows
        (told if is_told else tests).append(_test(found, subject, None, standardised=True))
    return family.judge(tests, told, "" if tests else "no steady feature")


def _is_left_for_good(evidence: Evidence, feature: str) -> bool:
    """Whether values of stayers only ever become known."""
    cells, value = evidence.cells, evidence.values[feature]
    stay = cells.were_there & cells.are_there
    lost, found = ((known - value.both)[stay].sum() for known in (value.known0, value.known1))
    return bool(found > 0 and not lost)


def check_metrics(evidence: Evidence, kinds: Kinds, family: Family) -> Found:
    """The mean of each metric in each segment."""
    cells = evidence.cells
    tests: list[Effect] = []
    told: list[Effect] = []
    for metric in evidence.metrics:
        for segment in cells.segments:
            of0, of1 = cells.were_in(segment), cells.are_in(segment)
            found = change(evidence.values[metric], of0, of1)
            if found is None or min(found.n0, found.n1) < _ROWS:
                continue
            if found.sd or found.difference:
                test = _test(found, metric, segment, standardised=True)
                (told if kinds.get(metric) else tests).append(test)
    return family.judge(tests, told, "" if tests else "no metric")


def check_fidelity(evidence: Evidence, kinds: Kinds, family: Family) -> Found:
    """How often rules and clusters agree: only less is worse."""
    if evidence.agreement is None:
        return Found(untested="no clusters")
    cells, agreement = evidence.agreement
    found = change(agreement, cells.were_there, cells.are_there)
    if found is None:
        return Found(untested="few")
    test = _test(found, None, None, standardised=False)
    if any(kinds.get(name) for name in evidence.features):
        return family.judge([], [test], "accumulates")
    return family.judge([replace(test, excess=min(test.estimate, 0.0))])


def outlier_p(far: Far) -> float:
    """The probability of so many more customers far from every segment, by chance."""
    n0, share0, share1 = far.line.n0, far.line.far0 / far.line.n0, far.far1 / far.n1
    error = (share0 * (1 - share0) / n0 + share1 * (1 - share1) / far.n1) ** 0.5
    return float(ndtr(-(share1 - share0) / error)) if error else 1.0


def is_suspect(far: Far, alpha: float) -> bool:
    """Whether it is worth while to look for a group among them."""
    return outlier_p(far) < min(alpha, _OUTLIERS)


def check_new_group(far: Far | None, family: Family) -> Found:
    """A dense group of customers far from every segment. Rows ``far``, ``far n`` keep the line."""
    if far is None:
        return Found(untested="no steady feature")
    gate, error = LIMITS[family.name].gate, sqrt(far.far1) / far.n1
    is_group = is_suspect(far, family.alpha) and far.dense / far.n1 >= gate
    line = far.line
    test = Effect(None, None, far.far1 / far.n1 - line.far0 / line.n0, error)
    row = family.row(test, outlier_p(far), "watch" if is_group else "ok")
    size = max(gate, visible(error, 2 * min(family.alpha, _OUTLIERS), 1))  # one-sided
    figures = (("far", line.limit), ("far n", float(line.far0)))
    kept = [Check(family.as_of, "fit", name, line.features, None, x) for name, x in figures]
    return Found([row, *kept], [Unseen(family.name, None, None, size)])
