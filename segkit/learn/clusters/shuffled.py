"""Whether clusters come from each column by itself: shuffled columns have them, too."""

from __future__ import annotations

import numpy as np

from segkit.learn.numbers import Floats, Ints, one_thread
from segkit.learn.trees.ranks import Rows

SHARED = 0.1  # of the customers have one value: zeros, mostly
DISCRETE = 30  # in a column of more values than these: scores and flags are no such columns
LOSS = 0.1  # of the log-inertia: less than that shuffling takes, where columns do it alone
ROWS, SHUFFLES, STARTS = 1_500, 4, 3


def is_by_columns(rows: Rows, k: int) -> bool:
    """Return whether k clusters are what one value that many customers share makes of columns.

    Three columns of zeros that have nothing to do with one another are eight clusters with gaps
    between them. They are as good when each column is shuffled.
    """
    if not any(_is_shared(rows, place) for place in range(len(rows.columns))):
        return False
    rng = np.random.default_rng(77)
    drawn = _drawn(rows, rng, min(ROWS, len(rows.values)))
    with one_thread():
        apart = [_log_inertia(_shuffled(rows, drawn, rng), k) for _ in range(SHUFFLES)]
        together = _log_inertia(rows.scaled[drawn], k)
    return sum(apart) / SHUFFLES - together < LOSS


def _is_shared(rows: Rows, place: int) -> bool:
    if rows.columns[place] in rows.levels:
        return False
    known, at = np.unique(rows.values[:, place], return_inverse=True)
    most = float(np.bincount(at.ravel(), rows.weight).max())
    return len(known) > DISCRETE and most >= SHARED * float(rows.weight.sum())


def _drawn(rows: Rows, rng: np.random.Generator, count: int) -> Ints:
    share = rows.weight / rows.weight.sum()
    return np.asarray(rng.choice(len(share), count, replace=True, p=share), dtype=np.int64)


def _shuffled(rows: Rows, drawn: Ints, rng: np.random.Generator) -> Floats:
    """Rows whose columns were shuffled one by one; all levels of a category go together."""
    starts = rows.starts.tolist()
    ends = [*starts[1:], rows.scaled.shape[1]]
    parts = [
        rows.scaled[rng.permutation(drawn), start:end]
        for start, end in zip(starts, ends, strict=True)
    ]
    return np.hstack(parts)


def _log_inertia(X: Floats, k: int) -> float:
    import warnings

    from sklearn.cluster import KMeans

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fewer distinct rows than k
        inertia = KMeans(k, n_init=STARTS, random_state=0).fit(X).inertia_
    return float(np.log(max(inertia, 1e-12 * len(X))))
