"""What each column of a file of texts is, decided with the whole file in view."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from segkit.files.csv_options import NOTHING_SAID, FileOptions
from segkit.files.date_columns import (
    MOSTLY_DAYS,
    Days,
    EitherDay,
    decide_days,
    proven_order,
    study_days,
)
from segkit.files.file_columns import ColumnReading, ColumnTexts, Question, Readings
from segkit.files.names import is_code_name
from segkit.files.number_columns import FEW, LEVELS, MOST_BIGINT, MOSTLY, Numbers, decide
from segkit.files.number_conventions import Either
from segkit.files.number_study import MISSING, NumberForm, study
from segkit.files.read_again import read_again
from segkit.files.shapes import Shape
from segkit.files.text_file import TextProblem

_TRUTHS = frozenset({"true", "false"})
_OTHER_TRUTHS = frozenset({"yes", "no", "t", "f", "y", "n", "1", "0"})
_SMALL = 2  # digits of a number of which there are few: a category as well


def read_columns(
    columns: Sequence[ColumnTexts],
    options: FileOptions = NOTHING_SAID,
    kept: Sequence[ColumnReading] = (),
) -> Readings:
    """Return what each column is; where a column could be two things, a question.

    ``kept``: how columns of these names were read the last time. What a text does not contradict
    stays as it was.
    """
    last = {column.name: column for column in kept if column.name not in options.types}
    context = _Context.of(columns, options, last)
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
    last: Mapping[str, ColumnReading]

    @classmethod
    def of(
        cls, columns: Sequence[ColumnTexts], options: FileOptions, last: Mapping[str, ColumnReading]
    ) -> _Context:
        csv = options.csv
        decimals, orders = set[str](), set[str]()
        for column in columns:
            if column.shapes is None or is_code_name(column.name):
                continue
            found = study(column.shapes)
            if found.most >= MOSTLY_DAYS * sum(shape.n for shape in column.shapes):
                decimals |= {found.proven_decimal or ""} - {""}
            days, _, others = study_days(column.shapes, MISSING)
            if days and not others:
                orders |= {proven_order(days) or ""} - {""}
        if csv.decimal is not None:
            decimals = {csv.decimal}
        elif csv.thousands in (".", ","):
            decimals = {"." if csv.thousands == "," else ","}
        orders = {csv.dates} if csv.dates else orders
        return cls(frozenset(decimals), frozenset(orders), options, last)

    def read(self, column: ColumnTexts) -> ColumnReading | Question:
        given = _declared(column.name, self.options.types)
        shapes = column.shapes
        if given is not None:
            return _as_declared(column, given, self)
        if (again := read_again(column, self.last.get(column.name))) is not None:
            return again
        if not shapes:
            return ColumnReading(column.name, "VARCHAR")
        if (truths := _as_truths(column, shapes, _TRUTHS)) is not None:
            return truths
        if not is_code_name(column.name):
            days = decide_days(shapes, MISSING, MOSTLY_DAYS, self.orders, self.options.csv.dates)
            if isinstance(days, EitherDay):
                return _order_question(column, days)
            if days is not None and not (days.is_compact and (days.others or column.distinct < 2)):
                return _as_days(column, days)
        found = self._number(column, shapes)
        if isinstance(found, Question) or found.type != "VARCHAR" or is_code_name(column.name):
            return found
        return _almost_days(column, found)

    def _number(self, column: ColumnTexts, shapes: Sequence[Shape]) -> ColumnReading | Question:
        decided = decide(study(shapes), self.decimals, self.options.csv)
        if decided is None:
            return ColumnReading(column.name, "VARCHAR")
        if isinstance(decided, Either):
            if is_code_name(column.name):
                return ColumnReading(column.name, "VARCHAR", why_text="code")
            return _number_question(column, decided)
        return _as_numbers(column, decided)


def _almost_days(column: ColumnTexts, found: ColumnReading) -> ColumnReading:
    """Text, with what keeps it from being days, if that is what most of it is."""
    days, _, others = study_days(column.shapes or (), MISSING)
    known, n = (sum(shape.n for shape in shapes) for shapes in ([s for s, _ in days], others))
    if not others or known < MOSTLY * (known + n):
        return found
    return replace(found, others=tuple(others), why_text="days")


def _declared(name: str, types: Mapping[str, str]) -> str | None:
    return next((type_ for column, type_ in types.items() if column.lower() == name.lower()), None)


def _as_declared(column: ColumnTexts, type_: str, context: _Context) -> ColumnReading | Question:
    """Somebody has said what it is; how it is written is still to be found.

    Raises TextProblem if that would change a value, or if no text is of the type.
    """
    shapes = column.shapes
    if type_ == "VARCHAR" or shapes == ():
        return ColumnReading(column.name, type_)
    if shapes is None:
        raise _no_type(column, type_, "its texts are of too many kinds")
    example = f"'{shapes[0].greatest}' is none"
    if type_ == "BOOLEAN":
        if (truths := _as_truths(column, shapes, _TRUTHS | _OTHER_TRUTHS)) is None:
            raise _no_type(column, type_, example)
        return truths
    if type_ in ("DATE", "TIMESTAMP"):
        days = decide_days(shapes, MISSING, 0.0, context.orders, context.options.csv.dates)
        if isinstance(days, EitherDay):
            return _order_question(column, days)
        if days is None:
            raise _no_type(column, type_, example)
        return replace(_as_days(column, days), type=type_, is_declared=True)
    return _as_declared_numbers(column, shapes, type_, context)


def _as_declared_numbers(
    column: ColumnTexts, shapes: Sequence[Shape], type_: str, context: _Context
) -> ColumnReading | Question:
    decided = decide(study(shapes), context.decimals, context.options.csv, is_declared=True)
    if isinstance(decided, Either):
        return _number_question(column, decided)
    if decided is None:
        raise _no_type(column, type_, f"'{shapes[0].greatest}' is none")
    if type_ == "BIGINT" and (_number_type(decided.form) != type_ or decided.is_long):
        why = f"more than {MOST_BIGINT}" if decided.is_long else "it has decimals, so it is DOUBLE"
        raise _no_type(column, type_, why)
    return replace(_of_numbers(column, decided, type_), is_declared=True)


def _no_type(column: ColumnTexts, type_: str, why: str) -> TextProblem:
    hint = f"--type {column.name}=VARCHAR (in a project: `types`)"
    return TextProblem(f"`types` says that {column.name} is {type_}: {why}", hint)


def _as_truths(
    column: ColumnTexts, shapes: Sequence[Shape], words: Collection[str]
) -> ColumnReading | None:
    """The column of true and false, if it has nothing else but words for nothing."""
    known = tuple(s for s in shapes if {s.least.lower(), s.greatest.lower()} <= set(words))
    missing = tuple(s for s in shapes if s not in known and s.text.lower() in MISSING)
    if not known or len(known) + len(missing) < len(shapes):
        return None
    return ColumnReading(
        column.name, "BOOLEAN", shapes=tuple(s.text for s in known), missing=missing
    )


def _as_days(column: ColumnTexts, days: Days) -> ColumnReading:
    return ColumnReading(
        column.name,
        "TIMESTAMP" if days.form.has_time else "DATE",
        day=days.form,
        shapes=days.shapes,
        missing=days.missing,
        others=days.others,
        example=days.example,
        is_declared=days.is_mixed,
    )


def _order_question(column: ColumnTexts, either: EitherDay) -> Question:
    kind = "two orders" if either.is_mixed else "order"
    return Question(kind, (column.name,), either.example, either.orders)


def _number_question(column: ColumnTexts, either: Either) -> Question:
    one, other = either.forms
    answers = {
        "separator": (one.decimal, other.decimal),
        "percent": (one.percent, other.percent),
        "currency": (one.currency, other.currency),
    }[either.why]
    return Question(either.why, (column.name,), either.example, answers)


def _as_numbers(column: ColumnTexts, numbers: Numbers) -> ColumnReading | Question:
    others = sum(shape.n for shape in numbers.others)
    known = numbers.known + others
    if (why := _why_text(column, numbers, others, known)) is not None:
        left_over = () if why == "code" else numbers.others
        return ColumnReading(column.name, "VARCHAR", others=left_over, why_text=why)
    if others > FEW * known:
        return _others_question(column, numbers, others, known)
    if numbers.may_collide and column.same and not numbers.form.is_float:
        return Question("same", (column.name,), " and ".join(column.same), ("VARCHAR", "DOUBLE"))
    return _of_numbers(column, numbers, _number_type(numbers.form))


def _why_text(column: ColumnTexts, numbers: Numbers, others: int, known: int) -> str | None:
    is_bare = numbers.form.is_whole and numbers.form.is_plain
    each_its_own = others > 0 and column.distinct == known
    if is_code_name(column.name) and not (is_bare and not others):
        return "code"
    if is_bare and each_its_own:  # ids
        return "code"
    if others > FEW * known:
        if numbers.form.is_plain and _few_small(column, numbers):
            return "levels"
        if numbers.known < MOSTLY_DAYS * known:
            return "mixed"
    return None


def _number_type(form: NumberForm) -> str:
    return "BIGINT" if form.is_whole and form.percent != "share" else "DOUBLE"


def _of_numbers(column: ColumnTexts, numbers: Numbers, type_: str) -> ColumnReading:
    return ColumnReading(
        column.name,
        type_,
        numbers.form,
        shapes=numbers.shapes,
        missing=numbers.missing,
        others=numbers.others,
        example=numbers.example,
    )


def _others_question(column: ColumnTexts, numbers: Numbers, others: int, known: int) -> Question:
    """Where they are one and the same text, that text is missing; else all of them are."""
    most = max(numbers.others, key=lambda shape: shape.n)
    is_one = len(numbers.others) == 1 and most.least == most.greatest
    answer = most.greatest if is_one else _number_type(numbers.form)
    return Question("others", (column.name,), most.greatest, (answer, "VARCHAR"), others, known)


def _few_small(column: ColumnTexts, numbers: Numbers) -> bool:
    return (
        column.distinct <= LEVELS
        and numbers.form.is_whole
        and all(len(shape.greatest) <= _SMALL + 1 for shape in numbers.others)
    )
