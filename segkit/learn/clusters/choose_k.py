"""How many segments, and the facts that say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.facts import Fact
from segkit.core.fit import SweepPoint
from segkit.core.k_criteria import DIGITS, knee, knee_depths, log_inertias
from segkit.learn.clusters.sweep import Clustering
from segkit.learn.trees.choose_tree import Explained, explain
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import RuleSpec

STABLE = 0.9  # at least: clusters that come back on resamples
ONE_GROUP = 0.25  # of the variance on a line is left at least, where one group is cut in two


@dataclass(frozen=True)
class Choice:
    k: int
    reason: tuple[Fact, ...]
    warnings: tuple[Fact, ...] = ()


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
        share = smallest_share(declared)
        if share is None:
            return None
        warnings = () if share >= min_share else (_below(declared, share, min_share),)
        return Choice(declared, (Fact("declared", n=declared),), warnings)
    ranking = rank(panel)
    if not ranking.order:  # a cluster for each row: nothing to compare
        share = smallest_share(2)
        return None if share is None else Choice(2, (Fact("too_few", n=2),))
    passed_over: dict[int, float | None] = {}
    for k in ranking.order:
        share = smallest_share(k)
        if share is not None and share >= min_share:
            return Choice(k, (*_why(k, ranking, panel), *_passed(passed_over, min_share)))
        passed_over[k] = share
    for k, share in passed_over.items():
        if share is not None:
            reason = (*_why(k, ranking, panel), Fact("small_anyway", n=k))
            return Choice(k, reason, (_below(k, share, min_share),))
    return None


def choose_explained(
    rows: Rows,
    clusterings: Sequence[Clustering],
    panel: Sequence[SweepPoint],
    declared: int | None,
    spec: RuleSpec,
    seed: int,
) -> tuple[Choice, Explained] | None:
    """Return the number of segments with its tree, or None if no tree explains any."""
    by_k = {clustering.k: clustering for clustering in clusterings}
    tried: dict[int, Explained] = {}

    def smallest_share(k: int) -> float | None:
        found = explain(rows, by_k[k], spec, seed) if k in by_k else None
        if found is None:
            return None
        tried[k] = found
        return found.smallest_share

    choice = choose_k(declared, panel, spec.min_share, smallest_share)
    return None if choice is None else (choice, tried[choice.k])


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


def _why(k: int, ranking: Ranking, panel: Sequence[SweepPoint]) -> tuple[Fact, ...]:
    if len(ranking.order) == 1:
        return (Fact("only_one", n=k),)
    tried = min(ranking.order), max(ranking.order)
    if k not in ranking.stand_out:
        others = "none_two_cut" if k != 2 and _is_cut(panel) else "none"
        others = "stand_out" if ranking.stand_out else others
        code = "knee" if k == knee(log_inertias(panel)) else "next_by_knee"
        return (Fact(code, n=k, value=(*tried, others)),)
    point = next(point for point in panel if point.k == k)
    if not point.inertia:
        return (Fact("alike_within", n=k, value=tried),)
    figures = (point.stability, point.silhouette, point.calinski_harabasz)
    higher = _higher(k, ranking, panel)
    code = "stands_out_of_those" if higher else "stands_out"
    return (Fact(code, n=k, value=(*tried, *figures)), *higher)


def _higher(k: int, ranking: Ranking, panel: Sequence[SweepPoint]) -> tuple[Fact, ...]:
    """Why another k with better figures was not taken."""
    scores = _scores([point for point in panel if point.silhouette is not None])
    rivals = [other for other in scores.keys() - ranking.stand_out if scores[other] > scores[k]]
    if not rivals:
        return ()
    best = max(rivals, key=lambda other: (scores[other], -other))
    stability = next(point.stability for point in panel if point.k == best)
    if stability is None:
        return (Fact("runner_up_unknown", n=best),)
    if stability < STABLE:
        return (Fact("runner_up", n=best, value=stability),)
    return (Fact("runner_up_cut", n=best),)


def _is_cut(panel: Sequence[SweepPoint]) -> bool:
    """Whether two clusters come back and are not apart all the same."""
    two = next((point for point in panel if point.k == 2), None)
    return two is not None and two.stability is not None and two.stability >= STABLE


def _passed(passed_over: Mapping[int, float | None], min_share: float) -> tuple[Fact, ...]:
    """Which k came before, and why they were not taken: a small segment, or no tree."""
    shares = sorted(passed_over.items())
    small = [Fact("passed_small", n=k, value=min_share) for k, share in shares if share is not None]
    treeless = [Fact("passed_treeless", n=k) for k, share in shares if share is None]
    return (*small, *treeless)


def _below(k: int, share: float, min_share: float) -> Fact:
    return Fact("small_share", n=k, value=(float(f"{share:.9g}"), min_share))
