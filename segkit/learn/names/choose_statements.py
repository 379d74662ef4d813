"""Few statements for each segment: true of its members, and false for its siblings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np

from segkit.core.naming import Naming, Statement
from segkit.learn.names.name_counts import NameCounts, naming_of
from segkit.learn.names.statement_words import sentence
from segkit.learn.names.statements import Candidate
from segkit.learn.numbers import Floats, Ints

HOLDS = 0.8  # least share of the members of whom a name is true
SIBLING = 0.5  # it is true of less than that of each other segment
OF_A_WORD = 0.8  # a word that is less precise costs what a cut costs
SHORT = 0.6  # least precision of a name that tells a segment apart
CUT = 0.1  # of precision: so much does a cut have to bring, before a word says it
MORE = 0.03  # a second statement likewise
FOREIGN = 0.1  # and one of a column that the rules do not read: nobody finds it in the SQL
FACT = 0.02  # none, one, unknown: everybody understands it the same way
TIE = 0.05  # scores so near are equal: the third digit decides nothing
_AT_MOST = 400  # options of a segment that are kept, the best ones
_OF_THREE = 12  # candidates of a column that are tried in three statements

Style = tuple[str, str]  # a column, and how it is spoken of
_STYLES = ("cut", "word")


@dataclass(frozen=True)
class Option:
    """Statements for one segment, of whom they are true, and what speaks for them.

    ``sibling`` is the share of the segment of which they are true most often, ``cuts`` how
    many cost what a cut costs, ``foreign`` how many are about columns that the segment's
    rules do not read.
    """

    says: tuple[Candidate, ...]
    places: tuple[int, ...]
    truth: Naming
    sibling: float
    cuts: int
    foreign: int
    borrowed: int
    score: float

    @property
    def passes(self) -> bool:
        return passes(self.truth, self.sibling)

    @property
    def is_short(self) -> bool:
        """Whether it tells the segment apart."""
        return self.passes and self.truth.precision >= SHORT

    @property
    def is_unknown(self) -> bool:
        return any(candidate.statement.kind == "unknown" for candidate in self.says)

    @property
    def styles(self) -> frozenset[Style]:
        return frozenset((c.statement.column, c.statement.style or "") for c in self.says)


def passes(truth: Naming, sibling: float) -> bool:
    """Whether a name is true of most members, and of less than half of any other segment."""
    return truth.members >= HOLDS and sibling < SIBLING


def options_of(counts: NameCounts, code: int) -> list[Option]:
    """Return what can be said of most members in one statement or two, the best first."""
    likely = _likely(counts, code)
    tried = [[(place, likely[place])] for place in likely]
    tried += [[(p, likely[p]) for p in pair] for pair in combinations(likely, 2)]
    return _ranked(counts, code, tried)


def longer_options(counts: NameCounts, code: int) -> list[Option]:
    """The same in three statements about columns that the segment's rules read."""
    known = counts.people.columns_of(code)
    likely = {
        place: ones[:_OF_THREE]
        for place, ones in _likely(counts, code).items()
        if counts.people.features[place].column in known
    }
    tried = [[(p, likely[p]) for p in three] for three in combinations(likely, 3)]
    return _ranked(counts, code, tried)


def _likely(counts: NameCounts, code: int) -> dict[int, Ints]:
    """By column the candidates that are true of enough members, the most precise first."""
    own = counts.codes.index(code)
    found = {}
    for place, true in enumerate(counts.singles):
        ones = np.flatnonzero(true[:, own] >= HOLDS * counts.sizes[own])
        precision = true[ones, own] / true[ones].sum(axis=1)
        if len(ones):
            found[place] = ones[np.argsort(-precision, kind="stable")]
    return found


def _ranked(
    counts: NameCounts, code: int, tried: Sequence[Sequence[tuple[int, Ints]]]
) -> list[Option]:
    own = counts.codes.index(code)
    found = [
        option for each in tried for option in _options(counts, own, counts.together(each), each)
    ]
    return sorted(found, key=lambda o: (not o.passes, -round(o.score, 9), o.places))[:_AT_MOST]


