"""Means and shares now against those at the fit: door tests, outside of what the calendar does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import copysign, inf

from scipy.special import ndtr, ndtri

from segkit.monitor.drift.evidence import Evidence, Far, Kind
from segkit.monitor.drift.moments import Change, change, of_segment
from segkit.monitor.drift.result import Check, EarlierBuild, Unseen
from segkit.monitor.drift.usual import LIMITS, leaves_usual, past_figures, reach, two_sided, visible

_ROWS = 30  # a segment's mean of fewer is no test
_OUTLIERS = 0.001  # beyond the 99.5 % line lie 99.5 % of nothing: a stricter test than others

Found = tuple[list[Check], list[Unseen], str]


@dataclass(frozen=True)
class _Test:
    subject: str | None
    segment_id: str | None
    estimate: float
    excess: float  # the part that the calendar does not explain
    error: float
    fresh: float


def _judge(
    family: str,
    tests: Sequence[_Test],
    evidence: Evidence,
    earlier: Sequence[EarlierBuild],
    alpha: float,
) -> Found:
    """Bonferroni within the family; an alarm has a p, an effect, and is not usual."""
    checks, unseen, limits = [], [], LIMITS[family]
    for test in tests:
        z = test.excess / test.error if test.error else copysign(inf, test.excess)
        p = min(1.0, len(tests) * two_sided(z)) if test.excess else 1.0
        past = past_figures(earlier, family, test.subject, test.segment_id)
        far = abs(test.excess) >= limits.gate
        alarm = p < alpha and far and leaves_usual(test.estimate, past, limits, test.fresh)
        checks.append(_row(evidence, family, test, p, "watch" if alarm else "ok"))
        size = max(
            limits.gate, reach(past, limits, test.fresh), visible(test.error, alpha, len(tests))
        )
        unseen.append(Unseen(family, test.subject, test.segment_id, size))
    return checks, unseen, ""


def _row(evidence: Evidence, family: str, test: _Test, p: float | None, level: str) -> Check:
    low, high = test.estimate - 1.96 * test.error, test.estimate + 1.96 * test.error
    where = (evidence.as_of, "fit", family, test.subject, test.segment_id)
    return Check(*where, test.estimate, low, high, p, level)  # type: ignore[arg-type]


def _test(
    found: Change, subject: str | None, segment_id: str | None, *, standardised: bool
) -> _Test:
    """The change as a test; what did not vary and is another now has moved by one deviation."""
    unit = (found.sd or abs(found.difference) or 1.0) if standardised else 1.0
    estimate = found.difference / unit
    return _Test(subject, segment_id, estimate, estimate, found.error / unit, found.fresh / unit)


def check_shares(
    evidence: Evidence,
    kinds: Mapping[str, Kind | None],
    earlier: Sequence[EarlierBuild],
    alpha: float,
) -> Found:
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
        under = min(test.estimate - min(drifted, 0.0), 0.0)
        excess = over + under  # one of them is 0
        tests.append(_Test(None, segment, test.estimate, excess, test.error, test.fresh))
    if reason:
        return [_row(evidence, "shares", test, None, "info") for test in tests], [], reason
    return _judge("shares", tests, evidence, earlier, alpha)


def check_features(
    evidence: Evidence,
    kinds: Mapping[str, Kind | None],
    earlier: Sequence[EarlierBuild],
    alpha: float,
) -> Found:
    """Means of features, of them missing, and of levels; what ages or accumulates is told."""
    cells, tests, told = evidence.cells, [], []
    for feature, subject, moments in evidence.moments():
        found = change(moments, cells.were_there, cells.are_there)
        if found is None or not (found.sd or found.difference):
            continue
        test = _test(found, subject, None, standardised=True)
        if subject == feature and kinds.get(feature):
            told.append(_row(evidence, "features", test, None, "info"))
        else:
            tests.append(test)
    checks, unseen, _ = _judge("features", tests, evidence, earlier, alpha)
    return checks + told, unseen, "" if tests else "no steady feature"


def check_metrics(
    evidence: Evidence,
    kinds: Mapping[str, Kind | None],
    earlier: Sequence[EarlierBuild],
    alpha: float,
) -> Found:
    """The mean of each metric in each segment."""
    cells, tests, told = evidence.cells, [], []
    for metric in evidence.metrics:
        for segment in cells.segments:
            of0, of1 = cells.were_in(segment), cells.are_in(segment)
            found = change(evidence.values[metric], of0, of1)
            if found is None or min(found.n0, found.n1) < _ROWS:
                continue
            if not (found.sd or found.difference):
                continue
            test = _test(found, metric, segment, standardised=True)
            if kinds.get(metric):
                told.append(_row(evidence, "metrics", test, None, "info"))
            else:
                tests.append(test)
    checks, unseen, _ = _judge("metrics", tests, evidence, earlier, alpha)
    return checks + told, unseen, "" if tests else "no metric"


def check_fidelity(
    evidence: Evidence,
    kinds: Mapping[str, Kind | None],
    earlier: Sequence[EarlierBuild],
    alpha: float,
) -> Found:
    """How often rules and clusters agree: only less is worse."""
    cells = evidence.cells
    if evidence.agreement is None:
        return [], [], "no clusters"
    found = change(evidence.agreement, cells.were_there, cells.are_there)
    if found is None:
        return [], [], "few"
    test = _test(found, None, None, standardised=False)
    if any(kinds.get(name) for name in evidence.features):
        return [_row(evidence, "fidelity", test, None, "info")], [], "accumulates"
    worse = _Test(None, None, test.estimate, min(test.estimate, 0.0), test.error, test.fresh)
    return _judge("fidelity", [worse], evidence, earlier, alpha)


def outlier_p(far: Far) -> float:
    """The probability of so many more customers far from every segment, by chance."""
    share0, share1 = far.far0 / far.n0, far.far1 / far.n1
    error = (share0 * (1 - share0) / far.n0 + share1 * (1 - share1) / far.n1) ** 0.5
    return float(ndtr(-(share1 - share0) / error)) if error else 1.0


def is_suspect(far: Far, alpha: float) -> bool:
    """Whether it is worth while to look for a group among them."""
    return outlier_p(far) < min(alpha, _OUTLIERS)


def check_new_group(evidence: Evidence, far: Far | None, alpha: float) -> Found:
    """A dense group of customers far from every segment."""
    if far is None:
        return [], [], "no steady feature"
    limits, error = LIMITS["new group"], (far.far1 / far.n1 / far.n1) ** 0.5
    p, dense = outlier_p(far), far.dense / far.n1
    alarm = is_suspect(far, alpha) and dense >= limits.gate
    test = _Test(None, None, far.far1 / far.n1 - far.far0 / far.n0, 0.0, error, error)
    row = _row(evidence, "new group", test, p, "watch" if alarm else "ok")
    size = max(limits.gate, float(-ndtri(min(alpha, _OUTLIERS)) + ndtri(0.8)) * error)
    return [row], [Unseen("new group", None, None, size)], ""
