"""One family of tests: an alarm has a p, an effect, and is not usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import copysign, inf, log

from segkit.core.drift_result import Against, Check, EarlierBuild, Level, Unseen
from segkit.monitor.drift.usual import (
    LIMITS,
    leaves_usual,
    past_figures,
    reach,
    two_sided,
    visible,
)

_AGAINST_THE_LAST = ("flow", "events", "joiners")


@dataclass(frozen=True)
class Effect:
    """``excess`` is the part of the estimate that is tested; None: all of it.

    ``noise``: the part of the error that is new in each build.
    """

    subject: str | None
    segment_id: str | None
    estimate: float
    error: float
    noise: float = 0.0
    excess: float | None = None

    @property
    def tested(self) -> float:
        return self.estimate if self.excess is None else self.excess


@dataclass(frozen=True)
class Found:
    """Of one family: its rows, what it cannot see, and why it is not tested (a code)."""

    checks: Sequence[Check] = ()
    unseen: Sequence[Unseen] = ()
    untested: str = ""


@dataclass(frozen=True)
class Family:
    """``alpha`` is for all of its tests together, so each has its part of it.

    ``moved``: segments that flow alarmed of in the last build. Who has moved, stays: flow says
    it once, and a share that is still another needs not be sudden to be no season.
    """

    name: str
    as_of: date
    earlier: Sequence[EarlierBuild] = field(repr=False)
    alpha: float
    moved: frozenset[str | None] = frozenset()

    def judge(
        self, tests: Sequence[Effect], told: Sequence[Effect] = (), untested: str = ""
    ) -> Found:
        """Return the rows of the tests, and of what is only told."""
        judged = [self._judge(test, len(tests)) for test in tests]
        rows = [row for row, _ in judged] + [self.row(test) for test in told]
        return Found(rows, [unseen for _, unseen in judged], untested)

    def row(self, test: Effect, p: float | None = None, level: Level = "info") -> Check:
        low, high = test.estimate - 1.96 * test.error, test.estimate + 1.96 * test.error
        against: Against = "previous" if self.name in _AGAINST_THE_LAST else "fit"
        where = (self.as_of, against, self.name, test.subject, test.segment_id)
        return Check(*where, test.estimate, low, high, p, level)

    def _judge(self, test: Effect, tests: int) -> tuple[Check, Unseen]:
        limits = LIMITS[self.name]
        z = test.tested / test.error if test.error else copysign(inf, test.tested)
        p = min(1.0, tests * two_sided(z)) if test.tested else 1.0
        past = past_figures(self.earlier, self.name, test.subject, test.segment_id)
        now = test.estimate
        if self.name == "events":  # a fifth less is as far off as a quarter more
            past, now = [_ratio(figure) for figure in past], _ratio(now)
        is_moved = test.segment_id in self.moved
        is_unusual = leaves_usual(now, past, limits, test.noise, is_moved=is_moved)
        far = abs(test.tested) >= limits.gate and is_unusual
        by_chance = visible(test.error, self.alpha, tests)
        size = max(limits.gate, reach(past, limits, test.noise), by_chance)
        row = self.row(test, p, "watch" if p < self.alpha and far else "ok")
        return row, Unseen(self.name, test.subject, test.segment_id, size)


def _ratio(change: float) -> float:
    return log(max(1 + change, 1e-9))
