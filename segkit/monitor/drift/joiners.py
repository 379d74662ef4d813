"""Who joined, against who joined in earlier builds: Welch's test of each feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import sqrt

from segkit.monitor.drift.evidence import Sums
from segkit.monitor.drift.result import Check, EarlierBuild, Unseen
from segkit.monitor.drift.usual import LIMITS, leaves_usual, past_figures, reach, two_sided, visible

_ENOUGH = 30  # joiners, now and before


def check_joiners(
    as_of: date, joined: Mapping[str, Sums], earlier: Sequence[EarlierBuild], alpha: float
) -> tuple[list[Check], list[Unseen], str]:
    """Return the checks, what they cannot see, and why there are none (a code).

    Rows ``joined`` and ``joined n`` keep what later builds compare with.
    """
    kept = [row for name, sums in joined.items() if sums.n for row in _kept(as_of, name, sums)]
    compared = {}
    for name, sums in joined.items():
        before = _before(name, earlier)
        if sums.n >= _ENOUGH and before.n >= _ENOUGH:
            compared[name] = sums, before
    checks, unseen, limits = [], [], LIMITS["joiners"]
    for name, (sums, before) in compared.items():
        (mean, variance), (mean0, variance0) = _moments(sums), _moments(before)
        sd = sqrt(variance0) or abs(mean - mean0)
        if not sd:
            continue
        estimate, error = (mean - mean0) / sd, sqrt(variance / sums.n + variance0 / before.n) / sd
        p = min(1.0, len(compared) * two_sided(estimate / error)) if error else float(not estimate)
        past = past_figures(earlier, "joiners", name, None)
        noise = sqrt(variance / sums.n) / sd
        unusual = leaves_usual(estimate, past, limits, noise)
        level = "watch" if p < alpha and abs(estimate) >= limits.gate and unusual else "ok"
        ends = estimate - 1.96 * error, estimate + 1.96 * error
        row = (as_of, "previous", "joiners", name, None, estimate, *ends, p, level)
        checks.append(Check(*row))  # type: ignore[arg-type]
        size = max(limits.gate, reach(past, limits, noise), visible(error, alpha, len(compared)))
        unseen.append(Unseen("joiners", name, None, size))
    return checks + kept, unseen, "" if checks else "few"


def _moments(sums: Sums) -> tuple[float, float]:
    mean = sums.total / sums.n
    return sums.center + mean, max(sums.square / sums.n - mean**2, 0.0)


def _kept(as_of: date, name: str, sums: Sums) -> list[Check]:
    mean, variance = _moments(sums)
    reach = 1.96 * sqrt(variance / sums.n)
    return [
        Check(as_of, "previous", "joined", name, None, mean, mean - reach, mean + reach),
        Check(as_of, "previous", "joined n", name, None, sums.n),
    ]


def _before(name: str, earlier: Sequence[EarlierBuild]) -> Sums:
    """Joiners of all earlier builds without an alarm about theirs, from the rows that are kept."""
    n = total = square = center = 0.0
    for build in earlier:
        count = build.figure("joined n", name, None)
        row = next((c for c in build.checks if (c.check_name, c.subject) == ("joined", name)), None)
        if "joiners" in build.alarms or not count or row is None or row.estimate is None:
            continue
        reach = ((row.high or 0.0) - (row.low or 0.0)) / 2
        center = center if n else row.estimate
        away = row.estimate - center
        n, total = n + count, total + count * away
        square += count * ((reach / 1.96) ** 2 * count + away**2)
    return Sums(n, total, square, center)
