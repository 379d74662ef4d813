"""Who joined, against who joined in earlier builds: Welch's test of each feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt

from segkit.core.drift_result import Check, EarlierBuild
from segkit.monitor.drift.evidence import Sums
from segkit.monitor.drift.family import Effect, Family, Found

_ENOUGH = 30  # joiners, now and before


def check_joiners(joined: Mapping[str, Sums], family: Family) -> Found:
    """Return the rows; ``joined`` and ``joined n`` are what later builds compare with."""
    kept = [row for name, sums in joined.items() if sums.n for row in _kept(family, name, sums)]
    tests = []
    for name, sums in joined.items():
        before = _before(name, family.earlier)
        if min(sums.n, before.n) < _ENOUGH:
            continue
        (mean, variance), (mean0, variance0) = _moments(sums), _moments(before)
        unit = sqrt(variance0) or abs(mean - mean0) or 1.0
        noise = sqrt(variance / sums.n) / unit
        error = sqrt(noise**2 + variance0 / before.n / unit**2)
        tests.append(Effect(name, None, (mean - mean0) / unit, error, noise))
    found = family.judge(tests, untested="" if tests else "few")
    return replace(found, checks=[*found.checks, *kept])


def _moments(sums: Sums) -> tuple[float, float]:
    mean = sums.total / sums.n
    return sums.center + mean, max(sums.square / sums.n - mean**2, 0.0)


def _kept(family: Family, name: str, sums: Sums) -> list[Check]:
    mean, variance = _moments(sums)
    reach = 1.96 * sqrt(variance / sums.n)
    return [
        Check(family.as_of, "previous", "joined", name, None, mean, mean - reach, mean + reach),
        Check(family.as_of, "previous", "joined n", name, None, sums.n),
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
