"""Ten made files of customers, as people have them: with what tells groups apart, and all the rest.

`python -m benchmarks.customer_files` runs `segkit try` on each, and K-Means on the columns that an
analyst would pick by hand, with as many groups. Both are measured by a metric that neither saw.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from segkit.pipeline import Options, try_data
from segkit.results import SegmentationResult

Floats = NDArray[np.float64]
_DAY = date(2026, 3, 1)


@dataclass(frozen=True)
class Domain:
    """``picked`` are the columns that somebody who knows the trade clusters by."""

    name: str
    key: str
    outcome: str
    yes_no: tuple[str, str]
    value: str  # what a customer brings
    visits: str
    age: str
    since: str  # the date of the last visit
    plan: str
    plans: tuple[str, ...]
    flags: tuple[str, ...]
    copy: str  # the value in other money
    noise: int
    groups: int


DOMAINS = (
    Domain("telco", "customerID", "Churn", ("Yes", "No"), "MonthlyCharges", "CallMinutes",
           "TenureMonths", "LastTopUp", "Contract", ("Month-to-month", "One year", "Two year"),
           ("PaperlessBilling", "Partner", "SeniorCitizen"), "ChargesEUR", 4, 4),
    Domain("bank", "CLIENTNUM", "Exited", ("1", "0"), "Balance", "Transactions", "Age",
           "LastTransaction", "CardCategory", ("Blue", "Silver", "Gold"),
           ("HasCrCard", "IsActiveMember"), "BalanceGBP", 3, 5),
    Domain("retail", "customer_id", "responded", ("1", "0"), "total_spend", "orders", "age",
           "last_order_date", "channel", ("web", "store", "app"), ("newsletter", "loyalty_card"),
           "total_spend_cents", 5, 4),
    Domain("saas", "account_id", "churned", ("true", "false"), "mrr", "logins_30d", "seats",
           "last_seen", "tier", ("free", "team", "business"), ("has_sso", "is_trial"),
           "arr", 6, 4),
    Domain("insurance", "policy_no", "target", ("1", "0"), "annual_premium", "claims_contacts",
           "driver_age", "last_claim", "region", ("north", "south", "east", "west"),
           ("has_garage", "multi_car"), "monthly_premium", 4, 3),
    Domain("hotel", "guest_id", "is_canceled", ("1", "0"), "revenue", "nights", "lead_time",
           "last_stay", "segment", ("corporate", "online", "groups"), ("repeated_guest", "parking"),
           "revenue_usd", 3, 5),
    Domain("games", "player_id", "converted", ("yes", "no"), "spend", "sessions", "level",
           "last_session", "platform", ("ios", "android", "pc"), ("push_enabled", "guild"),
           "spend_coins", 20, 4),
    Domain("energy", "meter_id", "Attrition", ("Yes", "No"), "kwh_year", "app_visits",
           "house_m2", "last_contact", "tariff", ("basic", "green", "flex"),
           ("solar", "electric_car"), "mwh_year", 30, 4),
    Domain("grocery", "member_no", "accepted_offer", ("1", "0"), "basket_value", "trips",
           "household_age", "last_trip", "store_type", ("city", "suburb"),
           ("coupon_user", "organic"), "basket_pence", 5, 4),
    Domain("charity", "donor_id", "label", ("1", "0"), "gift_total", "gifts", "years_giving",
           "last_gift", "source", ("mail", "event", "online"), ("regular", "gift_aid"),
           "gift_total_k", 8, 3),
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """``picked`` (n, d) is as an analyst scales it; ``held_back`` (n,) is not in the file."""

    path: Path
    keys: tuple[str, ...]
    picked: Floats
    held_back: Floats


def make(domain: Domain, folder: Path, seed: int, n: int = 1500) -> Made:
    """Write the file of a domain."""
    rng = np.random.default_rng([seed, len(domain.name), *domain.name.encode()])
    group = rng.integers(0, domain.groups, n)
    size = np.linspace(-1, 1, domain.groups)[group]
    often = np.roll(np.linspace(-1, 1, domain.groups), 1)[group]
    value = np.round(np.exp(4 + 1.2 * size + 0.45 * rng.standard_normal(n)), 2)
    visits = np.round(np.exp(2 + 0.9 * often + 0.35 * rng.standard_normal(n))).astype(int)
    age = np.clip(np.round(45 + 12 * size + 9 * rng.standard_normal(n)), 18, 90).astype(int)
    recency = np.round(np.exp(4 - 0.9 * often + 0.5 * rng.standard_normal(n))).astype(int)
    plan = (group + rng.integers(0, 2, n)) % len(domain.plans)
    future = np.exp(3 + 1.1 * size + 0.6 * often + 0.6 * rng.standard_normal(n))
    is_yes = rng.random(n) < 1 / (1 + np.exp(1 + 1.5 * size))
    keys = [f"{domain.name[0].upper()}{number:06d}" for number in rng.permutation(n)]
    columns: list[tuple[str, Sequence[object]]] = [
        (domain.key, keys),
        (domain.age, age.tolist()),
        (domain.plan, [domain.plans[code] for code in plan]),
        (domain.value, value.tolist()),
        (domain.copy, np.round(value * 0.87, 2).tolist()),
        (domain.visits, visits.tolist()),
        (domain.since, [str(_DAY - timedelta(days=int(days))) for days in recency]),
        (domain.outcome, [domain.yes_no[0 if yes else 1] for yes in is_yes]),
        *((flag, (rng.random(n) < rng.uniform(0.2, 0.8)).astype(int).tolist())
          for flag in domain.flags),
        *((f"x{place}", np.round(rng.standard_normal(n), 3).tolist())
          for place in range(domain.noise)),
    ]  # fmt: skip
    path = folder / f"{domain.name}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([name for name, _ in columns])
        writer.writerows(zip(*(values for _, values in columns), strict=True))
    picked = np.stack([np.log(value), np.log1p(visits), age, np.log1p(recency)], axis=1)
    picked = (picked - picked.mean(axis=0)) / picked.std(axis=0)
    return Made(path, tuple(keys), picked, future)


def explained(labels: Sequence[object], metric: Floats) -> float:
    """The share of the variance of a metric that groups explain (eta squared)."""
    _, codes = np.unique([str(label) for label in labels], return_inverse=True)
    means = np.bincount(codes, metric) / np.bincount(codes)
    return float(1 - ((metric - means[codes]) ** 2).sum() / ((metric - metric.mean()) ** 2).sum())


def by_hand(made: Made, k: int) -> float:
    labels = KMeans(k, n_init=10, random_state=0).fit_predict(made.picked)
    return explained(labels.tolist(), made.held_back)


def by_segkit(made: Made, folder: Path, k: int | None) -> tuple[SegmentationResult, float]:
    """What `try` finds, and how much its segments explain."""
    import duckdb

    saved = folder / f"{made.path.stem}_project_{k}"
    result = try_data(Options(), str(made.path), k=k, save=saved).result
    database = next((saved / "warehouse").glob("*.duckdb"))
    with duckdb.connect(str(database), read_only=True) as con:
        key = con.execute(f"SELECT column_name FROM (DESCRIBE {result.name})").fetchone()
        assert key is not None
        rows = con.execute(f'SELECT "{key[0]}", segment_id FROM {result.name}').fetchall()
    segment = {str(key): id_ for key, id_ in rows}
    return result, explained([segment[key] for key in made.keys], made.held_back)


def compare(
    about: str | None, files: Sequence[tuple[str, int, Callable[[Path, int], Made]]]
) -> None:
    """Print what is explained in each of the files, by as many groups as `try` chooses or it has.

    Parameters
    ----------
    files : sequence
        Name, number of groups, and what makes the file in a folder from a seed.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--seed", type=int, default=1)
    seed = parser.parse_args().seed
    differences: dict[str, list[float]] = {"auto": [], "groups": []}
    for name, groups, make_file in files:
        with tempfile.TemporaryDirectory() as folder:
            made = make_file(Path(folder), seed)
            for rule, wanted in (("auto", None), ("groups", groups)):
                result, ours = by_segkit(made, Path(folder), wanted)
                k = len(result.segments)
                hand = by_hand(made, k)
                differences[rule].append(ours - hand)
                print(f"{name:10} {rule:6} k={k:2} segkit {ours:.3f} by hand {hand:.3f}")
        print("  " + ", ".join(f"{f.column} {f.scale}" for f in result.fit.features), flush=True)
    for rule, found in differences.items():
        print(f"{rule}: mean difference {np.mean(found):+.3f}, worst {min(found):+.3f}")


def main() -> None:
    compare(__doc__, [(d.name, d.groups, lambda *where, d=d: make(d, *where)) for d in DOMAINS])


if __name__ == "__main__":
    main()
