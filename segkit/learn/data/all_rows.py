"""What is counted in the engine over all rows, of which the sample is a part."""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from segkit.core.columns import Column, Kind
from segkit.core.tree import Tree
from segkit.core.tree import columns as columns_of_tree
from segkit.dialects.emit import case_inline, chain_of
from segkit.dialects.select import guarded
from segkit.dialects.spelling import double
from segkit.engines.base import Reader
from segkit.learn.data.coreset import AT_A_TIME, known_sql
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.summary import TOO_LARGE, Summary

FRACTION = 2**32
CLOSE = 10_000  # between two edges: whole numbers there are counted one by one


@dataclass(frozen=True)
class AllRows:
    """All customers of a segmentation, where they are.

    ``relation`` is quoted SQL of the relation that has them, ``columns`` are all of its columns.
    """

    engine: Reader
    relation: str
    columns: tuple[Column, ...]

    @property
    def by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.columns}

    def code_sql(self, tree: Tree) -> str:
        """The code that the rules give to a row, as one expression."""
        operands = guarded(columns_of_tree(tree), self.by_name, self.engine.dialect)
        return case_inline(chain_of(tree, operands, self.engine.dialect))

    def count_codes(self, tree: Tree) -> Mapping[int, int]:
        """Return how many rows the rules put into each code."""
        found = self.engine.query(
            f"SELECT code, count(*) FROM (SELECT {self.code_sql(tree)} AS code "
            f"FROM {self.relation}) AS coded GROUP BY code"
        )
        return {int(code): int(count) for code, count in found}

    def count_pairs(self, one: Tree, other: Tree) -> Mapping[tuple[int, int], int]:
        """Return how many rows two sets of rules put into each pair of codes."""
        found = self.engine.query(
            f"SELECT one, other, count(*) FROM (SELECT {self.code_sql(one)} AS one, "
            f"{self.code_sql(other)} AS other FROM {self.relation}) AS coded GROUP BY one, other"
        )
        return {(int(a), int(b)): int(count) for a, b, count in found}

    def count_below(self, edges: Mapping[str, Sequence[float]]) -> Mapping[str, tuple[int, ...]]:
        """Return, by column, how many known values lie below each of its edges, which rise."""
        counts: dict[str, tuple[int, ...]] = {}
        asked = {c: _Bins.of(self.by_name[c], ends) for c, ends in edges.items() if ends}
        for some in _batches(list(asked)):
            bins = (f"{asked[c].sql(f'v{place}')} AS b{place}" for place, c in enumerate(some))
            names = [f"b{place}" for place in range(len(some))]
            found = self.engine.query(
                f"SELECT {', '.join(names)}, count(*) FROM "
                f"(SELECT {', '.join(bins)} FROM {self._known_sql(some)}) AS binned "
                f"GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in names)})"
            )
            for place, column in enumerate(some):  # NULL is where another column was counted by
                of_bin = {row[place]: row[-1] for row in found if row[place] is not None}
                counts[column] = asked[column].below(of_bin)
        return counts

    def fingerprint(self, summaries: Sequence[Summary | LevelSummary]) -> str:
        """Return a digest of rows, NULLs, exact sum, least and greatest of each column.

        The same for any order of the rows, and on every database: of a number the
        sum is that of its whole part and of its fraction in steps of 2^-32, both
        integers, because a sum of doubles depends on the order and on the engine.
        Of a category it is the number of rows of each level.
        """
        numbers = [s.counts for s in summaries if isinstance(s, Summary)]
        sums: dict[str, tuple[int, ...]] = {}
        for some in _batches([counts.column for counts in numbers]):
            are_whole = [self.by_name[column].type.kind is Kind.INTEGER for column in some]
            items = [i for n, whole in enumerate(are_whole) for i in exact_sums(f"v{n}", whole)]
            found = self.of_known(some, items)
            sums |= {c: found[2 * place : 2 * place + 2] for place, c in enumerate(some)}
        said: list[object] = []
        for summary in summaries:
            if isinstance(summary, LevelSummary):
                counted = (summary.rows, summary.missing, summary.distinct)
                said.append([summary.column, *counted, sorted(summary.counts.items())])
                continue
            c = summary.counts
            ends = [None if end is None else float(end) for end in (c.minimum, c.maximum)]
            said.append([c.column, c.rows, c.nulls, c.non_finite, *sums[c.column], *ends])
        return hashlib.sha256(json.dumps(said).encode("ascii")).hexdigest()

    def of_known(self, columns: Sequence[str], items: Sequence[str]) -> tuple[int, ...]:
        """Integers over the finite values of columns, which the items call v0, v1, ..."""
        found = self.engine.query(f"SELECT {', '.join(items)} FROM {self._known_sql(columns)}")[0]
        return tuple(int(value or 0) for value in found)

    def _known_sql(self, columns: Sequence[str]) -> str:
        known = ", ".join(
            f"{known_sql(column, self.engine.dialect, self.by_name[column].type)} AS v{place}"
            for place, column in enumerate(columns)
        )
        return f"(SELECT {known} FROM {self.relation}) AS known"


def _batches(columns: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(columns), AT_A_TIME):
        yield columns[start : start + AT_A_TIME]


@dataclass(frozen=True)
class _Bins:
    """Where a value lies between edges: how many of them are at most the value.

    Whole numbers between edges that lie close stay what they are, which takes half the time.
    """

    edges: Sequence[float]
    are_numbers: bool

    @classmethod
    def of(cls, column: Column, edges: Sequence[float]) -> _Bins:
        is_whole = column.type.kind is Kind.INTEGER
        return cls(edges, is_whole and edges[-1] - edges[0] < CLOSE)

    def sql(self, value: str) -> str:
        if not self.are_numbers:
            return _bin_sql(value, self.edges)
        ends = math.ceil(self.edges[0]) - 1, math.floor(self.edges[-1]) + 1
        below, above = map(double, ends)
        inside = f"CASE WHEN {value} < {below} THEN {below} WHEN {value} > {above} THEN {above} "
        return f"CAST({inside}ELSE {value} END AS BIGINT)"

    def below(self, of_bin: Mapping[int, int]) -> tuple[int, ...]:
        """How many lie below each edge."""
        ends = self.edges if self.are_numbers else range(1, len(self.edges) + 1)
        numbers = sorted(of_bin)
        upto = [0, *accumulate(of_bin[number] for number in numbers)]
        return tuple(upto[bisect_left(numbers, end)] for end in ends)


def _bin_sql(value: str, edges: Sequence[float], first: int = 0) -> str:
    """How many of the edges are at most the value, looked for by halves; NULL is beyond all."""
    if not edges:
        return str(first)
    half = len(edges) // 2
    low, high = (
        _bin_sql(value, edges[:half], first),
        _bin_sql(value, edges[half + 1 :], first + half + 1),
    )
    return f"CASE WHEN {value} < {double(edges[half])} THEN {low} ELSE {high} END"


def exact_sums(value: str, is_whole: bool = False) -> tuple[str, str]:
    """SQL of the sums of whole parts and of fractions, which no order changes.

    What is beyond 1e15 is left out: it is seen in the least and the greatest value.
    """
    small = f"CASE WHEN abs({value}) <= {double(TOO_LARGE)} THEN {value} END"
    if is_whole:
        return f"sum(CAST({small} AS BIGINT))", "0"
    whole = f"floor({small})"
    part = f"floor(({small} - {whole}) * {double(FRACTION)})"
    return f"sum(CAST({whole} AS BIGINT))", f"sum(CAST({part} AS BIGINT))"
