"""Tables of customers for ``benchmarks.names``: made ones, and Mall and Online Retail.

``TUNED_ON`` are those on which the rule for names was made. ``SEEN`` were made after the commit
that froze it first; they led to a third statement, and ``NEW`` were made after that. ``NEWEST``
were made after the rule that a segment's own cut comes before its neighbour's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from segkit.learn.numbers import Floats, Ints

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
Draw = Callable[[np.random.Generator, Ints, Floats], object]  # of group and a common factor


@dataclass(frozen=True)
class Told:
    """A feature as a project declares it, and how its values are drawn."""

    column: str
    draw: Draw | None = None
    label: str = ""
    unit: str = ""
    scale: str = "standard"
    is_category: bool = False


@dataclass(frozen=True)
class Made:
    """``shares`` of its groups; ``read`` where the values come from a file."""

    name: str
    k: int
    told: tuple[Told, ...]
    shares: Sequence[float] = (1.0,)
    rows: int = 3000
    read: Callable[[], pd.DataFrame] | None = None
    seed: int = field(default=1)

    def frame(self) -> pd.DataFrame:
        """A row a customer, in any order, with an id."""
        if self.read is not None:
            return self.read()
        rng = np.random.default_rng([self.seed, *self.name.encode()])
        group = rng.choice(len(self.shares), self.rows, p=self.shares)
        common = rng.normal(size=self.rows)
        made = {t.column: t.draw(rng, group, common) for t in self.told if t.draw}
        return pd.DataFrame({"customer_id": np.arange(self.rows), **made})


def _of(values: Sequence[float], group: Ints) -> Floats:
    return np.asarray(values, dtype=np.float64)[group]


def money(*median: float, sigma: float = 0.6, zeros: Sequence[float] = (), pull: float = 0) -> Draw:
    """A long tail; ``zeros`` is the share of each group that has none."""

    def draw(rng: np.random.Generator, group: Ints, common: Floats) -> object:
        noise = pull * common + np.sqrt(1 - pull**2) * rng.normal(size=len(group))
        values = np.round(_of(median, group) * np.exp(sigma * noise), 2)
        none = rng.random(len(group)) < _of(zeros, group) if zeros else False
        return np.where(none, 0.0, values)

    return draw


def count(*mean: float, spread: float = 2.0, least: int = 0, pull: float = 0) -> Draw:
    """Whole numbers, more spread out than Poisson's."""

    def draw(rng: np.random.Generator, group: Ints, common: Floats) -> object:
        level = _of(mean, group) * np.exp(pull * common) * rng.gamma(spread, 1 / spread, len(group))
        return rng.poisson(level) + least

    return draw


def number(
    *mean: float,
    sd: float = 1,
    low: float = -1e9,
    high: float = 1e9,
    digits: int = 0,
    pull: float = 0,
    missing: Sequence[float] = (),
) -> Draw:
    def draw(rng: np.random.Generator, group: Ints, common: Floats) -> object:
        noise = pull * common + np.sqrt(1 - pull**2) * rng.normal(size=len(group))
        values = np.round(np.clip(_of(mean, group) + sd * noise, low, high), digits)
        values = np.where(values == 0, 0.0, values)
        if missing:
            values = np.where(rng.random(len(group)) < _of(missing, group), np.nan, values)
        return values if digits or missing else values.astype(np.int64)

    return draw


def days(*mean: float, missing: Sequence[float] = ()) -> Draw:
    """Days since something: exponential around each group's mean."""

    def draw(rng: np.random.Generator, group: Ints, common: Floats) -> object:
        values = np.floor(rng.gamma(1.5, _of(mean, group) / 1.5))
        if missing:
            return np.where(rng.random(len(group)) < _of(missing, group), np.nan, values)
        return values.astype(np.int64)

    return draw


