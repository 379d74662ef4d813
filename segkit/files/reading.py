"""How a file was read, and what has to be asked before it can be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.files.file_columns import ColumnReading, Question
from segkit.files.layout import Layout
from segkit.files.number_study import NumberForm
from segkit.files.rows import LeftOut
from segkit.files.text_file import TextFile
from segkit.files.text_values import is_of, shown
from segkit.files.written_numbers import UNITS

_ORDERS = {"dmy": "the day first", "mdy": "the month first", "ymd": "the year first"}
_LISTED = 3
_SHOWN = 60


@dataclass(frozen=True)
class Changed:
    """A column that was read in another way the last time; ``text`` is none by that."""

    last: ColumnReading
    now: ColumnReading
    text: str | None


@dataclass(frozen=True)
class Reading:
    """The file, the lines that are no customers, and what each column is."""

    file: TextFile
    layout: Layout
    left_out: LeftOut
    columns: tuple[ColumnReading, ...]
    sheet: str | None = None
    changed: tuple[Changed, ...] = ()

    def sentences(self, said: FileOptions) -> Iterator[str]:
        """What a person would have to know of it, but for what is said already."""
        yield from self._of_lines(said.csv)
        yield from map(_of_change, self.changed)
        for column in self.columns:
            yield from _of_column(column, said)

    def warnings(self, said: FileOptions) -> Iterator[str]:
        """What could be wrong, and so is said at every reading until somebody declares it."""
        plain = replace(self, columns=tuple(replace(column, missing=()) for column in self.columns))
        return plain.sentences(said)

    def _of_lines(self, options: CsvOptions) -> Iterator[str]:
        layout = self.layout
        if self.sheet is not None and options.sheet is None:
            yield f"the sheet {self.sheet}"
        if self.file.is_guess:
            yield f"not UTF-8: read as {self.file.encoding}"
        if layout.titles:
            n = _lines(len(layout.titles))
            yield f"{n} above the header left out: {_quoted(layout.titles)}"
        if layout.header is None and options.header is None:
            yield f"no header line: its columns are called {_listed(layout.names)}"
        if layout.unnamed:
            yield f"columns without a name are called {', '.join(layout.unnamed)}"
        if any(why == "index" for _, why in layout.dropped):
            yield "a column without a name counts the rows: left out"
        yield from _of_left_out(self.left_out)

    def declared(self, said: FileOptions) -> FileOptions:
        """What was found out, as `csv:` and `types:` have it: then it is read so for good."""
        csv = said.csv.over(self._csv())
        found = replace(said, csv=csv)
        unsaid = [c for c in self.columns if c.example is not None and not _is_said(c, found)]
        return replace(found, types={**said.types, **{c.name: c.type for c in unsaid}})

    def _csv(self) -> CsvOptions:
        forms = [column.number for column in self.columns if column.number is not None]
        orders = {c.day.order for c in self.columns if c.day is not None and not c.day.is_iso}
        dates = _only(orders)
        return CsvOptions(
            decimal=_decimal(forms),
            header=False if self.layout.header is None else None,
            encoding=self.file.encoding if self.file.is_guess else None,
            dates=dates if dates in ("dmy", "mdy") else None,
            percent=_only({form.percent for form in forms} - {""}),
        )


def _decimal(forms: Sequence[NumberForm]) -> str | None:
    if any(form.decimal == "," for form in forms):
        return ","
    points = any(form.decimal == "." and form.thousands == "," for form in forms)
    return "." if points else None


def _only(texts: Collection[str]) -> str | None:
    return next(iter(texts)) if len(texts) == 1 else None


def _of_left_out(left_out: LeftOut) -> Iterator[str]:
    if left_out.units is not None:
        yield f"a second line of the header is left out: {left_out.units}"
    if left_out.repeated:
        again = "again" if left_out.repeated == 1 else f"{left_out.repeated} times more"
        yield f"the header comes {again}: left out"
    if left_out.totals:
        yield f"no customer, left out: {_quoted(left_out.totals)}"
    if left_out.kept_totals:
        one = len(left_out.kept_totals) == 1
        look = "looks like a total, and is" if one else "look like totals, and are"
        among = f"{_lines(len(left_out.kept_totals))} among the rows {look}"
        yield f"{among} kept as {'a row' if one else 'rows'}: {_quoted(left_out.kept_totals)}"
    if left_out.footers:
        n = _lines(len(left_out.footers))
        yield f"{n} below the last row left out: {_quoted(left_out.footers)}"


def _of_change(changed: Changed) -> str:
    last, now = changed.last, changed.now
    because = "" if changed.text is None else f", because of '{changed.text}'"
    text = last.example
    if text is None or now.type == "VARCHAR" or not is_of(text, now):
        return f"{last.name}: {now.type}, where it was {last.type} until now{because}"
    both = f"{shown(text, now)}, where it was {shown(text, last)} until now"
    return f"{last.name}: {text} is {both}{because}"


def _of_column(column: ColumnReading, said: FileOptions) -> Iterator[str]:
    name = column.name
    form = column.number
    if column.example is not None and not _is_said(column, said):
        yield f"{name}: {column.example} read as {shown(column.example, column)}"
    if form is not None and form.zeros:
        yield f"{name}: {form.zeros[0]} read as 0"
    if column.missing:
        yield f"{name}: {_counted(column.missing)} missing"
    if column.why_text in ("levels", "mixed", "days"):
        kind = "day" if column.why_text == "days" else "number"
        yield f"{name}: {_counted(column.others)} no {kind}, so it is taken as text"
    elif column.others and column.why_text is None:
        yield f"{name}: {_counted(column.others)} no {_kind(column)}, and missing"


def _is_said(column: ColumnReading, said: FileOptions) -> bool:
    """True if somebody has said that it is written so, or what it is."""
    if column.name.lower() in {name.lower() for name in said.types}:
        return True
    if column.number is not None:
        return said.csv.decimal is not None or said.csv.thousands is not None
    return said.csv.dates is not None


def _kind(column: ColumnReading) -> str:
    return "number" if column.number is not None else "day"


def _counted(shapes: tuple[object, ...]) -> str:
    """`66 are '5+'`, `3 are 'NA', 2 'n/a'`."""
    texts = [(shape.n, shape.greatest) for shape in shapes]  # type: ignore[attr-defined]
    rest = sum(n for n, _ in texts[_LISTED:])
    parts = [f"{n:,} {'is' if n == 1 else 'are'} '{text}'" for n, text in texts[:1]]
    parts += [f"{n:,} '{text}'" for n, text in texts[1:_LISTED]]
    return ", ".join(parts) + (f" and {rest:,} others" if rest else "") + ":"


def _lines(n: int) -> str:
    return "a line" if n == 1 else f"{n} lines"


def _quoted(lines: object) -> str:
    texts = [str(line) for line in lines]  # type: ignore[attr-defined]
    first = texts[0] if len(texts[0]) <= _SHOWN else f"{texts[0][:_SHOWN]}..."
    return f"'{first}'" + (" ..." if len(texts) > 1 else "")


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


@dataclass(frozen=True)
class Asked:
    """Nothing was read: this has to be answered first."""

    questions: tuple[Question, ...]


@dataclass(frozen=True)
class AskedText:
    """A question in words; ``answers`` are (option, value, what it means)."""

    message: str
    answers: tuple[tuple[str, Mapping[str, str], str], ...]


def in_words(question: Question) -> AskedText:
    """Return a question with both readings, and what to say for each."""
    columns = ", ".join(question.columns)
    example = question.example
    if question.kind == "separator":
        by = {sign: _amount(example, sign) for sign in question.answers}
        one, other = question.answers
        return AskedText(
            f"{columns}: does {example} mean {by[one]} or {by[other]}?",
            tuple(("csv", {"decimal": sign}, by[sign]) for sign in question.answers),
        )
    if question.kind == "order":
        return AskedText(
            f"{columns}: does {example} mean "
            f"{' or '.join(_day(example, order) for order in question.answers)}?",
            tuple(("csv", {"dates": order}, _ORDERS[order]) for order in question.answers),
        )
    if question.kind == "two orders":
        n = f"{question.n:,} {'has' if question.n == 1 else 'have'} the day first"
        others = f"{question.of:,} the month ({example})"
        return AskedText(
            f"{columns}: {n}, {others}: which are days?",
            (
                ("csv", {"dates": "dmy"}, "the day first, others are missing"),
                ("csv", {"dates": "mdy"}, "the month first, others are missing"),
                ("types", {columns: "VARCHAR"}, "it is text"),
            ),
        )
    if question.kind == "percent":
        return AskedText(
            f"{columns}: {example}: does % mean hundredths where plain numbers stand beside it?",
            (
                ("csv", {"percent": "share"}, "45% is 0.45"),
                ("csv", {"percent": "points"}, "45% is 45"),
            ),
        )
    (name,) = question.columns
    if question.kind == "others":
        missing = question.answers[0]
        given = ("csv", {"nulls": missing}) if missing == example else ("types", {name: missing})
        return AskedText(
            f"{name}: {question.n:,} of {question.of:,} are no number, such as '{example}'",
            ((*given, "they are missing"), ("types", {name: "VARCHAR"}, "it is text")),
        )
    why = f"two texts are the same number: {example}"
    if question.kind == "currency":
        is_unit = not UNITS.keys().isdisjoint(question.answers)
        why = f"two {'units' if is_unit else 'kinds of money'}: {example}"
    number = "they are numbers all the same" if question.kind == "same" else "as if they were one"
    return AskedText(
        f"{name}: {why}",
        (("types", {name: "VARCHAR"}, "it is text"), ("types", {name: "DOUBLE"}, number)),
    )


def _day(example: str, order: str) -> str:
    """What 03/04/24 is where its parts have this order."""
    parts = dict(zip(order, re.findall("[0-9]+", example)[:3], strict=True))
    year = parts["y"] if len(parts["y"]) > 2 else datetime.strptime(parts["y"], "%y").year
    return f"{year}-{parts['m']:0>2}-{parts['d']:0>2}"


def _amount(example: str, decimal: str) -> str:
    """What an ambiguous example is where the decimal sign is this one."""
    other = "," if decimal == "." else "."
    digits = "".join(c for c in example if c.isdigit() or c in ".,")
    return f"{float(digits.replace(other, '').replace(decimal, '.')):,.10g}"
