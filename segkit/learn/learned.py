"""What is learned from the sample alone: groups of customers, and the tree that explains them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from segkit.core.fact_english import sentences
from segkit.core.fit import Fit, FittedFeature
from segkit.errors import DataError, Problem
from segkit.learn.clusters.choose_k import Wanted
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.data_problems import never_known, too_few_distinct, wanted_segments
from segkit.learn.data.data_warnings import few_customers
from segkit.learn.data.deciding import deciding_column, take_back
from segkit.learn.data.prepare import fill_missing, fit_feature, substitutes, transform
from segkit.learn.data.read import Data, read_data
from segkit.learn.groups import Groups, find_groups, given_groups, wanted_k
from segkit.learn.numbers import Ints, distinct_rows, one_thread
from segkit.learn.quality import predict_held_out
from segkit.learn.trees.ranks import Rows
from segkit.project.nodes import AskedK, Segmentation


@dataclass(frozen=True)
class Numbering:
    """What a fit is called, and what came before it.

    Segments that hold the same customers as those of ``previous`` keep their ids
    and names; ``taken`` is the highest code that any earlier fit has given. Where no k is
    declared, that of ``previous`` stays, unless ``k`` is asked for: another, or auto.
    Of a fit that is not ``kept`` only the first screen is seen: it has no loss for each k,
    and nothing held out.
    """

    target: str
    version: int
    previous: Fit | None = None
    taken: int = 0
    k: AskedK = None
    kept: bool = True


@dataclass(frozen=True, eq=False)
class Learned:
    """The rows that were learned from, their places in the sample, and what was found in them."""

    features: tuple[FittedFeature, ...]
    places: Ints
    rows: Rows
    groups: Groups
    held_out: Ints | None


def learned_from(
    segmentation: Segmentation,
    everyone: AllRows,
    numbering: Numbering,
    progress: Callable[[str], None],
    warn: Callable[[str], None],
) -> tuple[Data, Learned]:
    """Data, and the groups in it; of features that nobody declared none decides alone."""
    wanted, chosen = wanted_k(segmentation, numbering.previous, numbering.k), None
    k = wanted.k or wanted_segments(segmentation)
    while True:
        progress("reading customers")
        data = read_data(segmentation, everyone, numbering.previous, chosen)
        few = tuple(few_customers(data.sample.rows, len(data.features), k))
        data = replace(data, warnings=(*data.warnings, *few))
        if chosen is None:
            for sentence in sentences(few):
                warn(sentence)
        learned = _learn(data, wanted, progress, numbering.kept)
        if segmentation.features or segmentation.labels is not None:
            return data, learned
        one = deciding_column(learned.rows, learned.groups.explained.segments)
        found = data.features, data.assumptions
        chosen = take_back(found, one, segmentation.own) if one else None
        if chosen is None:
            return data, learned


def _learn(data: Data, wanted: Wanted, progress: Callable[[str], None], kept: bool) -> Learned:
    """Groups and their tree, from the sample alone."""
    segmentation, places = data.segmentation, _rows_to_learn(data)
    features = fit_features(data, places)
    rows = prepare_rows(data, features, places)
    with one_thread():
        if segmentation.labels is None:
            groups = find_groups(segmentation, rows, wanted, progress, kept=kept)
        else:
            groups = given_groups(data, rows, places)
        seed = segmentation.clusters.seed
        held_out = predict_held_out(groups.rows, groups.explained, seed) if kept else None
    return Learned(features, places, rows, groups, held_out)


def _rows_to_learn(data: Data) -> Ints:
    """Customers to learn from: those in no segment of their own, with a label where labels are
    given, and those that miss nothing where ``missing: unassigned``.
    """
    segmentation = data.segmentation
    known = data.own.places(data.sample) < 0
    if segmentation.missing == "unassigned":
        known &= np.isfinite(data.values(data.features)).all(axis=1)
    if segmentation.labels is not None:
        given = segmentation.labels.column
        known &= data.sample.column(given) < len(data.sample.levels[given])  # no NaN, none too rare
    return np.flatnonzero(known)


def fit_features(data: Data, learned: Ints) -> tuple[FittedFeature, ...]:
    """Return the features as the customers at these places have them.

    Raises DataError with a problem for each feature that cannot be learned from.
    """
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


def prepare_rows(data: Data, features: tuple[FittedFeature, ...], learned: Ints) -> Rows:
    """Return the customers at these places, filled and scaled; DataError if they are too alike."""
    filled = fill_missing(data.values(data.used)[learned], features)
    scaled = transform(filled, features)
    k = wanted_segments(data.segmentation)
    distinct = distinct_rows(scaled, k)
    if distinct < k:
        raise DataError(too_few_distinct(data.segmentation, distinct, k))
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