def level(**shares: Sequence[float]) -> Draw:
    """A category: of each level the share of each group."""

    def draw(rng: np.random.Generator, group: Ints, common: Floats) -> object:
        upto = np.cumsum([_of(each, group) for each in shares.values()], axis=0)
        drawn = (rng.random(len(group)) * upto[-1] >= upto).sum(axis=0)
        return np.array(list(shares))[drawn]

    return draw


def flag(*share: float) -> Draw:
    return lambda rng, group, common: rng.random(len(group)) < _of(share, group)


def mall() -> pd.DataFrame:
    return pd.read_csv(DATA / "Mall_Customers.csv").rename(columns={"CustomerID": "customer_id"})


def online_retail() -> pd.DataFrame:
    path = DATA / "online_retail.parquet"
    return (
        duckdb.connect()
        .execute(f"""
        WITH lines AS (
          SELECT CustomerID AS customer_id, InvoiceNo AS invoice,
            CAST(Quantity AS DOUBLE) * CAST(UnitPrice AS DOUBLE) AS amount,
            CAST(CAST(InvoiceDate AS TIMESTAMP) AS DATE) AS day
          FROM '{path}' WHERE CustomerID IS NOT NULL AND InvoiceNo NOT LIKE 'C%')
        SELECT customer_id, DATE '2011-12-10' - max(day) AS recency_days,
          count(DISTINCT invoice) AS orders, round(sum(amount), 2) AS total_spend
        FROM lines GROUP BY customer_id HAVING sum(amount) > 0 ORDER BY customer_id
    """)
        .df()
    )


