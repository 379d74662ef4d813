"""What each column of a file of texts is, decided with the whole file in view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.files.date_columns import (
    DateForm,
    Days,
    EitherDay,
    decide_days,
    proven_order,
    study_days,
)
from segkit.files.names import is_code_name
from segkit.files.number_columns import (
    FEW,
    LEVELS,
    MISSING,
    Either,
    NumberForm,
    Numbers,
    decide,
    study,
)
from segkit.files.shapes import Shape

_MOSTLY_DAYS = 0.9
_TRUTHS = frozenset({"true", "false"})
_SMALL = 2  # digits of a number of which there are few: a category as well


@dataclass(frozen=True)
class ColumnTexts:
    """``shapes`` of the texts that are not empty; None: there are too many to tell.

    ``distinct`` texts, and whether two of them are the same number (None: not looked at).
    """

    name: str
    shapes: tuple[Shape, ...] | None
    distinct: int
    collides: bool | None = None


@dataclass(frozen=True)
class ColumnReading:
    """``type`` is the name of an SQL type; texts of ``shapes`` are of it, ``missing`` words NULL.

    ``others`` are texts that are none of this type and missing for that; ``example`` is a text
    that is not written as a program writes it. ``why_text``: why a column whose texts are
    mostly numbers is none.
    """

    name: str
    type: str
    number: NumberForm | None = None
    day: DateForm | None = None
    shapes: tuple[str, ...] = ()
    missing: tuple[Shape, ...] = ()
    others: tuple[Shape, ...] = ()
    example: str | None = None
    why_text: str | None = None

    @property
    def is_plain(self) -> bool:
        form = self.number or self.day
        return form is None or form.is_plain


@dataclass(frozen=True)
class Question:
    """``kind``: separator, currency, percent, order, others, same; about columns that are alike.

    ``readings`` are what the example means by each answer.
    """

    kind: str
    columns: tuple[str, ...]
    example: str
    answers: tuple[str, ...]
    n: int = 0
    of: int = 0


@dataclass(frozen=True)
class Readings:
    columns: tuple[ColumnReading, ...]
    questions: tuple[Question, ...]


def read_columns(columns: Sequence[ColumnTexts], options: FileOptions = NOTHING_SAID) -> Readings:
    """Return what each column is; where a column could be two things, a question."""
    context = _Context.of(columns, options)
    found = [context.read(column) for column in columns]
    return Readings(
        tuple(reading for reading in found if isinstance(reading, ColumnReading)),
        tuple(_joined([question for question in found if isinstance(question, Question)])),
    )


def _joined(questions: Sequence[Question]) -> list[Question]:
    """Questions with the same answers are one."""
    found: dict[tuple[str, tuple[str, ...]], Question] = {}
    for question in questions:
        # what is said of a file answers for all columns, what is said of a column does not
        at = question.answers if question.kind in ("separator", "order") else question.columns
        earlier = found.get((question.kind, at))
        columns = (*(earlier.columns if earlier else ()), *question.columns)
        found[question.kind, at] = replace(earlier or question, columns=columns)
    return list(found.values())


@dataclass(frozen=True)
class _Context:
    """What other columns show: decimal signs, and orders of day and month."""

    decimals: frozenset[str]
    orders: frozenset[str]
    options: FileOptions

    @classmethod
    def of(cls, columns: Sequence[ColumnTexts], options: FileOptions) -> _Context:
        csv = options.csv
        decimals, orders = set[str](), set[str]()
        for column in columns:
            if column.shapes is None or is_code_name(column.name):
                continue
            found = study(column.shapes)
            if found.known >= _MOSTLY_DAYS * sum(shape.n for shape in column.shapes):
                decimals |= {found.proven_decimal or ""} - {""}
            days, _, others = study_days(column.shapes, MISSING)
            if days and not others:
                orders |= {proven_order(days) or ""} - {""}
        if csv.decimal is not None:
            decimals = {csv.decimal}
        elif csv.thousands in (".", ","):
            decimals = {"." if csv.thousands == "," else ","}
        return cls(frozenset(decimals), frozenset({csv.dates} if csv.dates else orders), options)

    def read(self, column: ColumnTexts) -> ColumnReading | Question:
        given = _declared(column.name, self.options.types)
        shapes = self._known(column)
        if given is not None:
            return _as_declared(column, shapes, given, self)
        if shapes is None:
            return ColumnReading(column.name, "VARCHAR")
        if not shapes:
            return ColumnReading(column.name, "VARCHAR")
        if {shape.text.lower() for shape in shapes} <= _TRUTHS:
            return ColumnReading(column.name, "BOOLEAN")
        if not is_code_name(column.name):
            days = decide_days(shapes, MISSING, _MOSTLY_DAYS, self.orders)
            if isinstance(days, EitherDay):
                return Question("order", (column.name,), days.example, days.orders)
            if days is not None:
                return _as_days(column, days)
        return self._number(column, shapes)

    def _known(self, column: ColumnTexts) -> tuple[Shape, ...] | None:
        """Without what the file's own `nulls` say is nothing."""
        if column.shapes is None:
            return None
        nulls = set(self.options.csv.nulls)
        return tuple(s for s in column.shapes if s.least not in nulls or s.greatest not in nulls)

    def _number(self, column: ColumnTexts, shapes: Sequence[Shape]) -> ColumnReading | Question:
        decided = decide(study(shapes), self.decimals, self.options.csv)
        if decided is None:
            return ColumnReading(column.name, "VARCHAR")
        if isinstance(decided, Either):
            if is_code_name(column.name):
                return ColumnReading(column.name, "VARCHAR", why_text="code")
            return _number_question(column, decided)
        return _as_numbers(column, decided)


