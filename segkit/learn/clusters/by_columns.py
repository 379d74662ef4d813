"""Whether clusters come from single columns: one value that many customers share makes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segkit.learn.numbers import Floats, Ints, one_thread, squared_distances
from segkit.learn.trees.ranks import Rows

SHARED = 0.1  # of the customers have one value: zeros, mostly
DISCRETE = 30  # in a column of more values than these: scores and flags are no such columns
LOSS = 0.1  # of the log-inertia: less than that shuffling takes, where columns do it alone
TOGETHER = 1.5  # of it: so much, where each cluster but one has such a value of some column
ROWS, SHUFFLES, STARTS = 1_500, 4, 3
ALIKE, ELSEWHERE = 0.8, 0.5  # of a cluster that one value makes have it, and of all others at most
NOTHING = 0.1  # of a correlation: who has that value is like all others
FILLED = 0.5  # of a cluster that filled-in values make, among which there are always others


def is_by_columns(rows: Rows, centers: Floats) -> bool:
    """Return whether clusters are what one value that many customers share makes of columns.

    Three columns of zeros that have nothing to do with one another are eight clusters with gaps
    between them: they are as good when each column is shuffled. And where all clusters but
    one are of customers who share a value, only that value is apart: who never bought has
    no orders and no spend, so those zeros do go together. Values of several columns are
    groups only where the columns go together by far: who uses one service, another, or both.

    ``centers`` (k, d)
    """
    shared = [place for place in _amounts(rows) if _is_shared(rows, place)]
    if not shared:
        return False
    labels, k = squared_distances(rows.scaled, centers).argmin(axis=1), len(centers)
    made = [_made_by_one_value(rows, place, labels, ALIKE)[1] for place in shared]
    if any(len(clusters) >= k - 1 for clusters in made):
        return True
    loss = TOGETHER if len({c for clusters in made for c in clusters}) >= k - 1 else LOSS
    rng = np.random.default_rng(77)
    drawn = _drawn(rows, rng, min(ROWS, len(rows.values)))
    with one_thread():
        apart = [_log_inertia(_shuffled(rows, drawn, rng), k) for _ in range(SHUFFLES)]
        together = _log_inertia(rows.scaled[drawn], k)
    return sum(apart) / SHUFFLES - together < loss


def idle_spikes(rows: Rows) -> frozenset[int]:
    """Places of columns with a value that many share, where having it says nothing of any other.

    None where all numbers are such columns.
    """
    shared = [place for place in _amounts(rows) if _is_shared(rows, place)]
    idle = frozenset(place for place in shared if _says_nothing(rows, place))
    return idle if len(idle) < len(rows.columns) - len(rows.levels) else frozenset()


def _says_nothing(rows: Rows, place: int) -> bool:
    others = np.delete(rows.scaled, rows.starts[place], axis=1)
    _, has_it = _commonest(rows, place)
    return bool(others.shape[1] and _correlation(others, has_it, rows.weight) < NOTHING)


def _correlation(X: Floats, flag: NDArray[np.bool_], weight: Floats) -> float:
    """The largest of any column with a flag, in absolute terms."""
    X = X - np.average(X, axis=0, weights=weight)
    y = flag - np.average(flag, weights=weight)
    sizes = np.sqrt((weight @ X**2) * (weight @ y**2))
    return float(np.max(np.abs((weight * y) @ X) / np.where(sizes > 0, sizes, 1.0)))


def is_filled_in(rows: Rows, centers: Floats) -> bool:
    """Return whether some cluster is what one value inside a column makes: a median that was
    filled in, mostly. Zeros, and the most that is counted, say something of a customer.
    """
    labels = squared_distances(rows.scaled, centers).argmin(axis=1)
    for place in _amounts(rows):
        value, made = _made_by_one_value(rows, place, labels, FILLED)
        column = rows.values[:, place]
        if made and column.min() < value < column.max():
            return True
    return False


def _amounts(rows: Rows) -> list[int]:
    """Columns of so many values that two customers hardly have the same."""
    return [
        place
        for place, name in enumerate(rows.columns)
        if name not in rows.levels and len(np.unique(rows.values[:, place])) > DISCRETE
    ]


def _is_shared(rows: Rows, place: int) -> bool:
    _, has_it = _commonest(rows, place)
    return float(rows.weight[has_it].sum()) >= SHARED * float(rows.weight.sum())


def _commonest(rows: Rows, place: int) -> tuple[float, NDArray[np.bool_]]:
    """The value that most customers have in a column, and who has it."""
    known, at = np.unique(rows.values[:, place], return_inverse=True)
    most = int(np.bincount(at.ravel(), rows.weight).argmax())
    return float(known[most]), at.ravel() == most


def _made_by_one_value(
    rows: Rows, place: int, labels: Ints, least: float
) -> tuple[float, list[int]]:
    """The commonest value of a column, and the clusters of those who have it and hardly others."""
    value, has_it = _commonest(rows, place)
    sizes, holders = (np.bincount(labels, rows.weight * part) for part in (1.0, has_it))
    others = (holders.sum() - holders) / np.maximum(sizes.sum() - sizes, 1e-12)
    made = (holders >= least * sizes) & (others <= ELSEWHERE)
    return value, np.flatnonzero(made).tolist()


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
