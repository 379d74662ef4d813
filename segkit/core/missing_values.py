"""Values that are missing: what becomes of customers without one, and whether there are more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from segkit.core.facts import Fact
from segkit.core.fit import Fit, FittedFeature

FILLED = ("filled_number", "filled_category")
WORTH_A_WARNING = Fraction(2, 100)  # of all rows: less comes and goes with the customers


@dataclass(frozen=True)
class MissingValues:
    """``count`` of ``rows`` have no value today; ``at_fit`` is the share that had none then.

    NULL, NaN and infinities are no values. ``at_fit`` is None where nobody measured it.
    ``segment`` is the id of the one that is of those without a value here. Of another column
    they count only where they are in none of these.
    """

    feature: FittedFeature
    count: int
    rows: int
    at_fit: Fraction | None
    segment: str | None = None

    @property
    def share(self) -> Fraction:
        return Fraction(self.count, max(self.rows, 1))

    @property
    def rose(self) -> Fraction:
        """By how much the share rose; below 0 where it fell."""
        return Fraction(0) if self.at_fit is None else self.share - self.at_fit


def missing_at_fit(fit: Fit) -> Mapping[str, Fraction]:
    """The share of the rows that had no value, by column: see ``MissingValues``."""
    if fit.baseline is None:
        return {}
    rows = max(fit.baseline.rows, 1)
    counts = {f.column: f.nulls + f.non_finite for f in fit.baseline.features}
    if fit.own:  # who is in a segment of their own lacks other values too, and is not filled in
        filled = {f.column: f.n for f in fit.assumptions if f.code in FILLED}
        counts = {c: n if c in fit.own else filled.get(c) or 0 for c, n in counts.items()}
    return {column: Fraction(count, rows) for column, count in counts.items()}


def becomes(feature: FittedFeature, count: int, missing: str, segment: str | None = None) -> Fact:
    """What becomes of ``count`` customers without a value; ``missing`` is what was declared."""
    if segment is not None:
        return Fact("own_segment", feature.column, count, segment)
    if missing == "unassigned":
        return Fact("unassigned", n=count)
    if feature.is_category:
        return Fact("filled_category", feature.column, count, feature.mode)
    return Fact("filled_number", feature.column, count, feature.median)