def _declared(name: str, types: Mapping[str, str]) -> str | None:
    return next((type_ for column, type_ in types.items() if column.lower() == name.lower()), None)


def _as_declared(
    column: ColumnTexts, shapes: tuple[Shape, ...] | None, type_: str, context: _Context
) -> ColumnReading | Question:
    """Somebody has said what it is; how it is written is still to be found."""
    upper = type_.upper()
    if upper in ("VARCHAR", "TEXT", "STRING") or not shapes:
        return ColumnReading(column.name, "VARCHAR" if upper in ("TEXT", "STRING") else upper)
    if upper in ("DATE", "TIMESTAMP"):
        days = decide_days(shapes, MISSING, 0.0, context.orders)
        if isinstance(days, EitherDay):
            return Question("order", (column.name,), days.example, days.orders)
        return (
            ColumnReading(column.name, upper)
            if days is None
            else replace(_as_days(column, days), type=upper)
        )
    if upper == "BOOLEAN":
        return ColumnReading(column.name, upper)
    decided = decide(study(shapes), context.decimals, context.options.csv, is_declared=True)
    if isinstance(decided, Either):
        return _number_question(column, decided)
    if decided is None:
        return ColumnReading(column.name, upper)
    return ColumnReading(
        column.name,
        upper,
        decided.form,
        None,
        decided.shapes,
        decided.missing,
        decided.others,
        decided.example,
    )


def without_days(column: ColumnReading, no_days: Shape, known: int) -> ColumnReading | Question:
    """The column of days, some texts of which only look like one: February 30th."""
    if no_days.n > FEW * known:
        if no_days.n > (1 - _MOSTLY_DAYS) * known:
            return ColumnReading(column.name, "VARCHAR")
        answers = (no_days.greatest, "VARCHAR")
        return Question("others", (column.name,), no_days.greatest, answers, no_days.n, known)
    return replace(column, others=(*column.others, no_days))


def _as_days(column: ColumnTexts, days: Days) -> ColumnReading:
    return ColumnReading(
        column.name,
        "TIMESTAMP" if days.form.has_time else "DATE",
        day=days.form,
        shapes=days.shapes,
        missing=days.missing,
        others=days.others,
        example=days.example,
    )


def _number_question(column: ColumnTexts, either: Either) -> Question:
    one, other = either.forms
    answers = {
        "separator": (one.decimal, other.decimal),
        "percent": (one.percent, other.percent),
        "currency": (one.currency, other.currency),
    }[either.why]
    return Question(either.why, (column.name,), either.example, answers)


def _as_numbers(column: ColumnTexts, numbers: Numbers) -> ColumnReading | Question:
    form = numbers.form
    others = sum(shape.n for shape in numbers.others)
    known = numbers.known + others
    is_code = is_code_name(column.name)
    if is_code and not (form.is_whole and form.is_plain and not others):
        return ColumnReading(column.name, "VARCHAR", why_text="code")
    if others and form.is_whole and form.is_plain and column.distinct == known:
        return ColumnReading(column.name, "VARCHAR", why_text="code")  # each of its own: ids
    if others > FEW * known:
        if form.is_plain and _few_small(column, numbers):
            return ColumnReading(column.name, "VARCHAR", others=numbers.others, why_text="levels")
        if numbers.known < _MOSTLY_DAYS * known:
            return ColumnReading(column.name, "VARCHAR", others=numbers.others, why_text="mixed")
        most = max(numbers.others, key=lambda shape: shape.n)
        answers = (most.greatest, "VARCHAR")
        return Question("others", (column.name,), most.greatest, answers, others, known)
    if numbers.may_collide and column.collides and not form.is_float:
        return Question("same", (column.name,), "", ("VARCHAR", "DOUBLE"))
    return ColumnReading(
        column.name,
        "BIGINT" if form.is_whole and form.percent != "share" else "DOUBLE",
        form,
        shapes=numbers.shapes,
        missing=numbers.missing,
        others=numbers.others,
        example=numbers.example,
    )


def _few_small(column: ColumnTexts, numbers: Numbers) -> bool:
    return (
        column.distinct <= LEVELS
        and numbers.form.is_whole
        and all(len(shape.greatest) <= _SMALL + 1 for shape in numbers.others)
    )