RFM = (
    Told("recency_days", label="Days since last order", scale="log"),
    Told("orders", label="Orders", scale="log"),
    Told("total_spend", label="Total spend", unit="$", scale="log"),
)
TUNED_ON: tuple[Made, ...] = (
    Made("mall", 5, (
        Told("Age"), Told("Annual Income (k$)", label="Annual income", unit="k$"),
        Told("Spending Score (1-100)", label="Spending score")), read=mall),
    Made("online retail", 5, RFM, read=online_retail),
    Made("shop", 6, (
        Told("recency_days", days(40, 300, 60, 25, 400, missing=(0, 0, 0, 0, 0)),
             "Days since last order", scale="log"),
        Told("orders", count(1.5, 1, 6, 14, 4, least=1), "Orders", scale="log"),
        Told("total_spend", money(60, 50, 320, 1500, 210, pull=.4), "Total spend", "$", "log")),
        (.25, .25, .2, .12, .18)),
    Made("telco", 5, (
        Told("tenure_months", number(10, 50, 14, 45, sd=9, low=1, high=72)),
        Told("monthly_charges", number(75, 85, 30, 28, sd=12, low=18, digits=2), unit="$"),
        Told("contract", level(month=(.9, .2, .7, .3), one_year=(.08, .4, .2, .3),
                               two_years=(.02, .4, .1, .4)), is_category=True),
        Told("internet", level(fiber=(.7, .75, .1, .05), dsl=(.3, .25, .4, .2),
                               none=(0, 0, .5, .75)), is_category=True)),
        (.3, .27, .2, .23)),
    Made("bank", 6, (
        Told("age", number(35, 38, 60, 42, sd=8, low=18, high=92)),
        Told("balance", money(90000, 110000, 120000, 100000, sigma=.3, zeros=(1, .02, .3, .1)),
             unit="$"),
        Told("products", count(.9, .1, .6, 2, spread=9, least=1)),
        Told("is_active_member", flag(.5, .3, .8, .6), is_category=True)),
        (.35, .35, .2, .1)),
    Made("cards", 6, (
        Told("balance", money(300, 1500, 4500, 900, sigma=.8), unit="$", scale="log"),
        Told("purchases", money(400, 900, 150, 2500, sigma=.8, zeros=(.1, .05, .6, 0)),
             unit="$", scale="log"),
        Told("cash_advance", money(200, 300, 2500, 300, zeros=(.9, .7, .05, .9)), unit="$",
             scale="log"),
        Told("purchases_frequency", number(.5, .7, .15, .95, sd=.2, low=0, high=1, digits=3))),
        (.3, .25, .25, .2)),
    Made("saas", 5, (
        Told("seats", count(3, 12, 60, 8, least=1), scale="log"),
        Told("logins_30d", count(4, 40, 200, 1, pull=.4), scale="log"),
        Told("mrr", money(40, 240, 1900, 150), label="MRR", unit="$", scale="log"),
        Told("plan", level(free=(.6, .1, 0, .3), team=(.4, .8, .2, .6), business=(0, .1, .8, .1)),
             is_category=True)),
        (.35, .3, .15, .2)),
    Made("grocery", 5, (
        Told("visits", count(24, pull=.7, spread=4)),
        Told("basket_value", money(38, pull=-.4), unit="$", scale="log"),
        Told("organic_share", number(.2, sd=.12, low=0, high=1, digits=2, pull=-.3)))),
    Made("donors", 5, (
        Told("age", number(34, 52, 70, 61, sd=7, missing=(.02, .05, .1, .1))),
        Told("months_since_last_gift", days(5, 9, 4, 40)),
        Told("gifts", count(1, 3, 12, 2, least=1), scale="log"),
        Told("average_gift", money(20, 60, 45, 120), unit="$", scale="log")),
        (.3, .25, .25, .2)),
    Made("hotel", 7, (
        Told("stays", count(.6, 2, 9, 1, .4, least=1), scale="log"),
        Told("lead_time_days", days(8, 20, 5, 90, 60)),
        Told("revenue", money(150, 600, 2600, 900, 350, pull=.3), unit="€", scale="log"),
        Told("purpose", level(business=(.8, .6, .9, .1, .1), leisure=(.2, .4, .1, .9, .9)),
             is_category=True),
        Told("children", count(0.05, .1, .05, 1.5, .2, spread=9))),
        (.25, .2, .15, .2, .2)),
)  # fmt: skip
SEEN: tuple[Made, ...] = (
    Made("insurance", 5, (
        Told("age", number(27, 44, 66, 38, sd=7, low=18)),
        Told("annual_premium", money(900, 700, 620, 1800, sigma=.35), unit="$", scale="log"),
        Told("claims", count(.9, .3, .4, 2.2)),
        Told("years_insured", number(2, 9, 22, 6, sd=3, low=0))),
        (.25, .35, .25, .15), 4000),
    Made("games", 5, (
        Told("days_since_last_session", days(2, 6, 45, 120), scale="log"),
        Told("sessions_30d", count(38, 9, 1, .2), scale="log"),
        Told("total_spend", money(90, 15, 12, 8, sigma=1, zeros=(.1, .7, .8, .9)), unit="$",
             scale="log"),
        Told("level", number(60, 28, 15, 9, sd=8, low=1))),
        (.15, .3, .3, .25), 2500),
    Made("gym", 4, (
        Told("visits_per_month", count(14, 6, 1.5, 8)),
        Told("tenure_months", number(30, 9, 14, 50, sd=8, low=1)),
        Told("plan", level(basic=(.2, .7, .8, .4), premium=(.8, .3, .2, .6)), is_category=True),
        Told("has_trainer", flag(.6, .1, .02, .2), is_category=True)),
        (.2, .35, .25, .2), 1500),
    Made("energy", 5, (
        Told("monthly_kwh", money(190, 420, 900, 350, sigma=.3), label="Monthly use", unit="kWh"),
        Told("persons", count(.3, 1.8, 3.2, 1.5, spread=9, least=1)),
        Told("has_solar", flag(0, .05, .3, .95), is_category=True),
        Told("tariff", level(flat=(.8, .6, .3, .2), night=(.2, .4, .7, .8)), is_category=True)),
        (.35, .3, .2, .15)),
    Made("airline", 6, (
        Told("months_since_last_flight", days(3, 2, 8, 20), scale="log"),
        Told("flights", count(2, 24, 5, 1, least=1), scale="log"),
        Told("average_fare", money(120, 380, 260, 95, sigma=.4), unit="€", scale="log"),
        Told("tier", level(none=(.95, .05, .5, 1), silver=(.05, .3, .45, 0), gold=(0, .65, .05, 0)),
             is_category=True)),
        (.3, .12, .28, .3)),
    Made("sellers", 5, (
        Told("listings", count(12, 90, 400, 25, least=1), scale="log"),
        Told("orders", count(3, 60, 500, 0.4), scale="log"),
        Told("rating", number(4.2, 4.7, 4.5, 3.2, sd=.25, low=1, high=5, digits=1)),
        Told("return_rate", number(6, 4, 9, 22, sd=2.5, low=0, digits=1), unit="%")),
        (.35, .3, .1, .25)),
    Made("newsletter", 4, (
        Told("days_since_last_open", days(4, 25, 200), scale="log"),
        Told("opens_90d", count(30, 8, .3), scale="log"),
        Told("clicks_90d", count(9, .8, .05), scale="log"),
        Told("tenure_days", number(400, 250, 700, sd=150, low=1))),
        (.3, .4, .3), 5000),
    Made("prepaid", 5, (
        Told("recency_days", days(6, 15, 70, 9)),
        Told("top_ups", count(10, 3, 1, 6), label="Top-ups"),
        Told("data_gb", money(14, 1.5, .8, 4, sigma=.5), label="Data", unit="GB", scale="log"),
        Told("call_minutes", count(90, 60, 20, 520))),
        (.3, .3, .2, .2)),
    Made("streaming", 5, (
        Told("hours_watched", money(60, 22, 6, 35, sigma=.5), scale="log"),
        Told("devices", count(2.5, 1, .3, 4, spread=9, least=1)),
        Told("age", number(29, 45, 61, 38, sd=8, low=16)),
        Told("plan", level(ads=(.3, .3, .7, .05), standard=(.5, .6, .3, .25),
                           family=(.2, .1, 0, .7)), is_category=True)),
        (.3, .3, .2, .2)),
    Made("wholesale", 6, (
        Told("revenue", money(4000, 22000, 90000, 12000, sigma=.5, pull=.3), unit="$", scale="log"),
        Told("orders", count(5, 26, 60, 11, least=1, pull=.3), scale="log"),
        Told("categories", count(2, 5, 11, 2, spread=9, least=1)),
        Told("payment_delay_days", number(4, 3, 8, 41, sd=6, low=0))),
        (.4, .25, .12, .23), 1200),
    Made("pharmacy", 5, (
        Told("age", number(33, 48, 72, 55, sd=8, low=18, missing=(.1, .1, .05, .6))),
        Told("visits", count(4, 9, 22, 6)),
        Told("prescription_share", number(10, 35, 80, 30, sd=10, low=0, high=100), unit="%"),
        Told("spend", money(60, 180, 420, 90, sigma=.5), unit="$", scale="log")),
        (.3, .3, .25, .15)),
    Made("rides", 6, (
        Told("trips", count(18, pull=.9), scale="log"),
        Told("night_share", number(.3, sd=.2, low=0, high=1, digits=2, pull=-.2)),
        Told("average_tip", money(2.2, sigma=.7, pull=.2, zeros=(.35,)), unit="$"),
        Told("tenure_months", number(20, sd=11, low=0, pull=.3))), rows=4000),
)  # fmt: skip
NEW: tuple[Made, ...] = (
    Made("books", 5, (
        Told("days_since_last_order", days(20, 90, 300, 700), scale="log"),
        Told("orders", count(11, 4, 2, 1, least=1), scale="log"),
        Told("average_order", money(28, 45, 22, 60, sigma=.4), unit="$", scale="log"),
        Told("ebook_share", number(.7, .2, .1, .05, sd=.15, low=0, high=1, digits=2))),
        (.2, .3, .25, .25), 3500),
    Made("clinic", 4, (
        Told("age", number(8, 34, 58, 77, sd=8, low=0)),
        Told("visits_12m", count(3, 1.5, 5, 9)),
        Told("no_shows", count(.4, .9, .2, .1)),
        Told("insured", level(public=(.9, .8, .7, .95), private=(.1, .2, .3, .05)),
             is_category=True)),
        (.2, .35, .25, .2), 2000),
    Made("fintech", 6, (
        Told("balance", money(50, 900, 6000, 300, sigma=.9, zeros=(.4, .02, 0, .1)), unit="€",
             scale="log"),
        Told("transactions_30d", count(3, 25, 40, 70, pull=.3), scale="log"),
        Told("tenure_months", number(5, 20, 35, 14, sd=6, low=0)),
        Told("has_card", flag(.2, .9, .95, .99), is_category=True)),
        (.35, .3, .15, .2)),
    Made("food delivery", 5, (
        Told("recency_days", days(5, 18, 80, 220), scale="log"),
        Told("orders", count(40, 12, 4, 2, least=1), scale="log"),
        Told("spend", money(900, 260, 90, 45, sigma=.5, pull=.5), unit="$", scale="log"),
        Told("coupon_share", number(10, 40, 60, 20, sd=12, low=0, high=100), unit="%")),
        (.2, .3, .3, .2), 4000),
    Made("museum", 4, (
        Told("visits", count(1, 3, 9, least=1)),
        Told("age", number(41, 29, 66, sd=10, low=16)),
        Told("is_member", flag(.02, .3, .9), is_category=True),
        Told("shop_spend", money(12, 8, 30, sigma=.6, zeros=(.6, .7, .3)), unit="£")),
        (.5, .3, .2), 1500),
    Made("fleet", 5, (
        Told("vehicles", count(2, 9, 45, 6, least=1), scale="log"),
        Told("monthly_fuel", money(400, 2600, 15000, 900, sigma=.4), unit="$", scale="log"),
        Told("late_payments", count(.2, .4, .3, 5)),
        Told("region", level(north=(.5, .3, .2, .3), south=(.3, .4, .3, .4),
                             west=(.2, .3, .5, .3)), is_category=True)),
        (.4, .25, .1, .25), 1200),
    Made("courses", 5, (
        Told("courses", count(1, 4, 12, 2, least=1), scale="log"),
        Told("completion", number(15, 60, 85, 90, sd=12, low=0, high=100), unit="%"),
        Told("days_since_last_login", days(120, 20, 6, 200), scale="log"),
        Told("age", number(24, 31, 38, 52, sd=6, low=16))),
        (.35, .25, .2, .2)),
    Made("property", 5, (
        Told("annual_rent", money(9, 15, 30, 60, sigma=.25), unit="k$"),
        Told("tenure_years", number(2, 6, 4, 11, sd=2.5, low=0)),
        Told("repairs", count(.5, 3, 1, 2)),
        Told("income", number(38, 55, 95, 180, sd=18, low=10, missing=(.3, .1, .05, .02)),
             unit="k$")),
        (.3, .3, .25, .15), 2500),
    Made("app", 6, (
        Told("sessions_7d", count(1, 6, 22, .1, pull=.4), scale="log"),
        Told("minutes_per_session", money(4, 9, 14, 3, sigma=.5), scale="log"),
        Told("invites", count(0.1, .5, 4, 0.05)),
        Told("platform", level(ios=(.3, .5, .7, .3), android=(.7, .5, .3, .7)), is_category=True)),
        (.35, .3, .15, .2)),
    Made("charity shop", 5, (
        Told("spend", money(40, 120, 15, 60, sigma=.6), unit="£", scale="log"),
        Told("visits", count(4, 14, 1.2, 6, least=1), scale="log"),
        Told("donations", count(.2, 1, .1, 8)),
        Told("distance_km", money(2, 1.5, 12, 3, sigma=.5), label="Distance", unit="km")),
        (.35, .2, .25, .2)),
    Made("telemetry", 4, (
        Told("usage_hours", number(6, 14, 2, sd=2, low=0, digits=1)),
        Told("faults", count(.3, 1, 4)),
        Told("age_months", number(14, 30, 60, sd=9, low=0), label="Device age months")),
        (.45, .3, .25), 1800),
    Made("loyalty", 6, (
        Told("points", money(900, sigma=1, pull=.8), scale="log"),
        Told("visits", count(10, pull=.7), scale="log"),
        Told("basket", money(42, sigma=.5, pull=-.3), label="Basket value", unit="$"),
        Told("age", number(46, sd=15, low=18, high=90, pull=.2))), rows=5000),
)  # fmt: skip

