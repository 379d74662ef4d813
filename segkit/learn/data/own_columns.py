"""Columns of ``missing: own``: whoever has no value there is in a segment of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from segkit.core.facts import Fact
from segkit.core.tree import Known, Leaf, Split, Tree
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.summary import Sample, Scan, Summary
from segkit.learn.numbers import Ints
from segkit.project.nodes import Feature, Segmentation


def behind_known(columns: Sequence[str], codes: Sequence[int], tree: Tree) -> Tree:
    """Return the tree behind a test a column, of which the first comes first.

    Who has no value there gets the code that stands at the same place.
    """
    for column, code in reversed([*zip(columns, codes, strict=True)]):
        tree = Split(column, Known(), yes=tree, no=Leaf(code), missing="no")
    return tree


@dataclass(frozen=True)
class OwnColumns:
    """``columns`` are those with a segment, in the order in which they take a customer.

    ``rows`` are all customers that none of them takes; ``missing`` how many of these have no
    value, by feature; ``incomplete`` how many lack one at least.
    """

    columns: tuple[str, ...]
    rows: int
    incomplete: int
    missing: Mapping[str, int] = field(default_factory=dict)

    def places(self, sample: Sample) -> Ints:
        """(m,) of each customer of the sample the place in ``columns`` of its own; -1 is none."""
        found = np.full(len(sample.X), -1)
        for place in reversed(range(len(self.columns))):
            found[np.isnan(sample.column(self.columns[place]))] = place
        return found


def find_own(
    segmentation: Segmentation,
    everyone: AllRows,
    features: Sequence[Feature],
    summaries: Sequence[Summary | LevelSummary],
    counted: Scan,
) -> OwnColumns:
    """Return the columns of ``own`` that take somebody, counted over all rows."""
    missing = {f.column: s.missing for f, s in zip(features, summaries, strict=True)}
    asked = [column for column in missing if column in segmentation.own and missing[column]]
    taken = _count(everyone, asked, Leaf(0)) if asked else {0: counted.rows}
    columns = tuple(c for place, c in enumerate(asked, start=1) if taken.get(place))
    rows = taken.get(0, 0)
    if columns:
        some = (c for c, n in missing.items() if n and c not in asked)
        code = len(columns) + 1
        counts = {
            c: _count(everyone, columns, behind_known([c], [code], Leaf(0))).get(code, 0)
            for c in some
        }
        missing = dict.fromkeys(missing, 0) | counts
    return OwnColumns(columns, rows, rows - counted.complete_rows, missing)


def _count(everyone: AllRows, columns: Sequence[str], tree: Tree) -> Mapping[int, int]:
    return everyone.count_codes(behind_known(columns, range(1, len(columns) + 1), tree))


def own_nobody(
    segmentation: Segmentation, features: Sequence[Feature], own: OwnColumns
) -> list[Fact]:
    """A fact for each column of ``own`` without anybody, for whom there would be a segment."""
    said = []
    for feature in features:
        if feature.column in segmentation.own and feature.column not in own.columns:
            usual = "most frequent" if feature.kind == "category" else "median"
            counts = (
                "is unassigned"
                if segmentation.missing == "unassigned"
                else f"counts as the {usual}"
            )
            said.append(Fact("own_nobody", feature.column, value=counts))
    return said
