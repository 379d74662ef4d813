"""Whether columns have anything to do with each other, in whatever form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segkit.learn import weighted
from segkit.learn.numbers import Floats, Ints

BINS = 5  # of about as many customers each
# Below it two columns are as good as independent. By chance the strongest of a few hundred pairs
# is at 0.17 with 300 rows, and at 0.10 with 1,500; columns of one group are at 0.22 and more.
RELATED, CHANCE = 0.1, 1.5
_LEAST_ROWS = 100
_EDGES = [place / BINS for place in range(1, BINS)]


def classes(values: Floats, weight: Floats, *, is_category: bool) -> Ints:
    """(n,) the bin of each value, by quintiles; of a category its position. Missing: a bin more."""
    known = np.isfinite(values)
    if is_category or not known.any():
        codes = np.where(known, values, -1)
    else:
        edges = np.unique(weighted.quantiles(values[known], weight[known], _EDGES))
        codes = np.where(known, np.searchsorted(edges, values, side="right"), -1)
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def association(one: Ints, other: Ints, weight: Floats) -> float:
    """Cramér's V of two columns of classes, corrected for what chance alone makes of it.

    0 is independent, 1 is one-to-one. Bergsma, A bias-correction for Cramér's V and Tschuprow's
    T, Journal of the Korean Statistical Society 42 (2013).
    """
    n = float(weight.sum())
    rows, columns = int(one.max()) + 1, int(other.max()) + 1
    if n < 2 or min(rows, columns) < 2:
        return 0.0
    table = np.bincount(one * columns + other, weight, minlength=rows * columns)
    table = table.reshape(rows, columns)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    with np.errstate(invalid="ignore", divide="ignore"):
        chi2 = float(np.nansum((table - expected) ** 2 / expected))
    phi2 = max(0.0, chi2 / n - (rows - 1) * (columns - 1) / (n - 1))
    most = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return float(np.sqrt(phi2 / most)) if most > 0 else 0.0


def unrelated(columns: Sequence[Ints], weight: Floats) -> list[int]:
    """Positions of columns that have nothing to do with any other; none, if too few would be left.

    Groups show in several columns at once. A column by itself has no part in them, and in
    K-Means it is noise, however its own values are spread: a bucket says as much.
    """
    n = float(weight.sum())
    if n < _LEAST_ROWS:
        return []
    strongest = [0.0] * len(columns)
    for place, one in enumerate(columns):
        for further in range(place + 1, len(columns)):
            v = association(one, columns[further], weight)
            strongest[place] = max(strongest[place], v)
            strongest[further] = max(strongest[further], v)
    floor = RELATED + CHANCE / np.sqrt(n)
    alone = [place for place, v in enumerate(strongest) if v < floor]
    return alone if len(columns) - len(alone) >= 2 else []
