from __future__ import annotations

from pathlib import Path

import pytest

from segkit.files.column_readings import read_columns
from segkit.files.csv_options import NOTHING_SAID, CsvOptions, FileOptions
from segkit.files.file_columns import ColumnTexts, Question
from segkit.files.layout import find_layout
from segkit.files.reading import Asked, Reading, in_words
from segkit.files.rows import LeftOut, rows
from segkit.files.shapes import count_shapes
from segkit.files.text_file import find_text


def reading(tmp_path: Path, content: str, encoding: str = "utf-8") -> Reading:
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode(encoding))
    file = find_text(path)
    layout, left_out = find_layout(file.head(), CsvOptions()), LeftOut()
    with file.open() as text:
        table = list(rows(text, layout, left_out))
    columns = [
        ColumnTexts(name, count_shapes(filter(None, texts)), len(set(texts)))
        for name, texts in zip(layout.names, zip(*table, strict=True), strict=True)
    ]
    found = read_columns(columns, NOTHING_SAID)
    assert not found.questions
    return Reading(file, layout, left_out, found.columns)


def said(tmp_path: Path, content: str, encoding: str = "utf-8", **options: object) -> list[str]:
    found = reading(tmp_path, content, encoding)
    return list(found.sentences(FileOptions(CsvOptions(**options))))  # type: ignore[arg-type]


PLAIN = "1;7;a\n2;8;b\n3;9;c\n"


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        ("id;n;t\n" + PLAIN, []),
        ("Report\n\nid;n;t\n" + PLAIN, ["a line above the header left out: 'Report'"]),
        (PLAIN, ["no header line: its columns are called column_1 to column_3"]),
        ("id;;t\n" + PLAIN, ["columns without a name are called column_2"]),
        (";n;t\n" + PLAIN, ["a column without a name counts the rows: left out"]),
        (
            "id;n;t\n;pieces;\n" + PLAIN,
            ["a second line of the header is left out: pieces"],
        ),
        ("id;n;t\n" + PLAIN + "id;n;t\n" + PLAIN, ["the header comes again: left out"]),
        ("id;n;t\n" + PLAIN + "Total;24;\n", ["no customer, left out: 'Total 24'"]),
        ("id;n;t\n" + PLAIN + "by CRM\n", ["a line below the last row left out: 'by CRM'"]),
        (
            "t;n\nSubtotal;24\na;1\nb;7\n",
            ["a line among the rows looks like a total, and is kept as a row: 'Subtotal 24'"],
        ),
        ("id;n\n1;1.234,50 €\n2;-\n", ["n: 1.234,50 € read as 1,234.50", "n: 1 is '-': missing"]),
        ("id;n\n1;(5.00)\n2;-\n", ["n: (5.00) read as -5.00", "n: - read as 0"]),
        ("id;d\n1;31.01.2024\n2;\n", ["d: 31.01.2024 read as 2024-01-31"]),
        (
            "id;n\n" + "1;1\n2;2\n3;3\n" * 5 + "4;5+\n" * 3,
            ["n: 3 are '5+': no number, so it is taken as text"],
        ),
        (
            "id;n\n" + "".join(f"{i % 5};{i}.5\n" for i in range(20)) + "1;few\n2;many\n2;many\n",
            ["n: 2 are 'many', 1 'few': no number, so it is taken as text"],
        ),
        (
            "id;n\n" + "1;1\n" * 150 + "2;about 5\n",
            ["n: 1 is 'about 5': no number, and missing"],
        ),
    ],
)
def test_sentences(tmp_path: Path, content: str, sentences: list[str]) -> None:
    assert said(tmp_path, content) == sentences


def test_what_was_guessed(tmp_path: Path) -> None:
    assert said(tmp_path, "id;n\n1;Größe\n", "cp1252") == ["not UTF-8: read as cp1252"]


def test_what_somebody_has_said_is_not_told_to_him(tmp_path: Path) -> None:
    assert said(tmp_path, "id;n\n1;1,5\n2;2,25\n", decimal=",") == []
    assert said(tmp_path, "id;d\n1;31.01.2024\n", dates="dmy") == []


def test_what_was_found_can_be_declared(tmp_path: Path) -> None:
    content = "1;1,5;31/01/2024;45%\n2;2,5;01/02/2024;20%\n"
    declared = reading(tmp_path, content, "utf-8").declared(NOTHING_SAID).csv
    assert declared == CsvOptions(decimal=",", header=False, dates="dmy", percent="points")
    assert reading(tmp_path, "id;n\n1;2\n").declared(NOTHING_SAID).csv == CsvOptions()
    assert reading(tmp_path, 'id;n\n1;"1,234.5"\n').declared(NOTHING_SAID).csv == CsvOptions(
        decimal="."
    )


@pytest.mark.parametrize(
    ("question", "message", "answers"),
    [
        (
            Question("separator", ("a", "b"), "1.043", (".", ",")),
            "a, b: does 1.043 mean 1.043 or 1,043?",
            [("csv", {"decimal": "."}, "1.043"), ("csv", {"decimal": ","}, "1,043")],
        ),
        (
            Question("order", ("d",), "03/04/24", ("ymd", "dmy")),
            "d: does 03/04/24 mean 2003-04-24 or 2024-04-03?",
            [
                ("csv", {"dates": "ymd"}, "the year first"),
                ("csv", {"dates": "dmy"}, "the day first"),
            ],
        ),
        (
            Question("others", ("a",), "<5", ("<5", "VARCHAR"), 5, 105),
            "a: 5 of 105 are no number, such as '<5'",
            [
                ("csv", {"nulls": "<5"}, "they are missing"),
                ("types", {"a": "VARCHAR"}, "it is text"),
            ],
        ),
        (
            Question("others", ("a",), "<5", ("DOUBLE", "VARCHAR"), 5, 105),
            "a: 5 of 105 are no number, such as '<5'",
            [
                ("types", {"a": "DOUBLE"}, "they are missing"),
                ("types", {"a": "VARCHAR"}, "it is text"),
            ],
        ),
        (
            Question("currency", ("a",), "$5, €6", ("$", "€")),
            "a: two kinds of money: $5, €6",
            [
                ("types", {"a": "VARCHAR"}, "it is text"),
                ("types", {"a": "DOUBLE"}, "as if they were one"),
            ],
        ),
        (
            Question("currency", ("a",), "5 kg, 300 g", ("kg", "g")),
            "a: two units: 5 kg, 300 g",
            [
                ("types", {"a": "VARCHAR"}, "it is text"),
                ("types", {"a": "DOUBLE"}, "as if they were one"),
            ],
        ),
        (
            Question("same", ("a",), "1.1 and 1.10", ("VARCHAR", "DOUBLE")),
            "a: two texts are the same number: 1.1 and 1.10",
            [
                ("types", {"a": "VARCHAR"}, "it is text"),
                ("types", {"a": "DOUBLE"}, "they are numbers all the same"),
            ],
        ),
        (
            Question("percent", ("a",), "45%, 45", ("points", "share")),
            "a: 45%, 45: does % mean hundredths where plain numbers stand beside it?",
            [
                ("csv", {"percent": "share"}, "45% is 0.45"),
                ("csv", {"percent": "points"}, "45% is 45"),
            ],
        ),
    ],
    ids=["separator", "order", "others", "several", "currency", "units", "same", "percent"],
)
def test_questions(
    question: Question, message: str, answers: list[tuple[str, dict[str, str], str]]
) -> None:
    asked = in_words(question)
    assert asked.message == message
    assert list(asked.answers) == answers
    assert Asked((question,)).questions == (question,)
