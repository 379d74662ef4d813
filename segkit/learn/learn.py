"""From customers to a fit, on one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from segkit.core.descent import descents
from segkit.core.fit import UNASSIGNED, Clusters, Fit, Lineage, Quality, Stability
from segkit.core.tree import behind_guards
from segkit.core.tree import columns as columns_of_tree
from segkit.learn import weighted
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.deciding import deciding_column
from segkit.learn.data.exact_pass import ExactPass, Given
from segkit.learn.data.read import Data
from segkit.learn.data.summary import counts_of
from segkit.learn.fit_notes import (
    assumptions,
    few_resamples,
    over_max_loss,
    small_own,
    small_segments,
)
from segkit.learn.learned import Learned, Numbering, fit_features, learned_from, prepare_rows
from segkit.learn.named import NamedTree, name_tree
from segkit.learn.names.identity import Identity
from segkit.learn.numbers import Ints, round_array, round_digits
from segkit.learn.quality import far_distance, measure_baseline, measure_quality
from segkit.learn.rule_stability import measure_stability
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import Segmentation


def learn(
    segmentation: Segmentation,
    everyone: AllRows,
    numbering: Numbering,
    progress: Callable[[str], None] = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> Fit:
    """Return the fit of a segmentation: the same for any order of the rows.

    ``everyone``: where the customers are. A weighted sample and summaries are read; segments are
    counted there.
    ``progress``: called with a few words as the work goes on.
    ``warn``: called with a sentence that is better read before minutes of learning than after them.

    Raises DataError with every problem of the data, or SK314 if no small tree explains the
    clusters.
    """
    data, learned = learned_from(segmentation, everyone, numbering, progress, warn)
    progress("names")
    named = name_tree(everyone, data, learned, numbering)
    quality = _quality(data, learned, named)
    clusters, quality = _over_all_rows(everyone, data, learned, named, quality)
    progress("stability")
    stability = _stability(data, learned, named)
    rows, sample, groups = learned.rows, data.sample, learned.groups
    one = deciding_column(rows, groups.explained.segments)
    warnings = (*data.warnings, *groups.warnings, *((one,) if one else ()))
    said = assumptions(data, learned.features, named.tree, quality.moved)
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
        lineage=_lineage(everyone, named, numbering.previous),
        assumptions=(*data.assumptions, *said),
        warnings=(
            *warnings,
            *over_max_loss(segmentation, quality, clusters.k),
            *few_resamples(stability),
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


def _lineage(everyone: AllRows, named: NamedTree, previous: Fit | None) -> Lineage:
    """What became of the segments of the fit before, over all customers that it still sorts."""
    if previous is None:
        return Lineage()
    if not _sorts(previous, everyone):
        return Lineage(replaced=previous.version)
    before, after = (
        {0: UNASSIGNED.id} | {segment.code: segment.id for segment in segments}
        for segments in (previous.segments, named.segments)
    )
    counts = everyone.count_pairs(previous.tree, named.tree)
    shared = {(before[one], after[other]): n for (one, other), n in counts.items()}
    same = sum(n for (one, other), n in shared.items() if one == other)
    return Lineage(
        replaced=previous.version,
        agrees=round_digits(same / max(sum(shared.values()), 1)),
        segments=descents(
            [segment.id for segment in previous.segments],
            [segment.id for segment in named.segments],
            shared,
        ),
    )


def _sorts(fit: Fit, everyone: AllRows) -> bool:
    """Whether the columns that the rules ask are there, numbers and texts as they were."""
    is_number = {feature.column: not feature.is_category for feature in fit.features}
    columns = everyone.by_name
    return all(
        name in columns and is_number.get(name) in (None, columns[name].type.is_numeric)
        for name in columns_of_tree(fit.tree)
    )


def _quality(data: Data, learned: Learned, named: NamedTree) -> Quality:
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
    everyone: AllRows, data: Data, learned: Learned, named: NamedTree, quality: Quality
) -> tuple[Clusters, Quality]:
    """Clusters and quality; of customers who were not all read, by those who were not as well."""
    clusters = _clusters(data.segmentation.clusters.seed, learned, named.identities)
    if len(data.sample.X) == data.sample.rows:
        return clusters, quality
    labels = data.segmentation.labels
    given = None if labels is None else Given(labels.column, clusters.labels)
    codes = sorted(identity.code for identity in named.identities[: clusters.k])
    ids = {segment.code: segment.id for segment in named.segments}
    of_centers = {code: ids[code] for code in codes}
    everybody = ExactPass(everyone, learned.features, counts_of(data.summaries), given)
    return everybody.measured(clusters, named.tree, of_centers, quality)


def _stability(data: Data, learned: Learned, named: NamedTree) -> Stability | None:
    """Who would be in the same segment with rules that were learned from other customers."""

    sample = replace(data.sample, weight=np.ones(len(data.sample.X)))
    alike = replace(data, sample=sample)  # a row of several customers is drawn more often

    def prepare(drawn: Ints) -> Rows:
        places = learned.places[drawn]
        return prepare_rows(alike, fit_features(alike, places), places)

    return measure_stability(
        learned.groups.rows,
        learned.groups.explained,
        prepare,
        [identity.id for identity in named.identities],
        data.segmentation.clusters.seed,
    )


def _clusters(seed: int, learned: Learned, identities: Sequence[Identity]) -> Clusters:
    """The clusters in the order of their segments' codes."""
    groups, clustering = learned.groups, learned.groups.explained.clustering
    order = sorted(range(clustering.k), key=lambda segment: identities[segment].code)
    sizes = np.bincount(clustering.labels, learned.rows.weight, minlength=clustering.k)
    centers = round_array(clustering.centers)
    return Clusters(
        k=clustering.k,
        seed=seed,
        inertia=round_digits(clustering.inertia),
        sizes=tuple(round(float(sizes[place])) for place in order),
        centers=tuple(tuple(centers[place].tolist()) for place in order),
        sweep=groups.panel,
        reason=groups.reason,
        labels=tuple(groups.labels[place] for place in order) if groups.labels else (),
        verdict=groups.verdict,
        alternatives=groups.alternatives,
    )
