"""Which columns to learn from where none are declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from segkit.core.columns import Column, Kind
from segkit.core.english import default_label
from segkit.core.facts import Fact
from segkit.errors import Place
from segkit.learn import weighted
from segkit.learn.data.dependence import classes, unrelated
from segkit.learn.data.levels import LevelSummary
from segkit.learn.data.sentinels import time_by_values
from segkit.learn.data.summary import Counts, Summary
from segkit.learn.numbers import Floats, round_digits
from segkit.project.nodes import Feature, Segmentation

NEARLY_ALL = 0.99  # of the rows with one value: the column tells hardly anybody apart
TWIN = 0.99  # of two columns so correlated the second would only count the first one twice
# of two columns so correlated each says nearly what the other does: one idea, one weight
ONE_IDEA = 0.9
MOST_RARE = 0.05  # of the customers may have levels that hardly anybody else has
# features, and a fact on each choice
Chosen = tuple[tuple[Feature, ...], tuple[Fact, ...]]
LOOKED_AT = 20_000  # rows show what has to do with what


def candidates(segmentation: Segmentation, columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns that are neither the key nor labels nor a metric."""
    taken = {segmentation.key, *(metric.column for metric in segmentation.metrics)}
    taken |= {segmentation.labels.column} if segmentation.labels else set()
    return tuple(column for column in columns if column.name not in taken)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A column that may become a feature: its summary over all rows, its values in the sample.

    ``values`` (n,) are numbers, or positions of a category's levels; NaN where missing.
    """

    column: Column
    summary: Summary | LevelSummary
    values: Floats

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def is_category(self) -> bool:
        return isinstance(self.summary, LevelSummary)

    @property
    def wants_log(self) -> bool:
        return isinstance(self.summary, Summary) and self.summary.is_better_in_log

    @cached_property
    def learned(self) -> Floats:
        """(n,) the values on the scale that is learned on, but for a straight line."""
        return np.log1p(self.values) if self.wants_log else self.values

    def feature(self, place: Place, weight: float = 1.0) -> Feature:
        if self.is_category:
            return Feature(self.name, place, kind="category", weight=weight)
        scale = "log" if self.wants_log else "standard"
        return Feature(self.name, place, scale=scale, weight=weight)


def choose_features(
    candidates: Sequence[Candidate], weight: Floats, others: Mapping[str, Fact], place: Place
) -> Chosen:
    """Return the chosen features and a fact on each choice.

    Ids, what hardly differs, what only repeats another column and what has nothing to do
    with any other is left out; a column that is never negative and very skewed gets scale
    log if that is of any use.

    ``weight`` (n,): how many customers each row of the sample stands for.
    ``others``: of columns that are no candidates, why not.
    """
    left_out: list[Fact] = []
    kept: list[Candidate] = []
    pairs = _Pairs(weight)
    for candidate in candidates:
        reason = _why_not(candidate, weight) or _copied(candidate, kept, pairs)
        if reason is None:
            kept.append(candidate)
        else:
            left_out.append(reason)
    head = slice(LOOKED_AT)
    alone = unrelated(
        [classes(c.values[head], weight[head], is_category=c.is_category) for c in kept],
        weight[head],
    )
    left_out += [Fact("out_unrelated", kept[position].name) for position in alone]
    kept = [candidate for position, candidate in enumerate(kept) if position not in alone]
    said = [Fact("chosen", candidate.name) for candidate in kept] + left_out
    said += [*others.values(), *_kinds_and_scales(kept)]
    features: dict[str, Feature] = {}
    for idea in _ideas(kept, pairs):
        share = round(1 / len(idea), 2)
        features |= {c.name: with_words(c.feature(place, share)) for c in idea}
        if len(idea) > 1:
            further = ", ".join(c.name for c in idea[1:])
            said.append(Fact("one_idea", idea[0].name, value=further))
    return tuple(features[candidate.name] for candidate in kept), tuple(said)


def _kinds_and_scales(kept: Sequence[Candidate]) -> Iterator[Fact]:
    for c in kept:
        if c.is_category:
            yield Fact("is_category", c.name)
    for c in kept:
        if isinstance(c.summary, Summary) and c.wants_log:
            yield log_scale(c.name, c.summary)


def _ideas(kept: Sequence[Candidate], pairs: _Pairs) -> list[list[Candidate]]:
    """Candidates by what they say: numbers that move together are of one idea.

    Five columns of money would outweigh the one that says how often somebody came.
    """
    ideas: list[list[Candidate]] = []
    for one in kept:
        of_one = (i for i in ideas if all(_is_one_idea(one, other, pairs) for other in i))
        if (idea := next(of_one, None)) is not None:
            idea.append(one)
        else:
            ideas.append([one])
    return ideas


def _is_one_idea(one: Candidate, other: Candidate, pairs: _Pairs) -> bool:
    are_numbers = not (one.is_category or other.is_category)
    return are_numbers and pairs.move_together(one, other, ONE_IDEA)


def log_scale(column: str, summary: Summary) -> Fact:
    return Fact("log_scale", column, value=round_digits(summary.skew))


def with_words(feature: Feature) -> Feature:
    """Return the feature with a label and a unit, made from its name where none is given."""
    label, unit = default_label(feature.column)
    return replace(
        feature,
        label=feature.label or label,
        unit=feature.unit if feature.label or feature.unit else unit,
    )


def _why_not(candidate: Candidate, weight: Floats) -> Fact | None:
    name, summary = candidate.name, candidate.summary
    if isinstance(summary, LevelSummary):
        return _why_no_category(name, summary)
    if summary.counts.known == 0:
        return Fact("out_empty", name)
    if summary.counts.too_large:
        return Fact("out_too_large", name)
    if time := time_by_values(summary.counts.minimum or 0.0, summary.counts.maximum or 0.0):
        return Fact("out_time", name, value=time)
    if candidate.column.type.kind is Kind.INTEGER and _counts_through(summary.counts):
        return Fact("out_counts_through", name)
    if summary.is_constant:
        return Fact("out_constant", name)
    return _mostly_one(name, candidate.values, weight)


def _why_no_category(name: str, summary: LevelSummary) -> Fact | None:
    if not summary.known:
        return Fact("out_empty", name)
    if summary.rare > MOST_RARE * summary.known:
        return Fact("out_free_text", name)
    if summary.is_constant:
        return Fact("out_constant", name)
    level = max(summary.counts, key=lambda each: summary.counts[each])
    share = summary.counts[level] / summary.known
    if share < NEARLY_ALL:
        return None
    return Fact("out_mostly_level", name, value=(level, round_digits(share)))


def _mostly_one(name: str, values: Floats, weight: Floats) -> Fact | None:
    """What nearly everybody has tells nobody apart."""
    known = np.isfinite(values)
    if not known.any():
        return None
    found, place = np.unique(values[known], return_inverse=True)
    counts = np.bincount(place, weight[known])
    share = float(counts.max() / weight[known].sum())
    if share < NEARLY_ALL:
        return None
    most = round_digits(float(found[counts.argmax()]))
    return Fact("out_mostly_one", name, value=(most, round_digits(share)))


def _copied(candidate: Candidate, kept: Sequence[Candidate], pairs: _Pairs) -> Fact | None:
    """A fact where the column says what an earlier one says."""
    for other in kept:
        if candidate.is_category or other.is_category:
            is_copy = says_the_same(candidate, other)
        else:
            is_copy = pairs.move_together(candidate, other, TWIN)
        if is_copy:
            return Fact("out_twin", candidate.name, value=other.name)
    return None


def says_the_same(one: Candidate, other: Candidate) -> bool:
    """True if two columns part customers alike: a code beside its text, bands of a number."""
    known = np.isfinite(one.values) & np.isfinite(other.values)
    a, b = one.values[known], other.values[known]
    if known.mean() < NEARLY_ALL or not len(a):
        return False
    if one.is_category and other.is_category:
        pairs = len(np.unique(np.stack([a, b]), axis=1).T)
        return pairs == len(np.unique(a)) == len(np.unique(b))
    levels, numbers = (a, b) if one.is_category else (b, a)
    ends = sorted(
        (numbers[levels == level].min(), numbers[levels == level].max())
        for level in np.unique(levels)
    )
    return len(ends) > 1 and all(high < low for (_, high), (low, _) in pairwise(ends))


class _Pairs:
    """Numbers beside each other: of a hundred columns there are five thousand pairs."""

    def __init__(self, weight: Floats) -> None:
        self._weight = weight
        self._standardised: dict[str, Floats | None] = {}

    def move_together(self, one: Candidate, other: Candidate, least: float) -> bool:
        """True for two columns of which each is a straight line of the other, but for noise."""
        if not weighted.may_reach(self._of(one), self._of(other), least):
            return False
        a, b = one.learned, other.learned
        known = np.isfinite(a) & np.isfinite(b)
        if weighted.share(known, self._weight) < NEARLY_ALL:
            return False
        r = weighted.correlation(a[known], b[known], self._weight[known])
        return r is not None and abs(r) >= least

    def _of(self, one: Candidate) -> Floats | None:
        if one.name not in self._standardised:
            self._standardised[one.name] = weighted.standardised(one.learned, self._weight)
        return self._standardised[one.name]


def _counts_through(counts: Counts) -> bool:
    """Every row has its own integer, and they lie close: cents spent would be scattered."""
    return counts.known > 1 and counts.distinct == counts.known and counts.lies_close
