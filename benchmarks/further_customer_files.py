"""Ten more files of customers, of other trades and made another way than those of `customer_files`.

They were written after the rule of choosing columns was frozen, to show what it is worth on what
it was not tuned on: unequal groups, customers who never bought, money over several windows (near
copies of one idea), refunds, ratings, flags that do tell groups apart and flags that do not.

`python -m benchmarks.further_customer_files --seed 7`
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from benchmarks.customer_files import Floats, Made, compare

_DAY = date(2026, 6, 30)


@dataclass(frozen=True)
class Trade:
    """``money``: windows of one amount; ``shares`` of the groups; ``never``: have no last date."""

    name: str
    key: str
    outcome: str
    money: tuple[str, ...]
    visits: str
    last: str
    since: str
    rating: str
    part: str  # a share of 0 to 1
    kinds: tuple[str, tuple[str, ...]]
    place: tuple[str, int]  # many levels, of no meaning
    telling: tuple[str, ...]  # flags that differ by group
    idle: tuple[str, ...]  # flags that do not
    shares: tuple[float, ...]
    noise: int = 2
    never: float = 0.0
    refunds: float = 0.0


TRADES = (
    Trade("pharmacy", "patient_no", "lapsed", ("spend_90d", "spend_180d", "spend_365d"),
          "prescriptions", "last_fill", "registered", "satisfaction", "generic_share",
          ("insurer", ("public", "private", "none")), ("branch", 14), ("chronic",), ("sms_ok",),
          (0.5, 0.3, 0.2), refunds=0.004),
    Trade("gym", "member_id", "cancelled", ("fees", "fees_eur"), "checkins_90d", "last_checkin",
          "joined_on", "nps", "evening_share", ("plan", ("basic", "plus", "family")),
          ("club", 8), ("personal_trainer", "classes"), ("locker",), (0.4, 0.25, 0.2, 0.15)),
    Trade("arcade", "player", "converted", ("coins_7d", "coins_30d"), "matches", "last_played",
          "installed", "stars", "win_rate", ("os", ("ios", "android")), ("locale", 20),
          ("guild",), ("push_on", "email_ok"), (0.6, 0.25, 0.1, 0.05), noise=10, never=0.05),
    Trade("hotels", "guest_no", "is_churned", ("room_revenue", "total_revenue"), "stays",
          "last_checkout", "first_stay", "review_score", "weekend_share",
          ("rate", ("corporate", "leisure", "group")), ("home_country", 25), ("gold",),
          ("vip_mail",), (0.45, 0.35, 0.2), noise=4, refunds=0.003),
    Trade("insurer", "policyholder_id", "renewed", ("premium", "premium_net", "premium_last_year"),
          "contacts", "last_claim_on", "inception", "risk_class", "deductible_share",
          ("line", ("motor", "home", "life", "travel")), ("agent", 30), ("multi_policy",),
          ("paperless", "direct_debit"), (0.35, 0.35, 0.3), never=0.3),
    Trade("library", "card_no", "expired_next", ("fines", "fines_ytd"), "loans", "last_loan",
          "card_since", "age_class", "digital_share", ("type", ("adult", "student", "child")),
          ("district", 9), ("home_delivery",), ("newsletter",), (0.4, 0.3, 0.3), noise=0),
    Trade("parking", "account", "closed", ("charged_month", "charged_quarter"), "entries",
          "last_entry", "opened", "zone", "night_share", ("vehicle", ("car", "van", "bike")),
          ("garage", 12), ("season_ticket",), ("ev",), (0.5, 0.2, 0.2, 0.1), noise=5),
    Trade("utility", "contract_no", "switched", ("kwh_winter", "kwh_year", "bill_year"), "calls",
          "last_call", "supply_start", "persons", "night_share", ("tariff", ("fixed", "spot")),
          ("grid_area", 18), ("heat_pump", "solar"), ("ebill",), (0.4, 0.35, 0.25), noise=28),
    Trade("streaming", "subscriber", "attrition", ("minutes_7d", "minutes_28d", "minutes_90d"),
          "titles", "last_stream", "subscribed", "profiles", "series_share",
          ("tier", ("ads", "standard", "premium")), ("country", 16), ("kids",), ("autoplay",),
          (0.3, 0.3, 0.2, 0.2), noise=6, never=0.02),
    Trade("wholesale", "company_id", "lost", ("turnover_q", "turnover_y", "margin_y"), "orders_y",
          "last_order", "customer_since", "credit_grade", "online_share",
          ("channel", ("field", "web", "phone")), ("industry", 22), ("framework_contract",),
          ("edi",), (0.55, 0.3, 0.15), noise=3, refunds=0.005),
)  # fmt: skip


def make(trade: Trade, folder: Path, seed: int, n: int = 1200) -> Made:
    """Write the file of a trade."""
    rng = np.random.default_rng([seed, *trade.name.encode()])
    groups = len(trade.shares)
    group = rng.choice(groups, n, p=trade.shares)
    size = rng.permutation(np.linspace(-1, 1, groups))[group] + 0.35 * rng.standard_normal(n)
    often = rng.permutation(np.linspace(-1, 1, groups))[group] + 0.35 * rng.standard_normal(n)
    money = [
        np.exp(3 + 1.1 * size + 0.6 * place + 0.2 * rng.standard_normal(n))
        for place in range(len(trade.money))
    ]
    refunded = rng.random(n) < trade.refunds
    visits = rng.poisson(np.exp(1.6 + 0.9 * often))
    recency = np.minimum(rng.exponential(np.exp(3.4 - 1.0 * often)) + 1, 1500).astype(int)
    never = rng.random(n) < trade.never
    tenure = np.maximum(900 + 350 * size + 250 * rng.standard_normal(n), 10).astype(int)
    part = 1 / (1 + np.exp(-(1.2 * often + 0.8 * rng.standard_normal(n))))
    rating = np.clip(np.round(3 + 0.9 * often + 0.8 * rng.standard_normal(n)), 1, 5).astype(int)
    future = np.exp(2 + 0.9 * size + 0.5 * often + 0.6 * rng.standard_normal(n))
    outcome = (rng.random(n) < 1 / (1 + np.exp(0.8 + 1.2 * often))).astype(int)
    kinds = trade.kinds[1]
    kind = (group + (rng.random(n) < 0.35)) % len(kinds)
    keys = [f"{100_000 + number * 7}" for number in rng.permutation(n)]
    columns: list[tuple[str, Sequence[object]]] = [
        (trade.key, keys),
        *((name, np.round(np.where(refunded, -values / 4, values), 2).tolist())
          for name, values in zip(trade.money, money, strict=True)),
        (trade.visits, visits.tolist()),
        (trade.last, ["" if no else str(_DAY - timedelta(days=int(days)))
                      for days, no in zip(recency, never, strict=True)]),
        (trade.since, [str(_DAY - timedelta(days=int(days))) for days in tenure]),
        (trade.rating, rating.tolist()),
        (trade.part, np.round(part, 3).tolist()),
        (trade.kinds[0], [kinds[code] for code in kind]),
        (trade.place[0], [f"P-{code:02}" for code in rng.integers(0, trade.place[1], n)]),
        *((flag, (rng.random(n) < 1 / (1 + np.exp(-1.5 * size))).astype(int).tolist())
          for flag in trade.telling),
        *((flag, (rng.random(n) < 0.4).astype(int).tolist()) for flag in trade.idle),
        *((f"score_{place}", np.round(rng.gamma(2, 10, n), 1).tolist())
          for place in range(trade.noise)),
        (trade.outcome, outcome.tolist()),
    ]  # fmt: skip
    path = folder / f"{trade.name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name for name, _ in columns])
        writer.writerows(zip(*(values for _, values in columns), strict=True))
    logs = [np.log1p(money[-1]), np.log1p(visits), np.log1p(recency)]
    picked: Floats = np.stack([*logs, tenure.astype(float), part], axis=1)
    picked = (picked - picked.mean(axis=0)) / picked.std(axis=0)
    return Made(path, tuple(keys), picked, future)


def main() -> None:
    compare(__doc__, [(t.name, len(t.shares), lambda *where, t=t: make(t, *where)) for t in TRADES])


if __name__ == "__main__":
    main()
