"""Columns of ``missing: own``: whoever has no value there is in a segment of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from segkit.core.columns import Kind
from segkit.core.facts import Fact
from segkit.core.tree import Known, Leaf, Split, Tree
from segkit.files.names import code_by_name, words
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.levels import LevelSummary, is_category
from segkit.learn.data.summary import Sample, Scan, Summary, scan
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


# what is guessed of a table that nobody has described ---------------------------------------------

NEVER = 0.99  # of those without a date have 0 of what it is the last day of
ELSEWHERE = 0.5  # of the others may have 0 there: of more, it says nothing about them
FEWEST_VALUES = 3  # a quantity of which 0 is none; a flag has two
_LAST = frozenset({"recency", "since", "last", "latest"})
MOST = 0.9  # of the customers: with more in segments of their own there is little to learn from


def with_guessed(
    segmentation: Segmentation, everyone: AllRows, features: Sequence[Feature]
) -> tuple[Segmentation, tuple[Fact, ...]]:
    """The segmentation with the columns of ``own`` that nobody has said, and why these."""
    if not segmentation.guesses_own:
        return segmentation, ()
    said = guess_own(segmentation, everyone, features, ())
    own = {fact.column: segmentation.place for fact in said if fact.column}
    return replace(segmentation, own=own), said


def guess_own(
    segmentation: Segmentation,
    everyone: AllRows,
    features: Sequence[Feature],
    dates: Collection[str],
) -> tuple[Fact, ...]:
    """Return a fact for each feature whose missing values mean "never": recency beside 0 orders.

    It is missing exactly where another number is 0; a feature of ``dates`` (days since one)
    where the number is 0 for nearly all who lack it, and for few others. At least ``min_share``
    of the customers lack it, and no earlier one has taken them.
    """
    numbers = [f.column for f in features if not is_category(f, everyone.by_name[f.column])]
    # a last day says what is missing better than what was bought then
    asked = sorted(numbers, key=lambda c: (c not in dates, _LAST.isdisjoint(words(c))))
    zeros = _with_zeros(segmentation, everyone)
    found: list[Fact] = []
    for column in asked:
        taken = [fact.column or "" for fact in found]
        fact = _never(segmentation, everyone, column, taken, zeros, is_date=column in dates)
        if fact and _leaves_values(everyone, [*taken, column], features):
            found.append(fact)
    return tuple(found)


def _with_zeros(segmentation: Segmentation, everyone: AllRows) -> list[str]:
    """Quantities that begin with 0, whole numbers first."""
    metrics = {metric.column for metric in segmentation.metrics}
    free = [
        c
        for c in everyone.columns
        if c.type.is_numeric
        and c.name not in metrics
        and c.name != segmentation.key
        and not code_by_name(c.name)
    ]
    counted = scan(everyone.engine, everyone.relation, segmentation.key, [c.name for c in free])
    whole = [c.name for c in free if c.type.kind is Kind.INTEGER]
    names = [c.column for c in counted.columns if c.minimum == 0 and c.distinct >= FEWEST_VALUES]
    return sorted(names, key=lambda name: name not in whole)


def _never(
    segmentation: Segmentation,
    everyone: AllRows,
    column: str,
    taken: Sequence[str],
    zeros: Sequence[str],
    *,
    is_date: bool,
) -> Fact | None:
    beside = [name for name in zeros if name not in (column, *taken)]
    free = "".join(f" AND v{place} IS NOT NULL" for place in range(1, len(taken) + 1))
    asked = ["1 = 1", f"1 = 1{free}", "v0 IS NOT NULL", f"v0 IS NULL{free}"]
    for place in range(1 + len(taken), 1 + len(taken) + len(beside)):
        asked += [f"{who} AND v{place} = 0" for who in asked[2:4]]
    items = [f"count(CASE WHEN {condition} THEN 1 END)" for condition in asked]
    rows, left, known, lacking, *pairs = everyone.of_known([column, *taken, *beside], items)
    if lacking < segmentation.rules.min_share * rows or left - lacking < (1 - MOST) * rows:
        return None
    for name, elsewhere, here in zip(beside, pairs[::2], pairs[1::2], strict=True):
        is_nearly = is_date and here >= NEVER * lacking and elsewhere <= ELSEWHERE * known
        if is_nearly or (here, elsewhere) == (lacking, 0):
            return Fact("own", column, lacking, name)
    return None


def _leaves_values(everyone: AllRows, own: Sequence[str], features: Sequence[Feature]) -> bool:
    """Whether every feature has a value beside those that are in segments of their own."""
    return all(
        _count(everyone, [*own, f.column], Leaf(0)).get(0, 0)
        for f in features
        if f.column not in own
    )
