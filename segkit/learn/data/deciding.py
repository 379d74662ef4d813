"""A column that alone decides the segments, and how it is taken back where nobody asked for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from segkit.core.facts import Fact
from segkit.learn import weighted
from segkit.learn.data.choose_features import Chosen
from segkit.learn.numbers import Floats, Ints, round_digits
from segkit.learn.trees.ranks import Rows

DECIDES = 0.9  # share of what parts the clusters that is one column's
# A column of two heaps, one of a few prices: K-Means gains more by parting these than by anything
# that several columns say together. With half the weight it has a part like the others.
HALF = 0.5
_FEWEST = 2  # features: of two, one will always part the clusters where k is 2


def deciding_column(rows: Rows, labels: Ints) -> Fact | None:
    """A fact where nearly all that parts the segments is one column's.

    Segments, not clusters: the rules may part by one column what K-Means parts by several, if
    that costs little.
    """
    if len(rows.columns) < 2:
        return None
    between = np.add.reduceat(_between(rows.scaled, labels, rows.weight), rows.starts)
    total, most = float(between.sum()), int(between.argmax())
    if not total or between[most] / total <= DECIDES:
        return None
    return Fact("decides_alone", rows.columns[most], value=round_digits(between[most] / total))


def take_back(chosen: Chosen, one: Fact, asked: Collection[str] = ()) -> Chosen | None:
    """Return what to learn from instead; None if there is nothing else.

    The column that decides counts half, and if it did already, it is left out.

    ``chosen``: features that nobody asked for, and why these.
    ``one``: of ``deciding_column``.
    ``asked``: columns that somebody named all the same: they stay as they are.
    """
    features, said = chosen
    if len(features) <= _FEWEST or one.column in asked:
        return None
    found = next(feature for feature in features if feature.column == one.column)
    if found.weight > HALF:
        halved = replace(found, weight=HALF)
        less = Fact("counts_half", one.column, value=one.value)
        return tuple(halved if f is found else f for f in features), (*said, less)
    kept = [fact for fact in said if fact.column != one.column]
    place = sum(fact.code == "chosen" for fact in kept)
    kept.insert(place, Fact("out_decides", one.column))
    return tuple(f for f in features if f is not found), tuple(kept)


def _between(X: Floats, labels: Ints, weight: Floats) -> Floats:
    """The weighted sum of squares between the groups, by column."""
    total = np.bincount(labels, weight)
    means = weighted.group_means(X, labels, weight, len(total))
    off = means - np.average(X, axis=0, weights=weight)
    return np.asarray((total[:, None] * off**2).sum(axis=0))
