from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import pytest

from segkit.files.column_readings import read_columns
from segkit.files.csv_options import CsvOptions, FileOptions
from segkit.files.file_columns import ColumnReading, ColumnTexts, Question
from segkit.files.read_again import without_days
from segkit.files.shapes import Shape, count_shapes, shape_of
from segkit.files.text_file import TextProblem
from segkit.files.text_values import day_value, number_value
from segkit.files.written_numbers import SPACES
from tests.files.generated_columns import Generated, Meaning, generate


def column(name: str, texts: Iterable[str], *, same: tuple[str, str] | None = None) -> ColumnTexts:
    known = [text for each in texts if (text := each.strip(SPACES))]
    return ColumnTexts(name, count_shapes(known), len(set(known)), same)


def read(
    texts: Iterable[str],
    name: str = "x",
    csv: CsvOptions | None = None,
    types: Mapping[str, str] | None = None,
    *,
    same: tuple[str, str] | None = None,
) -> ColumnReading | Question:
    options = FileOptions(csv or CsvOptions(), types or {})
    found = read_columns([column(name, texts, same=same)], options)
    return (*found.questions, *found.columns)[0]


def type_of(texts: Iterable[str], name: str = "x", **options: object) -> str:
    found = read(texts, name, **options)  # type: ignore[arg-type]
    assert isinstance(found, ColumnReading), found
    return found.type


@pytest.mark.parametrize(
    ("texts", "type_"),
    [
        (["1", "2"], "BIGINT"),
        (["1.5", "2"], "DOUBLE"),
        (["1.043,50 €", "2,00 €"], "DOUBLE"),
        (["45%", "20%"], "BIGINT"),
        (["45%", "0.2"], "DOUBLE"),
        (["2024-01-31"], "DATE"),
        (["31.01.2024 10:00"], "TIMESTAMP"),
        (["true", "FALSE", "NA"], "BOOLEAN"),
        (["NA", "n/a"], "VARCHAR"),
        (["yes", "no"], "VARCHAR"),
        (["1", "0"], "BIGINT"),
        (["a", "b"], "VARCHAR"),
        ([], "VARCHAR"),
    ],
)
def test_types(texts: list[str], type_: str) -> None:
    assert type_of(texts) == type_


@pytest.mark.parametrize("name", ["customer_id", "zip", "productCode", "PLZ"])
@pytest.mark.parametrize("texts", [["1.1", "1.2"], ["1,043", "2,043"], ["100E0", "101E1"]])
def test_a_code_is_text(name: str, texts: list[str]) -> None:
    assert type_of(texts, name) == "VARCHAR"
    assert type_of(["20240131", "20240201"], name) == "BIGINT"


def test_too_many_kinds_of_texts() -> None:
    assert read_columns([ColumnTexts("x", None, 10**6)]).columns[0].type == "VARCHAR"
    with pytest.raises(TextProblem, match="too many kinds"):
        read_columns([ColumnTexts("x", None, 10**6)], FileOptions(types={"x": "DOUBLE"}))


def test_left_over_texts() -> None:
    few = read([*["1"] * 60, *["2"] * 50, "5+"])
    assert isinstance(few, ColumnReading)
    assert (few.type, [s.text for s in few.others]) == ("BIGINT", ["9+"])
    levels = read([*"1234" * 10, *["5+"] * 5])
    assert isinstance(levels, ColumnReading) and levels.why_text == "levels"
    ids = read([*map(str, range(100)), "x1"])
    assert isinstance(ids, ColumnReading) and ids.why_text == "code"
    mixed = read([*["1.5", "2.5"] * 10, *["a few"] * 4])
    assert isinstance(mixed, ColumnReading) and mixed.why_text == "mixed"


def test_a_question_of_others_offers_the_only_text_or_the_type() -> None:
    numbers = [str(n % 60) for n in range(100)]
    one = read([*numbers, *["<5"] * 5])
    assert isinstance(one, Question)
    assert (one.kind, one.example, one.n, one.of) == ("others", "<5", 5, 105)
    assert one.answers == ("<5", "VARCHAR")
    several = read([*numbers, *["<5"] * 3, *["<7"] * 2])
    assert isinstance(several, Question) and several.answers == ("BIGINT", "VARCHAR")
    answered = read([*numbers, *["<5"] * 3, *["<7"] * 2], types={"X": "BIGINT"})
    assert isinstance(answered, ColumnReading) and answered.type == "BIGINT"


def test_two_texts_of_one_number() -> None:
    found = read(["1.1", "1.10"], same=("1.1", "1.10"))
    assert isinstance(found, Question) and found.kind == "same"
    assert type_of(["1.1", "1.10"], same=None) == "DOUBLE"
    assert type_of(["1.1", "1.10"], same=("1.1", "1.10"), types={"x": "DOUBLE"}) == "DOUBLE"


def test_other_columns_decide() -> None:
    columns = [column("a", ["1.043", "2.500"]), column("b", ["1,25", "0,5"])]
    by_comma = read_columns(columns).columns
    assert [c.type for c in by_comma] == ["BIGINT", "DOUBLE"]
    days = [column("a", ["01/02/2024"]), column("b", ["31/12/2024"])]
    assert [c.day.order for c in read_columns(days).columns if c.day] == ["dmy", "dmy"]


def test_thousands_and_millions_by_a_word() -> None:
    found = read(["$950", "$2.9k", "$3.0k", "$1.2M"] * 5)
    assert (found.type, found.example) == ("DOUBLE", "$3.0k")
    assert found.number.powers == ("M", "k")
    assert type_of(["12k", "3k", "40k"] * 9) == "DOUBLE"
    assert type_of(["1,2 Mio. €", "0,8 Mio. €", "900 €"] * 9) == "DOUBLE"


