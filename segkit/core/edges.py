"""Edges that were found in the data once, and are the definition of a score from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from segkit.core.case import Case, case_of_bands
from segkit.core.rules import Interval


@dataclass(frozen=True)
class ScoreEdges:
    """Edges of one score: ``score = 1 + number of edges < x``, those that repeat counted once.

    ``edges`` are as found, so that they may repeat; ``rows`` is how many
    values they were found in, ``definition`` what they depend on.
    """

    edges: tuple[Decimal, ...]
    rows: int
    definition: Mapping[str, Any]

    @property
    def distinct(self) -> tuple[Decimal, ...]:
        return tuple(sorted(set(self.edges)))

    @property
    def scores(self) -> int:
        """How many scores there are: fewer than asked for where edges repeat."""
        return len(self.distinct) + 1


@dataclass(frozen=True)
class EdgeSet:
    """The stored edges of one bucket set, by the name of the score."""

    name: str
    version: int
    target: str
    scores: Mapping[str, ScoreEdges]

    @property
    def label(self) -> str:
        """``v0001``"""
        from segkit.core.fit import version_label

        return version_label(self.version)


def score_case(
    column: str,
    edges: Sequence[Decimal],
    *,
    turned: bool = False,
    labels: Sequence[str] = (),
    missing: str = "",
) -> Case:
    """Return the Case of a score; ``turned``: the lowest values have the highest score.

    Parameters
    ----------
    edges : sequence of Decimal
        Ascending, each once.
    labels : sequence of str
        One a score, from the lowest score on; a score is its own label without them.
    """
    ends = [None, *edges, None]
    intervals = [Interval(low, high, low is None, high is not None) for low, high in pairwise(ends)]
    if turned:
        intervals.reverse()
    named = labels or [str(score) for score in range(1, len(intervals) + 1)]
    return case_of_bands(column, list(zip(named, intervals, strict=True)), missing)
