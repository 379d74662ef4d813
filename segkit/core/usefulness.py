"""What segments say of a business metric: the share of its variance that they explain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

# a metric that goes along with a feature like this is that feature, in other words
SAME_AS_FEATURE = 0.95

RivalKind = Literal["buckets", "quantiles", "category", "cross"]
Verdict = Literal["unknown", "descriptive", "nothing", "no better", "better"]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Rival:
    """A plain grouping of the same customers, which somebody could have without segkit.

    ``kind``: a column of a bucket set (``name`` is ``customer_buckets.age_band``), a
    feature cut into as many quantile groups as there are segments (five at least), the
    levels of a category, or two of these crossed (``name`` and ``other``; numbers in
    fewer bands). ``explained`` is its share of the variance, ``ahead`` the segments' share
    minus that.
    """

    kind: RivalKind
    name: str
    groups: int
    explained: Estimate
    ahead: Estimate
    other: str = ""


@dataclass(frozen=True)
class OtherK:
    """``explained`` is the share of the variance that K-Means' clusters for another k explain."""

    k: int
    explained: float


@dataclass(frozen=True)
class Usefulness:
    """How much of one metric's variance the segments explain, and what else would.

    ``known`` and ``missing`` count customers (NULL and what is not finite is left
    out). ``explained`` is None where no share can be told: fewer values than
    groups, or the same value for all. ``random`` is what groups of the same sizes explain
    on average if customers are dealt at random, ``random_high`` what they exceed in
    5 % of the cases. ``clusters`` is what K-Means' own clusters explain, which the rules
    stand in for (None where they are given, or cannot be told), ``others`` the same of the
    alternatives, which decides nothing. Values beyond ``low_cap``
    and ``high_cap`` count as these, where some lie far beyond (None: nothing is capped).
    ``same_as`` names a feature that the metric all but repeats.
    """

    metric: str
    declared_later: bool
    known: int
    missing: int
    groups: int
    explained: Estimate | None = None
    rival: Rival | None = None  # the best of the plain ones
    random: float = 0.0
    random_high: float = 0.0
    low_cap: float | None = None
    high_cap: float | None = None
    same_as: str = ""
    clusters: Estimate | None = None
    others: tuple[OtherK, ...] = ()

    @property
    def is_test(self) -> bool:
        """Whether the metric can say that the segments are worth having."""
        return self.declared_later and not self.same_as

    @property
    def verdict(self) -> Verdict:
        if self.explained is None:
            return "unknown"
        if not self.is_test:
            return "descriptive"
        if self.explained.value <= self.random_high:
            return "nothing"
        return "no better" if self.rival and self.rival.ahead.low <= 0 else "better"

    @property
    def summary(self) -> str:
        """In one line: ``spend: 41% explained (36% to 46%), age in 5 groups 33%, random 0.1%``."""
        if self.explained is None:
            return f"{self.metric}: not measured"
        found = self.explained
        said = [f"{found.value:.0%} explained ({found.low:.0%} to {found.high:.0%})"]
        if self.rival:
            rival = self.rival
            name = f"{rival.name} x {rival.other}" if rival.other else rival.name
            groups = f" in {rival.groups} groups" if rival.kind in ("quantiles", "cross") else ""
            said.append(f"{name}{groups} {rival.explained.value:.0%}")
        return f"{self.metric}: {', '.join([*said, f'random {self.random:.1%}'])}"

    def entry(self) -> dict[str, Any]:
        """As plain data, with the verdict."""
        others = [asdict(other) for other in self.others]
        return {**asdict(self), "others": others, "verdict": self.verdict}
