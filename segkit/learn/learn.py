"""From customers to a fit, on one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from segkit.core.columns import Column
from segkit.core.english import format_threshold
from segkit.core.fit import Clusters, Fit, FittedFeature, FittedSegment, SweepPoint
from segkit.core.rules import rules_of
from segkit.core.tree import Tree
from segkit.engines.base import Engine
from segkit.errors import DataError, Label
from segkit.learn.apply import codes_of
from segkit.learn.check import too_few_distinct
from segkit.learn.choose_k import choose_k, measure_silhouettes
from segkit.learn.clusters import Clustering, fit_clusters, sweep
from segkit.learn.data import Data, read_data
from segkit.learn.explain import Explained, explain, held_out_fidelity, only_where_known
from segkit.learn.identity import Identity, identify
from segkit.learn.names import name_segments
from segkit.learn.numbers import Ints, exact_sum, one_thread, round_array, round_digits
from segkit.learn.prepare import fill_missing, fit_feature, transform
from segkit.learn.quality import measure_baseline, measure_quality
from segkit.learn.ranks import Rows, relabel
from segkit.learn.summary import fingerprint
from segkit.learn.surrogate import budget, no_tree
from segkit.project.nodes import Feature, Segmentation

SWEEP_LIMIT = 30  # a k beyond it is declared, not chosen: the curve below has told its story


def learn(
    segmentation: Segmentation,
    engine: Engine,
    relation_sql: str,
    columns: Sequence[Column],
    *,
    target: str,
    version: int,
    previous: Fit | None = None,
    taken: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Fit:
    """Return the fit of a segmentation: the same for any order of the rows.

    Parameters
    ----------
    segmentation : Segmentation
    engine : Engine
    relation_sql : str
        Quoted SQL of the relation that has the customers.
    columns : sequence of Column
        All columns of the relation.
    target, version
        Recorded in the fit.
    previous : Fit, optional
        Segments that hold the same customers keep its ids and names.
    taken : int
        The highest code that any earlier fit has given.
    progress : callable
        Called with a few words as the work goes on.

    Raises
    ------
    DataError
        With every problem of the data, or SK314 if no small tree explains the clusters.
    """
    progress("reading customers")
    data = read_data(segmentation, engine, relation_sql, columns, previous)
    learned = _learned_rows(segmentation, data)
    features = _fit_features(data, learned)
    rows = _prepare(segmentation, data, features, learned)

    with one_thread():
        clusterings = _sweep(segmentation, rows, progress)
        silhouettes = measure_silhouettes(rows.scaled, clusterings)
        progress("rules")
        explained, reason, warnings = _choose(segmentation, rows, clusterings, silhouettes)
        held_out = held_out_fidelity(rows, explained, segmentation.clusters.seed)

    progress("names")
    clustering, segments = explained.clustering, explained.segments
    identities = _identify(data, previous, clustering, segments, learned, taken)
    order = sorted(range(clustering.k), key=lambda segment: identities[segment].code)
    codes = {segment + 1: identity.code for segment, identity in enumerate(identities)}
    inner = relabel(explained.surrogate.tree, codes)
    tree = inner
    if segmentation.missing == "unassigned":
        tree = only_where_known(inner, _names(data.features))
    fitted_segments, unassigned = _segments(data, features, tree, identities)

    used = data.values(data.used)[learned]
    labels = np.array([identities[label].code for label in clustering.labels])
    published = codes_of(tree, _names(data.features), data.values(data.features)[learned])
    expected = np.array([identities[segment].code for segment in segments])
    quality = measure_quality(
        inner,
        rows.columns,
        used,
        labels,
        {identity.code: identity.id for identity in identities},
        loss=explained.loss,
        held_out=held_out,
        moved=explained.surrogate.moved + int((published != expected).sum()),
    )
    return Fit(
        name=segmentation.name,
        version=version,
        origin="fitted",
        definition=segmentation.definition(),
        target=target,
        rows=data.sample.rows,
        sample=len(data.sample.X),
        fingerprint=fingerprint(engine, relation_sql, segmentation.key, data.columns),
        features=features,
        clusters=_clusters(segmentation, clustering, order, clusterings, silhouettes, reason),
        tree=tree,
        quality=quality,
        segments=fitted_segments,
        assumptions=(*data.assumptions, *_assumptions(segmentation, data, features, unassigned)),
        warnings=(*data.warnings, *warnings, *_small_segments(fitted_segments)),
        baseline=measure_baseline(
            data.sample.rows,
            data.summaries,
            list(data.values(data.features).T),
            rows.scaled,
            clustering.centers,
            fitted_segments,
            unassigned,
            held_out,
        ),
    )


def _names(features: Sequence[Feature]) -> tuple[str, ...]:
    return tuple(feature.column for feature in features)


def _learned_rows(segmentation: Segmentation, data: Data) -> Ints:
    """Customers to learn from: where ``missing: unassigned``, those that miss nothing."""
    known = np.isfinite(data.values(data.features))
    if segmentation.missing == "median":
        return np.arange(len(known))
    return np.flatnonzero(known.all(axis=1))


def _fit_features(data: Data, learned: Ints) -> tuple[FittedFeature, ...]:
    values = data.values(data.used)[learned]
    return tuple(
        fit_feature(feature, data.column(feature.column), column)
        for feature, column in zip(data.used, values.T, strict=True)
    )


def _prepare(
    segmentation: Segmentation, data: Data, features: tuple[FittedFeature, ...], learned: Ints
) -> Rows:
    filled = fill_missing(data.values(data.used)[learned], features)
    scaled = transform(filled, features)
    distinct, k = len(np.unique(scaled, axis=0)), segmentation.clusters.k or 2
    if distinct < k:
        raise DataError(too_few_distinct(segmentation, distinct, k))
    return Rows(
        columns=tuple(feature.column for feature in features),
        values=filled,
        scaled=scaled,
        labels=np.zeros(len(filled), dtype=np.int64),
        centers=np.zeros((1, len(features))),
        weight=np.ones(len(filled)),
        medians=np.array([feature.median for feature in features]),
    )


def _sweep(
    segmentation: Segmentation, rows: Rows, progress: Callable[[str], None]
) -> tuple[Clustering, ...]:
    """K-Means for k = 1 to k_max; with a fixed k above ``SWEEP_LIMIT`` not all that lie between."""
    spec = segmentation.clusters
    k_max = spec.k_max if spec.k is None else min(spec.k_max, SWEEP_LIMIT)
    found = sweep(rows.scaled, k_max, spec.seed, rows.weight, progress)
    if spec.k is not None and spec.k > k_max:
        progress(f"clusters: k = {spec.k}")
        wanted = fit_clusters(rows.scaled, k=spec.k, seed=spec.seed, sample_weight=rows.weight)
        return (*found, wanted)
    return found


def _choose(
    segmentation: Segmentation,
    rows: Rows,
    clusterings: Sequence[Clustering],
    silhouettes: dict[int, float],
) -> tuple[Explained, str, tuple[str, ...]]:
    spec, rules = segmentation.clusters, segmentation.rules
    by_k = {clustering.k: clustering for clustering in clusterings}
    tried: dict[int, Explained | None] = {}

    def smallest_share(k: int) -> float | None:
        tried[k] = explain(rows, by_k[k], rules, spec.seed)
        found = tried[k]
        return None if found is None else found.smallest_share

    choice = choose_k(spec.k, silhouettes, rules.min_share, smallest_share)
    explained = tried[choice.k] if choice else None
    if choice is None or explained is None:
        k = spec.k or max(tried)
        problem = no_tree(k, rules.max_leaves or budget(k))
        raise DataError(replace(problem, labels=(Label(segmentation.place),)))
    return explained, choice.reason, (*choice.warnings, *explained.warnings)


def _identify(
    data: Data,
    previous: Fit | None,
    clustering: Clustering,
    segments: Ints,
    learned: Ints,
    taken: int,
) -> tuple[Identity, ...]:
    everyone = np.full(len(data.sample.X), -1)
    everyone[learned] = segments
    before = codes_of(previous.tree, data.sample.columns, data.sample.X) if previous else None
    return identify(everyone, clustering.centers, previous, before, taken)


def _segments(
    data: Data, features: Sequence[FittedFeature], tree: Tree, identities: Sequence[Identity]
) -> tuple[tuple[FittedSegment, ...], int]:
    """The segments in the order of their codes, and the number of unassigned customers."""
    codes = codes_of(tree, _names(data.features), data.values(data.features))
    kept = {identity.code: identity.name for identity in identities if identity.name}
    names = name_segments(codes, data.values(data.used), features, rules_of(tree), kept)
    segments = tuple(
        FittedSegment(
            identity.code, identity.id, names[identity.code], int((codes == identity.code).sum())
        )
        for identity in sorted(identities, key=lambda identity: identity.code)
    )
    return segments, int((codes == 0).sum())


def _clusters(
    segmentation: Segmentation,
    clustering: Clustering,
    order: Sequence[int],
    clusterings: Sequence[Clustering],
    silhouettes: dict[int, float],
    reason: str,
) -> Clusters:
    sizes = np.bincount(clustering.labels, minlength=clustering.k)
    centers = round_array(clustering.centers)
    points = tuple(
        SweepPoint(
            k=c.k,
            inertia=round_digits(c.inertia),
            silhouette=silhouettes.get(c.k),
            smallest_share=round_digits(np.bincount(c.labels).min() / len(c.labels)),
        )
        for c in clusterings
    )
    return Clusters(
        k=clustering.k,
        seed=segmentation.clusters.seed,
        inertia=round_digits(clustering.inertia),
        sizes=tuple(int(sizes[place]) for place in order),
        centers=tuple(tuple(centers[place].tolist()) for place in order),
        sweep=points,
        reason=reason,
    )


def _assumptions(
    segmentation: Segmentation, data: Data, features: Sequence[FittedFeature], unassigned: int
) -> list[str]:
    said = []
    sampled, rows = len(data.sample.X), data.sample.rows
    if sampled < rows:
        said.append(f"learned from {sampled:,} of {rows:,} customers, drawn by a hash of the key")
    if segmentation.missing == "unassigned":
        if unassigned:
            said.append(f"{unassigned:,} customers with a missing feature are unassigned")
    else:
        missing = {s.counts.column: s.counts.missing for s in data.summaries}
        for feature in features:
            if count := missing[feature.column]:
                median = format_threshold(Decimal(repr(feature.median)), feature.unit)
                verb = "counts" if count == 1 else "count"
                said.append(f"{count:,} missing {feature.column} {verb} as {median} (the median)")
    dropped = [f.column for f in data.features if f not in data.used]
    said += [f"{column} is left out of the fit: it hardly differs" for column in dropped]
    return said


def _small_segments(segments: Sequence[FittedSegment]) -> list[str]:
    least = max(30, exact_sum(np.array([s.n for s in segments], dtype=float)) / 100)
    small = [f"{segment.id} ({segment.n:,})" for segment in segments if segment.n < least]
    if not small:
        return []
    return [f"small segments: {', '.join(small)}; under {least:.0f} customers, figures jump"]
