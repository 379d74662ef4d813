"""What tells today's customers from those of the fit: a small tree, measured on other rows.

It explains an alarm and raises none: a classifier finds less than the plain tests do.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from segkit.core.drift_result import Condition, Group
from segkit.learn.numbers import Floats, round_digits

_CUTS = 16  # quantiles that are tried of each feature
_DEPTH = 2
_LEAST = 0.02  # of the rows, a group has at least
_APART = 0.01  # and its share is another by so much

Mask = NDArray[np.bool_]


def explain(features: Sequence[str], before: Floats, now: Floats) -> tuple[Group, ...]:
    """Return the group that is more frequent now, and the one that is less, if they hold.

    Rows are customers (NaN: missing). Groups are found on those whose last column is 1; their
    shares are those of the others.
    """
    is_now = np.r_[np.zeros(len(before), bool), np.ones(len(now), bool)]
    rows, found_on = np.vstack([before, now])[:, :-1], np.r_[before[:, -1], now[:, -1]] > 0
    groups = []
    for sign in (1, -1):
        conditions = _grow(features, rows[found_on], is_now[found_on], sign)
        inside = _inside(features, rows[~found_on], conditions)
        there, then = is_now[~found_on], ~is_now[~found_on]
        share0, share1 = _share(inside, then), _share(inside, there)
        error = (share0 * (1 - share0) / then.sum() + share1 * (1 - share1) / there.sum()) ** 0.5
        if conditions and sign * (share1 - share0) > max(_APART, 3 * error):
            groups.append(Group(tuple(conditions), round_digits(share0), round_digits(share1)))
    return tuple(groups)


def _share(inside: Mask, of: Mask) -> float:
    return float(inside[of].mean()) if of.any() else 0.0


def _grow(features: Sequence[str], rows: Floats, is_now: Mask, sign: int) -> list[Condition]:
    """The conditions, one after the other, under which the share differs most."""
    conditions: list[Condition] = []
    inside = np.ones(len(rows), bool)
    for _ in range(_DEPTH):
        best, gained = None, _gain(inside, is_now, sign)
        for condition in _candidates(features, rows[inside]):
            mask = inside & _inside(features, rows, [condition])
            gain = _gain(mask, is_now, sign)
            if mask.mean() >= _LEAST and gain > 1.1 * gained + 1e-9:
                best, gained = condition, gain
        if best is None:
            break
        conditions.append(best)
        inside &= _inside(features, rows, [best])
    return conditions


def _gain(inside: Mask, is_now: Mask, sign: int) -> float:
    """How many standard errors the share in the group is up (or down)."""
    share0, share1 = _share(inside, ~is_now), _share(inside, is_now)
    middle = (share0 + share1) / 2
    return sign * (share1 - share0) / sqrt(middle * (1 - middle) + 1e-3)


def _candidates(features: Sequence[str], rows: Floats) -> list[Condition]:
    found = []
    for name, column in zip(features, rows.T, strict=True):
        known = column[~np.isnan(column)]
        if len(known) < len(column):
            found += [Condition(name, True), Condition(name, False)]
        steps = np.arange(1, _CUTS) / _CUTS
        cuts = np.unique(np.quantile(known, steps, method="higher")) if len(known) else known
        for cut in cuts:
            short = float(f"{cut:.3g}")
            found += [Condition(name, True, short), Condition(name, False, short)]
    return found


def _inside(features: Sequence[str], rows: Floats, conditions: Sequence[Condition]) -> Mask:
    inside = np.ones(len(rows), bool)
    for condition in conditions:
        column = rows[:, features.index(condition.column)]
        if condition.cut is None:
            inside &= np.isnan(column) == condition.is_below
        else:
            below = column < condition.cut
            inside &= below if condition.is_below else column >= condition.cut
    return inside
