"""What a change of the rules costs, and the fit that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from segkit.core.fit import Fit, FittedSegment, Lineage, Quality
from segkit.core.naming import Naming
from segkit.core.tree import Tree, behind_guards, count_leaves, depth
from segkit.errors import ConfigError, Problem
from segkit.learn import weighted
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.coreset import ALL_ROWS
from segkit.learn.data.exact_pass import ExactPass, Given, Tally
from segkit.learn.data.levels import LevelSummary, summarise_levels
from segkit.learn.data.prepare import fill_missing, transform
from segkit.learn.data.read import sample_of
from segkit.learn.data.summary import (
    Counts,
    Sample,
    Summary,
    axis_of,
    count_values,
    summarise,
)
from segkit.learn.names.name_counts import truth_of
from segkit.learn.names.statements import People
from segkit.learn.numbers import Floats, Ints, squared_distances
from segkit.learn.trees.surrogate import cost_of, count_short_rules
from segkit.project.nodes import Segmentation


@dataclass(frozen=True, eq=False)
class Drawn:
    """``sample`` are those of a fit of today, ``learned`` the rows of it that have a
    cluster: all but the unassigned ones, those of a segment that is ``own``, and those
    without a given label.
    ``scaled`` (n, D) and ``labels`` (n,), the code of each one's cluster, are theirs.
    """

    sample: Sample
    learned: Ints
    scaled: Floats
    labels: Ints
    summaries: tuple[Summary | LevelSummary, ...]
    fingerprint: str

    @property
    def weight(self) -> Floats:
        """Customers that each of the learned rows stands for."""
        return self.sample.weight[self.learned]


@dataclass(frozen=True, eq=False)
class Customers:
    """Today's customers as the fit sees them. What is not asked for is not read.

    A customer's cluster is that of the nearest centre. Where these are the rows
    of the fit, it is the cluster that K-Means gave them.
    """

    segmentation: Segmentation
    fit: Fit
    everyone: AllRows
    # what was asked for
    _counted: dict[Tree, Mapping[int, int]] = field(default_factory=dict, init=False)
    _tallied: dict[Tree, Tally] = field(default_factory=dict, init=False)

    @cached_property
    def drawn(self) -> Drawn:
        return _draw(self)

    @cached_property
    def rows(self) -> int:
        return sum(self.counts(self.fit.tree).values())

    def counts(self, tree: Tree) -> Mapping[int, int]:
        """How many of all customers the tree puts into each code."""
        if tree not in self._counted:
            self._counted[tree] = self.everyone.count_codes(tree)
        return self._counted[tree]

    def tally(self, tree: Tree) -> Tally | None:
        """The sums over all rows; None where these are all drawn."""
        if self.rows <= ALL_ROWS:
            return None
        if tree not in self._tallied:
            fit, labels = self.fit, self.segmentation.labels
            given = Given(labels.column, fit.clusters.labels) if labels else None
            centers, codes = np.array(fit.clusters.centers), sorted(s.code for s in fit.learned)
            everybody = ExactPass(self.everyone, fit.features, self.numbers, given)
            self._tallied[tree] = everybody.tally(centers, tree, codes)
        return self._tallied[tree]

    @cached_property
    def numbers(self) -> Mapping[str, Counts]:
        """What is counted of each column of numbers that the baseline has."""
        asked, categories = _columns(self.fit, self.everyone)
        numbers = [column for column in asked if column not in categories]
        return count_values(self.everyone.engine, self.everyone.relation, numbers)


def _columns(fit: Fit, everyone: AllRows) -> tuple[list[str], list[str]]:
    """The columns that the baseline has, and those of them that are categories."""
    known = fit.baseline.features if fit.baseline else fit.features
    # also what hardly differs, so is not learned; it may be gone since
    asked = [feature.column for feature in known if feature.column in everyone.by_name]
    counted_once = {f.column for f in known if f.levels}  # categories, learned from or not
    types = {column.name: column.type for column in everyone.columns}
    return asked, [c for c in asked if c in counted_once or not types[c].is_numeric]


def _draw(customers: Customers) -> Drawn:
    segmentation, fit, everyone = customers.segmentation, customers.fit, customers.everyone
    asked, categories = _columns(fit, everyone)
    engine, relation = everyone.engine, everyone.relation
    counted = customers.numbers
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
    return Drawn(
        sample=sample,
        learned=learned,
        scaled=scaled,
        labels=codes[nearest],
        summaries=summaries,
        fingerprint=everyone.fingerprint(summaries),
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
    drawn = customers.drawn
    codes, weight = drawn.sample.codes(tree)[drawn.learned], drawn.weight
    if mistakes:
        return weighted.share(codes != drawn.labels, weight)
    least = cost_of(drawn.scaled, drawn.labels, weight)
    return cost_of(drawn.scaled, codes, weight) / least - 1 if least > 0 else 0.0


def cheapest(trees: Sequence[Tree], customers: Customers, *, said: str) -> Tree:
    """Return the tree that loses least among those that leave nobody's segment empty.

    Raises ConfigError: SK319 if each of them leaves a segment without customers that had some.
    """
    before = customers.counts(customers.fit.tree).keys()
    gone_by = [before - customers.counts(tree).keys() for tree in trees]
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
    customers: Customers,
    tree: Tree,
    changes: Sequence[str],
    *,
    version: int,
    target: str,
    is_kept: bool = True,
) -> Fit:
    """Return the fit with other cuts: its quality and its baseline are those of today.

    Scales, clusters, ids and names are kept. Fidelity held out is not said of
    rules that nobody learned. With ``is_kept`` false many customers are only counted: what
    takes a sample of them (baseline, fingerprint, how true names are) is not of today.
    """
    fit, counts, found = customers.fit, customers.counts(tree), customers.tally(tree)
    segments = tuple(replace(s, n=counts.get(s.code, 0)) for s in fit.segments)
    made = replace(
        fit,
        version=version,
        origin="adjusted",
        lineage=_lineage(fit, changes),
        target=target,
        rows=customers.rows,
        tree=tree,
        stability=None,  # these rules were not learned
        segments=segments,
    )
    if found is None or is_kept:
        made = _measured(customers, made)
    if found is None:
        return replace(made, quality=_quality_of_drawn(customers, tree))
    ids = [s.id for s in sorted(fit.learned, key=lambda s: s.code)]
    shape = _shape(behind_guards(tree)[1])
    return replace(made, quality=found.quality(shape, ids, mistakes=bool(fit.clusters.labels)))


def _shape(tree: Tree) -> Quality:
    """What the rules alone tell of themselves."""
    return Quality(
        loss=0.0,
        fidelity=0.0,
        fidelity_held_out=None,
        fidelity_by_segment={},
        leaves=count_leaves(tree),
        depth=depth(tree),
        smallest_leaf=0,
        short_rules=count_short_rules(tree),
    )


def _quality_of_drawn(customers: Customers, tree: Tree) -> Quality:
    from segkit.learn.quality import measure_quality  # as below

    return measure_quality(
        behind_guards(tree)[1],
        customers.drawn.sample,
        customers.drawn.learned,
        customers.drawn.labels,
        {segment.code: segment.id for segment in customers.fit.segments},
        loss=loss_of(tree, customers),
        held_out=None,
        curve=(),
        moved=0,
    )


def _measured(customers: Customers, made: Fit) -> Fit:
    """The fit with what is told of the customers who are drawn."""
    # what looks for trees takes a while to import
    from segkit.learn.quality import far_distance, measure_baseline

    fit, drawn = customers.fit, customers.drawn
    changed = fit.fingerprint != drawn.fingerprint
    measured = fit.lineage.measured or (fit.version if changed else None)
    segments = tuple(replace(s, naming=_naming(s, made, drawn.sample)) for s in made.segments)
    return replace(
        made,
        lineage=replace(made.lineage, measured=measured),
        sample=len(drawn.sample.X),
        fingerprint=drawn.fingerprint,
        segments=segments,
        baseline=measure_baseline(
            customers.everyone,
            drawn.sample,
            drawn.summaries,
            segments,
            customers.counts(made.tree).get(0, 0),
            held_out=None,
            far=far_distance(drawn.scaled, np.array(fit.clusters.centers), drawn.weight),
        ),
    )


def _naming(segment: FittedSegment, fit: Fit, sample: Sample) -> Naming | None:
    """How true the name is that a segment keeps, of those whom the tree puts there."""
    codes = sample.codes(fit.tree)
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


def _lineage(fit: Fit, changes: Sequence[str]) -> Lineage:
    """The facts stay those of the fit; where the data changed since, they are of then."""
    return replace(
        fit.lineage,
        parent=fit.version,
        adjustments=(*fit.adjustments, *changes),
        agrees=None,  # these are the rules of nobody else yet
        segments=(),
    )