NEWEST = (
    Made("bakery", 5, (
        Told("visits", count(2, 7, 13, 22, least=1)),
        Told("spend_90d", money(18, 60, 90, 260, sigma=.5, pull=.3), unit="€", scale="log"),
        Told("age", number(35, 48, 61, 40, sd=11, low=16))),
        (.35, .3, .2, .15), 1600),
    Made("telco prepaid", 5, (
        Told("topups", count(1, 3, 6, 14, pull=.3), scale="log"),
        Told("data_gb", number(1.5, 6, 14, 30, sd=3, low=0, digits=1)),
        Told("calls", count(30, 8, 4, 12, pull=.4), scale="log"),
        Told("tenure_months", number(4, 14, 30, 22, sd=7, low=0))),
        (.3, .3, .25, .15), 2800),
    Made("library", 4, (
        Told("loans", count(1, 6, 18, pull=.4), scale="log"),
        Told("reservations", count(.3, 2, 5)),
        Told("days_since_last_visit", days(140, 30, 9), scale="log")),
        (.4, .35, .25), 2200),
    Made("insurer", 5, (
        Told("policies", count(.4, 1.2, 3, 2, least=1)),
        Told("premium", money(300, 700, 1900, 1100, sigma=.4, pull=.3), unit="$", scale="log"),
        Told("claims", count(.1, .3, .5, 3)),
        Told("age", number(31, 44, 52, 47, sd=9, low=18, high=90))),
        (.3, .35, .2, .15), 3500),
    Made("ski pass", 4, (
        Told("days_skied", number(3, 9, 21, sd=3, low=1)),
        Told("tickets", count(1, 3, 2, least=1)),
        Told("is_local", flag(.1, .4, .9), is_category=True),
        Told("lessons", count(1.5, .4, .05))),
        (.5, .3, .2), 1400),
    Made("saas seats", 5, (
        Told("seats", count(2, 8, 40, 9, least=1), scale="log"),
        Told("logins_30d", count(4, 60, 500, 6, pull=.3), scale="log"),
        Told("tickets", count(.5, 1, 4, 6)),
        Told("mrr", money(40, 190, 1100, 210, sigma=.3), label="MRR", unit="$", scale="log")),
        (.4, .3, .15, .15), 1800),
    Made("pharmacy", 6, (
        Told("orders", count(1, 4, 9, 18, 2, least=1, pull=.3), scale="log"),
        Told("basket", money(24, 31, 28, 45, 120, sigma=.4), label="Basket value", unit="$"),
        Told("recency_days", days(200, 60, 25, 12, 90), scale="log")),
        (.3, .25, .2, .15, .1), 4200),
    Made("cinema", 5, (
        Told("visits_12m", count(1, 3, 8, 16, least=1, pull=.3), scale="log"),
        Told("snacks_share", number(10, 45, 35, 20, sd=12, low=0, high=100), unit="%"),
        Told("age", number(44, 17, 27, 58, sd=6, low=12)),
        Told("weekend_share", number(80, 60, 40, 15, sd=14, low=0, high=100), unit="%")),
        (.3, .25, .25, .2), 2600),
)  # fmt: skip
