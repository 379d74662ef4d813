"""Names for segments, from what sets each apart: "Many orders, high total spend"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from segkit.core.fit import FittedFeature
from segkit.core.rules import Rule
from segkit.learn import weighted
from segkit.learn.names.trait_words import (
    NO_WORDS,
    Level,
    can_be_stronger,
    level_phrase,
    phrase,
    sentence,
)
from segkit.learn.names.traits import (
    People,
    Trait,
    beyond,
    cliffs_delta,
    find_traits,
    mostly,
)
from segkit.learn.numbers import Floats, Ints
from segkit.project.nodes import TraitWords

VISIBLE = 0.147  # Cliff's delta: enough to tell namesakes apart

Words = Mapping[str, TraitWords]  # by column


@dataclass(frozen=True)
class _Name:
    """``traits`` set the segment apart from all others, ``added`` from its namesakes."""

    traits: tuple[Trait, ...]
    added: tuple[Trait, ...] = ()

    def level(self, place: int) -> Level | None:
        """What is said of that column."""
        both = (*self.traits, *self.added)
        return next((trait.level for trait in both if trait.place == place), None)

    def with_(self, trait: Trait | None) -> _Name:
        """ "Very high" takes the place of "high"; other traits come after those that are there."""
        if trait is None:
            return self
        if self.level(trait.place) is None:
            return replace(self, added=(*self.added, trait))
        own = tuple(trait if here.place == trait.place else here for here in self.traits)
        return replace(self, traits=own)

    def text(self, features: Sequence[FittedFeature], words: Words) -> str:
        said = [_say(trait, features[trait.place], words) for trait in self.traits] or ["typical"]
        said += [_say(trait, features[trait.place], words) for trait in self.added]
        return sentence(said)


@dataclass(frozen=True)
class _Split:
    """What some of the namesakes get; ``rank`` says how well it tells them apart."""

    rank: float
    place: int
    traits: Mapping[int, Trait]


def name_segments(
    codes: Ints,
    X: Floats,
    weight: Floats,
    features: Sequence[FittedFeature],
    rules: Sequence[Rule],
    kept: Mapping[int, str],
    words: Words,
) -> dict[int, str]:
    """Return a unique name for each code from 1 that occurs, keeping those of ``kept``.

    Parameters
    ----------
    codes : array (m,)
        Segment of each customer; 0 is unassigned.
    X, weight : arrays (m, d) and (m,)
        See ``People``.
    rules : sequence of Rule
        All leaves; no word contradicts them.
    words : mapping
        By column what is to be said for high, low and mid.
    """
    people = People(codes, X, weight, features, rules)
    found = [int(code) for code in np.unique(codes) if code > 0]
    new = {code: _Name(tuple(find_traits(people, code))) for code in found if code not in kept}
    texts = {code: name.text(features, words) for code, name in new.items()} | dict(kept)
    for text in dict.fromkeys(texts[code] for code in new):
        alike = [code for code in found if texts[code] == text]
        new |= _told_apart(people, alike, {c: new[c] for c in alike if c in new}, words)
    sizes = {code: float(weight[codes == code].sum()) for code in new}
    named = {code: name.text(features, words) for code, name in new.items()}
    all_names = {**kept, **_numbered(named, sizes, set(kept.values()))}
    return {code: all_names[code] for code in sorted(all_names)}


def _say(trait: Trait, feature: FittedFeature, words: Words) -> str:
    if trait.code is not None:
        return level_phrase(feature, feature.levels[trait.code])
    return phrase(feature, trait.level, words.get(feature.column, NO_WORDS))


def _told_apart(
    people: People, alike: Sequence[int], names: Mapping[int, _Name], words: Words
) -> dict[int, _Name]:
    """Give namesakes the traits that best tell them apart, again and again.

    Those of ``alike`` that are not among ``names`` keep theirs.
    """
    splits = [
        split
        for place in range(len(people.features))
        for split in _splits(people, place, alike, names, words)
    ]
    if not splits:
        return dict(names)
    best = max(splits, key=lambda split: (round(split.rank, 6), -split.place))
    told: dict[int, _Name] = {}
    for trait in dict.fromkeys([None, *best.traits.values()]):
        group = [code for code in alike if best.traits.get(code) == trait]
        own = {code: names[code].with_(trait) for code in group if code in names}
        told |= _told_apart(people, group, own, words)
    return told


def _splits(
    people: People, place: int, alike: Sequence[int], names: Mapping[int, _Name], words: Words
) -> Iterator[_Split]:
    """Ways in which a column tells namesakes apart."""
    if len(alike) < 2 or not names:
        return
    said = {name.level(place) for name in names.values()}
    feature, codes, values = people.features[place], people.codes, people.values(place)
    if feature.is_category:
        if said == {None}:
            yield from _by_level(people, place, alike, names)
        return
    known = np.isfinite(values)
    if all((known & (codes == code)).any() for code in alike):
        given = words.get(feature.column, NO_WORDS)
        yield from _by_number(people, place, alike, names, given)


def _by_number(
    people: People,
    place: int,
    alike: Sequence[int],
    names: Mapping[int, _Name],
    given: TraitWords,
) -> Iterator[_Split]:
    """A number, of which some namesakes mostly have less than the rest."""
    said = {name.level(place) for name in names.values()}
    codes, values, weight = people.codes, people.values(place), people.weight

    def median(of: Sequence[int]) -> float:
        those = np.isin(codes, of)
        return weighted.median(values[those], weight[those])

    order = sorted(alike, key=lambda code: (median([code]), code))
    for cut in range(1, len(order)):
        below, above = order[:cut], order[cut:]
        sides = _sides(said, below, above, given)
        delta = cliffs_delta(values, weight, np.isin(codes, above), np.isin(codes, below))
        if not sides or delta < VISIBLE:
            continue
        # who has the word is compared with all who have not: a side has it as a whole
        less = beyond(median(above), is_above=False)
        more = beyond(median(below), is_above=True)
        traits: dict[int, Trait] = {}
        for level, side in sides.items():
            holds = less if side is below else more
            if all(code in names and people.holds(code, place, holds) for code in side):
                traits |= dict.fromkeys(side, Trait(place, level, delta))
        if traits:
            could = sum(map(len, sides.values()))
            yield _Split(delta * len(traits) / could, place, traits)


def _sides(
    said: set[Level | None], below: list[int], above: list[int], given: TraitWords
) -> dict[Level, list[int]]:
    """Who could be called what, beside what is said of them already."""
    if said == {"low"} and can_be_stronger(given, "low"):
        return {"very low": below}
    if said == {"high"} and can_be_stronger(given, "high"):
        return {"very high": above}
    return {"lower": below, "higher": above} if said == {None} else {}


def _by_level(
    people: People, place: int, alike: Sequence[int], names: Mapping[int, _Name]
) -> Iterator[_Split]:
    """A category, of which some namesakes mostly have another level than the rest."""
    among = np.isin(people.codes, alike)
    values = people.values(place)[among]
    levels: dict[int, int] = {}
    ahead = 1.0
    for code in names:
        found = mostly(values, people.weight[among], people.codes[among] == code)
        if found and people.holds(code, place, partial(np.equal, found[0])):
            levels[code], ahead = found[0], min(ahead, found[1])
    if len(set(levels.values())) + (len(levels) < len(alike)) > 1:
        traits = {code: Trait(place, "high", ahead, level) for code, level in levels.items()}
        yield _Split(ahead * len(traits) / len(names), place, traits)


def _numbered(names: dict[int, str], sizes: Mapping[int, float], taken: set[str]) -> dict[int, str]:
    """Number those that still share a name, the largest first."""
    out: dict[int, str] = {}
    used = set(taken)
    for code in sorted(names, key=lambda c: (-sizes[c], c)):
        name = names[code]
        number = 2 if name in taken else 1
        shared = name in taken or sum(other == name for other in names.values()) > 1
        text = f"{name} {number}" if shared else name
        while text in used:
            number += 1
            text = f"{name} {number}"
        used.add(text)
        out[code] = text
    return out
