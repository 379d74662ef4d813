"""The tree as it is published: a code, an id and a name for each segment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segkit.core.english import default_label, lower_first
from segkit.core.facts import Fact
from segkit.core.fit import FittedSegment
from segkit.core.rules import rules_of
from segkit.core.tree import Tree, splits
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.own_columns import behind_known
from segkit.learn.data.read import Data
from segkit.learn.learned import Learned, Numbering
from segkit.learn.names.identity import Identity, identify
from segkit.learn.names.name_counts import NameCounts
from segkit.learn.names.name_segments import Named, name_segments, notes_of
from segkit.learn.names.statements import People
from segkit.learn.numbers import Ints
from segkit.learn.trees.ranks import relabel


@dataclass(frozen=True)
class NamedTree:
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


def name_tree(everyone: AllRows, data: Data, learned: Learned, numbering: Numbering) -> NamedTree:
    """Count the segments over all rows, give them ids by size, and names by what they hold."""
    found = learned.groups.explained.surrogate.tree
    k = learned.groups.explained.clustering.k
    places = range(1, k + len(data.own.columns) + 1)
    counts = everyone.count_codes(published(data, found, places[k:]))
    sizes = [counts.get(place, 0) for place in places]
    identities = _identify(data, learned, sizes, numbering)
    codes = {place: each.code for place, each in zip(places, identities, strict=True)}
    own = [codes[place] for place in places[k:]]
    tree = published(data, relabel(found, codes), own)
    names, notes = _names_of(data, learned, tree, identities)
    segments = tuple(
        FittedSegment(i.code, i.id, names[i.code].text, n, names[i.code].naming)
        for n, i in zip(sizes, identities, strict=True)
    )
    return NamedTree(
        identities,
        tree,
        tuple(sorted(segments, key=lambda segment: segment.code)),
        dict(zip(data.own.columns, segments[k:], strict=True)),
        counts.get(0, 0),
        notes,
    )


def published(data: Data, tree: Tree, own: Sequence[int]) -> Tree:
    """The tree as it is published: behind a test a column that is ``own``, whose missing values
    get these codes, and with ``missing: unassigned`` a test of each other feature.
    """
    if data.segmentation.missing == "unassigned":
        others = [f.column for f in data.features if f.column not in data.own.columns]
        tree = behind_known(others, [0] * len(others), tree)
    return behind_known(data.own.columns, own, tree)


def _identify(
    data: Data, learned: Learned, sizes: Sequence[int], numbering: Numbering
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
    data: Data, learned: Learned, tree: Tree, identities: Sequence[Identity]
) -> tuple[dict[int, Named], tuple[Fact, ...]]:
    """A name for each code, and what no name says."""
    given: dict[int, str] = {}
    if data.segmentation.labels is not None:  # a number is told with its column: "Cluster 3"
        column = default_label(data.segmentation.labels.column)[0]
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
