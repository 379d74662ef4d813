"""How the numbers of a column are written: one decision, or what has to be asked."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from segkit.files.csv_options import CsvOptions
from segkit.files.shapes import Shape
from segkit.files.written_numbers import INFINITE, WrittenNumber, is_dash, read_shape

# what people and programs write where nothing is known; compared without capitals
MISSING = frozenset(
    {
        "na", "n/a", "n.a.", "n.a", "#n/a", "#na", "<na>", "nan", "nil", "none", "null", "(null)",
        "\\n", "missing", "unknown", "undefined", "?", ".", "..", "...", "-", "--", "---", "–", "—",
        "#div/0!", "#value!", "#ref!", "#num!", "#null!", "k.a.", "k. a.", "keine angabe", "s/d",
        "n/d", "nd", "n.d.", "nc", "nr", "tbd", "(blank)", "(empty)", "empty", "leer",
    }
)  # fmt: skip
MOSTLY = 0.5  # of the texts have to be numbers, or the column is text
FEW = 0.01  # so many texts among numbers are slips: said, and missing; more of them are asked about
LEVELS = 12  # a column of so few small whole numbers is a category as well
_ENOUGH = 3  # of each of two kinds of shapes, before anything is concluded from them
_CLEAR = 0.05  # of the texts speak against what all others say: asked about
_EXACT_DIGITS = 15  # what a DOUBLE gives back
MOST_BIGINT = "9223372036854775807"

NOTHING = CsvOptions()


@dataclass(frozen=True)
class NumberForm:
    """``percent``: "" as it stands, "points" 45 % is 45, "share" 45 % is 0.45, and 0.45 too.

    ``zeros`` are dashes, which are zero in accounts.
    """

    decimal: str = "."
    thousands: str = ""
    currency: str = ""
    currency_texts: tuple[str, ...] = ()
    percent: str = ""
    minus: frozenset[str] = frozenset()
    zeros: tuple[str, ...] = ()
    plus: bool = False
    is_float: bool = False
    is_whole: bool = False

    @property
    def is_plain(self) -> bool:
        """As a programming language writes numbers."""
        bare = not (self.thousands or self.currency or self.percent or self.zeros)
        return bare and self.decimal == "." and self.minus <= {"before"} and not self.plus


@dataclass(frozen=True)
class Numbers:
    """``shapes`` are those of the numbers, ``missing`` words for nothing, ``others`` neither.

    ``example`` is a text that is not written as programs write numbers, if there is one.
    ``may_collide``: two different texts may be the same number. ``is_long``: a type of numbers
    would not give some of them back.
    """

    form: NumberForm
    shapes: tuple[str, ...]
    known: int
    missing: tuple[Shape, ...] = ()
    others: tuple[Shape, ...] = ()
    example: str | None = None
    may_collide: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class Either:
    """A question: ``example`` is a number by both forms, and not the same one."""

    example: str
    forms: tuple[NumberForm, NumberForm]
    why: str = "separator"  # or "percent", "currency", "others"


@dataclass(frozen=True)
class Study:
    """The numbers among the shapes of a column, before other columns are looked at."""

    numbers: tuple[tuple[Shape, WrittenNumber], ...]
    missing: tuple[Shape, ...]
    others: tuple[Shape, ...]

    @property
    def known(self) -> int:
        return sum(shape.n for shape, _ in self.numbers)

    @cached_property
    def counts(self) -> dict[tuple[str, str], int]:
        """How many texts are numbers by each of the conventions."""
        return {pair: sum(s.n for s, w in self.numbers if reads(w, *pair)) for pair in _CONVENTIONS}

    @property
    def most(self) -> int:
        """So many texts are numbers by one and the same convention."""
        return max(self.counts.values(), default=0)

    @cached_property
    def conventions(self) -> tuple[tuple[str, str], ...]:
        """(decimal, thousands) that read most of the numbers, and each in a way of its own."""
        by_effect: dict[tuple[object, ...], tuple[str, str]] = {}
        for pair, n in self.counts.items():
            if n == self.most:
                effect = tuple(reads(written, *pair) for _, written in self.numbers)
                by_effect.setdefault(effect, pair)
        return tuple(by_effect.values())

    @property
    def proven_decimal(self) -> str | None:
        """The decimal sign, if this column alone shows it."""
        if len(self.conventions) != 1:
            return None
        decimal, thousands = self.conventions[0]
        used = any(decimal in w.separators or thousands in w.separators for _, w in self.numbers)
        shown = any(decimal in w.separators for _, w in self.numbers) or thousands in (".", ",")
        return decimal if used and shown else None


# the plain one first: of those that read the same it is taken
_CONVENTIONS = tuple(
    (decimal, thousands)
    for decimal in (".", ",")
    for thousands in ("", ",", ".", " ", "'")
    if decimal != thousands
)


def reads(written: WrittenNumber, decimal: str, thousands: str) -> str | None:
    """How the digits are taken: "whole", "grouped", "parted", "grouped parted"; None: not at all.

    >>> shape = read_shape("9.999")
    >>> reads(shape, ".", ""), reads(shape, ",", "."), reads(shape, ",", " ")
    ('parted', 'grouped', None)
    """
    groups, separators = written.groups, written.separators
    parted = bool(separators) and separators[-1] == decimal
    if parted:
        groups, separators = groups[:-1], separators[:-1]
    if any(separator != thousands for separator in separators):
        return None
    if separators and not _grouped(groups):
        return None
    return " ".join(w for w, is_so in (("grouped", separators), ("parted", parted)) if is_so) or (
        "whole"
    )


def _grouped(groups: Sequence[str]) -> bool:
    """Thousands, or as in India: 12,34,567."""
    first, *middle, last = map(len, groups)
    if groups[0].startswith("0") or last != 3 or first not in (1, 2, 3):
        return False
    return all(n == 3 for n in middle) or (first < 3 and all(n == 2 for n in middle))


def study(shapes: Sequence[Shape]) -> Study:
    """Part the shapes of a column into numbers, words for nothing, and the rest."""
    numbers: list[tuple[Shape, WrittenNumber]] = []
    missing: list[Shape] = []
    others: list[Shape] = []
    for shape in shapes:
        written = read_shape(shape.text)
        if written is not None and not _overflows(shape, written):
            numbers.append((shape, written))
        else:
            nothing = shape.text.lower() in MISSING or is_dash(shape.text)
            (missing if nothing else others).append(shape)
    return Study(tuple(numbers), tuple(missing), tuple(others))


def _overflows(shape: Shape, written: WrittenNumber) -> bool:
    """True for 1e999, which no DOUBLE holds."""
    if not written.is_float or shape.text.lower() in INFINITE:
        return False
    ends = (float(text.replace(",", ".")) for text in (shape.least, shape.greatest))
    return any(math.isinf(end) for end in ends)


def decide(
    found: Study,
    decimals: Collection[str],
    said: CsvOptions = NOTHING,
    *,
    is_declared: bool = False,
) -> Numbers | Either | None:
    """Return how the numbers of the column are written.

    Parameters
    ----------
    decimals : collection of str
        Decimal signs that other columns of the file show.
    said : CsvOptions
        What somebody says of the file.
    is_declared : bool
        Somebody says that they are numbers.

    Returns
    -------
    Numbers, Either or None
        None: the column is text.
    """
    all_known = found.known + sum(shape.n for shape in found.others)
    if not found.numbers:
        return None
    if not is_declared and (found.known < MOSTLY * all_known or _is_code(found)):
        return None
    pair = _as_said(found, said) or _convention(found, decimals)
    if isinstance(pair, Either):
        return pair
    read = [(s, w, how) for s, w in found.numbers if (how := reads(w, *pair)) is not None]
    unread = tuple(s for s, w in found.numbers if reads(w, *pair) is None)
    is_long = _too_long(read)
    if is_long and not is_declared:
        return None
    form = _form([w for _, w, _ in read], pair, is_whole=all("parted" not in h for *_, h in read))
    if not is_declared and (question := _mixed_monies(read, form)):
        return question
    if form.percent and said.percent:
        form = replace(form, percent=said.percent)
    elif question := _mixed_percents(read, form):
        return question
    elif form.percent and any(not w.percent for _, w, _ in read):
        form = replace(form, percent="share")
    zeros = _zeros(found.missing, form)
    form = replace(form, zeros=tuple(s.text for s in zeros))
    missing = tuple(s for s in found.missing if s not in zeros)
    strange = [s for s, w, how in read if not w.is_plain or "grouped" in how]
    return Numbers(
        form,
        tuple(s.text for s, *_ in read),
        sum(s.n for s, *_ in read),
        missing,
        (*found.others, *unread),
        strange[0].greatest if strange else None,
        may_collide=form.is_plain and _may_collide([w for _, w, _ in read]),
        is_long=is_long,
    )


def _is_code(found: Study) -> bool:
    """Zeros in front, or a plus that no minus stands against: telephone numbers, post codes."""
    written = [w for _, w in found.numbers]
    if any(w.has_code_zero for w in written):
        return True
    plus = any(w.plus for w in written)
    return plus and not any(w.minus or w.percent or w.currency for w in written)


def _as_said(found: Study, said: CsvOptions) -> tuple[str, str] | None:
    """The best of the conventions that what is said allows.

    None where nothing is said, or where the column is written in another way than the file.
    """
    if said.decimal is None and said.thousands is None:
        return None
    allowed = [
        pair
        for pair in _CONVENTIONS
        if said.decimal in (None, pair[0]) and (said.thousands or pair[1]) == pair[1]
    ]
    best = max(allowed, key=found.counts.__getitem__, default=None)
    if best is None or found.counts[best] < (1 - _CLEAR) * found.most:
        return None
    return best


def _convention(found: Study, decimals: Collection[str]) -> tuple[str, str] | Either:
    candidates = found.conventions
    if len(candidates) == 1:
        return _unless_doubtful(found, candidates[0])
    sign = next(s for s in ".," if any(s in w.separators for _, w in found.numbers))
    grouped = next((c for c in candidates if c[1] == sign), candidates[0])
    parted = next((c for c in candidates if c[0] == sign), candidates[1])
    looks_grouped = _looks_grouped(found, sign)
    if len(set(decimals)) == 1 and len(candidates) == 2:
        by_file = parted if sign in decimals else grouped
        if not (looks_grouped and by_file == parted):
            return by_file
    elif looks_grouped and not decimals and len(candidates) == 2:
        return grouped
    return _either(found, parted, grouped)


def _unless_doubtful(found: Study, pair: tuple[str, str]) -> tuple[str, str] | Either:
    """A few texts alone prove the sign a decimal one, and nearly all others look like thousands."""
    decimal, _ = pair
    if decimal not in ".," or not _looks_grouped(found, decimal):
        return pair
    doubtful = [s for s, w in found.numbers if _is_three(w, decimal)]
    proof = sum(s.n for s, w in found.numbers if decimal in w.separators and s not in doubtful)
    if proof > _CLEAR * sum(s.n for s in doubtful):
        return pair
    return _either(found, pair, ("," if decimal == "." else ".", decimal))


def _either(found: Study, parted: tuple[str, str], grouped: tuple[str, str]) -> Either:
    example = next(s for s, w in found.numbers if reads(w, *parted) != reads(w, *grouped))
    return Either(example.greatest, (NumberForm(*parted), NumberForm(*grouped)))


def _is_three(written: WrittenNumber, sign: str) -> bool:
    """True for 1.043: thousands, or three decimals."""
    return written.separators == (sign,) and _grouped(written.groups)


def _looks_grouped(found: Study, sign: str) -> bool:
    """True if the numbers without the sign end where those with it begin: 532, 950, 1.043.

    Where it parts decimals, those without it are of the size of what stands before it.
    """
    three = [(len(w.groups[0]), s.n) for s, w in found.numbers if _is_three(w, sign)]
    whole = [(len(w.groups[0]), s.n) for s, w in found.numbers if not w.separators]
    n_three, n_whole = sum(n for _, n in three), sum(n for _, n in whole)
    if min(n_three, n_whole) < _ENOUGH or any(digits > 3 for digits, _ in whole):
        return False
    hundreds = sum(n for digits, n in whole if digits == 3)
    mean = [sum(d * n for d, n in some) / sum(n for _, n in some) for some in (three, whole)]
    return hundreds >= n_whole / 2 and mean[0] < mean[1]


def _too_long(read: Sequence[tuple[Shape, WrittenNumber, str]]) -> bool:
    """More digits than a number type holds: an id."""
    if any("parted" in how or w.is_float for _, w, how in read):
        return any(len(w.groups[0]) > _EXACT_DIGITS for _, w, _ in read)
    for shape, written, _ in read:
        digits = sum(map(len, written.groups))
        of_bigint = digits == len(MOST_BIGINT) and written.is_plain
        fits = of_bigint and shape.greatest.lstrip("-") <= MOST_BIGINT
        if digits >= len(MOST_BIGINT) and not fits:
            return True
    return False


def _form(written: Sequence[WrittenNumber], pair: tuple[str, str], is_whole: bool) -> NumberForm:
    decimal, thousands = pair
    used = {separator for w in written for separator in w.separators}
    return NumberForm(
        decimal if decimal in used or thousands in used else ".",
        thousands if thousands in used else "",
        currency=next((w.currency for w in written if w.currency), ""),
        currency_texts=tuple(sorted({w.currency_text for w in written} - {""}, key=_by_length)),
        percent="points" if any(w.percent for w in written) else "",
        minus=frozenset(w.minus for w in written if w.minus),
        plus=any(w.plus for w in written),
        is_float=any(w.is_float for w in written),
        is_whole=is_whole and not any(w.is_float for w in written),
    )


def _by_length(text: str) -> tuple[int, str]:
    return -len(text), text


def _zeros(missing: Sequence[Shape], form: NumberForm) -> list[Shape]:
    """The dashes where accountants write: beside (5.00), or $ - in a column of money."""
    dashes = [shape for shape in missing if is_dash(shape.text)]
    in_accounts = "around" in form.minus or any(len(s.text.strip()) > 1 for s in dashes)
    return dashes if in_accounts else []


_Read = Sequence[tuple[Shape, WrittenNumber, str]]


def _mixed_monies(read: _Read, form: NumberForm) -> Either | None:
    """Two kinds of money: not the same measure."""
    monies = {w.currency: s for s, w, _ in read if w.currency}
    if len(monies) < 2:
        return None
    one, other = list(monies)[:2]
    example = f"{monies[one].greatest}, {monies[other].greatest}"
    return Either(example, (replace(form, currency=one), replace(form, currency=other)), "currency")


def _mixed_percents(read: _Read, form: NumberForm) -> Either | None:
    """45 % beside 45, or 0.5 % beside 0.5: the same measure, or 100 times that."""
    plain = [(s, w) for s, w, _ in read if not w.percent]
    percents = [(s, w) for s, w, _ in read if w.percent]
    if not plain or not percents:
        return None
    large = next((s for s, w in plain if _above_one(s, w)), None)
    if large is None and any(_above_one(*pair) for pair in percents):
        return None
    shown = large or plain[0][0]
    forms = (replace(form, percent="points"), replace(form, percent="share"))
    return Either(f"{percents[0][0].greatest}, {shown.greatest}", forms, "percent")


def _above_one(shape: Shape, written: WrittenNumber) -> bool:
    bare = shape.greatest.strip("-+%() ")
    return written.groups[0] not in ("", "0") and bare not in ("1", "0", "1.0")


def _may_collide(written: Sequence[WrittenNumber]) -> bool:
    """True for 1.1 beside 1.10: decimals of several lengths, some of which end in 0.

    Not so where every number has decimals, and a lone 0 of those that are whole: 12.0, 12.25.
    """
    decimals = {w.groups[-1] if w.separators else "" for w in written}
    if any(w.is_float for w in written) or len({len(text) for text in decimals}) == 1:
        return False
    zeros = {text for text in decimals if text.endswith("0")}
    return bool(zeros) and not (zeros == {"0"} and "" not in decimals)
