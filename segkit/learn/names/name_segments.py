"""Names that tell segments apart: "Never bought", "11+ orders", "Younger, low annual income"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

from segkit.core.facts import Fact
from segkit.core.fit import FittedSegment
from segkit.core.naming import Naming
from segkit.learn.names.choose_statements import SHORT, Option, choose, passes, text_of
from segkit.learn.names.name_counts import NameCounts, truth_of
from segkit.learn.numbers import round_digits

_NO_NAME = "Mixed"
_MOSTLY = 0.5  # share of a segment, from which on it is made of what is filled in


@dataclass(frozen=True)
class Named:
    """``naming`` is None of a name that was given.

    ``is_short``: it tells the segment apart.
    """

    text: str
    naming: Naming | None = None
    is_short: bool = True


def name_segments(
    counts: NameCounts,
    order: Sequence[str],
    given: Mapping[int, str],
    before: Mapping[int, FittedSegment],
) -> dict[int, Named]:
    """Return a unique name for each code of ``counts``, and those that are given.

    ``order``: columns, those that the rules ask first first.
    ``given``: names by code that nobody asks about.
    ``before``: by code the segment of the last fit that holds the same customers: its name stays
    while it passes, or where it is not known what it says.
    """
    found = {code: Named(text) for code, text in given.items()}
    for code in counts.codes:
        if code in before and code not in found and (kept := _kept(counts, code, before[code])):
            found[code] = kept
    wanted = [code for code in counts.codes if code not in found]
    taken = {named.text for named in found.values()}
    options = choose(counts, wanted, order, taken, _styles(found.values()))
    sizes = dict(zip(counts.codes, counts.sizes, strict=True))
    for code in sorted(wanted, key=lambda code: (-sizes[code], code)):
        named = _new(counts, code, options[code])
        found[code] = replace(named, text=_free(named.text, taken))
        taken.add(found[code].text)
    return {code: found[code] for code in sorted(found)}


def _styles(names: Iterable[Named]) -> set[tuple[str, str]]:
    """How columns are spoken of in names that are there."""
    said = (statement for named in names if named.naming for statement in named.naming.says)
    return {(statement.column, statement.style) for statement in said if statement.style}


def _free(text: str, taken: Collection[str]) -> str:
    """The text, or with the first number that makes it another than those that are taken."""
    numbered = (f"{text} ({number})" for number in count(2))
    return next(each for each in chain([text], numbered) if each not in taken)


def notes_of(
    counts: NameCounts, names: Mapping[int, Named], ids: Mapping[int, str]
) -> Iterator[Fact]:
    """Yield which names do not tell their segment apart, and which segments are mostly filled in,
    where the name does not say so.
    """
    for code, named in names.items():
        if named.naming is not None and not named.is_short:
            yield Fact("no_short_name", value=(ids[code], named.naming.precision))
    for candidate, shares in counts.unknown():
        column = candidate.statement.column
        for code, share in zip(counts.codes, shares.tolist(), strict=True):
            is_said = code in counts.people.own or candidate.phrase in names[code].text.lower()
            if share > _MOSTLY and not is_said:
                yield Fact("mostly_filled", column, value=(ids[code], round_digits(share)))


def _kept(counts: NameCounts, code: int, segment: FittedSegment) -> Named | None:
    """The name that the segment has, if it is still true."""
    if segment.naming is None:
        return Named(segment.name)
    says = [counts.today(statement) for statement in segment.naming.says]
    known = [statement for statement in says if statement]
    if len(known) < len(says):
        return None
    truth, sibling = truth_of(counts.people, code, known)
    if not passes(truth, sibling):
        return None
    return Named(segment.name, truth, truth.precision >= SHORT)


def _new(counts: NameCounts, code: int, option: Option | None) -> Named:
    if option is None:  # nothing is said, which is true of everybody
        return Named(_NO_NAME, truth_of(counts.people, code, ())[0], is_short=False)
    return Named(text_of(option), option.truth, option.is_short)
