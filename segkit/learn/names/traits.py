"""What sets a segment apart: words that hold for its members and for its rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segkit.core.fit import FittedFeature
from segkit.core.rules import Condition, Interval, Levels, Rule
from segkit.learn import weighted
from segkit.learn.names.trait_words import Level
from segkit.learn.numbers import Floats, Ints

CLEAR = 0.33  # Cliff's delta: a trait of the segment
HOLDS = 0.8  # share of members for whom a word must be true
NARROW = 0.5  # interquartile range against all customers': "mid"
MOSTLY = 0.33  # so much larger is a level's share inside than outside: a trait
TRAITS = 2

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Trait:
    """``code`` is a level of a category; a number is high, low or mid, or beyond that of others."""

    place: int
    level: Level
    strength: float
    code: int | None = None


@dataclass(frozen=True, eq=False)
class People:
    """Customers with their segments and the rules that put them there.

    ``X`` has the raw values of the features, NaN where missing; of a category
    the position of its level.
    """

    codes: Ints
    X: Floats
    weight: Floats  # customers that each row stands for
    features: Sequence[FittedFeature]
    rules: Sequence[Rule]

    def values(self, place: int) -> Floats:
        """A column; a level that is not among those of its feature is missing."""
        values, feature = self.X[:, place], self.features[place]
        if feature.is_category:
            return np.where(values < len(feature.levels), values, np.nan)
        return values

    def holds(self, code: int, place: int, is_true: Callable[[Floats], Bools]) -> bool:
        """Whether a word is true of enough members, and possible under each of their rules."""
        values = self.values(place)
        member = self.codes == code
        if weighted.share(is_true(values[member]), self.weight[member]) < HOLDS:
            return False
        known = values[np.isfinite(values)]
        true = known[is_true(known)]
        return not any(
            condition.column == self.features[place].column
            and not self._within(true, condition, self.features[place].levels).any()
            for rule in self.rules
            if rule.code == code
            for condition in rule.conditions
        )

    @staticmethod
    def _within(values: Floats, condition: Condition, levels: Sequence[str]) -> Bools:
        asked = condition.values
        inside = np.full(len(values), asked is not None)
        if isinstance(asked, Levels):
            listed = [place for place, level in enumerate(levels) if level in asked.listed]
            inside = np.isin(values, listed)
            return ~inside if asked.excluded else inside
        if isinstance(asked, Interval):
            if asked.lower is not None:
                end = float(asked.lower)
                inside &= values >= end if asked.lower_closed else values > end
            if asked.upper is not None:
                end = float(asked.upper)
                inside &= values <= end if asked.upper_closed else values < end
        return inside


def find_traits(people: People, code: int) -> list[Trait]:
    """Return the strongest traits of a segment, in the order of the columns.

    A segment of most customers is near the median of all, whatever the others
    are: where it has no trait, it is compared with the others alone.
    """
    places = range(len(people.features))
    categories = {place for place in places if people.features[place].is_category}
    each = [(_mostly if p in categories else _number)(people, code, p) for p in places]
    if not any(each):
        each = [None if p in categories else _beside_others(people, code, p) for p in places]
    found = [trait for trait in each if trait]
    strongest = sorted(found, key=lambda t: (-round(t.strength, 6), t.place))[:TRAITS]
    return sorted(strongest, key=lambda t: t.place)


def cliffs_delta(values: Floats, weight: Floats, members: Bools, others: Bools) -> float:
    """Return P(member > other) - P(member < other) of known values; 0 where a side is empty."""
    known = np.isfinite(values)
    mine, theirs = np.flatnonzero(members & known), np.flatnonzero(others & known)
    if not len(mine) or not len(theirs):
        return 0.0
    theirs = theirs[np.argsort(values[theirs], kind="stable")]
    upto = np.concatenate([[0.0], np.cumsum(weight[theirs])])
    below, not_above = (
        float((upto[np.searchsorted(values[theirs], values[mine], side)] * weight[mine]).sum())
        for side in ("left", "right")
    )
    pairs = float(weight[mine].sum() * upto[-1])
    return (below - (pairs - not_above)) / pairs


def mostly(values: Floats, weight: Floats, member: Bools) -> tuple[int, float] | None:
    """Return the level that most members have and how far its share is ahead of the others'.

    A missing value is a member's, too. None where others have that level nearly as often.
    """
    known = member & np.isfinite(values)
    if not known.any() or member.all():
        return None
    levels, place = np.unique(values[known], return_inverse=True)
    counts = np.bincount(place, weight[known])
    code = int(levels[counts.argmax()])
    inside = float(counts.max() / weight[member].sum())
    ahead = inside - weighted.share(values[~member] == code, weight[~member])
    return (code, ahead) if ahead >= MOSTLY else None


def beyond(end: float, *, is_above: bool, or_equal: bool = False) -> Callable[[Floats], Bools]:
    """What is true of values above an end, or below it."""
    return lambda values: (
        ((values > end) if is_above else (values < end)) | (or_equal & (values == end))
    )


def _number(people: People, code: int, place: int) -> Trait | None:
    values, member = people.values(place), people.codes == code
    known = np.isfinite(values)
    if not (known & member).any() or member.all():
        return None

    def quantile(of: Bools, part: int, parts: int) -> float:
        return weighted.middle(values[of], people.weight[of], part, parts)

    inside = known & member
    delta, middle = cliffs_delta(values, people.weight, member, ~member), quantile(known, 1, 2)
    lowest, highest = values[known].min(), values[known].max()
    if abs(delta) >= CLEAR:
        # most have the highest value, or the lowest: nobody has more, or less
        at_end = middle == (highest if delta > 0 else lowest)
        is_beyond = beyond(middle, is_above=delta > 0, or_equal=at_end)
        level: Level = "high" if delta > 0 else "low"
        return Trait(place, level, abs(delta)) if people.holds(code, place, is_beyond) else None
    start, end = quantile(known, 1, 4), quantile(known, 3, 4)
    spread = quantile(inside, 3, 4) - quantile(inside, 1, 4)
    if spread > NARROW * (end - start) or not start < quantile(inside, 1, 2) < end:
        return None
    low, high = quantile(known, 1, 5), quantile(known, 4, 5)
    if not people.holds(code, place, lambda x: (x >= low) & (x <= high)):
        return None
    return Trait(place, "mid", CLEAR * (1 - spread / (end - start)))


def _beside_others(people: People, code: int, place: int) -> Trait | None:
    """Higher or lower than the median of all who are not in the segment."""
    values, member = people.values(place), people.codes == code
    delta = cliffs_delta(values, people.weight, member, ~member)
    if abs(delta) < CLEAR:
        return None
    end = weighted.median(values[~member], people.weight[~member])
    level: Level = "higher" if delta > 0 else "lower"
    holds = people.holds(code, place, beyond(end, is_above=delta > 0))
    return Trait(place, level, abs(delta)) if holds else None


def _mostly(people: People, code: int, place: int) -> Trait | None:
    """The level that nearly all members have, where others mostly have another."""
    found = mostly(people.values(place), people.weight, people.codes == code)
    if not found or not people.holds(code, place, lambda x: x == found[0]):
        return None
    return Trait(place, "high", found[1], found[0])
