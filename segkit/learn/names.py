"""Names for segments, from what sets each apart: "High annual income, low spending score"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segkit.core.english import lower_first
from segkit.core.fit import FittedFeature
from segkit.core.rules import Interval, Rule
from segkit.learn.numbers import Floats, Ints

CLEAR = 0.33  # Cliff's delta: a trait of the segment
VISIBLE = 0.147  # enough to tell a pair apart
HOLDS = 0.8  # share of members for whom a word must be true
NARROW = 0.5  # interquartile range against all customers': "mid"
TRAITS = 2

MOSTLY = 0.33  # so much larger is a level's share inside than outside: a trait

Level = Literal["high", "low", "mid"]
_WORDS: dict[str, dict[Level, str]] = {
    "age": {"high": "older", "low": "younger"},
    "recency": {"high": "lapsed", "low": "recent"},  # days since the last order: low is good
    "tenure": {"high": "long-standing", "low": "new"},
}


@dataclass(frozen=True)
class _Trait:
    """``code`` is a level of a category; a number is high, low or mid."""

    place: int
    level: Level
    strength: float
    code: int | None = None


def name_segments(
    codes: Ints,
    X: Floats,
    features: Sequence[FittedFeature],
    rules: Sequence[Rule],
    kept: Mapping[int, str],
) -> dict[int, str]:
    """Return a unique name for each code from 1 that occurs, keeping those of ``kept``.

    Parameters
    ----------
    codes : array (m,)
        Segment of each customer; 0 is unassigned.
    X : array (m, d)
        Raw values of the features, NaN where missing; of a category the position
        of its level.
    rules : sequence of Rule
        All leaves; no word contradicts them.
    """
    found = [int(code) for code in np.unique(codes) if code > 0]
    names = {
        code: _compose(_traits(code, codes, X, rules, features), features)
        for code in found
        if code not in kept
    }
    names = _told_apart(names, codes, X, features)
    sizes = {code: int((codes == code).sum()) for code in found}
    return {**kept, **_numbered(names, sizes, set(kept.values()))}


def cliffs_delta(members: Floats, others: Floats) -> float:
    """Return P(member > other) - P(member < other); 0 where a side is empty."""
    members, others = members[np.isfinite(members)], others[np.isfinite(others)]
    if not len(members) or not len(others):
        return 0.0
    others = np.sort(others)
    below = np.searchsorted(others, members, "left").sum()
    above = len(members) * len(others) - np.searchsorted(others, members, "right").sum()
    return float(int(below) - int(above)) / (len(members) * len(others))


def _traits(
    code: int, codes: Ints, X: Floats, rules: Sequence[Rule], features: Sequence[FittedFeature]
) -> list[_Trait]:
    """The strongest traits, in the order of the columns."""
    found = []
    for place, feature in enumerate(features):
        values = X[:, place]
        if feature.is_category:
            kept = np.where(values < len(feature.levels), values, np.nan)
            mostly = _mostly(place, kept, codes == code)
            if mostly:
                found.append(mostly)
            continue
        trait = _trait(place, values, codes == code)
        if trait and not _contradicts(trait, _median(values), feature.column, code, rules):
            found.append(trait)
    strongest = sorted(found, key=lambda t: (-round(t.strength, 6), t.place))[:TRAITS]
    return sorted(strongest, key=lambda t: t.place)


def _trait(place: int, values: Floats, member: NDArray[np.bool_]) -> _Trait | None:
    known = np.isfinite(values)
    inside = values[known & member]
    if not len(inside):
        return None
    delta, median = cliffs_delta(inside, values[known & ~member]), _median(values)
    if delta >= CLEAR:
        holds = float((inside > median).mean())
        return _Trait(place, "high", delta) if holds >= HOLDS else None
    if delta <= -CLEAR:
        holds = float((inside < median).mean())
        return _Trait(place, "low", -delta) if holds >= HOLDS else None
    low, start, end, high = np.quantile(values[known], [0.2, 0.25, 0.75, 0.8])
    q1, q3 = np.quantile(inside, [0.25, 0.75])
    is_narrow = end > start and q3 - q1 <= NARROW * (end - start)
    is_central = start < float(np.median(inside)) < end
    holds = float(((inside >= low) & (inside <= high)).mean())
    if member.all() or not (is_narrow and is_central) or holds < HOLDS:
        return None
    return _Trait(place, "mid", CLEAR * (1 - (q3 - q1) / (end - start)))


def _mostly(place: int, values: Floats, member: NDArray[np.bool_]) -> _Trait | None:
    """The level that nearly all members have, where others mostly have another."""
    known = np.isfinite(values)
    inside, outside = values[known & member], values[known & ~member]
    if not len(inside) or not len(outside):
        return None
    levels, counts = np.unique(inside, return_counts=True)
    code = float(levels[counts.argmax()])
    share = float(counts.max()) / len(inside)
    ahead = share - float((outside == code).mean())
    if share < HOLDS or ahead < MOSTLY:
        return None
    return _Trait(place, "high", ahead, int(code))


def _median(values: Floats) -> float:
    return float(np.median(values[np.isfinite(values)]))


def _contradicts(
    trait: _Trait, median: float, column: str, code: int, rules: Sequence[Rule]
) -> bool:
    """A rule of the segment lies wholly on the other side of the median."""
    for rule in rules:
        for condition in rule.conditions:
            values = condition.values
            if rule.code != code or condition.column != column or not isinstance(values, Interval):
                continue
            lower, upper = values.lower, values.upper
            if trait.level == "high" and upper is not None and float(upper) <= median:
                return True
            if trait.level == "low" and lower is not None and float(lower) >= median:
                return True
    return False


def _compose(traits: Sequence[_Trait], features: Sequence[FittedFeature]) -> str:
    phrases = [
        _phrase(features[trait.place], trait.level)
        if trait.code is None
        else _level_phrase(features[trait.place], features[trait.place].levels[trait.code])
        for trait in traits
    ]
    return _sentence(phrases) if phrases else "Typical"


def _phrase(feature: FittedFeature, level: Level) -> str:
    word = _special(feature.column).get(level)
    return word or f"{level} {lower_first(feature.label)}"


def _level_phrase(feature: FittedFeature, level: str) -> str:
    """ "region north"; a flag is its label, or "not" that."""
    label = lower_first(feature.label)
    if level in ("true", "false"):
        words = label.removeprefix("is ").removeprefix("has ")
        return words if level == "true" else f"not {words}"
    return f"{label} {level}"


def _special(column: str) -> Mapping[Level, str]:
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower())
    plain = {word for word in words if word not in ("customer", "in", "days", "months", "years")}
    return _WORDS.get(plain.pop(), {}) if len(plain) == 1 else {}


def _sentence(phrases: Sequence[str]) -> str:
    text = ", ".join(phrases)
    return text[:1].upper() + text[1:]


def _told_apart(
    names: dict[int, str], codes: Ints, X: Floats, features: Sequence[FittedFeature]
) -> dict[int, str]:
    """Add, to two segments of one name, the column that best tells them apart."""
    told = dict(names)
    for name in dict.fromkeys(names.values()):
        pair = [code for code in names if names[code] == name]
        if len(pair) != 2:
            continue
        first, second = (X[codes == code] for code in pair)
        deltas = [
            0.0 if feature.is_category else cliffs_delta(a, b)
            for feature, a, b in zip(features, first.T, second.T, strict=True)
        ]
        place = max(range(len(deltas)), key=lambda p: (abs(deltas[p]), -p))
        if abs(deltas[place]) < VISIBLE:
            continue
        label = lower_first(features[place].label)
        words = ("higher", "lower") if deltas[place] > 0 else ("lower", "higher")
        for code, word in zip(pair, words, strict=True):
            told[code] = f"{name}, {word} {label}"
    return told


def _numbered(names: dict[int, str], sizes: Mapping[int, int], taken: set[str]) -> dict[int, str]:
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
