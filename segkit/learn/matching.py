"""Which group of one labelling is which of another."""

from __future__ import annotations

import numpy as np

from segkit.learn.numbers import Floats, Ints


def match_groups(groups: Ints, others: Ints, weight: Floats, k: int) -> Ints:
    """Return, for each group, the other one that it is paired with.

    The pairs share the most weight together (Hungarian method, Kuhn 1955).

    Parameters
    ----------
    groups, others : arrays (n,)
        Labels from 0 to ``k - 1``.
    """
    from scipy.optimize import linear_sum_assignment

    shared = np.zeros((k, k))
    np.add.at(shared, (groups, others), weight)
    return np.asarray(linear_sum_assignment(-shared)[1], dtype=np.int64)
