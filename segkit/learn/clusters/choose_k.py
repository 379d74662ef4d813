"""How many segments, and the facts that say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.facts import Fact
from segkit.core.fit import SweepPoint, Verdict
from segkit.learn.clusters.judge import TO_ACT_ON, USEFUL, Judgement, is_tie
from segkit.learn.clusters.sweep import Clustering
from segkit.learn.trees.choose_tree import Explained, explain
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import RuleSpec


@dataclass(frozen=True)
class Wanted:
    """A number of segments that is given, and who says so; None: to be chosen."""

    k: int | None = None
    reason: Fact | None = None


@dataclass(frozen=True)
class Choice:
    k: int
    reason: tuple[Fact, ...]
    verdict: Verdict
    alternatives: tuple[int, ...] = ()
    warnings: tuple[Fact, ...] = ()


def choose_k(
    wanted: Wanted,
    judged: Judgement,
    min_share: float,
    smallest_share: Callable[[int], float | None],
) -> Choice | None:
    """Return the number of segments, or None if no tree explains any.

    Groups with gaps between them decide. Without any the knee of the log-inertia does, but
    where that is under 4 the most of 4 to 7 segments that come back and are large enough
    to act on. Only k whose published segments all hold ``min_share`` of the customers are
    considered. If there is none, the first that a tree explains wins with a warning.

    ``smallest_share``: share of the smallest segment that the tree for k would publish; None if no
    tree gives each of the k segments a leaf. Asked only where needed.
    """
    if wanted.k is not None:
        return _given(wanted.k, wanted.reason, judged, min_share, smallest_share(wanted.k))
    if not judged.order:  # a cluster for each row: nothing to compare
        share = smallest_share(2)
        return None if share is None else Choice(2, (Fact("too_few", n=2),), "degrees")
    if judged.found.k is None and judged.order[0] < min(USEFUL):
        for k in judged.useful():
            if (smallest_share(k) or 0.0) >= max(TO_ACT_ON, min_share):
                return _chosen(k, judged, "useful")
    passed_over: dict[int, float | None] = {}
    for k in judged.order:
        share = smallest_share(k)
        if share is not None and share >= min_share:
            return _chosen(k, judged, "knee", _passed(passed_over, min_share))
        passed_over[k] = share
    for k, share in passed_over.items():
        if share is not None:
            small = _below(k, share, min_share)
            return _chosen(k, judged, "knee", (Fact("small_anyway", n=k),), (small,))
    return None


def choose_explained(
    rows: Rows,
    clusterings: Sequence[Clustering],
    judged: Judgement,
    wanted: Wanted,
    spec: RuleSpec,
    seed: int,
) -> tuple[Choice, Explained] | None:
    """Return the number of segments with its tree, or None if no tree explains any."""
    by_k = {clustering.k: clustering for clustering in clusterings}
    tried: dict[int, Explained | None] = {}

    def smallest_share(k: int) -> float | None:
        if k not in tried:
            tried[k] = explain(rows, by_k[k], spec, seed) if k in by_k else None
        found = tried[k]
        return None if found is None else found.smallest_share

    choice = choose_k(wanted, judged, spec.min_share, smallest_share)
    explained = None if choice is None else tried[choice.k]
    return None if choice is None or explained is None else (choice, explained)


def _given(
    k: int, reason: Fact | None, judged: Judgement, min_share: float, share: float | None
) -> Choice | None:
    if share is None:
        return None
    found = judged.found
    said = reason or Fact("declared", n=k)
    also = Fact(f"found_{found.verdict}", n=found.k) if found.k else Fact("found_degrees")
    alternatives = judged.alternatives(k)
    warnings = () if share >= min_share else (_below(k, share, min_share),)
    return Choice(k, (said, also), judged.verdict(k), alternatives, warnings)


def _chosen(
    k: int,
    judged: Judgement,
    code: str,
    passed: tuple[Fact, ...] = (),
    warnings: tuple[Fact, ...] = (),
) -> Choice:
    alternatives = judged.alternatives(k)
    reason = (*_why(k, judged, code), *passed, *_beside(k, alternatives, judged.panel))
    return Choice(k, reason, judged.verdict(k), alternatives, warnings)


def _why(k: int, judged: Judgement, code: str) -> tuple[Fact, ...]:
    if len(judged.order) == 1:
        return (Fact("only_one", n=k),)
    tried, found = (min(judged.order), max(judged.order)), judged.found
    if k == found.k:
        point = _point(k, judged.panel)
        code = "alike_within" if not point.inertia else found.verdict
        alone = (Fact("apart_by", value=", ".join(judged.telling)),) if judged.telling else ()
        return (Fact(code, n=k, value=tried), *alone)
    if found.k is not None:
        return (Fact("near_found", n=k, value=found.k),)
    figures: tuple[int | float | str, ...] = (*tried, "degrees")
    if code == "useful":
        return (Fact("useful", n=k, value=(*figures, _point(k, judged.panel).stability or 0.0)),)
    return (Fact("knee" if k == judged.elbow else "next_by_knee", n=k, value=figures),)


def _beside(k: int, others: Sequence[int], panel: Sequence[SweepPoint]) -> tuple[Fact, ...]:
    """Which other k are as good, within the error of the stability, and which come next."""
    here = _point(k, panel)
    tied = [other for other in others if is_tie(here, _point(other, panel))]
    as_stable = [Fact("as_stable", n=other) for other in tied]
    return (*as_stable, *(Fact("next", n=other) for other in others if other not in tied))


def _point(k: int, panel: Sequence[SweepPoint]) -> SweepPoint:
    return next(point for point in panel if point.k == k)


def _passed(passed_over: Mapping[int, float | None], min_share: float) -> tuple[Fact, ...]:
    """Which k came before, and why they were not taken: a small segment, or no tree."""
    shares = sorted(passed_over.items())
    small = [Fact("passed_small", n=k, value=min_share) for k, share in shares if share is not None]
    treeless = [Fact("passed_treeless", n=k) for k, share in shares if share is None]
    return (*small, *treeless)


def _below(k: int, share: float, min_share: float) -> Fact:
    return Fact("small_share", n=k, value=(float(f"{share:.9g}"), min_share))
