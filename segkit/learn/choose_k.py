"""How many segments, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from segkit.learn.clusters import Clustering
from segkit.learn.numbers import Floats, one_thread, round_digits

SILHOUETTE_ROWS = 5_000
TIE_DIGITS = 3  # silhouettes equal to three digits are a tie: the smaller k wins


@dataclass(frozen=True)
class Choice:
    k: int
    reason: str
    warnings: tuple[str, ...] = ()


def measure_silhouettes(X: Floats, clusterings: Sequence[Clustering]) -> dict[int, float]:
    """Return the mean silhouette by k, on the first 5,000 rows (they come in hash order).

    Left out where it is not defined: k = 1, or a cluster for every row.
    """
    from sklearn.metrics import silhouette_score

    found = {}
    with one_thread():
        for clustering in clusterings:
            labels = clustering.labels[:SILHOUETTE_ROWS]
            if 2 <= len(np.unique(labels)) < len(labels):
                score = float(silhouette_score(X[:SILHOUETTE_ROWS], labels))
                found[clustering.k] = round_digits(score)
    return found


def choose_k(
    declared: int | None,
    silhouettes: dict[int, float],
    min_share: float,
    smallest_share: Callable[[int], float | None],
) -> Choice | None:
    """Return the number of segments, or None if no tree explains any.

    ``auto`` takes the k with the best silhouette among those whose published
    segments all hold ``min_share`` of the customers. If none does, the best
    silhouette wins with a warning.

    Parameters
    ----------
    declared : int or None
        ``clusters.k``; None is auto.
    smallest_share : callable
        Share of the smallest segment that the tree for k would publish; None
        if no tree gives each of the k segments a leaf. Asked only where needed.
    """
    if declared is not None:
        return _declared(declared, min_share, smallest_share(declared))
    ranked = sorted(silhouettes, key=lambda k: (-round(silhouettes[k], TIE_DIGITS), k))
    if not ranked:  # a cluster for each row: nothing to compare
        share = smallest_share(2)
        return None if share is None else Choice(2, "k = 2: too few customers to compare others")
    passed_over: list[int] = []
    shares: dict[int, float] = {}
    for k in ranked:
        share = smallest_share(k)
        if share is not None and share >= min_share:
            return Choice(k, _why(k, silhouettes, passed_over, min_share))
        passed_over.append(k)
        if share is not None:
            shares[k] = share
    if not shares:
        return None
    k = next(k for k in ranked if k in shares)
    warning = _below(k, shares[k], min_share)
    reason = f"k = {k} has the best silhouette ({silhouettes[k]:.3f}), but a small segment"
    return Choice(k, reason, (warning,))


def _declared(k: int, min_share: float, share: float | None) -> Choice | None:
    if share is None:
        return None
    warnings = () if share >= min_share else (_below(k, share, min_share),)
    return Choice(k, f"k = {k} as declared", warnings)


def _why(k: int, silhouettes: dict[int, float], passed_over: list[int], min_share: float) -> str:
    tried = f"k = {min(silhouettes)} to {max(silhouettes)}"
    best = f"k = {k} has the best silhouette ({silhouettes[k]:.3f}) of {tried}"
    if not passed_over:
        return best
    others = ", ".join(str(other) for other in sorted(passed_over))
    held = f"whose segments all hold {_percent(min_share)} of the customers"
    return f"{best} {held} (not so: {others})"


def _below(k: int, share: float, min_share: float) -> str:
    return (
        f"with k = {k} the smallest segment holds {_percent(share)} of customers, "
        f"under min_share {_percent(min_share)}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
