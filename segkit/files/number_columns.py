"""How the numbers of a column are written: one decision, or what has to be asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from segkit.files.csv_options import CsvOptions
from segkit.files.number_conventions import Either, as_said, convention
from segkit.files.number_study import NumberForm, Study, reads
from segkit.files.shapes import Shape
from segkit.files.written_numbers import WrittenNumber, is_dash

MOSTLY = 0.5  # of the texts have to be numbers, or the column is text
FEW = 0.01  # so many texts among numbers are slips: said, and missing; more of them are asked about
LEVELS = 12  # a column of so few small whole numbers is a category as well
_EXACT_DIGITS = 15  # what a DOUBLE gives back
MOST_BIGINT = "9223372036854775807"

NOTHING = CsvOptions()
_Read = Sequence[tuple[Shape, WrittenNumber, str]]  # and how the digits are taken


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


def decide(
    found: Study,
    decimals: Collection[str],
    said: CsvOptions = NOTHING,
    *,
    is_declared: bool = False,
) -> Numbers | Either | None:
    """Return how the numbers of the column are written; None where it is text.

    ``decimals``: decimal signs that other columns of the file show.
    ``said``: what somebody says of the file; ``is_declared``: that they are numbers.
    """
    if not found.numbers or (not is_declared and _is_text(found)):
        return None
    pair = as_said(found, said) or convention(found, decimals)
    return pair if isinstance(pair, Either) else _by(pair, found, said, is_declared)


def _is_text(found: Study) -> bool:
    all_known = found.known + sum(shape.n for shape in found.others)
    return found.most < MOSTLY * all_known or _is_code(found)


def _by(
    pair: tuple[str, str], found: Study, said: CsvOptions, is_declared: bool
) -> Numbers | Either | None:
    """The numbers of the column, where the decimal and the thousands sign are these."""
    read, unread = _read(found, pair)
    is_long = _too_long(read)
    if is_long and not is_declared:
        return None
    form = _form(read, pair)
    if not is_declared and (question := _mixed_monies(read, form)):
        return question
    percent = _percent(read, form, said)
    if isinstance(percent, Either):
        return percent
    zeros, nans, missing = _words(found.missing, form)
    zero_texts = tuple(s.text for s in zeros)
    is_whole = form.is_whole and not nans
    return Numbers(
        replace(form, percent=percent, zeros=zero_texts, is_whole=is_whole),
        (*(s.text for s, *_ in read), *(s.text for s in nans)),
        sum(s.n for s, *_ in read) + sum(s.n for s in nans),
        missing,
        (*found.others, *unread),
        _strange(read),
        may_collide=form.is_plain and _may_collide([w for _, w, _ in read]),
        is_long=is_long,
    )


def _words(
    words: Sequence[Shape], form: NumberForm
) -> tuple[list[Shape], list[Shape], tuple[Shape, ...]]:
    """Words that are zero, those that are the NaN of a DOUBLE, and those that mean nothing."""
    zeros = _zeros(words, form)
    nans = [s for s in words if form.is_plain and s.text.lower() == "nan"]
    return zeros, nans, tuple(s for s in words if s not in zeros and s not in nans)


def _read(found: Study, pair: tuple[str, str]) -> tuple[_Read, list[Shape]]:
    """The numbers, and shapes that are none by this convention."""
    ways = [(shape, written, reads(written, *pair)) for shape, written in found.numbers]
    read = [(shape, written, how) for shape, written, how in ways if how is not None]
    return read, [shape for shape, _, how in ways if how is None]


def _strange(read: _Read) -> str | None:
    """A text that no program writes so: best one of thousands, of which nothing else tells."""
    found = [(not w.power, s.greatest) for s, w, how in read if not w.is_plain or "grouped" in how]
    return min(found, key=itemgetter(0))[1] if found else None


def _is_code(found: Study) -> bool:
    """Zeros in front, or a plus that no minus stands against: telephone numbers, post codes."""
    written = [w for _, w in found.numbers]
    if any(w.has_code_zero for w in written):
        return True
    plus = any(w.plus for w in written)
    return plus and not any(w.minus or w.percent or w.currency for w in written)


def _too_long(read: _Read) -> bool:
    """More digits than a number type holds: an id."""
    if any("parted" in how or w.is_float for _, w, how in read):
        return any(len(w.groups[0]) > _EXACT_DIGITS for _, w, _ in read)
    for shape, written, _ in read:
        digits = sum(map(len, written.groups))
        of_bigint = digits == len(MOST_BIGINT) and written.is_plain
        ends = (int(shape.least), int(shape.greatest)) if of_bigint else ()
        fits = of_bigint and all(-int(MOST_BIGINT) - 1 <= end <= int(MOST_BIGINT) for end in ends)
        if digits >= len(MOST_BIGINT) and not fits:
            return True
    return False


def _form(read: _Read, pair: tuple[str, str]) -> NumberForm:
    decimal, thousands = pair
    written = [w for _, w, _ in read]
    used = {separator for w in written for separator in w.separators}
    currencies = {w.currency_text: w.currency for w in written if w.currency}
    is_float = any(w.is_float for w in written)
    return NumberForm(
        decimal if used & set(pair) else ".",
        thousands if thousands in used else "",
        currency=next(iter(currencies.values()), ""),
        currency_texts=_longest_first(currencies),
        percent="points" if any(w.percent for w in written) else "",
        powers=_longest_first(w.power for w in written),
        minus=frozenset({w.minus for w in written} - {""}),
        plus=any(w.plus for w in written),
        is_float=is_float,
        is_whole=all(_is_whole(w, how) for _, w, how in read),
    )


def _is_whole(written: WrittenNumber, how: str) -> bool:
    return "parted" not in how and not written.is_float and not written.power


def _longest_first(texts: Iterable[str]) -> tuple[str, ...]:
    """Kr. before Kr, so that none is taken for a part of another."""
    return tuple(sorted({*texts} - {""}, key=lambda text: (-len(text), text)))


def _zeros(missing: Sequence[Shape], form: NumberForm) -> list[Shape]:
    """The dashes where accountants write: beside (5.00), or $ - in a column of money."""
    dashes = [shape for shape in missing if is_dash(shape.text)]
    in_accounts = "around" in form.minus or any(len(s.text.strip()) > 1 for s in dashes)
    return dashes if in_accounts else []


def _mixed_monies(read: _Read, form: NumberForm) -> Either | None:
    """Two kinds of money: not the same measure."""
    monies = {w.currency: s for s, w, _ in read if w.currency}
    if len(monies) < 2:
        return None
    one, other = list(monies)[:2]
    example = f"{monies[one].greatest}, {monies[other].greatest}"
    return Either(example, (replace(form, currency=one), replace(form, currency=other)), "currency")


def _percent(read: _Read, form: NumberForm, said: CsvOptions) -> str | Either:
    """Whether % means hundredths: where numbers without it are parts of one.

    45 % beside 45, or 0.5 % beside 0.5, may be the same measure, or 100 times that.
    """
    if not form.percent or said.percent:
        return form.percent and (said.percent or form.percent)
    plain = sorted((_above_one(s, w), s.greatest) for s, w, _ in read if not w.percent)
    percents = sorted((_above_one(s, w), s.greatest) for s, w, _ in read if w.percent)
    if not plain:
        return form.percent
    if percents[-1][0] and not plain[-1][0]:
        return "share"
    forms = (replace(form, percent="points"), replace(form, percent="share"))
    return Either(f"{percents[-1][1]}, {plain[-1][1]}", forms, "percent")


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
