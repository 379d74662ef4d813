"""Two shops whose customers are the same people twice: they age, buy, join and leave.

``PlainShop`` is stationary, by burn-in: three features that are correlated between builds, and
the days since the last purchase. ``SeasonalShop`` has seasons, promotions and returns: the days
since the last purchase, orders of the last year and since ever, spend, less what came back.
Features are called x1, x2, ..., so that no name helps. Rules are frozen.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from benchmarks.drift.aggregates import Snapshot
from segkit.learn.numbers import Floats, Ints
from segkit.monitor.drift.moments import Mask

BANDS = (60, 90, 120, 180, 270)


class Shop(Protocol):
    """``step`` lets ``days`` pass; ``see`` is what a build finds."""

    days: int
    features: tuple[str, ...]
    metrics: tuple[str, ...]
    no_rule: frozenset[str]  # features that no rule looks at

    def step(self) -> None: ...

    def see(self) -> Snapshot: ...

    def aged(self, seen: Snapshot, days: int) -> tuple[Ints, Ints]:
        """Segments and bands of those customers, had they done nothing for so many days."""
        ...

    def change(self, scenario: str) -> None:
        """From here on something is different."""
        ...


def bands(recency: Floats) -> Ints:
    return np.digitize(recency, BANDS).astype(np.int64)


class PlainShop:
    """The shop of the prototype; features x1 to x3, x4 are days since the last purchase."""

    features: tuple[str, ...] = ("x1", "x2", "x3", "x4")
    metrics: tuple[str, ...] = ("y",)
    no_rule = frozenset({"x3"})

    def __init__(
        self,
        n: int,
        rho: float,
        turnover: float,
        seed: list[int],
        days: int = 30,
        still: bool = False,
    ) -> None:
        part = days / 30
        self.days, self._n, self._still = days, n, still
        self._rho, self._turnover = rho**part, 1 - (1 - turnover) ** part
        self._part = part
        draw = self._draw = np.random.default_rng(seed)
        self._x, self._e = draw.normal(size=(n, 3)), draw.normal(size=n)
        self._p, self._ids, self._next = draw.beta(1.2, 3, n), np.arange(n), n
        waited = np.minimum(draw.geometric(np.maximum(self._p, 0.02)) - 1, 60)
        self._recency = waited * 30.0 + draw.integers(0, 30, n)
        self._shift, self._alien = np.zeros(3), np.zeros(n, bool)
        self._rate, self._metric = 1.0, 0.0
        self._active = np.zeros(n, bool)
        months = (80 if n <= 10_000 else 40) if turnover else 6
        # months of burn-in are months, whatever the step
        self._burn_in(0 if still else months)

    def _burn_in(self, months: int) -> None:
        rho, turnover, days, part = self._rho, self._turnover, self.days, self._part
        self._rho, self._turnover = rho ** (1 / part), 1 - (1 - turnover) ** (1 / part)
        self.days, self._part = 30, 1.0
        for _ in range(months):
            self.step()
        self._rho, self._turnover, self.days, self._part = rho, turnover, days, part

    def step(self) -> None:
        draw, n, rho = self._draw, self._n, self._rho
        if self._still:
            self._recency = self._recency + self.days
            self._active = np.zeros(n, bool)
            return
        new = np.sqrt(1 - rho**2)
        self._x = rho * self._x + new * draw.normal(size=(n, 3))
        self._e = rho * self._e + new * draw.normal(size=n)
        chance = 1 - (1 - self._p * self._rate) ** self._part
        self._active = draw.random(n) < chance
        aged = self._recency + self.days
        self._recency = np.where(self._active, draw.integers(0, self.days, n), aged)
        if self._turnover:
            self._replace(draw.random(n) < self._turnover)

    def _replace(self, gone: Mask) -> None:
        """Others come for those who leave: they are unlike them."""
        draw, k = self._draw, int(gone.sum())
        self._x[gone] = draw.normal(size=(k, 3)) + np.array([-0.3, 0, 0])
        self._e[gone], self._p[gone] = draw.normal(size=k), draw.beta(1.2, 3, k)
        self._recency[gone] = draw.integers(0, self.days, k)
        self._ids[gone] = np.arange(self._next, self._next + k)
        self._next += k
        self._alien[gone] = False

    def change(self, scenario: str) -> None:
        if scenario == "share":
            self._shift = np.array([0.1, 0, 0])
        elif scenario == "mean":
            self._shift = np.array([0, 0, 0.2])
        elif scenario == "group":
            self._alien = self._draw.random(self._n) < 0.03
        elif scenario == "metric":
            self._metric = 1.0
        elif scenario == "events":
            self._rate = 0.8

    def see(self) -> Snapshot:
        order = np.argsort(self._ids)
        x = self._x + self._shift
        x = np.where(self._alien[:, None], np.array([5.0, -3.0, 4.0]) + 0.6 * self._x, x)
        segment = _plain_rules(x[:, 0], x[:, 1], self._recency)
        y = 10 + 2 * segment + 5 * self._e + self._metric * (segment == 1)
        columns = {"x1": x[:, 0], "x2": x[:, 1], "x3": x[:, 2], "x4": self._recency, "y": y}
        values = {name: column[order].astype(float) for name, column in columns.items()}
        return Snapshot(
            self._ids[order].copy(), segment[order], values, {"active": self._active[order].copy()}
        )

    def aged(self, seen: Snapshot, days: int) -> tuple[Ints, Ints]:
        recency = seen.values["x4"] + days
        return _plain_rules(seen.values["x1"], seen.values["x2"], recency), bands(recency)


def _plain_rules(x1: Floats, x2: Floats, recency: Floats) -> Ints:
    return np.where(recency >= 120, 3, np.where(x1 >= 0.8, 2, np.where(x2 >= 0, 1, 0))).astype(
        np.int64
    )


class SeasonalShop:
    """Seasons, promotions and returns; x1 is a price level, x2 visits, x3 a share of returns.

    x4 are days since the last purchase, x5 orders and x6 spend since ever, less returns: these
    accumulate. Rules use x4 and x2, so that shares are told from the calendar; buying differs by
    ``season`` over the year and by promotions in one build of six. y is the spend of the interval.
    """

    features: tuple[str, ...] = ("x1", "x2", "x3", "x4", "x5", "x6")
    metrics: tuple[str, ...] = ("y",)
    no_rule = frozenset({"x3", "x5", "x6"})

    def __init__(
        self,
        n: int,
        rho: float,
        turnover: float,
        seed: list[int],
        days: int = 30,
        season: float = 0.12,
        promotion: float = 0.1,
    ) -> None:
        part = days / 30
        self.days, self._n, self._part = days, n, part
        self._rho, self._turnover = rho**part, 1 - (1 - turnover) ** part
        self._season, self._promotion = season, promotion
        draw = self._draw = np.random.default_rng([*seed, 7])
        self._price, self._visits = draw.normal(size=n), draw.normal(size=n)
        self._rate_of = draw.gamma(1.5, 0.2, n)  # orders a month
        self._returns = np.clip(draw.normal(0.15, 0.08, n), 0, 1)
        self._recency = draw.integers(0, 200, n).astype(float)
        self._orders, self._spend = np.zeros(n), np.zeros(n)
        self._ids, self._next, self._day = np.arange(n), n, int(draw.integers(0, 365))
        self._y, self._active = np.zeros(n), np.zeros(n, bool)
        self._rate, self._shift, self._lift = 1.0, np.zeros(3), 0.0
        self._alien = np.zeros(n, bool)
        kept = self.days, self._part, self._rho, self._turnover
        self.days, self._part, self._rho, self._turnover = 30, 1.0, rho, turnover
        for _ in range(60 if n <= 10_000 else 30):
            self.step()
        self.days, self._part, self._rho, self._turnover = kept
        self.step()  # so that y is the spend of such an interval from the first build on

    def _buying(self) -> float:
        season = 1 + self._season * np.sin(2 * np.pi * self._day / 365)
        weeks = self._draw.random() < self._part / 6
        return float(self._rate * season * (1 + self._promotion * weeks))

    def step(self) -> None:
        draw, n, rho = self._draw, self._n, self._rho
        new = np.sqrt(1 - rho**2)
        self._day += self.days
        self._price = rho * self._price + new * draw.normal(size=n)
        self._visits = rho * self._visits + new * draw.normal(size=n)
        orders = draw.poisson(self._rate_of * self._part * self._buying())
        self._active = orders > 0
        paid = orders * np.exp(3 + 0.5 * (self._price + self._shift[0])) * draw.gamma(4, 0.25, n)
        back = (draw.random(n) < self._returns) * self._active
        self._y = paid * (1 - back * draw.random(n))
        late = (draw.random(n) < 0.01) * ~self._active  # of an earlier order
        self._y = self._y - late * np.minimum(20.0, self._spend)
        self._orders, self._spend = self._orders + orders, self._spend + self._y
        aged = self._recency + self.days
        self._recency = np.where(self._active, draw.integers(0, self.days, n), aged)
        gone = draw.random(n) < self._turnover
        k = int(gone.sum())
        if not k:
            return
        self._price[gone], self._visits[gone] = draw.normal(-0.2, 1, k), draw.normal(0.2, 1, k)
        self._rate_of[gone] = draw.gamma(1.5, 0.2, k)
        self._recency[gone] = draw.integers(0, self.days, k)
        self._orders[gone], self._spend[gone] = 1.0, np.exp(3 + 0.5 * self._price[gone])
        self._y[gone] = self._spend[gone]
        self._ids[gone] = np.arange(self._next, self._next + k)
        self._next += k
        self._alien[gone] = False

    def change(self, scenario: str) -> None:
        if scenario == "share":
            self._shift = np.array([0.0, 0.12, 0.0])
        elif scenario == "mean":
            self._shift = np.array([0.2, 0.0, 0.0])
        elif scenario == "group":
            self._alien = self._draw.random(self._n) < 0.03
        elif scenario == "metric":
            self._lift = 1.0
        elif scenario == "events":
            self._rate = 0.6

    def see(self) -> Snapshot:
        order = np.argsort(self._ids)
        x1, x2 = self._price + self._shift[0], self._visits + self._shift[1]
        x1, x2 = np.where(self._alien, 6 + 0.5 * x1, x1), np.where(self._alien, -5 + 0.5 * x2, x2)
        segment = _seasonal_rules(x1, x2, self._recency)
        y = self._y + self._lift * (segment == 1) * 0.3 * self._y.std()
        columns = {
            "x1": x1,
            "x2": x2,
            "x3": self._returns,
            "x4": self._recency,
            "x5": self._orders,
            "x6": self._spend,
            "y": y,
        }
        values = {name: column[order].astype(float) for name, column in columns.items()}
        return Snapshot(
            self._ids[order].copy(), segment[order], values, {"active": self._active[order].copy()}
        )

    def aged(self, seen: Snapshot, days: int) -> tuple[Ints, Ints]:
        recency = seen.values["x4"] + days
        return _seasonal_rules(seen.values["x1"], seen.values["x2"], recency), bands(recency)


def _seasonal_rules(x1: Floats, x2: Floats, recency: Floats) -> Ints:
    lapsed, dear, often = recency >= 150, x1 >= 0.7, x2 >= 0.3
    return np.where(lapsed, 3, np.where(dear, 2, np.where(often, 1, 0))).astype(np.int64)