def test_a_size_is_no_million() -> None:
    sizes = ["9M", "10M", "7W", "7.5M"] * 5
    assert type_of(sizes) == "VARCHAR"
    assert type_of(["9M", "10M"] * 5) == "VARCHAR"
    assert type_of(["9M", "950K"] * 5) == "DOUBLE"  # beside thousands they are millions
    assert type_of(["9M €", "10M €"] * 5) == "DOUBLE"


def test_points_of_days_are_no_decimal_points() -> None:
    columns = [column("a", ["1.043", "2.500"]), column("b", ["31.01.2024", "01.02.2024"])]
    assert [q.kind for q in read_columns(columns).questions] == ["separator"]
    columns[1] = column("b", ["10.2.3.4", "10.2.3.5"])
    assert [q.kind for q in read_columns(columns).questions] == ["separator"]


def test_one_question_for_columns_that_are_alike() -> None:
    columns = [column(name, ["1.043", "2.500"]) for name in "ab"]
    (question,) = read_columns(columns).questions
    assert question.columns == ("a", "b")
    columns = [column(name, ["$5", "€5"]) for name in "ab"]
    assert [q.columns for q in read_columns(columns).questions] == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("texts", "type_"),
    [
        (["1", "2"], "DOUBLE"),
        (["007", "2"], "BIGINT"),
        (["1", "a"], "BIGINT"),
        (["$5", "€5"], "DOUBLE"),
        (["yes", "no", "NA"], "BOOLEAN"),
        (["1", "0"], "BOOLEAN"),
        (["31.01.2024", "x"], "DATE"),
        (["2024-01-31"], "TIMESTAMP"),
        (["a", "2"], "VARCHAR"),
        ([], "BIGINT"),
    ],
)
def test_a_type_that_is_said(texts: list[str], type_: str) -> None:
    assert type_of(texts, types={"X": type_}) == type_


@pytest.mark.parametrize(
    ("texts", "type_", "why"),
    [
        (["1.5", "2"], "BIGINT", "it has decimals"),
        (["45%", "0.2"], "BIGINT", "it has decimals"),
        (["12345678901234567890"], "BIGINT", "more than 9223372036854775807"),
        (["a", "b"], "DOUBLE", "'a' is none"),
        (["a", "b"], "DATE", "'a' is none"),
        (["ja", "nein"], "BOOLEAN", "'ja' is none"),
        (["1", "2"], "BOOLEAN", "'2' is none"),
    ],
)
def test_a_type_that_would_change_values(texts: list[str], type_: str, why: str) -> None:
    with pytest.raises(TextProblem, match=f"says that x is {type_}: .*{why}") as caught:
        read(texts, types={"x": type_})
    assert "--type x=VARCHAR" in caught.value.help


def test_texts_that_only_look_like_days() -> None:
    days = read(["31.01.2024"] * 200)
    assert isinstance(days, ColumnReading)

    def odd(n: int) -> Shape:
        return Shape("30.02.2024", n, "30.02.2024", "30.02.2024")

    few = without_days(days, odd(1), 200, "31.01.2024")
    assert isinstance(few, ColumnReading)
    assert (few.type, few.others, few.example) == ("DATE", (odd(1),), "31.01.2024")
    assert isinstance(without_days(days, odd(10), 200, None), Question)
    many = without_days(days, odd(50), 200, None)
    assert isinstance(many, ColumnReading) and many.type == "VARCHAR"
    said = read(["31.01.2024"] * 200, types={"x": "DATE"})
    assert isinstance(said, ColumnReading)
    assert isinstance(without_days(said, odd(50), 200, None), ColumnReading)


# --- columns of twelve countries --------------------------------------------------------------


def value(text: str, reading: ColumnReading) -> Meaning:
    bare = text.strip(SPACES)
    if reading.type in ("VARCHAR", "BOOLEAN"):
        return text
    if reading.number is not None and bare in reading.number.zeros:
        return Decimal(0)
    if shape_of(bare) not in reading.shapes:
        return None
    if reading.number is not None:
        return number_value(bare, reading.number)
    assert reading.day is not None
    return day_value(bare, reading.day).date()


def verdict(made: Generated) -> str:
    """Right, wrong, a question, or text though it is a number or a day."""
    found = read(made.texts, made.name)
    if isinstance(found, Question):
        return "question"
    values: list[Meaning] = [value(text, found) for text in made.texts]
    meant = [None if m == "" else m for m in made.meant]
    if made.kind.startswith(("id", "flag")):  # a whole number gives its text back
        values = [v if v is None else str(v) for v in values]
        values = [v or None for v in values]
    elif found.type == "VARCHAR" and any(isinstance(m, Decimal | date) for m in meant):
        return "text"
    return "right" if values == meant else "wrong"


def verdicts(seeds: range) -> Counter[str]:
    return Counter(verdict(generate(seed)) for seed in seeds)


def test_generated_columns() -> None:
    found = verdicts(range(20_000, 20_600))
    assert (found["wrong"], found["text"]) == (0, 0)
    assert found["question"] <= 0.05 * found.total()


@pytest.mark.slow
def test_ten_thousand_generated_columns() -> None:
    found = verdicts(range(10_000))
    assert (found["wrong"], found["text"]) == (0, 0)
    assert found["question"] <= 0.05 * found.total()
