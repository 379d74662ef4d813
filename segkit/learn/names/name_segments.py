"""Names that tell segments apart: "Never bought", "11+ orders", "Younger, low annual income"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from segkit.core.facts import Fact
from segkit.core.fit import FittedSegment
from segkit.core.naming import Naming
from segkit.learn.names.choose_statements import (
    SHORT,
    Counts,
    Option,
    choose,
    passes,
    text_of,
    truth_of,
)

_NO_NAME = "Mixed"
_MOSTLY = 0.5  # share of a segment, from which on it is made of what is filled in


@dataclass(frozen=True)
class Named:
    """``naming`` is None of a name that was given, and where nothing short can be said.

    ``is_short``: it tells the segment apart.
    """

    text: str
    naming: Naming | None = None
    is_short: bool = True


def name_segments(
    counts: Counts,
    order: Sequence[str],
    given: Mapping[int, str],
    before: Mapping[int, FittedSegment],
) -> dict[int, Named]:
    """Return a unique name for each code of ``counts``.

    Parameters
    ----------
    order : sequence of str
        Columns, those that the rules ask first first.
    given : mapping
        Names by code that nobody asks about.
    before : mapping
        By code the segment of the last fit that holds the same customers: its name stays
        while it passes, or where it is not known what it says.
    """
    found = {code: Named(given[code]) for code in counts.codes if code in given}
    for code in counts.codes:
        if code in before and code not in found and (kept := _kept(counts, code, before[code])):
            found[code] = kept
    wanted = [code for code in counts.codes if code not in found]
    said = [s for named in found.values() if named.naming for s in named.naming.says]
    styles = {(statement.column, statement.style) for statement in said if statement.style}
    taken = {named.text for named in found.values()}
    new = choose(counts, wanted, order, taken, styles)
    sizes = dict(zip(counts.codes, counts.sizes, strict=True))
    for code in sorted(new, key=lambda code: (-sizes[code], code)):
        named = _new(new[code])
        text, number = named.text, 1
        while text in taken:
            number += 1
            text = f"{named.text} {number}"
        taken.add(text)
        found[code] = replace(named, text=text)
    return {code: found[code] for code in counts.codes}


def notes_of(counts: Counts, names: Mapping[int, Named], ids: Mapping[int, str]) -> Iterator[Fact]:
    """Yield which names do not tell their segment apart, and which segments are mostly filled in,
    where the name does not say so.
    """
    for code, named in names.items():
        if not named.is_short:
            precision = named.naming.precision if named.naming else 0.0
            yield Fact("no_short_name", value=(ids[code], precision))
    for place, saying in enumerate(counts.sayings):
        for row, candidate in enumerate(saying.candidates):
            if candidate.statement.kind != "unknown":
                continue
            shares = counts.singles[place][row] / counts.sizes
            for code, share in zip(counts.codes, shares.tolist(), strict=True):
                if share > _MOSTLY and candidate.phrase not in names[code].text.lower():
                    yield Fact(
                        "mostly_filled", candidate.statement.column, value=(ids[code], share)
                    )


def _kept(counts: Counts, code: int, segment: FittedSegment) -> Named | None:
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


def _new(option: Option | None) -> Named:
    if option is None:
        return Named(_NO_NAME, is_short=False)
    is_short = option.passes and option.truth.precision >= SHORT
    return Named(text_of(option), option.truth, is_short)
