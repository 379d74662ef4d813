"""Arithmetic that gives the same bytes on every run: exact sums, one thread, nine digits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DIGITS = 9
HEAD = 1_000  # rows that differ enough, mostly
MANY, MOST = 1_000, 2**26  # numbers that are quicker summed as integers; of more, halves overflow


def round_digits(value: float) -> float:
    """Return the number with nine significant digits.

    >>> round_digits(1234567890.5), round_digits(0.1 + 0.2)
    (1234567890.0, 0.3)
    """
    return float(f"{float(value):.{DIGITS}g}") + 0.0  # no negative zero


def round_array(values: Floats) -> Floats:
    """Return the array with nine significant digits in every number."""
    return np.array([round_digits(x) for x in values.ravel()]).reshape(values.shape)


def exact_sum(values: Floats) -> float:
    """Return the correctly rounded sum, whatever the order."""
    values = values.ravel()
    if not MANY <= len(values) <= MOST or not np.isfinite(values).all():
        return math.fsum(values.tolist())
    # As integers, in two halves of 26 and 27 bits by exponent: their sums are exact, and take a
    # third of the time.
    mantissas, exponents = np.frexp(values)
    mantissas = np.ldexp(mantissas, 26)
    upper = np.floor(mantissas)
    lower = np.ldexp(mantissas - upper, 27)
    least = int(exponents.min())
    places = exponents - least
    sums = zip(*(np.bincount(places, half).tolist() for half in (upper, lower)), strict=True)
    total = sum(((int(high) << 27) + int(low)) << place for place, (high, low) in enumerate(sums))
    shift = least - 53
    return total / (1 << -shift) if shift < 0 else float(total << shift)


def distinct_rows(X: Floats, enough: int) -> int:
    """Return how many rows differ, or at least ``enough`` where so many do: to count takes long."""
    head = len(np.unique(X[:HEAD], axis=0))
    return head if head >= enough or len(X) <= HEAD else len(np.unique(X, axis=0))


def without_noise(cost: float, total: float) -> float:
    """Return a sum of squared distances, 0 where it is what rounding leaves of ``total``."""
    return cost if cost > 1e-12 * total else 0.0


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS and OpenMP to one thread: their sums depend on how rows are shared out.

    Two threads that wait for each other also cost ten times as much on a busy machine.
    Within, scikit-learn does not check its arguments: of thousands of small fits that
    would be a third of the time.
    """
    import sklearn

    limit = _libraries().limit(limits=1)
    with limit, sklearn.config_context(skip_parameter_validation=True):
        yield


@cache
def _libraries() -> Any:
    """What shares out sums among threads; to look for it takes 20 ms, and a fit would 80 times."""
    import sklearn.cluster  # noqa: F401  (only libraries that are loaded by now are found)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def squared_distances(points: Floats, centers: Floats) -> Floats:
    """Return the (rows, centers) squared distances, by differences: exact zeros stay zero."""
    out = np.empty((len(centers), len(points)))
    step = np.empty_like(points, dtype=np.float64)  # in its order, on which the sum hangs
    for index, center in enumerate(centers):
        np.subtract(points, center, out=step)
        np.einsum("ij,ij->i", step, step, out=out[index])
    return out.T
