"""From customers to a fit, on one page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from segkit.core.columns import Column
from segkit.core.english import default_label
from segkit.core.fit import Clusters, Fit, FittedFeature, FittedSegment
from segkit.core.rules import rules_of
from segkit.core.tree import Tree
from segkit.engines.base import Reader
from segkit.errors import DataError, Problem
from segkit.learn.data.data_problems import too_few_distinct, wanted_segments
from segkit.learn.data.data_warnings import deciding_column
from segkit.learn.data.prepare import fill_missing, fit_feature, substitutes, transform
from segkit.learn.data.read import Data, read_data
from segkit.learn.data.summary import fingerprint
from segkit.learn.fit_notes import assumptions, small_segments
from segkit.learn.groups import Groups, find_groups, given_groups
from segkit.learn.names.identity import Identity, identify
from segkit.learn.names.name_segments import name_segments
from segkit.learn.numbers import Ints, one_thread, round_array, round_digits
from segkit.learn.quality import measure_baseline, measure_quality
from segkit.learn.trees.apply import codes_of
from segkit.learn.trees.choose_tree import HeldOut, measure_held_out, only_where_known
from segkit.learn.trees.ranks import Rows, relabel
from segkit.project.nodes import Feature, Segmentation


def learn(
    segmentation: Segmentation,
    engine: Reader,
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
    engine : Reader
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
        groups = _find_groups(segmentation, data, rows, learned, progress)
        held_out = measure_held_out(groups.rows, groups.explained, segmentation.clusters.seed)

    progress("names")
    identities = _identify(segmentation, data, groups, learned, previous, taken)
    explained_tree = _tree_of_codes(groups, identities)
    tree = explained_tree
    if segmentation.missing == "unassigned":
        tree = only_where_known(explained_tree, _names(data.features))
    segments, unassigned = _segments(data, features, tree, identities)
    quality = measure_quality(
        explained_tree,
        rows.columns,
        data.values(data.used)[learned],
        _codes_of(groups.explained.clustering.labels, identities),
        {identity.code: identity.id for identity in identities},
        levels=rows.levels,
        loss=groups.explained.loss,
        held_out=_by_code(held_out, identities),
        curve=groups.explained.curve,
        moved=_moved(groups, identities, _codes(tree, data)[learned]),
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
        clusters=_clusters(segmentation, groups, identities),
        tree=tree,
        quality=quality,
        segments=segments,
        assumptions=(
            *data.assumptions,
            *assumptions(segmentation, data, features, tree, quality.moved),
        ),
        warnings=_warnings(data, rows, groups, segments),
        baseline=measure_baseline(
            data.sample.rows,
            data.summaries,
            list(data.values(data.features).T),
            rows.scaled,
            groups.explained.clustering.centers,
            segments,
            unassigned,
            quality.fidelity_held_out,
        ),
    )


def _find_groups(
    segmentation: Segmentation,
    data: Data,
    rows: Rows,
    learned: Ints,
    progress: Callable[[str], None],
) -> Groups:
    if segmentation.labels is not None:
        return given_groups(segmentation, data, rows, learned)
    return find_groups(segmentation, rows, progress)


def _tree_of_codes(groups: Groups, identities: Sequence[Identity]) -> Tree:
    """The tree with the codes that segments keep for life, which begin with 1."""
    codes = {segment + 1: identity.code for segment, identity in enumerate(identities)}
    return relabel(groups.explained.surrogate.tree, codes)


def _codes_of(segments: Ints, identities: Sequence[Identity]) -> Ints:
    return np.array([identities[segment].code for segment in segments])


def _moved(groups: Groups, identities: Sequence[Identity], published: Ints) -> int:
    """Customers that rounder cuts put elsewhere, and those that the written tree would."""
    expected = _codes_of(groups.explained.segments, identities)
    return groups.explained.surrogate.moved + int((published != expected).sum())


def _warnings(
    data: Data, rows: Rows, groups: Groups, segments: Sequence[FittedSegment]
) -> tuple[str, ...]:
    one = deciding_column(rows, groups.explained.clustering.labels)
    found = (*data.warnings, *groups.warnings, *((one,) if one else ()))
    return (*found, *small_segments(segments))


def _by_code(held_out: HeldOut | None, identities: Sequence[Identity]) -> HeldOut | None:
    if held_out is None:
        return None
    by_code = {identities[segment].code: share for segment, share in held_out.by_segment.items()}
    return replace(held_out, by_segment=by_code)


def _named(
    segmentation: Segmentation, labels: Sequence[str], identities: tuple[Identity, ...]
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
    segmentation: Segmentation,
    data: Data,
    groups: Groups,
    learned: Ints,
    previous: Fit | None,
    taken: int,
) -> tuple[Identity, ...]:
    sample = data.sample
    everyone = np.full(len(sample.X), -1)
    everyone[learned] = groups.explained.segments
    before = codes_of(previous.tree, sample.columns, sample.X, sample.levels) if previous else None
    centers = groups.explained.clustering.centers
    identities = identify(everyone, centers, previous, before, taken)
    return _named(segmentation, groups.labels, identities)


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


def _clusters(
    segmentation: Segmentation, groups: Groups, identities: Sequence[Identity]
) -> Clusters:
    """The clusters in the order of their segments' codes."""
    clustering = groups.explained.clustering
    order = sorted(range(clustering.k), key=lambda segment: identities[segment].code)
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
