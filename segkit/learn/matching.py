"""Which group of one labelling is which of another, and how alike the two are."""

from __future__ import annotations

import numpy as np

from segkit.learn.numbers import Floats, Ints


def match_groups(groups: Ints, others: Ints, weight: Floats, k: int) -> Ints:
    """Return, for each group, the other one that it is paired with.

    The pairs share the most weight together (Hungarian method, Kuhn 1955).

    ``groups``, ``others`` (n,): labels from 0 to ``k - 1``.
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


def adjusted_mutual_information(counts: Floats | Ints) -> float:
    """Return the adjusted mutual information of a crosstab: 1 for the same groups, 0 for chance.

    Small groups weigh more in it than in the Rand index, which counts pairs. The same
    figure as scikit-learn's ``adjusted_mutual_info_score`` (Vinh, Epps and Bailey 2010,
    mean of both entropies), from the counts alone.

    >>> adjusted_mutual_information(np.array([[3, 0], [0, 2]]))
    1.0
    """
    table = counts.astype(np.float64)
    n, here, there = table.sum(), table.sum(axis=1), table.sum(axis=0)
    here, there = here[here > 0], there[there > 0]
    if len(here) == len(there) == 1 or len(here) == len(there) == n:
        return 1.0
    known = table[table > 0]
    chance = np.outer(table.sum(axis=1), table.sum(axis=0))[table > 0] / n
    shared = float((known / n * np.log(known / chance)).sum())
    expected = sum(_expected_information(a, b, n) for a in here for b in there)
    most = (_entropy(here / n) + _entropy(there / n)) / 2
    return float((shared - expected) / max(most - expected, np.finfo(float).eps))


def _entropy(shares: Floats) -> float:
    return float(-(shares * np.log(shares)).sum())


def _expected_information(a: float, b: float, n: float) -> float:
    """What a cell adds if groups of ``a`` and ``b`` of ``n`` customers meet at random."""
    from scipy.special import gammaln

    mean = a * b / n
    reach = 20 * np.sqrt(mean) + 50  # what lies farther out has no weight that a double could show
    low, high = max(1.0, a + b - n, np.floor(mean - reach)), min(a, b, np.ceil(mean + reach))
    both = np.arange(low, high + 1)
    ways = gammaln(np.array([a, b, n - a, n - b]) + 1).sum() - gammaln(n + 1)
    spread = gammaln(both + 1) + gammaln(a - both + 1) + gammaln(b - both + 1)
    odds = np.exp(ways - spread - gammaln(n - a - b + both + 1))
    return float((both / n * np.log(both / mean) * odds).sum())
