"""How many segments, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.fit import SweepPoint
from segkit.core.k_criteria import DIGITS, knee, knee_depths, log_inertias

STABLE = 0.9  # at least: clusters that come back on resamples
ONE_GROUP = 0.25  # of the variance on a line is left at least, where one group is cut in two


@dataclass(frozen=True)
class Choice:
    k: int
    reason: str
    warnings: tuple[str, ...] = ()


def choose_k(
    declared: int | None,
    panel: Sequence[SweepPoint],
    min_share: float,
    smallest_share: Callable[[int], float | None],
) -> Choice | None:
    """Return the number of segments, or None if no tree explains any.

    ``auto`` takes the first k of ``rank`` whose published segments all hold
    ``min_share`` of the customers. If there is none, the first that a tree
    explains wins with a warning.

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
    ranking = rank(panel)
    if not ranking.order:  # a cluster for each row: nothing to compare
        share = smallest_share(2)
        return None if share is None else Choice(2, "k = 2: too few customers to compare others")
    passed_over: list[int] = []
    shares: dict[int, float] = {}
    for k in ranking.order:
        share = smallest_share(k)
        if share is not None and share >= min_share:
            return Choice(k, _why(k, ranking, panel) + _passed(passed_over, shares, min_share))
        passed_over.append(k)
        if share is not None:
            shares[k] = share
    if not shares:
        return None
    k = next(k for k in ranking.order if k in shares)
    reason = f"{_why(k, ranking, panel)}, but a small segment"
    return Choice(k, reason, (_below(k, shares[k], min_share),))


@dataclass(frozen=True)
class Ranking:
    """All k in the order in which they are considered; the first of them may stand out."""

    order: tuple[int, ...]
    stand_out: frozenset[int]


def rank(panel: Sequence[SweepPoint]) -> Ranking:
    """Return the k that stand out by falling score, then the others by the knee.

    A k stands out if its clusters come back on resamples (stability at least
    0.9) and, for k = 2, if they are two groups and not one that is cut in two:
    less than 1/4 of the variance between them is left, or the knee of the
    log-inertia says 2 as well. See docs/choosing-k.md for why.
    """
    known = [point for point in panel if point.silhouette is not None]
    depths = knee_depths(log_inertias(panel))
    elbow = knee(log_inertias(panel))
    scores = _scores(known)
    good = {p.k for p in known if _stands_out(p, elbow)}
    first = sorted(good, key=lambda k: (-scores[k], k))
    rest = sorted(scores.keys() - good, key=lambda k: (-depths.get(k, 0.0), k))
    return Ranking((*first, *rest), frozenset(good))


def _stands_out(point: SweepPoint, elbow: int | None) -> bool:
    if point.inertia == 0:
        return True
    if point.stability is None or point.stability < STABLE:
        return False
    left = 1.0 if point.variance_left is None else point.variance_left
    return point.k != 2 or left < ONE_GROUP or elbow == 2


def _scores(panel: Sequence[SweepPoint]) -> dict[int, float]:
    """Two parts Calinski-Harabasz and one part silhouette, each from 0 (lowest) to 1 (highest).

    Clusters whose customers are all alike have no finite Calinski-Harabasz index:
    they come first, the fewest of them.
    """
    finite = {p.k: p.calinski_harabasz for p in panel if p.calinski_harabasz is not None}
    variance = {p.k: 1.0 for p in panel} | _on_unit(finite)
    silhouette = _on_unit({p.k: p.silhouette for p in panel if p.silhouette is not None})
    return {
        p.k: round((2 * variance[p.k] + silhouette[p.k]) / 3, DIGITS) if p.inertia else 2.0
        for p in panel
    }


def _on_unit(values: dict[int, float]) -> dict[int, float]:
    low, high = min(values.values(), default=0.0), max(values.values(), default=0.0)
    return {k: (value - low) / (high - low) if high > low else 1.0 for k, value in values.items()}


def _declared(k: int, min_share: float, share: float | None) -> Choice | None:
    if share is None:
        return None
    warnings = () if share >= min_share else (_below(k, share, min_share),)
    return Choice(k, f"k = {k} as declared", warnings)


def _why(k: int, ranking: Ranking, panel: Sequence[SweepPoint]) -> str:
    if len(ranking.order) == 1:
        return f"k = {k}: there is no other to compare it with"
    tried = f"{min(ranking.order)} to {max(ranking.order)}"
    if k not in ranking.stand_out:
        place = "is the knee" if k == knee(log_inertias(panel)) else "comes next by the knee"
        said = f"k = {k} {place} of the log-inertia"
        none = f"no k of {tried} stands out{_cut(panel) if k != 2 else ''}: "
        return said if ranking.stand_out else none + said
    point = next(point for point in panel if point.k == k)
    if not point.inertia:
        return f"k = {k} of {tried}: within these clusters customers do not differ"
    rival = _higher(k, ranking, panel)
    return (
        f"k = {k} stands out of {tried}: its clusters come back on resamples "
        f"(stability {point.stability:.2f}) and score best{' of those that do' * bool(rival)} "
        f"(silhouette {point.silhouette:.3f}, Calinski-Harabasz {point.calinski_harabasz:.4g})"
        f"{rival}"
    )


def _higher(k: int, ranking: Ranking, panel: Sequence[SweepPoint]) -> str:
    """Why another k with better figures was not taken."""
    scores = _scores([point for point in panel if point.silhouette is not None])
    rivals = [other for other in scores.keys() - ranking.stand_out if scores[other] > scores[k]]
    if not rivals:
        return ""
    best = max(rivals, key=lambda other: (scores[other], -other))
    stability = next(point.stability for point in panel if point.k == best)
    if stability is None or stability < STABLE:
        why = "does not come back" + (f" ({stability:.3f})" if stability is not None else "")
    else:
        why = "would cut one group in two"
    return f"; {best} scores higher and {why}"


def _cut(panel: Sequence[SweepPoint]) -> str:
    """What to say of two clusters that come back and are not apart all the same."""
    two = next((point for point in panel if point.k == 2), None)
    if two is None or two.stability is None or two.stability < STABLE:
        return ""
    return " (2 would cut one group in two)"


def _passed(passed_over: Sequence[int], shares: Mapping[int, float], min_share: float) -> str:
    """Which k came before, and why they were not taken."""
    small = ", ".join(str(k) for k in sorted(passed_over) if k in shares)
    unsaid = ", ".join(str(k) for k in sorted(passed_over) if k not in shares)
    text = ""
    if small:
        held = f"whose segments all hold {_percent(min_share)} of the customers"
        text = f", of those {held} (not so: {small})"
    if unsaid:
        text += f"; no tree of so few leaves has a rule for each segment of k = {unsaid}"
    return text


def _below(k: int, share: float, min_share: float) -> str:
    return (
        f"with k = {k} the smallest segment holds {_percent(share)} of customers, "
        f"under min_share {_percent(min_share)}"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