def _options(
    counts: NameCounts, own: int, true: Floats, tried: Sequence[tuple[int, Ints]]
) -> Iterator[Option]:
    """The best of the tried statements, one of each column, of whom enough members are."""
    sizes = counts.sizes
    with np.errstate(invalid="ignore"):
        precision = true[..., own] / true.sum(axis=-1)
    siblings = np.delete(true / sizes, own, axis=-1).max(axis=-1, initial=0.0)
    all_ = [[counts.sayings[place].candidates[c] for c in ones] for place, ones in tried]

    def number_of(holds: Callable[[Statement], bool]) -> Ints:
        each = [np.array([int(holds(c.statement)) for c in some]) for some in all_]
        return np.asarray(reduce(np.add.outer, each))

    loose = number_of(lambda s: s.style == "word") * (precision < OF_A_WORD)
    cuts = number_of(lambda s: s.style == "cut") + loose
    facts = number_of(lambda s: s.kind in ("fact", "unknown"))
    own_cuts = counts.people.cuts_of(counts.codes[own])
    borrowed = number_of(
        lambda s: s.style == "cut" and not {(s.column, e) for e in s.ends} <= own_cuts
    )
    known = counts.people.columns_of(counts.codes[own])
    foreign = sum(counts.people.features[place].column not in known for place, _ in tried)
    score = precision - CUT * cuts - MORE * (len(tried) - 1) - FOREIGN * foreign + FACT * facts
    score = np.where(true[..., own] >= HOLDS * sizes[own], score, -np.inf)
    better = np.where(siblings < SIBLING, score + 2, score)
    for flat in np.argsort(-better, axis=None, kind="stable")[:_AT_MOST]:
        at = np.unravel_index(flat, score.shape)
        if not np.isfinite(score[at]):
            return
        says = tuple(some[place] for some, place in zip(all_, at, strict=True))
        if len({candidate.phrase for candidate in says}) == len(says):
            yield Option(
                says=says,
                places=tuple(place for place, _ in tried),
                truth=naming_of([c.statement for c in says], true[at], sizes, own),
                sibling=float(siblings[at]),
                cuts=int(cuts[at]),
                foreign=foreign,
                borrowed=int(borrowed[at]),
                score=float(score[at]),
            )


def best_of(
    options: Sequence[Option], order: Sequence[str], banned: Collection[Style]
) -> Option | None:
    """Return the best option without a banned style: among near-ties the plainest.

    ``order``: columns, those that the rules ask first first.
    """
    left = [option for option in options if not option.styles & set(banned)]
    passing = [option for option in left if option.passes]
    # who is made of what is filled in is called so
    left = [option for option in passing if option.is_unknown] or passing or left
    if not left:
        return None
    top = max(option.score for option in left)
    near = [option for option in left if option.score >= top - TIE]
    return min(near, key=lambda option: _plainness(option, order))


def _plainness(option: Option, order: Sequence[str]) -> tuple[object, ...]:
    columns = [candidate.statement.column for candidate in option.says]
    return (
        option.foreign,
        option.cuts,
        len(option.says),
        option.borrowed,
        -round(option.score, 6),
        sorted(order.index(column) if column in order else len(order) for column in columns),
        option.places,
        [candidate.phrase for candidate in option.says],
    )


def choose(
    counts: NameCounts,
    wanted: Sequence[int],
    order: Sequence[str],
    taken: Collection[str],
    kept: Collection[Style],
) -> dict[int, Option | None]:
    """Return the statements of each wanted segment, with one style for a column over them all.

    Where some would speak of a column in words and others by its cuts, all do what costs
    least together.

    ``order``: see ``best_of``.
    ``taken``, ``kept``: names that are not given again, and the styles of those.
    """
    options = {
        code: [o for o in options_of(counts, code) if text_of(o) not in taken] for code in wanted
    }
    banned = _banned(options, order, kept)
    return {code: _pick(counts, code, some, order, banned) for code, some in options.items()}


def _pick(
    counts: NameCounts,
    code: int,
    options: Sequence[Option],
    order: Sequence[str],
    banned: Collection[Style],
) -> Option | None:
    """The best option; where it does not tell the segment apart, one of three statements may."""
    found = best_of(options, order, banned) or best_of(options, order, ())
    if found is None or not found.is_short:
        more = longer_options(counts, code)
        longer = best_of(more, order, banned) or best_of(more, order, ())
        if longer is not None and longer.is_short:
            return longer
    return found


def _banned(
    options: Mapping[int, Sequence[Option]], order: Sequence[str], kept: Collection[Style]
) -> set[Style]:
    """Of each column that would be spoken of in two styles the one that is not used."""
    banned = {(column, "cut" if style == "word" else "word") for column, style in kept}
    while True:
        picks = (best_of(some, order, banned) for some in options.values())
        used = {style for pick in picks if pick for style in pick.styles}
        mixed = sorted(column for column, style in used if {(column, s) for s in _STYLES} <= used)
        if not mixed:
            return banned
        tried = [(mixed[0], style) for style in _STYLES]
        worth = [_worth(options, order, {*banned, style}) for style in tried]
        banned.add(tried[worth.index(max(worth))])


def text_of(option: Option) -> str:
    return sentence([candidate.phrase for candidate in option.says])


def _worth(
    options: Mapping[int, Sequence[Option]], order: Sequence[str], banned: Collection[Style]
) -> tuple[int, float]:
    """How many names pass without the banned styles, and what they score together."""
    picks = [best_of(some, order, banned) for some in options.values()]
    passing = [pick for pick in picks if pick and pick.passes]
    return len(passing), round(sum(pick.score for pick in passing), 9)
