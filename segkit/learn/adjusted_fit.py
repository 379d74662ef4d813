"""What a change of the rules costs, and the fit that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segkit.core.fit import Fit, FittedSegment, Lineage
from segkit.core.naming import Naming
from segkit.core.tree import Tree, behind_guards
from segkit.errors import ConfigError, Problem
from segkit.learn import weighted
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.exact_pass import Given, Tally, tally
from segkit.learn.data.levels import LevelSummary, summarise_levels
from segkit.learn.data.prepare import fill_missing, transform
from segkit.learn.data.read import sample_of
from segkit.learn.data.summary import (
    Counts,
    Sample,
    Summary,
    axis_of,
    count_values,
    counts_of,
    summarise,
)
from segkit.learn.names.name_counts import truth_of
from segkit.learn.names.statements import People
from segkit.learn.numbers import Floats, Ints, squared_distances
from segkit.learn.quality import far_distance, measure_baseline, measure_quality
from segkit.learn.trees.surrogate import cost_of
from segkit.project.nodes import Segmentation


@dataclass(frozen=True, eq=False)
class Customers:
    """Today's customers as the fit sees them.

    ``sample`` are those of a fit of today, ``learned`` the rows of it that have a
    cluster: all but the unassigned ones, those of a segment that is ``own``, and those
    without a given label.
    ``scaled`` (n, D) and ``labels`` (n,), the code of each one's cluster, are theirs.
    """

    fit: Fit
    everyone: AllRows
    sample: Sample
    learned: Ints
    scaled: Floats
    labels: Ints
    summaries: tuple[Summary | LevelSummary, ...]
    fingerprint: str
    given: Given | None
    _tallied: list[tuple[Tree, Tally]] = field(default_factory=list)  # what was asked for

    @property
    def weight(self) -> Floats:
        """Customers that each of the learned rows stands for."""
        return self.sample.weight[self.learned]

    def tally(self, tree: Tree) -> Tally | None:
        """The sums over all rows; None where these are all."""
        if len(self.sample.X) == self.sample.rows:
            return None
        for known, found in self._tallied:
            if known == tree:
                return found
        fit = self.fit
        centers, codes = np.array(fit.clusters.centers), sorted(s.code for s in fit.learned)
        counts = counts_of(self.summaries)
        found = tally(self.everyone, fit.features, centers, tree, codes, counts, self.given)
        self._tallied.append((tree, found))
        return found


def read_customers(segmentation: Segmentation, fit: Fit, everyone: AllRows) -> Customers:
    """Return today's customers in the space of the fit.

    A customer's cluster is that of the nearest centre. Where these are the rows
    of the fit, it is the cluster that K-Means gave them.
    """
    known = fit.baseline.features if fit.baseline else fit.features
    # also what hardly differs, so is not learned; it may be gone since
    asked = [feature.column for feature in known if feature.column in everyone.by_name]
    counted_once = {f.column for f in known if f.levels}  # categories, learned from or not
    categories = [c for c in asked if c in counted_once or not everyone.by_name[c].type.is_numeric]
    numbers = [column for column in asked if column not in categories]
    engine, relation = everyone.engine, everyone.relation
    counted = count_values(engine, relation, numbers)
    by_level = {c: summarise_levels(engine, relation, c) for c in categories}
    sample = _sample(segmentation, fit, everyone, counted, by_level)
    codes = np.array([segment.code for segment in fit.learned])
    has_cluster = np.isin(sample.codes(fit.tree), codes)
    labels = segmentation.labels
    if labels is not None:
        given = sample.column(labels.column)
        has_cluster &= given < len(fit.clusters.labels)  # no NaN, none that the fit has not seen
    learned = np.flatnonzero(has_cluster)
    places = [sample.columns.index(feature.column) for feature in fit.features]
    scaled = transform(fill_missing(sample.X[learned][:, places], fit.features), fit.features)
    if labels is not None:
        nearest = given[learned].astype(np.int64)
    else:
        nearest = squared_distances(scaled, np.array(fit.clusters.centers)).argmin(axis=1)
    summaries = tuple(
        by_level.get(c) or summarise(counted[c], sample.column(c), sample.weight) for c in asked
    )
    return Customers(
        fit=fit,
        everyone=everyone,
        sample=sample,
        learned=learned,
        scaled=scaled,
        labels=codes[nearest],
        summaries=summaries,
        fingerprint=everyone.fingerprint(summaries),
        given=Given(labels.column, fit.clusters.labels) if labels else None,
    )


def _sample(
    segmentation: Segmentation,
    fit: Fit,
    everyone: AllRows,
    counted: Mapping[str, Counts],
    by_level: Mapping[str, LevelSummary],
) -> Sample:
    """Customers with the columns that were counted, by the levels that the fit knows."""
    levels = {f.column: f.levels for f in fit.features if f.is_category}
    if segmentation.labels is not None:
        levels[segmentation.labels.column] = fit.clusters.labels
    wanted = dict.fromkeys((*counted, *by_level, *(f.column for f in fit.features), *levels))
    levels = {c: found.levels for c, found in by_level.items()} | levels
    columns = [everyone.by_name[column] for column in wanted]
    axes = [axis_of(counted[f.column], f) for f in fit.features if f.column in counted]
    return sample_of(segmentation, everyone, columns, levels, axes)


def loss_of(tree: Tree, customers: Customers) -> float:
    """Return what the tree's segments cost more than the clusters, on today's customers.

    Cost is the sum of squared distances to the means of the groups; of given
    clusters the share of customers that the tree puts into another one.
    """
    mistakes = bool(customers.fit.clusters.labels)
    if found := customers.tally(tree):
        return found.loss(mistakes=mistakes)
    codes, labels = customers.sample.codes(tree)[customers.learned], customers.labels
    if mistakes:
        return weighted.share(codes != labels, customers.weight)
    weight = customers.weight
    least = cost_of(customers.scaled, labels, weight)
    return cost_of(customers.scaled, codes, weight) / least - 1 if least > 0 else 0.0


def cheapest(trees: Sequence[Tree], customers: Customers, *, said: str) -> Tree:
    """Return the tree that loses least among those that leave nobody's segment empty.

    Raises ConfigError: SK319 if each of them leaves a segment without customers that had some.
    """
    everyone = customers.everyone
    before = everyone.count_codes(customers.fit.tree).keys()
    gone_by = [before - everyone.count_codes(tree).keys() for tree in trees]
    kept = [tree for tree, gone in zip(trees, gone_by, strict=True) if not gone]
    if not kept:
        ids = {segment.code: segment.id for segment in customers.fit.segments}
        gone = sorted(gone_by[0])
        listed = ", ".join(ids[code] for code in gone)
        message = f'"{said}": nobody would be left in segment{"s" * (len(gone) > 1)} {listed}'
        hint = "cut elsewhere, or learn fewer segments"
        raise ConfigError(Problem("SK319", message, help=hint))
    return min(kept, key=lambda tree: loss_of(tree, customers))


def adjusted_fit(
    customers: Customers, tree: Tree, changes: Sequence[str], *, version: int, target: str
) -> Fit:
    """Return the fit with other cuts: its quality and its baseline are those of today.

    Scales, clusters, ids and names are kept. Fidelity held out is not said of
    rules that nobody learned.
    """
    fit, sample = customers.fit, customers.sample
    counts = customers.everyone.count_codes(tree)
    segments = tuple(
        replace(s, n=counts.get(s.code, 0), naming=_naming(s, tree, customers))
        for s in fit.segments
    )
    quality = measure_quality(
        behind_guards(tree)[1],
        sample,
        customers.learned,
        customers.labels,
        {segment.code: segment.id for segment in fit.segments},
        loss=loss_of(tree, customers),
        held_out=None,
        curve=(),
        moved=0,
    )
    if found := customers.tally(tree):
        ids = [s.id for s in sorted(fit.learned, key=lambda s: s.code)]
        quality = found.quality(quality, ids, mistakes=bool(fit.clusters.labels))
    return replace(
        fit,
        version=version,
        origin="adjusted",
        lineage=_lineage(customers, changes),
        target=target,
        rows=sample.rows,
        sample=len(sample.X),
        fingerprint=customers.fingerprint,
        tree=tree,
        quality=quality,
        stability=None,  # these rules were not learned
        segments=segments,
        baseline=measure_baseline(
            customers.everyone,
            sample,
            customers.summaries,
            segments,
            counts.get(0, 0),
            held_out=None,
            far=far_distance(customers.scaled, np.array(fit.clusters.centers), customers.weight),
        ),
    )


def _naming(segment: FittedSegment, tree: Tree, customers: Customers) -> Naming | None:
    """How true the name is that a segment keeps, of those whom the tree puts there."""
    fit, sample = customers.fit, customers.sample
    codes = sample.codes(tree)
    if segment.naming is None or segment.code not in codes:
        return segment.naming
    places = [sample.columns.index(feature.column) for feature in fit.features]
    assigned = codes > 0
    people = People(
        codes=codes[assigned],
        X=sample.X[assigned][:, places],
        weight=sample.weight[assigned],
        features=fit.features,
        rules=(),
    )
    return truth_of(people, segment.code, segment.naming.says)[0]


def _lineage(customers: Customers, changes: Sequence[str]) -> Lineage:
    """The facts stay those of the fit; where the data changed since, they are of then."""
    fit = customers.fit
    changed = fit.fingerprint != customers.fingerprint
    measured = fit.lineage.measured or (fit.version if changed else None)
    return replace(
        fit.lineage,
        parent=fit.version,
        adjustments=(*fit.adjustments, *changes),
        measured=measured,
        agrees=None,  # these are the rules of nobody else yet
        segments=(),
    )
