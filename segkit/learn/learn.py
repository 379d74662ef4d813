"""From customers to a fit, on one page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.english import default_label, lower_first
from segkit.core.facts import Fact
from segkit.core.fit import Clusters, Fit, FittedFeature, FittedSegment, Quality, Stability
from segkit.core.rules import rules_of
from segkit.core.tree import Tree, behind_guards, fold, splits
from segkit.errors import DataError, Problem
from segkit.learn import weighted
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.data_problems import never_known, too_few_distinct, wanted_segments
from segkit.learn.data.deciding import deciding_column, take_back
from segkit.learn.data.exact_pass import tally
from segkit.learn.data.own_columns import behind_known
from segkit.learn.data.prepare import fill_missing, fit_feature, substitutes, transform
from segkit.learn.data.read import Data, read_data
from segkit.learn.fit_notes import assumptions, small_own, small_segments
from segkit.learn.groups import Groups, find_groups, given_groups, wanted_k
from segkit.learn.names.identity import Identity, identify
from segkit.learn.names.name_counts import NameCounts
from segkit.learn.names.name_segments import Named, name_segments, notes_of
from segkit.learn.names.statements import People
from segkit.learn.numbers import Ints, one_thread, round_array, round_digits
from segkit.learn.quality import (
    far_distance,
    measure_baseline,
    measure_quality,
    number_leaves,
    predict_held_out,
)
from segkit.learn.rule_stability import measure_stability
from segkit.learn.trees.ranks import Rows, relabel
from segkit.project.nodes import AskedK, Segmentation

LLOYD_STEPS = 2  # over all rows: the first takes most of what sampling cost


@dataclass(frozen=True)
class Numbering:
    """What a fit is called, and what came before it.

    Segments that hold the same customers as those of ``previous`` keep their ids
    and names; ``taken`` is the highest code that any earlier fit has given. Where no k is
    declared, that of ``previous`` stays, unless ``k`` is asked for: another, or auto.
    """

    target: str
    version: int
    previous: Fit | None = None
    taken: int = 0
    k: AskedK = None


@dataclass(frozen=True, eq=False)
class _Learned:
    """The rows that were learned from, their places in the sample, and what was found in them."""

    features: tuple[FittedFeature, ...]
    places: Ints
    rows: Rows
    groups: Groups
    held_out: Ints | None


@dataclass(frozen=True)
class _Named:
    """The tree of codes, its segments in the order of their codes, and the unassigned.

    ``identities`` are those of the centres, then those of the segments of ``own``, by column.
    ``notes`` are what names cannot say.
    """

    identities: tuple[Identity, ...]
    tree: Tree
    segments: tuple[FittedSegment, ...]
    own: Mapping[str, FittedSegment]
    unassigned: int
    notes: tuple[Fact, ...]

    def codes(self, segments: Ints) -> Ints:
        """The codes of segments that are told by their place among the centres."""
        return np.array([identity.code for identity in self.identities])[segments]


def learn(
    segmentation: Segmentation,
    everyone: AllRows,
    numbering: Numbering,
    progress: Callable[[str], None] = lambda _: None,
) -> Fit:
    """Return the fit of a segmentation: the same for any order of the rows.

    Parameters
    ----------
    everyone : AllRows
        Where the customers are. A weighted sample and summaries are read; segments are
        counted there.
    progress : callable
        Called with a few words as the work goes on.

    Raises
    ------
    DataError
        With every problem of the data, or SK314 if no small tree explains the clusters.
    """
    data, learned = _learned_from(segmentation, everyone, numbering, progress)
    progress("names")
    named = _name(segmentation, everyone, data, learned, numbering)
    quality = _quality(data, learned, named)
    clusters, quality = _over_all_rows(segmentation, everyone, data, learned, named, quality)
    progress("stability")
    stability = _stability(segmentation, data, learned, named)
    rows, sample, groups = learned.rows, data.sample, learned.groups
    one = deciding_column(rows, groups.explained.segments)
    warnings = (*data.warnings, *groups.warnings, *((one,) if one else ()))
    said = assumptions(segmentation, data, learned.features, named.tree, quality.moved)
    return Fit(
        name=segmentation.name,
        version=numbering.version,
        origin="fitted",
        definition=segmentation.definition(),
        target=numbering.target,
        rows=sample.rows,
        sample=len(sample.X),
        fingerprint=everyone.fingerprint(data.summaries),
        features=learned.features,
        clusters=clusters,
        tree=named.tree,
        quality=quality,
        stability=stability,
        segments=named.segments,
        assumptions=(*data.assumptions, *said),
        warnings=(
            *warnings,
            *named.notes,
            *small_own(named.own, sample.rows, segmentation.rules.min_share),
            *small_segments(named.segments),
        ),
        baseline=measure_baseline(
            everyone,
            sample,
            data.summaries,
            named.segments,
            named.unassigned,
            held_out=quality.fidelity_held_out,
            far=far_distance(rows.scaled, np.array(clusters.centers), rows.weight),
        ),
    )


def _learned_from(
    segmentation: Segmentation,
    everyone: AllRows,
    numbering: Numbering,
    progress: Callable[[str], None],
) -> tuple[Data, _Learned]:
    """Data, and the groups in it; of features that nobody declared none decides alone."""
    chosen = None
    while True:
        progress("reading customers")
        data = read_data(segmentation, everyone, numbering.previous, chosen)
        learned = _learn(segmentation, data, numbering, progress)
        if segmentation.features or segmentation.labels is not None:
            return data, learned
        one = deciding_column(learned.rows, learned.groups.explained.segments)
        found = data.features, data.assumptions
        chosen = take_back(found, one, segmentation.own) if one else None
        if chosen is None:
            return data, learned


def _learn(
    segmentation: Segmentation,
    data: Data,
    numbering: Numbering,
    progress: Callable[[str], None],
) -> _Learned:
    """Groups and their tree, from the sample alone."""
    places = _learned_rows(segmentation, data)
    features = _fit_features(data, places)
    rows = _prepare(segmentation, data, features, places)
    with one_thread():
        if segmentation.labels is None:
            wanted = wanted_k(segmentation, numbering.previous, numbering.k)
            groups = find_groups(segmentation, rows, wanted, progress)
        else:
            groups = given_groups(segmentation, data, rows, places)
        held_out = predict_held_out(groups.rows, groups.explained, segmentation.clusters.seed)
    return _Learned(features, places, rows, groups, held_out)


def _name(
    segmentation: Segmentation,
    everyone: AllRows,
    data: Data,
    learned: _Learned,
    numbering: Numbering,
) -> _Named:
    """Count the segments over all rows, give them ids by size, and names by what they hold."""
    found = learned.groups.explained.surrogate.tree
    k = learned.groups.explained.clustering.k
    places = range(1, k + len(data.own.columns) + 1)
    counts = everyone.count_codes(_published(segmentation, data, found, places[k:]))
    sizes = [counts.get(place, 0) for place in places]
    identities = _identify(data, learned, sizes, numbering)
    codes = {place: each.code for place, each in zip(places, identities, strict=True)}
    own = [codes[place] for place in places[k:]]
    tree = _published(segmentation, data, relabel(found, codes), own)
    names, notes = _names_of(segmentation, data, learned, tree, identities)
    segments = tuple(
        FittedSegment(i.code, i.id, names[i.code].text, n, names[i.code].naming)
        for n, i in zip(sizes, identities, strict=True)
    )
    return _Named(
        identities,
        tree,
        tuple(sorted(segments, key=lambda segment: segment.code)),
        dict(zip(data.own.columns, segments[k:], strict=True)),
        counts.get(0, 0),
        notes,
    )


def _published(segmentation: Segmentation, data: Data, tree: Tree, own: Sequence[int]) -> Tree:
    """The tree as it is published: behind a test a column that is ``own``, whose missing values
    get these codes, and with ``missing: unassigned`` a test of each other feature.
    """
    if segmentation.missing == "unassigned":
        others = [f.column for f in data.features if f.column not in data.own.columns]
        tree = behind_known(others, [0] * len(others), tree)
    return behind_known(data.own.columns, own, tree)


def _quality(data: Data, learned: _Learned, named: _Named) -> Quality:
    """How well the tree explains the clusters; rows that miss something were not learned from."""
    explained, held_out = learned.groups.explained, learned.held_out
    published = data.sample.codes(named.tree)[learned.places]
    moved = weighted.count(published != named.codes(explained.segments), learned.rows.weight)
    return measure_quality(
        behind_guards(named.tree)[1],
        data.sample,
        learned.places,
        named.codes(explained.clustering.labels),
        {identity.code: identity.id for identity in named.identities},
        loss=explained.loss,
        held_out=None if held_out is None else named.codes(held_out),
        curve=explained.curve,
        # that rounder cuts put elsewhere, and that the written tree would
        moved=explained.surrogate.moved + moved,
    )


def _over_all_rows(
    segmentation: Segmentation,
    everyone: AllRows,
    data: Data,
    learned: _Learned,
    named: _Named,
    quality: Quality,
) -> tuple[Clusters, Quality]:
    """Clusters and quality; of customers who were not all read, by those who were not as well.

    Lloyd's algorithm goes on where they are, from the centres of the sample, and what clusters
    and rules cost is summed there.
    """
    clusters = _clusters(segmentation, learned, named.identities)
    if segmentation.labels is not None or len(data.sample.X) == data.sample.rows:
        return clusters, quality
    inner = behind_guards(named.tree)[1]
    segments: tuple[int, ...] = fold(inner, lambda leaf: (leaf.code,), lambda _, yes, no: yes + no)
    left_out = [0] * len(data.own.columns)
    numbered = _published(segmentation, data, number_leaves(inner, start=1), left_out)
    centers = np.array(clusters.centers)
    for _ in range(LLOYD_STEPS):
        found = tally(everyone, learned.features, centers, numbered, len(segments))
        centers = round_array(found.means(centers))
    found = tally(everyone, learned.features, centers, numbered, len(segments))
    ids = {identity.code: identity.id for identity in named.identities[: len(centers)]}
    clusters = replace(
        clusters,
        inertia=round_digits(found.inertia),
        sizes=tuple(round(size) for size in found.sizes.tolist()),
        centers=tuple(tuple(center) for center in centers.tolist()),
    )
    return clusters, found.quality(quality, segments, ids)


def _stability(
    segmentation: Segmentation, data: Data, learned: _Learned, named: _Named
) -> Stability | None:
    """Who would be in the same segment with rules that were learned from other customers."""

    def prepare(drawn: Ints) -> Rows:
        places = learned.places[drawn]
        return _prepare(segmentation, data, _fit_features(data, places), places)

    return measure_stability(
        learned.groups.rows,
        learned.groups.explained,
        prepare,
        [identity.id for identity in named.identities],
        segmentation.clusters.seed,
    )


def _learned_rows(segmentation: Segmentation, data: Data) -> Ints:
    """Customers to learn from: those in no segment of their own, with a label where labels are
    given, and those that miss nothing where ``missing: unassigned``.
    """
    known = data.own.places(data.sample) < 0
    if segmentation.missing == "unassigned":
        known &= np.isfinite(data.values(data.features)).all(axis=1)
    if segmentation.labels is not None:
        given = segmentation.labels.column
        known &= data.sample.column(given) < len(data.sample.levels[given])  # no NaN, none too rare
    return np.flatnonzero(known)


def _fit_features(data: Data, learned: Ints) -> tuple[FittedFeature, ...]:
    fitted: list[FittedFeature] = []
    problems: list[Problem] = []
    weight = data.sample.weight[learned]
    for feature, values in zip(data.used, data.values(data.used)[learned].T, strict=True):
        column, levels = data.column(feature.column), data.levels(feature)
        if not np.isfinite(values).any():
            problems.append(never_known(feature))
            continue
        try:
            fitted.append(fit_feature(feature, column, values, weight, levels))
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
        weight=data.sample.weight[learned],
        medians=substitutes(features),
        levels={feature.column: feature.levels for feature in features if feature.is_category},
    )


def _identify(
    data: Data, learned: _Learned, sizes: Sequence[int], numbering: Numbering
) -> tuple[Identity, ...]:
    sample, previous = data.sample, numbering.previous
    clustering = learned.groups.explained.clustering
    own = data.own.places(sample)
    everyone = np.where(own < 0, -1, clustering.k + own)
    everyone[learned.places] = learned.groups.explained.segments
    before = sample.codes(previous.tree) if previous else None
    return identify(
        everyone,
        clustering.centers,
        sample.weight,
        sizes,
        previous,
        before,
        numbering.taken,
        data.own.columns,
    )


def _names_of(
    segmentation: Segmentation,
    data: Data,
    learned: _Learned,
    tree: Tree,
    identities: Sequence[Identity],
) -> tuple[dict[int, Named], tuple[Fact, ...]]:
    """A name for each code, and what no name says."""
    given: dict[int, str] = {}
    if segmentation.labels is not None:  # a number is told with its column: "Cluster 3"
        column = default_label(segmentation.labels.column)[0]
        for identity, label in zip(identities, learned.groups.labels, strict=False):
            has_words = re.search(r"[^\W\d]{2}", label)
            given[identity.code] = label if has_words else f"{column} {label}"
    labels = {feature.column: feature.label for feature in data.features}
    own = identities[learned.groups.explained.clustering.k :]
    for identity, name in zip(own, data.own.columns, strict=True):
        called = f"No {lower_first(labels[name])}"
        given[identity.code] = called if called not in given.values() else f"No {name}"
    codes, values = data.sample.codes(tree), data.values(data.used)
    assigned = codes > 0
    people = People(
        codes=codes[assigned],
        X=values[assigned],
        weight=data.sample.weight[assigned],
        features=learned.features,
        rules=rules_of(tree),
        own=frozenset(identity.code for identity in own),
    )
    counts = NameCounts.of(people, {feature.column: feature.words for feature in data.used})
    asked = tuple(dict.fromkeys(split.column for split in splits(tree)))
    before = {identity.code: identity.before for identity in identities if identity.before}
    names = name_segments(counts, asked, given, before)
    ids = {identity.code: identity.id for identity in identities}
    return names, tuple(notes_of(counts, names, ids))


def _clusters(
    segmentation: Segmentation, learned: _Learned, identities: Sequence[Identity]
) -> Clusters:
    """The clusters in the order of their segments' codes."""
    groups, clustering = learned.groups, learned.groups.explained.clustering
    order = sorted(range(clustering.k), key=lambda segment: identities[segment].code)
    sizes = np.bincount(clustering.labels, learned.rows.weight, minlength=clustering.k)
    centers = round_array(clustering.centers)
    return Clusters(
        k=clustering.k,
        seed=segmentation.clusters.seed,
        inertia=round_digits(clustering.inertia),
        sizes=tuple(round(float(sizes[place])) for place in order),
        centers=tuple(tuple(centers[place].tolist()) for place in order),
        sweep=groups.panel,
        reason=groups.reason,
        labels=tuple(groups.labels[place] for place in order) if groups.labels else (),
        verdict=groups.verdict,
        alternatives=groups.alternatives,
    )
