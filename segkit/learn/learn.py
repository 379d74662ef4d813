"""From customers to a fit, on one page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from segkit.core.columns import Column
from segkit.core.english import default_label, format_threshold
from segkit.core.fit import Clusters, Fit, FittedFeature, FittedSegment
from segkit.core.rules import rules_of
from segkit.core.tree import Below, Tree, splits
from segkit.engines.base import Engine
from segkit.errors import DataError, Problem
from segkit.learn.apply import codes_of
from segkit.learn.check import too_few_distinct, wanted_segments
from segkit.learn.clusters import Clustering
from segkit.learn.data import Data, read_data
from segkit.learn.diagnose import deciding_column
from segkit.learn.explain import HeldOut, measure_held_out, only_where_known
from segkit.learn.groups import Groups, find_groups, given_groups
from segkit.learn.identity import Identity, identify
from segkit.learn.names import name_segments
from segkit.learn.numbers import Ints, exact_sum, one_thread, round_array, round_digits
from segkit.learn.prepare import fill_missing, fit_feature, substitutes, transform
from segkit.learn.quality import measure_baseline, measure_quality
from segkit.learn.ranks import Rows, relabel
from segkit.learn.short_cuts import DIGITS, digits_of
from segkit.learn.summary import fingerprint
from segkit.project.nodes import Feature, Segmentation


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
        groups = (
            given_groups(segmentation, data, rows, learned)
            if segmentation.labels is not None
            else find_groups(segmentation, rows, progress)
        )
        explained = groups.explained
        held_out = measure_held_out(groups.rows, explained, segmentation.clusters.seed)

    progress("names")
    clustering, segments = explained.clustering, explained.segments
    identities = _identify(data, previous, clustering, segments, learned, taken)
    identities = _named(segmentation, data, groups.labels, identities)
    order = sorted(range(clustering.k), key=lambda segment: identities[segment].code)
    codes = {segment + 1: identity.code for segment, identity in enumerate(identities)}
    inner = relabel(explained.surrogate.tree, codes)
    tree = inner
    if segmentation.missing == "unassigned":
        tree = only_where_known(inner, _names(data.features))
    fitted_segments, unassigned = _segments(data, features, tree, identities)

    used = data.values(data.used)[learned]
    labels = np.array([identities[label].code for label in clustering.labels])
    published = _codes(tree, data)[learned]
    expected = np.array([identities[segment].code for segment in segments])
    quality = measure_quality(
        inner,
        rows.columns,
        used,
        labels,
        {identity.code: identity.id for identity in identities},
        levels=rows.levels,
        loss=explained.loss,
        held_out=_by_code(held_out, identities),
        curve=explained.curve,
        moved=explained.surrogate.moved + int((published != expected).sum()),
    )
    warnings = [*data.warnings, *groups.warnings]
    if one := deciding_column(rows, clustering.labels):
        warnings.append(one)
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
        clusters=_clusters(segmentation, groups, order),
        tree=tree,
        quality=quality,
        segments=fitted_segments,
        assumptions=(
            *data.assumptions,
            *_assumptions(segmentation, data, features, unassigned),
            *_rounding(segmentation, quality.moved, tree),
        ),
        warnings=(*warnings, *_small_segments(fitted_segments)),
        baseline=measure_baseline(
            data.sample.rows,
            data.summaries,
            list(data.values(data.features).T),
            rows.scaled,
            clustering.centers,
            fitted_segments,
            unassigned,
            quality.fidelity_held_out,
        ),
    )


def _by_code(held_out: HeldOut | None, identities: Sequence[Identity]) -> HeldOut | None:
    if held_out is None:
        return None
    by_code = {identities[segment].code: share for segment, share in held_out.by_segment.items()}
    return replace(held_out, by_segment=by_code)


def _named(
    segmentation: Segmentation,
    data: Data,
    labels: Sequence[str],
    identities: tuple[Identity, ...],
) -> tuple[Identity, ...]:
    """Given clusters keep their own names; a number is told with its column: "Cluster 3"."""
    if segmentation.labels is None:
        return identities
    words = default_label(segmentation.labels.column)[0]
    return tuple(
        replace(identity, name=label if re.search(r"[^\W\d]{2}", label) else f"{words} {label}")
        for identity, label in zip(identities, labels, strict=True)
    )


def _codes(tree: Tree, data: Data) -> Ints:
    """Codes of all customers of the sample."""
    values = data.values(data.features)
    return codes_of(tree, _names(data.features), values, data.sample.levels)


def _names(features: Sequence[Feature]) -> tuple[str, ...]:
    return tuple(feature.column for feature in features)


def _learned_rows(segmentation: Segmentation, data: Data) -> Ints:
    """Customers to learn from: those with a label where labels are given, and those that miss
    nothing where ``missing: unassigned``.
    """
    known = np.ones(len(data.sample.X), dtype=bool)
    if segmentation.missing == "unassigned":
        known &= np.isfinite(data.values(data.features)).all(axis=1)
    if segmentation.labels is not None:
        given = segmentation.labels.column
        known &= data.sample.column(given) < len(data.sample.levels[given])  # no NaN, none too rare
    return np.flatnonzero(known)


def _fit_features(data: Data, learned: Ints) -> tuple[FittedFeature, ...]:
    fitted: list[FittedFeature] = []
    problems: list[Problem] = []
    for feature, column in zip(data.used, data.values(data.used)[learned].T, strict=True):
        try:
            fitted.append(
                fit_feature(feature, data.column(feature.column), column, data.levels(feature))
            )
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return tuple(fitted)


def _prepare(
    segmentation: Segmentation, data: Data, features: tuple[FittedFeature, ...], learned: Ints
) -> Rows:
    filled = fill_missing(data.values(data.used)[learned], features)
    scaled = transform(filled, features)
    distinct, k = len(np.unique(scaled, axis=0)), wanted_segments(segmentation)
    if distinct < k:
        raise DataError(too_few_distinct(segmentation, distinct, k))
    return Rows(
        columns=tuple(feature.column for feature in features),
        values=filled,
        scaled=scaled,
        labels=np.zeros(len(filled), dtype=np.int64),
        centers=np.zeros((1, scaled.shape[1])),
        weight=np.ones(len(filled)),
        medians=substitutes(features),
        levels={feature.column: feature.levels for feature in features if feature.is_category},
    )


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
    sample = data.sample
    before = codes_of(previous.tree, sample.columns, sample.X, sample.levels) if previous else None
    return identify(everyone, clustering.centers, previous, before, taken)


def _segments(
    data: Data, features: Sequence[FittedFeature], tree: Tree, identities: Sequence[Identity]
) -> tuple[tuple[FittedSegment, ...], int]:
    """The segments in the order of their codes, and the number of unassigned customers."""
    codes = _codes(tree, data)
    kept = {identity.code: identity.name for identity in identities if identity.name}
    words = {feature.column: feature.words for feature in data.used}
    names = name_segments(codes, data.values(data.used), features, rules_of(tree), kept, words)
    segments = tuple(
        FittedSegment(
            identity.code, identity.id, names[identity.code], int((codes == identity.code).sum())
        )
        for identity in sorted(identities, key=lambda identity: identity.code)
    )
    return segments, int((codes == 0).sum())


def _clusters(segmentation: Segmentation, groups: Groups, order: Sequence[int]) -> Clusters:
    clustering = groups.explained.clustering
    sizes = np.bincount(clustering.labels, minlength=clustering.k)
    centers = round_array(clustering.centers)
    return Clusters(
        k=clustering.k,
        seed=segmentation.clusters.seed,
        inertia=round_digits(clustering.inertia),
        sizes=tuple(int(sizes[place]) for place in order),
        centers=tuple(tuple(centers[place].tolist()) for place in order),
        sweep=groups.panel,
        reason=groups.reason,
        labels=tuple(groups.labels[place] for place in order) if groups.labels else (),
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
        missing = {f.column: s.missing for f, s in zip(data.features, data.summaries, strict=True)}
        for feature in features:
            if count := missing[feature.column]:
                verb = "counts" if count == 1 else "count"
                said.append(f"{count:,} missing {feature.column} {verb} as {_substitute(feature)}")
    if segmentation.labels is not None:
        column = segmentation.labels.column
        without = int(np.isnan(data.sample.column(column)).sum())
        if without:
            said.append(f"{without:,} customers without {column} get a segment by the rules")
    flags = [f.column for f in data.used if f.kind is None and data.levels(f) is not None]
    said += [f"{column} counts as a category" for column in flags]
    dropped = [f.column for f in data.features if f not in data.used]
    said += [f"{column} is left out of the fit: it hardly differs" for column in dropped]
    return said


def _rounding(segmentation: Segmentation, moved: int, tree: Tree) -> list[str]:
    """What rounder cuts cost, where some were asked for."""
    if not segmentation.rules.max_moved:
        return []
    long = sum(isinstance(s.test, Below) and digits_of(s.test.cut) > DIGITS for s in splits(tree))
    whom = "nobody" if not moved else "1 customer" if moved == 1 else f"{moved:,} customers"
    said = f"cuts were rounded, which puts {whom} into another segment"
    if long:
        said += f"; {long} of more than {DIGITS} digits would have moved more than max_moved"
    return [said]


def _substitute(feature: FittedFeature) -> str:
    if feature.is_category:
        return f"{feature.mode} (the most frequent)"
    return f"{format_threshold(Decimal(repr(feature.median)), feature.unit)} (the median)"


def _small_segments(segments: Sequence[FittedSegment]) -> list[str]:
    least = max(30, exact_sum(np.array([s.n for s in segments], dtype=float)) / 100)
    small = [f"{segment.id} ({segment.n:,})" for segment in segments if segment.n < least]
    if not small:
        return []
    return [f"small segments: {', '.join(small)}; under {least:.0f} customers, figures jump"]
